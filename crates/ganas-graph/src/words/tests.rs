//! Tests that words are those of the grammar, satisfy the limits and are drawn uniformly.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::spaces::chain::{BUILT_IN, Chain};
use crate::spaces::{Darts, NasBench101, described};
use crate::{Progress, moves};

const FREE: CostLimit = CostLimit { metric: 0, least: f64::NEG_INFINITY, most: f64::INFINITY };

const EXAMPLES: [&str; 12] = [
    include_str!("../../examples/spaces/nasbench101.toml"),
    include_str!("../../examples/spaces/nasbench201.toml"),
    include_str!("../../examples/spaces/darts.toml"),
    include_str!("../../examples/spaces/mobile.toml"),
    include_str!("../../examples/spaces/cells_and_stages.toml"),
    "name = \"bounded\"\n[[cells]]\nname = \"cell\"\ninputs = [\"x\", \"y\"]\nnodes = 4\nmin_nodes = 1\noperators = [\"a\", \"b\"]\n\
     operators_on = \"nodes\"\noutput = \"chosen\"\nmax_edges = 7",
    "name = \"tuned\"\n[[parameters]]\nname = \"a\"\nvalues = [\"x\", \"y\", \"z\"]\n\
     [[parameters]]\nname = \"b\"\nlow = 0\nhigh = 9\ninteger = true\nwhen = \"a != 'x'\"\n\
     [[parameters]]\nname = \"c\"\nvalues = [1, 2]\nwhen = \"b > 3 or a == 'x'\"\n\
     [[parameters]]\nname = \"d\"\nvalues = [true, false]",
    WEIGHTED,
    LAYERED,
    include_str!("../../examples/spaces/vit.toml"),
    include_str!("../../examples/spaces/built_cells.toml"),
    ROWS,
];

/// A space of chains that process rows of a table. One of their stages can be empty.
const ROWS: &str = r#"
name = "rows"
[[costs]]
name = "widths"
layers = ["width + 2 * heads + kernel"]
[chain]
features = 5
classes = 3
stages = [
    { block = "linear", width = [8, 16], depth = [0, 1, 2] },
    { block = "linear", width = [8, 24], depth = [1, 2] },
]
"#;

/// A space in which only the costs `sum` and `listed` are sums that the decisions settle.
const WEIGHTED: &str = r#"
name = "weighted"
[constants]
three = 3
[[costs]]
name = "sum"
unit = "k"
formula = "5 + three * count('a') + 2 * (count('free', 'b') + count('fixed', 'b'))"
[[costs]]
name = "listed"
[[costs]]
name = "late"
[[costs]]
name = "half"
formula = "0.5 * count('a')"
[[costs]]
name = "falling"
formula = "10 - count('a')"
[[costs]]
name = "sometimes"
[[cells]]
name = "free"
nodes = 3
operators = ["a", "b", "c"]
operators_on = "nodes"
max_edges = 5
output = "last"
[cells.costs]
listed = { a = "position", b = "2" }
late = { a = "inputs" }
sometimes = { c = "1.5 * position" }
[[cells]]
name = "fixed"
nodes = 3
operators = ["a", "b"]
operators_on = "nodes"
output = "last"
[cells.costs]
listed = { a = "inputs + 3 * from_inputs", b = "position ^ 2" }
"#;

/// A space with costs of layers, alone and added to the chain's own costs. A cost that depends on a
/// layer's number or on its stage's depth is not a sum.
const LAYERED: &str = r#"
name = "layered"
[[costs]]
name = "area"
formula = "7 + 2 * chain_params"
layers = ["stage * side ^ 2 + expanded * kernel"]
[[costs]]
name = "deep"
layers = ["depth"]
[[costs]]
name = "numbered"
layers = ["layer * width"]
[chain]
resolution = [32]
classes = 10
stem = { width = [8, 16] }
head = { width = [32] }
stages = [
    { width = [8, 16], depth = [1, 2], expansion = [2, 3], kernel = [3, 5] },
    { width = [16, 24], depth = [1, 2, 3], expansion = [2], kernel = [3, 7], stride = 2 },
]
"#;

fn spaces() -> Vec<Box<dyn SearchSpace>> {
    let mut spaces: Vec<Box<dyn SearchSpace>> =
        vec![Box::new(NasBench101::default()), Box::new(Darts::default())];
    spaces.extend(
        BUILT_IN
            .iter()
            .map(|name| -> Box<dyn SearchSpace> { Box::new(Chain::built_in(name).unwrap()) }),
    );
    spaces.extend(
        EXAMPLES
            .iter()
            .map(|text| -> Box<dyn SearchSpace> { Box::new(described::parse(text).unwrap()) }),
    );
    spaces
}

fn macro_space() -> Chain {
    Chain::built_in("nasbench-macro").unwrap()
}

#[test]
fn all_words_are_counted() {
    for space in spaces() {
        let words = Words::all(&*space).unwrap();
        assert_eq!(Some(words.count()), space.size(), "{}", space.name());
    }
}

#[test]
fn a_complete_word_has_settled_its_cost() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for space in spaces() {
        for _ in 0..50 {
            let arch = moves::sample(&*space, &mut rng);
            let settled = space.progress(arch.choices()).unwrap().settled;
            for (at, metric) in space.cost_metrics().iter().enumerate() {
                let cost = settled[at].map(|count| count as f64 / metric.scale);
                let expected = Some(space.cost_of(&arch, at)).filter(|_| cost.is_some());
                assert_eq!(cost, expected, "{} {}", space.name(), metric.name);
            }
        }
    }
}

/// Checks that random words with the same state at some position can exchange their continuations.
#[test]
fn equal_states_have_equal_continuations() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for space in spaces() {
        let mut seen: BTreeMap<Vec<u64>, Vec<u8>> = BTreeMap::new();
        let mut exchanged = 0;
        for _ in 0..100 {
            let arch = moves::sample(&*space, &mut rng);
            for at in 1..arch.choices().len() {
                let (prefix, rest) = arch.choices().split_at(at);
                let now = space.progress(prefix).unwrap();
                let other = seen.entry(now.state.clone()).or_insert_with(|| prefix.to_vec());
                let before = space.progress(other).unwrap();
                let word = [&other[..], rest].concat();
                assert!(Arch::from_choices(&*space, &word).is_ok(), "{}", space.name());
                let added = |whole: &[u8], before: &Progress| -> Vec<_> {
                    let whole = space.progress(whole).unwrap().settled;
                    let both = whole.into_iter().zip(&before.settled);
                    both.map(|(whole, before)| Some(whole? - (*before)?)).collect()
                };
                let added = added(&word, &before).into_iter().zip(added(arch.choices(), &now));
                // If a cost is not a sum, it may be `None` at some prefixes.
                let mut known = added.filter(|(one, other)| one.is_some() && other.is_some());
                assert!(known.all(|(one, other)| one == other), "{}", space.name());
                exchanged += usize::from(other != prefix);
            }
        }
        assert!(exchanged > 0, "{}", space.name());
    }
}

#[test]
fn a_list_is_all_words_in_order() {
    for text in [EXAMPLES[1], EXAMPLES[5]] {
        let space = described::parse(text).unwrap();
        let words = Words::all(&space).unwrap();
        assert!(words.list(&space).eq(moves::enumerate(&space)));
    }
}

#[test]
fn limits_leave_what_keeps_to_them() {
    let space = macro_space();
    let all: Vec<_> = moves::enumerate(&space).map(|arch| (space.cost(&arch), arch)).collect();
    let mut costs: Vec<_> = all.iter().map(|(cost, _)| cost.clone()).collect();
    costs.sort_by(|one, other| one[0].total_cmp(&other[0]));
    for place in [0, 1, 30, 3_000, 6_500, 6_560] {
        // The bound is an architecture's own cost, which it includes.
        let (params, macs) = (costs[place][0], costs[place][1]);
        let limits = [
            vec![CostLimit { most: params, ..FREE }],
            vec![CostLimit { least: params, ..FREE }],
            vec![CostLimit { metric: 1, least: macs, ..FREE }],
            vec![CostLimit { most: params, ..FREE }, CostLimit { metric: 1, least: macs, ..FREE }],
            vec![CostLimit { least: params, most: params, ..FREE }],
        ];
        for limits in limits {
            let keeps = |cost: &[f64]| {
                limits.iter().all(|it| it.least <= cost[it.metric] && cost[it.metric] <= it.most)
            };
            let expected = all.iter().filter(|(cost, _)| keeps(cost)).map(|(_, arch)| arch);
            let words = Words::within(&space, &limits).unwrap();
            assert!(words.list(&space).eq(expected.cloned()), "{limits:?}");
            assert_eq!(words.count(), words.list(&space).count() as u128);
        }
    }
}

/// Checks, by their names, which costs of a described space are sums.
#[test]
fn costs_of_described_spaces_are_sums_where_their_formulas_say_so() {
    let sums = |text: &str| {
        let space = described::parse(text).unwrap();
        let names: Vec<_> = space.cost_metrics().iter().map(|it| it.name.clone()).collect();
        // A limit that everything satisfies leaves all words; one that nothing satisfies leaves none,
        // unless it is ignored.
        let none = |metric| Words::within(&space, &[CostLimit { metric, most: -1.0, ..FREE }]);
        let is_sum = |metric: &usize| none(*metric).unwrap().count() == 0;
        (0..names.len()).filter(is_sum).map(|at| names[at].clone()).collect::<Vec<_>>()
    };
    assert_eq!(sums(EXAMPLES[0]), ["kernel_area"]);
    assert_eq!(sums(EXAMPLES[1]), ["params", "flops"]);
    assert_eq!(sums(EXAMPLES[2]), ["params"]);
    assert_eq!(sums(EXAMPLES[3]), ["params", "macs"], "latency is in fractions");
    assert_eq!(sums(WEIGHTED), ["sum", "listed"]);
    assert_eq!(sums(LAYERED), ["area", "params", "macs"]);
}

#[test]
fn limits_on_described_costs_leave_what_keeps_to_them() {
    for (text, metrics) in [(EXAMPLES[1], 0..2), (WEIGHTED, 0..2), (LAYERED, 0..1)] {
        let space = described::parse(text).unwrap();
        let all: Vec<_> = moves::enumerate(&space).collect();
        assert!(moves::enumerates_all(&space) && all.len() > 300, "{}", all.len());
        for metric in metrics {
            let cost = |arch: &Arch| space.cost_of(arch, metric);
            let mut costs: Vec<_> = all.iter().map(cost).collect();
            costs.sort_by(f64::total_cmp);
            for most in [costs[0], costs[37], costs[all.len() / 2], costs[all.len() - 1]] {
                let words = Words::within(&space, &[CostLimit { metric, most, ..FREE }]).unwrap();
                let expected = all.iter().filter(|arch| cost(arch) <= most);
                assert!(words.list(&space).eq(expected.cloned()), "{} {most}", space.name());
            }
        }
    }
}

#[test]
fn limits_that_nothing_keeps_to_leave_none() {
    let (space, mut rng) = (macro_space(), ChaCha8Rng::seed_from_u64(0));
    for limit in [
        CostLimit { most: 0.1, ..FREE },
        CostLimit { least: 1e12, ..FREE },
        CostLimit { least: 2.0, most: 1.0, ..FREE },
        CostLimit { most: -1.0, ..FREE },
        CostLimit { most: f64::NAN, ..FREE },
        CostLimit { least: f64::NAN, ..FREE },
    ] {
        let words = Words::within(&space, &[limit]).unwrap();
        assert_eq!(words.count(), 0, "{limit:?}");
        assert_eq!(words.draw(&space, &mut rng), None);
        assert_eq!(words.list(&space).count(), 0);
    }
}

/// Returns χ² of the counts of equally likely categories, and the value that χ² exceeds once in
/// 10,000 times (by the approximation of Wilson and Hilferty).
fn chi_square(counts: &[usize]) -> (f64, f64) {
    let expected = counts.iter().sum::<usize>() as f64 / counts.len() as f64;
    let square = counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum();
    let freedom = counts.len() as f64 - 1.0;
    let ninth = 2.0 / (9.0 * freedom);
    (square, freedom * (1.0 - ninth + 3.72 * ninth.sqrt()).powi(3))
}

fn assert_uniform(space: &dyn SearchSpace, words: &Words, draws: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut counts: BTreeMap<Arch, usize> = words.list(space).map(|arch| (arch, 0)).collect();
    for _ in 0..draws {
        *counts.get_mut(&words.draw(space, &mut rng).unwrap()).unwrap() += 1;
    }
    let (square, most) = chi_square(&counts.into_values().collect::<Vec<_>>());
    assert!(square < most, "{square} {most}");
}

#[test]
fn draws_are_uniform_over_words() {
    let space = macro_space();
    let words = Words::within(&space, &[CostLimit { most: 0.55, ..FREE }]).unwrap();
    assert!((20..1_000).contains(&words.count()), "{}", words.count());
    assert_uniform(&space, &words, 20_000);
    let space = described::parse(EXAMPLES[5]).unwrap();
    let words = Words::all(&space).unwrap();
    assert_uniform(&space, &words, 40_000);
}

/// Every word of a class reports the number of words in the class. So if each drawn word is kept
/// with the inverse of that number as probability, all classes are equally likely.
#[test]
fn representations_are_the_words_of_a_class() {
    let space = macro_space();
    let mut classes = BTreeMap::new();
    for arch in moves::enumerate(&space) {
        let said = space.representations(&arch).unwrap();
        let (words, first) = classes.entry(space.canonical(&arch)).or_insert((0, said));
        *words += 1;
        assert_eq!(said, *first);
    }
    assert!(classes.values().all(|(words, said)| words == said));
    assert_eq!(Some(classes.len() as u128), space.classes());
}
