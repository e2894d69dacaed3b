//! Chains in space files, alone and with cells.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::arbitrary::architectures;
use crate::spaces::Chain;
use crate::spaces::chain::BUILT_IN;
use crate::spaces::described::{DescribedSpace, SpaceDescription, parse};
use crate::{Arch, SearchSpace, moves};

const MOBILE: &str = include_str!("../../../../examples/spaces/mobile.toml");
const BOTH: &str = include_str!("../../../../examples/spaces/cells_and_stages.toml");

fn both() -> DescribedSpace {
    parse(BOTH).unwrap()
}

#[test]
fn a_chain_alone_is_the_chain() {
    let space = parse(MOBILE).unwrap();
    let chain = Chain::new(space.chain.as_ref().unwrap().description()).unwrap();
    assert_eq!(space.kinds(), chain.kinds());
    assert_eq!(space.labels(), chain.labels());
    assert_eq!((space.size(), space.classes()), (chain.size(), chain.classes()));
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for _ in 0..50 {
        let arch = moves::sample(&chain, &mut rng);
        let same = Arch::from_choices(&space, arch.choices()).unwrap();
        assert_eq!(space.display(&same), chain.display(&arch));
        assert_eq!(space.canonical(&same), chain.canonical(&arch));
        assert_eq!(space.canonical_graph(&same), chain.canonical_graph(&arch));
        let names: Vec<_> =
            space.cost_metrics().iter().map(|metric| metric.name.as_str()).collect();
        assert_eq!(names, ["latency", "params", "macs"]);
        assert_eq!(space.cost(&same)[1..], chain.cost(&arch));
        assert_eq!(space.cost(&same), [0, 1, 2].map(|cost| space.cost_of(&same, cost)));
        for end in 0..=arch.choices().len() {
            let prefix = &arch.choices()[..end];
            assert_eq!(space.next(prefix), chain.next(prefix));
            assert_eq!(space.graph(prefix), chain.graph(prefix));
        }
    }
    assert!(space.named("smallest").is_some());
}

#[test]
fn built_in_chains_can_be_described() {
    for name in BUILT_IN {
        let chain = Chain::built_in(name).unwrap();
        let description = chain.description().clone();
        let text = format!("name = \"{name}\"");
        let space: SpaceDescription = toml::from_str(&text).unwrap();
        let space =
            DescribedSpace::new(SpaceDescription { chain: Some(description), ..space }).unwrap();
        assert_eq!(space.kinds(), chain.kinds());
        assert_eq!(space.size(), chain.size());
        assert_eq!(space.named_archs(), chain.named_archs());
        for known in chain.named_archs() {
            let (one, other) = (space.named(known).unwrap(), chain.named(known).unwrap());
            assert_eq!(one, other);
            assert_eq!(space.cost(&one), chain.cost(&other));
            assert_eq!(space.pytorch(&one), chain.pytorch(&other));
        }
    }
}

#[test]
fn layers_have_formulas() {
    let space = parse(MOBILE).unwrap();
    let arch = space.named("smallest").unwrap();
    let network = space.chain.as_ref().unwrap().network(&space.chain_arch(&arch).unwrap());
    let staged: Vec<_> = network.layers.iter().filter(|layer| layer.stage.is_some()).collect();
    let expected: f64 =
        staged.iter().map(|l| 0.2 + 1e-6 * f64::from(l.input * l.side * l.side)).sum();
    let found = space.cost(&arch)[0];
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
}

#[test]
fn a_cost_can_be_the_largest_of_its_parts() {
    let largest = |whole: &str| {
        let latency = "layers = [\"0.2 + 1e-6 * input * side ^ 2\"]";
        let peak = format!("{whole}combine = \"max\"\nlayers = [\"input * side ^ 2\"]");
        let space = parse(&MOBILE.replacen(latency, &peak, 1)).unwrap();
        let arch = space.named("smallest").unwrap();
        let network = space.chain.as_ref().unwrap().network(&space.chain_arch(&arch).unwrap());
        let staged = network.layers.iter().filter(|layer| layer.stage.is_some());
        let most = staged.map(|layer| layer.input * layer.side.pow(2)).max().unwrap();
        // Unlike a sum, its value cannot be told from the first decisions.
        assert_eq!(space.progress(&[]).unwrap().settled[0], None);
        (space.cost(&arch)[0], f64::from(most))
    };
    let (found, expected) = largest("");
    let are_equal = |one: f64, other: f64| (one - other).abs() < 1e-9;
    assert!(are_equal(found, expected), "{found} {expected}");
    assert!(are_equal(largest("formula = \"1e9\"\n").0, 1e9));
    assert!(are_equal(largest("formula = \"-1\"\n").0, expected));
    assert!(largest("formula = \"0 / 0\"\n").0.is_nan());
}

#[test]
fn a_product_asks_for_cells_first() {
    let space = both();
    let kinds: Vec<_> = space.kinds().iter().map(|kind| kind.name.as_str()).collect();
    assert_eq!(kinds[0], "operator");
    assert!(kinds[1..].iter().all(|name| name.starts_with("chain.")), "{kinds:?}");
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let arch = moves::sample(&space, &mut rng);
    let text = space.display(&arch);
    assert!(text.starts_with("cell{1 = ") && text.contains("} chain{"), "{text}");
    assert_eq!(space.cost_metrics()[0].name, "params", "of the cell and the chain together");
    let chain = space.chain.as_ref().unwrap();
    let stages = chain.cost(&space.chain_arch(&arch).unwrap());
    assert!(space.cost(&arch)[0] >= stages[0]);
}

#[test]
fn mistakes_of_stages_have_their_place() {
    let text = MOBILE.replacen("kernel = [3, 5]", "kernel = [3, 4]", 1);
    let error = parse(&text).unwrap_err();
    assert_eq!(&text[error.range.clone()], "[3, 4]");
    assert_eq!(error.message, "expected an odd number up to 31, found 4");
    let text = MOBILE.replacen("0.2 + ", "0.2 + speed * ", 1);
    let error = parse(&text).unwrap_err();
    assert_eq!(&text[error.range.clone()], "speed");
    for (name, is_good) in [("another", false), ("mobile", true)] {
        let named = format!("[chain]\nname = \"{name}\"");
        let text = MOBILE.replacen("[chain]", &named, 1);
        let error = parse(&text).err();
        assert_eq!(error.is_none(), is_good, "{error:?}");
        if let Some(error) = error {
            assert_eq!(&text[error.range.clone()], "\"another\"");
            assert!(error.message.ends_with("or no name, found `another`"), "{}", error.message);
        }
    }
    let error = both().parse("cell{1 = conv(input)}").unwrap_err().to_string();
    assert!(error.contains("expected `chain{`"), "{error}");
}

proptest! {
    #[test]
    fn notation_of_both_round_trips(arch in architectures(&both()), cut in 0..60_usize) {
        let space = both();
        let text = space.display(&arch);
        prop_assert_eq!(space.parse(&text), Ok(arch));
        let _ = space.parse(&text[..cut.min(text.len())]);
        let _ = space.parse(&text[cut.min(text.len())..]);
    }

    #[test]
    fn both_are_drawn(arch in architectures(&both())) {
        let space = both();
        let graph = space.graph(arch.choices());
        let known = |label| usize::from(label) < space.labels().len();
        let nodes = 0..graph.len();
        prop_assert!(nodes.into_iter().all(|node| graph.labels(node).iter().all(known)));
        prop_assert!(space.canonical_graph(&arch).len() <= graph.len());
    }
}
