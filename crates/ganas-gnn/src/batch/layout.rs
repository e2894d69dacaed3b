//! Where the nodes of a batch of graphs are.

use std::sync::Arc;

use ganas_graph::{ArchGraph, LabelSet, MAX_NODES};

use super::level::{Fingerprint, Level, mix, nodes};
use super::pairs::Pairs;
use super::{BatchSettings, GraphBatch};
use crate::ops::Sparse;

/// A batch in the making.
pub(super) struct Layout {
    all: Vec<Node>,
    /// The labels' level, then one a layer.
    levels: Vec<Level>,
    pairs: Option<Pairs>,
    /// First node of each graph among all nodes.
    starts: Vec<usize>,
}

pub(super) struct Node {
    labels: LabelSet,
    /// First node of its graph among all nodes.
    start: usize,
    successors: u64,
    predecessors: u64,
}

impl Node {
    /// The nodes that it has an edge with.
    pub(super) fn around(&self) -> u64 {
        self.successors | self.predecessors
    }
}

impl Layout {
    pub(super) fn new(settings: &BatchSettings) -> Self {
        let levels = (0..=settings.layers).map(|_| Level::default()).collect();
        let pairs = (settings.k > 1).then(|| Pairs::new(settings.layers));
        Self { all: Vec::new(), levels, pairs, starts: Vec::new() }
    }

    /// Number of graphs.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Rows of the largest matrix.
    pub(super) fn rows(&self) -> usize {
        let largest = self.levels.iter().map(Level::len).max().unwrap_or(0);
        let pairs = self.pairs.as_ref().map_or(0, Pairs::rows);
        largest + pairs
    }

    pub(super) fn add(&mut self, graph: &ArchGraph, positions: bool) {
        let start = self.all.len();
        self.starts.push(start);
        let mut predecessors = [0_u64; MAX_NODES];
        for (from, to) in graph.edges() {
            predecessors[to] |= 1 << from;
        }
        let mut prints = [0; MAX_NODES];
        for (node, &predecessors) in predecessors.iter().enumerate().take(graph.len()) {
            let (labels, successors) = (graph.labels(node), graph.successors(node));
            self.all.push(Node { labels, start, successors, predecessors });
            let place = if positions { 1 + node as u128 } else { 0 };
            let sum = |sum: u128, label| sum.wrapping_add(mix(u128::from(label) + 1));
            prints[node] = mix(labels.iter().fold(place << 64, sum));
        }
        let prints = &mut prints[..graph.len()];
        let nodes = &self.all[start..];
        for (layer, level) in self.levels.iter_mut().enumerate() {
            if layer > 0 {
                pass(nodes, prints);
            }
            level.add(prints);
        }
        if let Some(pairs) = &mut self.pairs {
            pairs.add(start, nodes, prints);
        }
    }

    pub(super) fn finish(self, settings: &BatchSettings) -> GraphBatch {
        let Self { all, levels, pairs, starts } = self;
        let mut labels = Sparse::new(settings.labels + MAX_NODES);
        for &example in &levels[0].examples {
            let node = &all[example];
            let position = settings.positions.then_some(settings.labels + example - node.start);
            labels.push_row(node.labels.iter().map(usize::from).chain(position));
        }
        let made_from = |pair: &[Level]| {
            let [before, level] = pair else { unreachable!("windows of two") };
            level.made_from(before, |example| {
                let node = &all[example];
                let of = |bits| nodes(bits).map(|other| node.start + other).collect();
                [vec![example], of(node.successors), of(node.predecessors)]
            })
        };
        let layers = levels.windows(2).map(made_from).collect();
        let last = levels.last().expect("the labels are a level");
        let total = last.len() + pairs.as_ref().map_or(0, Pairs::last_rows);
        let mut members = Sparse::new(total);
        let ends = starts.iter().skip(1).copied().chain([all.len()]);
        for (graph, (&start, end)) in starts.iter().zip(ends).enumerate() {
            members.push_row((start..end).map(|node| last.row(node)));
            if let Some(pairs) = &pairs {
                members.push_row(pairs.of_graph(graph).map(|row| last.len() + row));
            }
        }
        let rows = (0..all.len()).map(|node| last.row(node)).collect();
        let pairs = pairs.map(|pairs| pairs.finish(last, &all));
        let (labels, members) = (Arc::new(labels), Arc::new(members));
        GraphBatch { labels, layers, pairs, members, rows, starts }
    }
}

/// What a round of message passing makes of the fingerprints of a graph's nodes.
fn pass(graph: &[Node], prints: &mut [Fingerprint]) {
    let salted = |salt| {
        let mut salted = [0; MAX_NODES];
        salted.iter_mut().zip(&*prints).for_each(|(to, print)| *to = mix(print ^ salt));
        salted
    };
    let (after, before) = (salted(1), salted(2));
    let sum = |prints: &[Fingerprint], bits| {
        nodes(bits).fold(0_u128, |sum, node| sum.wrapping_add(prints[node]))
    };
    for (print, node) in prints.iter_mut().zip(graph) {
        let around = sum(&after, node.successors).wrapping_add(sum(&before, node.predecessors));
        *print = mix(mix(*print).wrapping_add(around));
    }
}
