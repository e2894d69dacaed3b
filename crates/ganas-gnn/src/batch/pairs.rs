//! Pairs of nodes, for the 1-2-GNN (k = 2).

use std::sync::Arc;

use super::PairBatch;
use super::layout::Node;
use super::level::{Fingerprint, Level, mix};
use crate::ops::Sparse;

/// The pairs of nodes of a batch under construction.
pub(super) struct Pairs {
    all: Vec<Pair>,
    /// The level that is computed from nodes, then one level per layer.
    levels: Vec<Level>,
    /// Index of each graph's first pair among all pairs.
    starts: Vec<usize>,
}

struct Pair {
    /// Index of the graph's first pair among all pairs.
    start: usize,
    nodes_start: usize,
    first: usize,
    second: usize,
}

/// Returns the index of a pair of distinct nodes among the pairs of their graph.
fn place(one: usize, other: usize) -> usize {
    let (first, second) = (one.min(other), one.max(other));
    second * (second - 1) / 2 + first
}

impl Pairs {
    pub(super) fn new(layers: usize) -> Self {
        let levels = (0..=layers).map(|_| Level::default()).collect();
        Self { all: Vec::new(), levels, starts: Vec::new() }
    }

    /// Returns the number of rows of the largest level.
    pub(super) fn rows(&self) -> usize {
        self.levels.iter().map(Level::len).max().unwrap_or(0)
    }

    /// Returns the number of rows of the last level.
    pub(super) fn last_rows(&self) -> usize {
        self.levels.last().map_or(0, Level::len)
    }

    /// Returns the rows of a graph's pairs in the last level.
    pub(super) fn of_graph(&self, graph: usize) -> impl Iterator<Item = usize> {
        let end = self.starts.get(graph + 1).copied().unwrap_or(self.all.len());
        let last = self.levels.last().expect("a level is made from nodes");
        (self.starts[graph]..end).map(|pair| last.row(pair))
    }

    /// Adds the pairs of a graph whose first node is number `nodes_start` among all nodes and whose
    /// nodes have the last-layer fingerprints `of_nodes`.
    pub(super) fn add(&mut self, nodes_start: usize, graph: &[Node], of_nodes: &[Fingerprint]) {
        let start = self.all.len();
        self.starts.push(start);
        let mut fingerprints = Vec::with_capacity(graph.len() * graph.len() / 2);
        for second in 0..graph.len() {
            for first in 0..second {
                self.all.push(Pair { start, nodes_start, first, second });
                let connected = u128::from(graph[second].has_edge_with(first));
                let both = mix(of_nodes[first]).wrapping_add(mix(of_nodes[second]));
                fingerprints.push(mix(both ^ connected));
            }
        }
        for (layer, level) in self.levels.iter_mut().enumerate() {
            if layer > 0 {
                let mixed: Vec<_> =
                    fingerprints.iter().map(|&fingerprint| mix(fingerprint)).collect();
                for (fingerprint, pair) in fingerprints.iter_mut().zip(&self.all[start..]) {
                    let around = pair.neighbours(graph).map(|near| mixed[near]);
                    let around = around.fold(0_u128, Fingerprint::wrapping_add);
                    *fingerprint = mix(mix(*fingerprint ^ 1).wrapping_add(around));
                }
            }
            level.add(&fingerprints);
        }
    }

    /// Builds the matrices for all pairs; `graphs` holds the nodes of all graphs, and `nodes` is
    /// their last level.
    pub(super) fn finish(&self, nodes: &Level, graphs: &[Node]) -> PairBatch {
        let mut first = Sparse::new(nodes.len());
        for &pair in &self.levels[0].examples {
            let Pair { nodes_start, first: one, second: other, .. } = self.all[pair];
            let both = [one, other].map(|node| nodes.row(nodes_start + node));
            let connected = graphs[nodes_start + other].has_edge_with(one);
            first.push_row(both.into_iter().filter(|_| connected));
            first.push_row(both.into_iter().filter(|_| !connected));
        }
        let first = Arc::new(first);
        let made_from = |levels: &[Level]| {
            let [before, level] = levels else { unreachable!("windows of two") };
            let mut matrix = Sparse::new(before.len());
            for &example in &level.examples {
                let pair = &self.all[example];
                let near = pair.neighbours(&graphs[pair.nodes_start..]);
                matrix.push_row([before.row(example)]);
                matrix.push_row(near.map(|near| before.row(pair.start + near)));
            }
            Arc::new(matrix)
        };
        let rest = self.levels.windows(2).map(made_from);
        PairBatch { layers: [first].into_iter().chain(rest).collect() }
    }
}

impl Pair {
    /// Returns the indices, within their graph, of the pairs in which one node is replaced by one
    /// of its neighbours.
    fn neighbours<'a>(&self, graph: &'a [Node]) -> impl Iterator<Item = usize> + use<'a> {
        let (first, second) = (self.first, self.second);
        let with = move |stays: usize, leaves: usize| {
            let others = graph[leaves].around().filter(move |&other| other != stays);
            others.map(move |other| place(stays, other))
        };
        with(first, second).chain(with(second, first))
    }
}
