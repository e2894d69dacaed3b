//! Properties of every space that can be described.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::spaces::DescribedSpace;
use crate::spaces::described::{
    CellDescription, Classes, Join, OperatorsOn, Output, SpaceDescription,
};
use crate::{Arch, SearchSpace, Subject, moves};

fn names(letter: char, count: usize) -> Vec<String> {
    (0..count).map(|at| format!("{letter}{at}")).collect()
}

/// Generates small cells of every kind.
fn cells(name: &'static str) -> impl Strategy<Value = CellDescription> {
    let outputs =
        prop::sample::select(vec![Output::All, Output::Last, Output::Unused, Output::Chosen]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let sizes = (1..3_usize, 1..4_usize, 1..4_usize, 0..8_usize);
    (sizes, flags, outputs, 1..3_usize).prop_map(
        move |((inputs, nodes, operators, most), (on_nodes, bounded, few, sums), output, fed)| {
            let free = on_nodes && (bounded || output == Output::Chosen);
            CellDescription {
                name: name.into(),
                inputs: names('i', inputs),
                nodes,
                min_nodes: (free && few).then_some(usize::from(output != Output::Chosen)),
                node_names: None,
                operators: names('o', operators),
                operators_on: if on_nodes { OperatorsOn::Nodes } else { OperatorsOn::Edges },
                edges: None,
                inputs_per_node: (!free && few).then_some(fed.min(inputs)),
                max_edges: (free || (!few && bounded && !on_nodes))
                    .then_some(most.max(nodes + usize::from(output == Output::Chosen))),
                output: if free || output != Output::Chosen { output } else { Output::All },
                join: Join::Sum,
                nothing: (!on_nodes).then(|| "o0".into()),
                identity: None,
                classes: Classes::Graphs,
                sum_nodes: sums && !on_nodes,
                costs: BTreeMap::new(),
            }
        },
    )
}

fn space(cells: Vec<CellDescription>) -> DescribedSpace {
    let description =
        SpaceDescription { name: "random".into(), cells, ..SpaceDescription::default() };
    DescribedSpace::new(description).unwrap()
}

fn spaces() -> impl Strategy<Value = DescribedSpace> {
    prop_oneof![
        cells("one").prop_map(|cell| space(vec![cell])),
        (cells("one"), cells("two")).prop_map(|(one, two)| space(vec![one, two])),
    ]
}

/// Checks that a word is complete exactly where the space says so, and that no decision comes
/// twice.
fn check_word(space: &DescribedSpace, arch: &Arch) {
    let mut asked = BTreeSet::new();
    for end in 0..arch.choices().len() {
        let prefix = &arch.choices()[..end];
        let (graph, decision) = (space.graph(prefix), space.next(prefix).unwrap());
        assert!(decision.allowed.count() > 0);
        assert!(asked.insert((decision.kind, decision.subject)), "{decision:?} is asked twice");
        match decision.subject {
            Subject::Node(node) => assert!(node < graph.len(), "{decision:?} {graph:?}"),
            Subject::Edge { from, to } => assert!(from < to && to < graph.len()),
        }
    }
    assert_eq!(space.next(arch.choices()), None);
    assert_eq!(space.parse(&space.display(arch)).as_ref(), Ok(arch), "{}", space.display(arch));
}

/// Checks a cell whose edges are chosen: every node is fed and used, and there are at most
/// `max_edges` edges.
fn check_edges(cell: &CellDescription, space: &DescribedSpace, arch: &Arch) {
    let Some(most) = cell.max_edges.filter(|_| cell.operators_on == OperatorsOn::Nodes) else {
        return;
    };
    let graph = space.graph(arch.choices());
    let (first, output) = (cell.inputs.len(), graph.len() - 1);
    let chosen = |(_, to): &(usize, usize)| *to != output || cell.output == Output::Chosen;
    assert!(graph.edges().filter(chosen).count() <= most);
    for node in first..output {
        assert!(graph.edges().any(|(_, to)| to == node), "nothing feeds {node}");
        assert!(graph.edges().any(|(from, _)| from == node), "nothing uses {node}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn words_are_complete_and_notation_round_trips(space in spaces(), seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (one, other) = (moves::sample(&space, &mut rng), moves::sample(&space, &mut rng));
        check_word(&space, &one);
        check_word(&space, &moves::crossover(&space, &one, &other, &mut rng));
        if let Some(child) = moves::mutate(&space, &one, &mut rng) {
            check_word(&space, &child);
        }
        if let [cell] = space.description().cells.as_slice() {
            check_edges(cell, &space, &one);
        }
    }

    #[test]
    fn sizes_are_counts(space in spaces()) {
        let size = space.size().unwrap();
        if size < 5_000 {
            prop_assert_eq!(moves::enumerate(&space).count() as u128, size);
        }
    }

    #[test]
    fn one_class_is_one_graph(space in spaces(), seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (one, other) = (moves::sample(&space, &mut rng), moves::sample(&space, &mut rng));
        let graphs = [&one, &other].map(|arch| space.canonical_graph(arch));
        let same = space.canonical(&one) == space.canonical(&other);
        prop_assert_eq!(graphs[0].is_isomorphic(&graphs[1]), same);
    }

    /// Compares the number of cells that the masks allow with that of all valid cells, enumerated
    /// without masks.
    #[test]
    fn masks_allow_all_that_is_valid(
        inputs in 1..3_usize,
        nodes in 1..4_usize,
        spare in 0..4_usize,
        chosen: bool,
    ) {
        let sinks = usize::from(chosen);
        let most = nodes + sinks + spare;
        let cell = CellDescription {
            output: if chosen { Output::Chosen } else { Output::Last },
            ..free_cell(inputs, nodes, most)
        };
        let rows = inputs + nodes + sinks;
        let edges: Vec<_> =
            (inputs..rows).flat_map(|to| (0..to).map(move |from| (from, to))).collect();
        let is_valid = |set: &u32| {
            let has = |edge: usize| set >> edge & 1 == 1;
            let any = |test: &dyn Fn(usize, usize) -> bool| {
                edges.iter().enumerate().any(|(at, &(from, to))| has(at) && test(from, to))
            };
            set.count_ones() as usize <= most
                && (inputs..rows).all(|node| any(&|_, to| to == node))
                && (inputs..rows - 1).all(|node| any(&|from, _| from == node))
        };
        let count = (0..1_u32 << edges.len()).filter(is_valid).count();
        prop_assert_eq!(space(vec![cell]).size(), Some(count as u128));
    }
}

fn free_cell(inputs: usize, nodes: usize, most: usize) -> CellDescription {
    CellDescription {
        name: "cell".into(),
        inputs: names('i', inputs),
        nodes,
        min_nodes: None,
        node_names: None,
        operators: names('o', 1),
        operators_on: OperatorsOn::Nodes,
        edges: None,
        inputs_per_node: None,
        max_edges: Some(most),
        output: Output::Last,
        join: Join::Sum,
        nothing: None,
        identity: None,
        classes: Classes::Graphs,
        sum_nodes: false,
        costs: BTreeMap::new(),
    }
}
