//! Layout of the nodes of a batch of graphs.

use std::sync::Arc;

use ganas_graph::{ArchGraph, LabelSet, NodeSet};

use super::level::{Fingerprint, Level, mix};
use super::pairs::Pairs;
use super::{BatchSettings, GraphBatch, RELATIONS};
use crate::ops::Sparse;

/// A batch under construction.
pub(super) struct Layout {
    all: Vec<Node>,
    /// The level that is computed from the labels, then one level per layer.
    levels: Vec<Level>,
    pairs: Option<Pairs>,
    /// Index of each graph's first node among all nodes.
    starts: Vec<usize>,
    /// Fingerprints of the current graph's nodes.
    fingerprints: Vec<Fingerprint>,
    /// Messages of the current graph's nodes; scratch space.
    messages: Vec<Fingerprint>,
}

pub(super) struct Node {
    labels: LabelSet,
    /// Index of the graph's first node among all nodes.
    start: usize,
    successors: NodeSet,
    predecessors: NodeSet,
}

impl Node {
    /// Returns the nodes that share an edge with this node.
    pub(super) fn around(&self) -> impl Iterator<Item = usize> {
        self.predecessors.iter().chain(self.successors.iter())
    }

    pub(super) fn has_edge_with(&self, node: usize) -> bool {
        self.successors.contains(node) || self.predecessors.contains(node)
    }
}

impl Layout {
    pub(super) fn new(settings: &BatchSettings) -> Self {
        let levels = (0..=settings.layers).map(|_| Level::default()).collect();
        let pairs = (settings.k > 1).then(|| Pairs::new(settings.layers));
        let (all, starts, fingerprints, messages) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { all, levels, pairs, starts, fingerprints, messages }
    }

    /// Returns the number of graphs.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns the number of rows of the largest matrix. These are the rows of the last level or,
    /// if that level is `pooled`, of the level before it, plus the rows of pairs.
    pub(super) fn rows(&self, pooled: bool) -> usize {
        let last = self.levels.len() - 1;
        let largest = if pooled && self.pairs.is_none() { last.saturating_sub(1) } else { last };
        let largest = self.levels[largest].len();
        let pairs = self.pairs.as_ref().map_or(0, Pairs::rows);
        largest + pairs
    }

    pub(super) fn add(&mut self, graph: &ArchGraph, positions: bool) {
        let start = self.all.len();
        self.starts.push(start);
        for node in 0..graph.len() {
            let (labels, successors) = (graph.labels(node), graph.successors(node).clone());
            self.all.push(Node { labels, start, successors, predecessors: NodeSet::new() });
        }
        let nodes = &mut self.all[start..];
        self.fingerprints.clear();
        for node in 0..graph.len() {
            for successor in graph.successors(node).iter() {
                nodes[successor].predecessors.insert(node);
            }
            let place = if positions { 1 + node as u128 } else { 0 };
            let sum = |sum: u128, label| sum.wrapping_add(mix(u128::from(label) + 1));
            self.fingerprints.push(mix(graph.labels(node).iter().fold(place << 64, sum)));
        }
        for (layer, level) in self.levels.iter_mut().enumerate() {
            if layer > 0 {
                pass(nodes, &mut self.fingerprints, &mut self.messages);
            }
            level.add(&self.fingerprints);
        }
        if let Some(pairs) = &mut self.pairs {
            pairs.add(start, nodes, &self.fingerprints);
        }
    }

    pub(super) fn finish(self, settings: &BatchSettings) -> GraphBatch {
        let Self { all, levels, pairs, starts, .. } = self;
        let mut labels = Sparse::with_room(settings.embedded(), levels[0].len());
        for &example in &levels[0].examples {
            let node = &all[example];
            let position = settings.positions.then_some(settings.labels + example - node.start);
            labels.push_row(node.labels.iter().map(usize::from).chain(position));
        }
        let made_from = |pair: &[Level]| {
            let [before, level] = pair else { unreachable!("windows of two") };
            let mut matrix = Sparse::with_room(before.len(), RELATIONS * level.len());
            for &example in &level.examples {
                let node = &all[example];
                matrix.push_row([before.row(example)]);
                for nodes in [&node.successors, &node.predecessors] {
                    matrix.push_row(nodes.iter().map(|other| before.row(node.start + other)));
                }
            }
            Arc::new(matrix)
        };
        let layers = levels.windows(2).map(made_from).collect();
        let last = levels.last().expect("the labels form a level");
        let total = last.len() + pairs.as_ref().map_or(0, Pairs::last_rows);
        let mut members = Sparse::with_room(total, all.len().div_ceil(2));
        let ends = starts.iter().skip(1).copied().chain([all.len()]);
        for (graph, (&start, end)) in starts.iter().zip(ends).enumerate() {
            members.push_row(last.rows(start..end));
            if let Some(pairs) = &pairs {
                members.push_row(pairs.of_graph(graph).map(|row| last.len() + row));
            }
        }
        let rows = last.rows(0..all.len()).collect();
        let pairs = pairs.map(|pairs| pairs.finish(last, &all));
        let (labels, members) = (Arc::new(labels), Arc::new(members));
        GraphBatch { labels, layers, pairs, members, rows, starts }
    }
}

/// Updates the fingerprints of a graph's nodes by one round of message passing; `messages` is
/// scratch space.
fn pass(graph: &[Node], fingerprints: &mut [Fingerprint], messages: &mut Vec<Fingerprint>) {
    messages.clear();
    messages.extend(fingerprints.iter().map(|&fingerprint| mix(fingerprint)));
    // Messages are rotated by direction, to distinguish successors from predecessors.
    let sum = |nodes: &NodeSet, rotation| {
        nodes
            .iter()
            .fold(0_u128, |sum, node| sum.wrapping_add(messages[node].rotate_left(rotation)))
    };
    for ((fingerprint, node), own) in fingerprints.iter_mut().zip(graph).zip(&*messages) {
        let around = sum(&node.successors, 43).wrapping_add(sum(&node.predecessors, 85));
        *fingerprint = own.wrapping_add(around);
    }
}
