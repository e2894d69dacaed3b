//! Cells with defined operators, in the network around them.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::spaces::NasBench201;
use crate::spaces::described::{DescribedSpace, parse};
use crate::{Arch, SearchSpace, moves};

const BUILT: &str = include_str!("../../../../examples/spaces/built_cells.toml");

/// NAS-Bench-201, with operators in the order of the built-in space.
const NASBENCH201: &str = r#"
name = "nasbench201"
operators.none = { kind = "none" }
operators.skip_connect = { kind = "identity" }
operators.nor_conv_1x1 = { kind = "convolution", kernel = 1 }
operators.nor_conv_3x3 = { kind = "convolution", kernel = 3 }
operators.avg_pool_3x3 = { kind = "average-pool", kernel = 3 }
network = { resolution = 32, classes = 10, width = 16, stages = 3, cells = 5 }
[[cells]]
name = "cell"
nodes = 3
operators = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
operators_on = "edges"
nothing = "none"
identity = "skip_connect"
classes = "expressions"
output = "last"
"#;

/// A cell with operators on nodes, whose output is the sum of the nodes that feed no other.
const ON_NODES: &str = r#"
name = "on-nodes"
operators.plain = { kind = "convolution", kernel = 3 }
operators.apart = { kind = "separable", kernel = 5, dilation = 2 }
operators.each = { kind = "depthwise", kernel = 3 }
network = { resolution = 8, channels = 1, classes = 4, width = 8, stages = 1, cells = 2 }
[[cells]]
name = "cell"
nodes = 3
operators = ["plain", "apart", "each"]
operators_on = "nodes"
inputs_per_node = 1
output = "unused"
join = "sum"
"#;

fn space(text: &str) -> DescribedSpace {
    parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn nasbench201_has_its_parameters() {
    let (described, own) = (space(NASBENCH201), NasBench201::default());
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for _ in 0..50 {
        let arch = moves::sample(&own, &mut rng);
        let same = Arch::from_choices(&described, arch.choices()).unwrap();
        assert_eq!(described.cost(&same)[..1], own.cost(&arch)[..1], "{}", own.display(&arch));
        let (one, other) = (described.pytorch(&same).unwrap(), own.pytorch(&arch).unwrap());
        let stated = format!("PARAMETERS = {}", crate::export::grouped(own.parameters(&arch)));
        assert!(one.contains(&stated) && other.contains(&stated), "{one}");
    }
    assert_eq!(
        described.cost_metrics(),
        [crate::CostMetric::millions("params"), crate::CostMetric::millions("macs")]
    );
}

#[test]
fn counts_are_those_by_hand() {
    let space = space(ON_NODES);
    let arch = space.parse("cell{1 = plain(input); 2 = apart(1); 3 = each(1)}").unwrap();
    let cell = (9 * 64 + 16) + (25 * 8 + 64 + 16) + (9 * 8 + 16);
    // A convolution and its normalisation, two cells, a normalisation and the classifier.
    let parameters = 9 * 8 + 16 + 2 * cell + 16 + 8 * 4 + 4;
    let multiply_adds = 64 * (9 * 8 + 2 * (cell - 3 * 16)) + 8 * 4;
    assert_eq!(space.cost(&arch), [f64::from(parameters) / 1e6, f64::from(multiply_adds) / 1e6]);
    let code = space.pytorch(&arch).unwrap();
    let steps = "    (\"1\", [0], 1, \"plain\"),\n    (\"2\", [1], 2, \"apart\"),\n    \
                 (\"3\", [1], 3, \"each\"),\n]\nOUTPUTS = [2, 3]\n";
    assert!(code.contains(steps), "{code}");
    assert!(code.contains("\"apart\": lambda channels: Separable(channels, 5, dilation=2),"));
    assert!(code.contains("SHAPE = (1, 8, 8)\nCLASSES = 4\n"));
}

#[test]
fn costs_are_sums_that_decisions_settle() {
    for text in [BUILT, NASBENCH201, ON_NODES] {
        let space = space(text);
        let arch = moves::sample(&space, &mut ChaCha8Rng::seed_from_u64(1));
        let settled = space.progress(arch.choices()).unwrap().settled;
        let settled: Vec<_> = settled.iter().map(|count| count.unwrap() as f64 / 1e6).collect();
        assert_eq!(settled, space.cost(&arch));
    }
}

#[test]
fn a_cost_of_the_file_has_precedence() {
    let text = format!("{ON_NODES}\n[[costs]]\nname = \"params\"\nformula = \"count('plain')\"");
    let space = space(&text);
    let arch = space.parse("cell{1 = plain(input); 2 = plain(1); 3 = each(1)}").unwrap();
    assert_eq!((space.cost(&arch)[0], space.cost_metrics().len()), (2.0, 2));
}

#[test]
fn what_does_not_fit_is_shown_at_its_place() {
    let cases = [
        ("kernel = 5", "kernel = 4", "4", "an odd number up to 31"),
        ("kernel = 5", "kernel = 1000000001", "1000000001", "an odd number up to 31"),
        (
            ", kernel = 5, dil",
            ", dil",
            "{ kind = \"separable\", dilation = 2 }",
            "the side of the kernel",
        ),
        ("dilation = 2", "dilation = 0", "0", "1 to 8"),
        ("\"depthwise\"", "\"identity\"", "3", "no kernel for this kind"),
        ("\"depthwise\", kernel = 3", "\"max-pool\", kernel = 3, dilation = 2", "2", "no dilation"),
        (
            "operators.each =",
            "operators.all =",
            "{ kind = \"depthwise\", kernel = 3 }",
            "cell's operator (plain",
        ),
        ("operators.each = { kind = \"depthwise\", kernel = 3 }\n", "", "", "none for `each`"),
        ("resolution = 8", "resolution = 4", "4", "8 to 4096"),
        ("stages = 1", "stages = 0", "0", "1 to 6"),
        ("stages = 1", "stages = 5", "8", "a multiple of 16"),
        ("width = 8", "width = 1000000000", "1000000000", "1 to 2048"),
        ("channels = 1", "channels = 0", "0", "1 to 8192"),
        ("cells = 2", "cells = 4294967295", "4294967295", "1 to 64"),
        ("join = \"sum\"\n", "", "", "`sum`"),
        ("join = \"sum\"\n", "join = \"sum\"\nnothing = \"each\"\n", "\"each\"", "kind `none`"),
        ("nodes = 3", "nodes = 3\ninputs = [\"a\", \"b\"]", "[\"a\", \"b\"]", "one input"),
    ];
    for (old, new, place, expected) in cases {
        assert!(ON_NODES.contains(old), "{old}");
        let text = ON_NODES.replacen(old, new, 1);
        let error = parse(&text).expect_err(&text);
        assert!(error.message.contains(expected), "{new}: {error}");
        let found = &error.text[error.range.clone()];
        assert!(place.is_empty() || found == place, "{new}: {found}");
    }
    let without = ON_NODES.lines().filter(|line| !line.starts_with("network")).collect::<Vec<_>>();
    let error = parse(&without.join("\n")).unwrap_err();
    assert!(error.message.contains("`network` as well"), "{error}");
    let unknown = ON_NODES.replace("\"depthwise\"", "\"attention\"");
    assert!(parse(&unknown).unwrap_err().message.contains("expected one of `convolution`"));
}

/// Checks that counts too large for formulas to represent exactly are rejected, and that smaller
/// counts are exact.
#[test]
fn the_largest_networks_are_counted_or_refused() {
    let large =
        "resolution = 4096, channels = 8192, classes = 65536, width = 2048, stages = 6, cells = 64";
    let shape = "resolution = 8, channels = 1, classes = 4, width = 8, stages = 1, cells = 2";
    let text =
        |shape_of: &str| ON_NODES.replace(shape, shape_of).replace("kernel = 3", "kernel = 31");
    let error = parse(&text(large)).unwrap_err().message;
    assert!(error.contains("at most 2^53 parameters and multiply-adds"), "{error}");
    let small = space(&text(
        "resolution = 64, channels = 8192, classes = 65536, width = 256, stages = 6, cells = 9",
    ));
    let arch = moves::sample(&small, &mut ChaCha8Rng::seed_from_u64(0));
    assert!(small.progress(arch.choices()).unwrap().settled.iter().all(Option::is_some));
}
