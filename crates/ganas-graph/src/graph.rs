//! The labelled graph that represents an architecture for models.

use petgraph::algo::{is_isomorphic_matching, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::{ArchError, NodeSet};

/// Maximum number of nodes of an [`ArchGraph`].
pub const MAX_NODES: usize = 512;

/// Number of nodes that one 64-bit word of a [`NodeSet`] covers, with one bit per node. Most graphs
/// have at most this many nodes.
pub const NODES_PER_WORD: usize = 64;

/// Maximum number of labels of a search space.
pub const MAX_LABELS: usize = 128;

/// Index into [`SearchSpace::labels`](crate::SearchSpace::labels).
pub type Label = u8;

/// The labels of one node. A node that belongs to a cell has one label. If the space has several
/// cells, the node has a second label that states its cell. A node that stands for a stage of a
/// [`Chain`](crate::spaces::Chain) has one label per property of the stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LabelSet(u128);

impl LabelSet {
    /// Creates a set that contains one label.
    ///
    /// # Panics
    /// If the label is [`MAX_LABELS`] or more.
    pub fn one(label: Label) -> Self {
        Self::default().with(label)
    }

    /// Returns this set with `label` added.
    ///
    /// # Panics
    /// If the label is [`MAX_LABELS`] or more.
    #[must_use]
    pub fn with(self, label: Label) -> Self {
        assert!(usize::from(label) < MAX_LABELS, "label {label} is out of range");
        Self(self.0 | 1 << label)
    }

    /// Returns a set in which each label of this set is increased by `by`.
    ///
    /// # Panics
    /// If an increased label would be [`MAX_LABELS`] or more.
    #[must_use]
    pub fn shifted(self, by: usize) -> Self {
        let highest = 128 - self.0.leading_zeros() as usize;
        assert!(highest + by <= MAX_LABELS, "a label is out of range");
        Self(self.0.checked_shl(u32::try_from(by).unwrap_or(u32::MAX)).unwrap_or(0))
    }

    /// Returns the set as bits: bit `l` is 1 if label `l` is in the set.
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// Returns the labels in ascending order.
    #[expect(clippy::cast_possible_truncation, reason = "halves of 128 bits, and numbers of bits")]
    pub fn iter(self) -> impl Iterator<Item = Label> {
        let (low, high) = (self.0 as u64, (self.0 >> 64) as u64);
        bits(low).chain(bits(high).map(|bit| 64 + bit)).map(|label| label as Label)
    }
}

/// A directed acyclic graph with labelled nodes. The nodes are numbered in topological order: every
/// edge leads from a lower number to a higher one.
///
/// Each node is stored compactly, as a set of labels and a set of successors, because searches
/// create millions of graphs. [`ArchGraph::to_petgraph`] gives access to petgraph's graph
/// algorithms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ArchGraph {
    labels: Vec<LabelSet>,
    successors: Vec<NodeSet>,
}

impl ArchGraph {
    /// Creates a graph without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node after all others and returns its number.
    ///
    /// # Panics
    /// If there are [`MAX_NODES`] nodes already.
    pub fn add_node(&mut self, labels: LabelSet) -> usize {
        assert!(self.len() < MAX_NODES, "a graph has at most {MAX_NODES} nodes");
        self.labels.push(labels);
        self.successors.push(NodeSet::new());
        self.len() - 1
    }

    /// Adds an edge. If the edge already exists, this has no effect.
    ///
    /// # Panics
    /// If `from` is not less than `to`, or if there is no node `to`.
    pub fn add_edge(&mut self, from: usize, to: usize) {
        assert!(
            from < to && to < self.len(),
            "expected an edge to a later node, found {from} -> {to}"
        );
        self.successors[from].insert(to);
    }

    /// Returns the number of nodes.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Returns true if the graph has no nodes.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Returns the names of each node's labels, where `names[l]` is the name of label `l`.
    pub(crate) fn label_names(&self, names: &[String]) -> Vec<Vec<String>> {
        let of = |set: &LabelSet| set.iter().map(|label| names[usize::from(label)].clone());
        self.labels.iter().map(|set| of(set).collect()).collect()
    }

    /// Returns the labels of a node.
    pub fn labels(&self, node: usize) -> LabelSet {
        self.labels[node]
    }

    /// Returns the successors of `node`.
    pub fn successors(&self, node: usize) -> &NodeSet {
        &self.successors[node]
    }

    /// Returns all edges as pairs (start node, end node), ordered by start node and then by end
    /// node.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.len()).flat_map(move |from| self.successors[from].iter().map(move |to| (from, to)))
    }

    /// Returns the subgraph that consists of the nodes in `keep` and the edges between them. The
    /// order of the nodes stays the same.
    #[must_use]
    pub fn subgraph(&self, keep: &NodeSet) -> Self {
        let mut kept = Self::new();
        let mut rank = vec![0; self.len()];
        for node in keep.iter().take_while(|node| *node < self.len()) {
            rank[node] = kept.add_node(self.labels[node]);
        }
        for (from, to) in self.edges() {
            if keep.contains(from) && keep.contains(to) {
                kept.add_edge(rank[from], rank[to]);
            }
        }
        kept
    }

    /// Returns every node that lies on at least one permitted path. A permitted path leads from a
    /// node in `starts` to a node in `ends` and avoids the nodes in `shut`. However, it may use
    /// nodes in `starts` and `ends` even if `shut` contains them.
    #[must_use]
    pub fn on_paths(&self, starts: &NodeSet, ends: &NodeSet, shut: &NodeSet) -> NodeSet {
        let shut = shut.difference(starts).difference(ends);
        let (mut forward, mut backward) = (starts.clone(), ends.clone());
        for node in 0..self.len() {
            if forward.contains(node) {
                forward = forward.union(&self.successors[node].difference(&shut));
            }
        }
        for node in (0..self.len()).rev() {
            if !shut.contains(node) && self.successors[node].meets(&backward) {
                backward.insert(node);
            }
        }
        forward.intersection(&backward)
    }

    /// Appends the nodes and edges of `other`. The nodes of `other` are numbered after the existing
    /// nodes, and the labels of `other` are increased by `by`.
    ///
    /// # Panics
    /// If there would be more than [`MAX_NODES`] nodes, or if an increased label would be
    /// [`MAX_LABELS`] or more.
    pub fn append(&mut self, other: &Self, by: usize) {
        let start = self.len();
        for &labels in &other.labels {
            self.add_node(labels.shifted(by));
        }
        for (from, to) in other.edges() {
            self.add_edge(start + from, start + to);
        }
    }

    /// Returns the graph as a petgraph graph, for use with petgraph's algorithms. The node weights
    /// are the label sets.
    pub fn to_petgraph(&self) -> DiGraph<LabelSet, ()> {
        let mut graph = DiGraph::with_capacity(self.len(), self.len());
        for &labels in &self.labels {
            graph.add_node(labels);
        }
        for (from, to) in self.edges() {
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        }
        graph
    }

    /// Creates a graph from a petgraph graph. The nodes are renumbered in a topological order, and
    /// parallel edges are merged.
    ///
    /// # Errors
    /// [`ArchError::Graph`] if `graph` has a cycle, or if it has more than [`MAX_NODES`] nodes.
    pub fn from_petgraph(graph: &DiGraph<LabelSet, ()>) -> Result<Self, ArchError> {
        let wrong = |found: String| ArchError::Graph { max: MAX_NODES, found };
        if graph.node_count() > MAX_NODES {
            return Err(wrong(format!("{} nodes", graph.node_count())));
        }
        let order = toposort(graph, None).map_err(|cycle| {
            wrong(format!("a cycle through node {}, counted from 0", cycle.node_id().index()))
        })?;
        let mut rank = vec![0; order.len()];
        let mut sorted = Self::new();
        for node in order {
            rank[node.index()] = sorted.add_node(graph[node]);
        }
        for edge in graph.edge_references() {
            sorted.add_edge(rank[edge.source().index()], rank[edge.target().index()]);
        }
        Ok(sorted)
    }

    /// Returns true if the nodes of one graph can be renumbered so that the two graphs, including
    /// their labels, become equal. The function uses petgraph's algorithm, which takes exponential
    /// time in the worst case but is fast for cells.
    pub fn is_isomorphic(&self, other: &Self) -> bool {
        let (first, second) = (self.to_petgraph(), other.to_petgraph());
        is_isomorphic_matching(&first, &second, |a, b| a == b, |(), ()| true)
    }
}

/// Returns the positions of the set bits of `row` in ascending order.
pub(crate) fn bits(mut row: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (row != 0).then(|| {
            let bit = row.trailing_zeros() as usize;
            row &= row - 1;
            bit
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ```text
    /// 0 → 1 → 3
    /// 0 → 2      (2 is a dead end)
    /// ```
    fn fork() -> ArchGraph {
        let mut graph = ArchGraph::new();
        for label in [0, 2, 3, 1] {
            graph.add_node(LabelSet::one(label));
        }
        for (from, to) in [(0, 1), (0, 2), (1, 3)] {
            graph.add_edge(from, to);
        }
        graph
    }

    #[test]
    fn pruning_drops_dead_ends() {
        let graph = fork();
        let set = |nodes: &[usize]| nodes.iter().copied().collect::<NodeSet>();
        let kept = graph.on_paths(&set(&[0]), &set(&[3]), &NodeSet::new());
        assert_eq!(kept, set(&[0, 1, 3]));
        let pruned = graph.subgraph(&kept);
        assert_eq!(pruned.edges().collect::<Vec<_>>(), [(0, 1), (1, 2)]);
        assert_eq!(pruned.labels(2), LabelSet::one(1));
        let around = graph.on_paths(&set(&[0]), &set(&[3]), &set(&[1]));
        assert!(around.is_empty(), "no way around node 1");
    }

    #[test]
    fn petgraph_round_trip_keeps_the_graph() {
        let graph = fork();
        let back = ArchGraph::from_petgraph(&graph.to_petgraph()).unwrap();
        assert!(back.is_isomorphic(&graph));
        let mut other = graph.clone();
        other.add_edge(2, 3);
        assert!(!other.is_isomorphic(&graph));
    }

    #[test]
    fn a_cycle_is_refused() {
        let mut cyclic = fork().to_petgraph();
        cyclic.add_edge(NodeIndex::new(3), NodeIndex::new(0), ());
        assert!(matches!(ArchGraph::from_petgraph(&cyclic), Err(ArchError::Graph { .. })));
    }

    #[test]
    fn label_sets_hold_several_labels() {
        let labels = LabelSet::one(3).with(127).with(3);
        assert_eq!(labels.iter().collect::<Vec<_>>(), [3, 127]);
        let labels = LabelSet::one(0).with(63).with(64);
        assert_eq!(labels.iter().collect::<Vec<_>>(), [0, 63, 64]);
    }
}
