//! Tests of the DARTS search space.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::arbitrary::architectures;
use crate::{Mask, Subject, moves};

/// The example from the README of NAS-Bench-301.
const README: &str = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), \
    ('sep_conv_3x3', 1), ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), \
    ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], reduce=[('max_pool_3x3', 0), \
    ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), \
    ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])";

fn sampled(seed: u64) -> Arch {
    moves::sample(&Darts::default(), &mut ChaCha8Rng::seed_from_u64(seed))
}

#[test]
fn there_are_as_many_architectures_as_the_field_says() {
    let space = Darts::default();
    assert_eq!(space.size(), Some(1440 * 1440 * 7_u128.pow(16)));
    // Up to the order of the edges of nodes 3 to 5 in two cells.
    assert_eq!(space.size().unwrap() >> 6, 1_076_746_950_455_072_400);
}

#[test]
fn all_notations_are_read_and_written() {
    let space = Darts::default();
    let arch = space.parse(README).unwrap();
    assert_eq!(space.display(&arch), README);
    let ranges = README.replace("[2, 3, 4, 5]", "range(2, 6)");
    let numeric = "(((0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5)), \
                   ((0, 0), (1, 0), (2, 2), (1, 0), (0, 0), (2, 2), (2, 2), (1, 0)))";
    let lists = numeric.replace('(', "[").replace(')', "]").replace(' ', "");
    for text in [&ranges, numeric, &lists, &space.json(&arch), &format!(" {README}\n")] {
        assert_eq!(space.parse(text).as_ref(), Ok(&arch), "{text}");
    }
    assert_eq!(space.numeric(&arch), numeric);
    assert!(space.json(&arch).starts_with(r#"{"normal":[["sep_conv_3x3",0],["sep_conv_3x3",1],"#));
}

#[test]
fn wrong_text_names_its_place() {
    let space = Darts::default();
    let error = |from: &str, to: &str| {
        let text = README.replacen(from, to, 1);
        let error = space.parse(&text).unwrap_err();
        let ArchError::Parse { position, expected, found, .. } = error else {
            panic!("{error}");
        };
        (position, format!("expected {expected}, found {found}"))
    };
    let (position, text) = error("('sep_conv_3x3', 1)", "('sep_conv_3x3', 0)");
    assert_eq!(position, 38);
    assert_eq!(text, "expected two different inputs for node 2, found input 0 again");
    let (position, text) = error("sep_conv_3x3", "sep_conv_7x7");
    assert_eq!(position, 18);
    assert!(text.starts_with("expected an operator (max_pool_3x3, avg_pool_3x3, "), "{text}");
    assert!(text.ends_with("found `'sep_conv_7x7'`"), "{text}");
    assert!(error("sep_conv_3x3", "none").1.contains("this space has no operator `none`"));
    let (_, text) = error("('sep_conv_3x3', 0), ", "");
    assert_eq!(
        text,
        "expected a list of 8 edges, two for each of the four inner nodes, found 7 edges"
    );
    let (_, text) = error("('skip_connect', 0)", "('skip_connect', 4)");
    assert_eq!(text, "expected the number of an input for node 4, from 0 to 3, found `4`");
    let (_, text) = error("[2, 3, 4, 5]", "[2, 3, 4]");
    assert_eq!(text, "expected the numbers of all inner nodes, 2 to 5, found `[2, 3, 4]`");
    assert!(error("normal_concat", "normal_sum").1.contains("found `normal_sum`"));
    assert!(error("reduce=", "normal=").1.contains("expected each name once"));
    assert!(error("Genotype", "genotype").1.contains("expected `Genotype` or `range`"));
    assert!(space.parse(&"[".repeat(100_000)).is_err());
    let empty = space.parse("Genotype()").unwrap_err().to_string();
    assert!(
        empty.ends_with("expected a normal and a reduction cell, found `Genotype()`"),
        "{empty}"
    );
    assert!(error("normal=[(", "normels=[(").1.contains("expected one of `normal`, `reduce`"));
    assert!(error("reduce=[(", "reduce_concat=[(").1.contains("expected each name once"));
    assert!(space.parse("range(0, 99999999999)").is_err());
    assert!(space.parse("[[1],[2],[3]]").is_err());
}

#[test]
fn cells_of_another_space_are_refused() {
    let space = Darts::default();
    let cells = space.cells(&sampled(0));
    assert_eq!(space.arch(&cells), Ok(sampled(0)));
    let mut wrong = cells;
    wrong[1][0].input = 2;
    assert!(space.arch(&wrong).is_err());
    wrong = cells;
    wrong[0][7].operator = 7;
    assert!(space.arch(&wrong).is_err());
}

#[test]
fn costs_are_of_the_network() {
    // The paper reports 3.3 million.
    let space = Darts::default();
    let arch = space.named("darts-v2").unwrap();
    assert_eq!(space.display(&arch), README);
    let cost = space.network_cost(&arch);
    assert_eq!(cost.parameters, 3_349_342);
    assert!((space.cost(&arch)[0] - 3.349_342).abs() < 1e-12);
    let small = Darts::new(Network::nasbench301());
    assert!(small.network_cost(&arch).parameters < cost.parameters / 2);
}

#[test]
fn a_prefix_graph_ends_with_the_operator_under_decision() {
    let space = Darts::default();
    let arch = sampled(3);
    for position in 0..arch.choices().len() {
        let prefix = &arch.choices()[..position];
        let graph = space.graph(prefix);
        assert_eq!(space.next(prefix).unwrap().subject, Subject::Node(graph.len() - 1));
    }
    assert_eq!(space.graph(arch.choices()).len(), 30);
    let graph = space.graph(&[0, 1]);
    assert_eq!(graph.edges().filter(|(_, to)| *to == 5).count(), 3, "three inputs are possible");
}

#[test]
fn an_edge_that_carries_nothing_has_no_effect() {
    let space = Darts::with_none(Network::darts_cifar10());
    let parse = |first: &str| {
        let text = format!(
            "[[{first},[2,3],[0,0],[3,4],[0,0],[4,5],[0,0]],[{first},[2,3],[0,0],[3,4],[0,0],[4,5],[0,0]]]"
        );
        space.parse(&text).unwrap()
    };
    let (one, other) = (parse("[0,7],[1,-1]"), parse("[1,7],[0,7]"));
    assert_eq!(space.canonical(&one), space.canonical(&other));
    // Node 2 carries nothing, so neither does the edge from it.
    let graph = space.canonical_graph(&one);
    assert_eq!(graph.len(), 30 - 2 * 4, "{graph:?}");
    assert_eq!(space.size(), Some(1440 * 1440 * 8_u128.pow(16)));
}

/// Returns `arch` with its inner nodes in the given order and with the two edges of some nodes
/// swapped; `None` if an edge would no longer lead forward.
fn rearranged(arch: &Arch, order: [u8; 4], swaps: u8) -> Option<Arch> {
    let space = Darts::default();
    let cells = space.cells(arch);
    let mut made = cells;
    for (cell, made) in cells.iter().zip(&mut made) {
        for (node, &to) in order.iter().enumerate() {
            for edge in 0..2 {
                let Edge { input, operator } = cell[2 * node + edge];
                let input = if input < 2 { input } else { 2 + order[usize::from(input) - 2] };
                if input >= to + 2 {
                    return None;
                }
                let place = edge ^ usize::from(swaps >> node & 1);
                made[2 * usize::from(to) + place] = Edge { input, operator };
            }
        }
    }
    space.arch(&made).ok()
}

proptest! {
    #[test]
    fn order_does_not_matter(
        arch in architectures(&Darts::default()),
        order in Just([0, 1, 2, 3_u8]).prop_shuffle(),
        swaps in 0..16_u8,
    ) {
        let space = Darts::default();
        let Some(other) = rearranged(&arch, order, swaps) else { return Ok(()) };
        prop_assert_eq!(space.canonical(&arch), space.canonical(&other));
        prop_assert_eq!(space.canonical_graph(&arch), space.canonical_graph(&other));
        prop_assert_eq!(space.network_cost(&arch), space.network_cost(&other));
    }

    #[test]
    fn one_class_is_one_graph_and_no_more(arch in architectures(&Darts::default()), seed: u64) {
        let space = Darts::default();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let other = moves::mutate(&space, &arch, &mut rng).unwrap();
        let graphs = [&arch, &other].map(|arch| space.canonical_graph(arch));
        let same = space.canonical(&arch) == space.canonical(&other);
        prop_assert_eq!(graphs[0].is_isomorphic(&graphs[1]), same);
        prop_assert!(space.graph(arch.choices()).is_isomorphic(&graphs[0]));
    }

    #[test]
    fn a_neighbour_differs_in_one_edge(arch in architectures(&Darts::default())) {
        let space = Darts::default();
        let cells = space.cells(&arch);
        let found = moves::neighbours(&space, &arch, &mut ChaCha8Rng::seed_from_u64(0));
        // Sixteen operators have six alternatives; nodes 3, 4 and 5 have 2 · (1 + 2 + 3) other inputs.
        prop_assert_eq!(found.len(), 16 * 6 + 2 * 12);
        for other in found {
            let other = space.cells(&other);
            let pairs = cells.as_flattened().iter().zip(other.as_flattened());
            prop_assert_eq!(pairs.filter(|(one, other)| one != other).count(), 1);
        }
    }

    #[test]
    fn any_text_is_no_panic(text in "[\\[\\](){},:='\"a-zGR_0-9 -]{0,80}") {
        let _ = Darts::default().parse(&text);
    }
}

#[test]
fn masks_leave_a_choice() {
    let space = Darts::default();
    let allowed = |prefix: &[u8]| space.next(prefix).unwrap().allowed;
    assert_eq!(allowed(&[]), Mask::all(7));
    assert_eq!(allowed(&[0, 0]), Mask::all(3));
    assert_eq!(allowed(&[0, 0, 2, 0]), Mask::all(2));
    assert_eq!(allowed(&[0, 0, 2, 0, 0, 0]), Mask::all(4));
}
