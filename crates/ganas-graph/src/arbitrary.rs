//! Strategies that generate random inputs for property tests.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{Arch, ArchGraph, LabelSet, SearchSpace, moves};

/// Returns a `proptest` strategy that generates random architectures of `space`.
pub fn architectures(space: &dyn SearchSpace) -> impl Strategy<Value = Arch> {
    any::<u64>().prop_map(|seed| moves::sample(space, &mut ChaCha8Rng::seed_from_u64(seed)))
}

/// Returns a strategy that generates random graphs of 1 to `nodes` nodes, each with one of `labels`
/// labels.
pub fn graphs(nodes: usize, labels: u8) -> impl Strategy<Value = ArchGraph> {
    let node = (0..labels, any::<u64>());
    prop::collection::vec(node, 1..=nodes).prop_map(|nodes| {
        let mut graph = ArchGraph::new();
        for (label, _) in &nodes {
            graph.add_node(LabelSet::one(*label));
        }
        for (from, (_, row)) in nodes.iter().enumerate() {
            for to in (from + 1..nodes.len()).filter(|to| row >> to & 1 == 1) {
                graph.add_edge(from, to);
            }
        }
        graph
    })
}
