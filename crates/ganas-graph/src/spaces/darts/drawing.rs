//! Draws pairs of cells as graphs.

use super::canonical::NOWHERE;
use super::cell::{CELL_GRAPH_NODES, CELL_NAMES, EDGES, NODES};
use super::cell::{Cell, OpenEdge, Place, open_edge};
use crate::{ArchGraph, Label, LabelSet, NodeSet};

/// The labels of a space. An operator's label is its index; the first other label is `first`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Labels {
    first: Label,
}

/// Names of the labels that follow those of the operators, in order. Every node also has one of the
/// last two, which states its cell.
pub(super) const LABEL_NAMES: [&str; 7] =
    ["input_0", "input_1", "sum", "output", "undecided", "normal", "reduction"];

impl Labels {
    pub(super) fn after(operators: usize) -> Self {
        Self { first: Label::try_from(operators).unwrap_or(Label::MAX) }
    }

    fn input(self, index: u8) -> Label {
        self.first + index
    }

    fn sum(self) -> Label {
        self.first + 2
    }

    fn output(self) -> Label {
        self.first + 3
    }

    fn undecided(self) -> Label {
        self.first + 4
    }

    fn cell(self, cell: usize) -> LabelSet {
        LabelSet::one(self.first + if cell == 0 { 5 } else { 6 })
    }
}

/// Returns the graph of a prefix, up to the operator of the edge that is being decided.
pub(super) fn prefix_graph(prefix: &[u8], labels: Labels) -> ArchGraph {
    let last = Place::of(prefix.len()).map_or(usize::MAX, Place::graph_node);
    let mut graph = ArchGraph::new();
    for cell in 0..CELL_NAMES.len() {
        let edges: [OpenEdge; EDGES] = std::array::from_fn(|edge| open_edge(prefix, cell, edge));
        if !add_cell(&mut graph, cell, &edges, labels, last) {
            break;
        }
    }
    graph
}

/// Returns the graph of two canonical cells, without operators that have no effect and without
/// nodes that nothing reaches.
pub(super) fn canonical_graph(cells: &[Cell; 2], labels: Labels) -> ArchGraph {
    let mut graph = ArchGraph::new();
    let mut dead_nodes = NodeSet::new();
    for (number, cell) in cells.iter().enumerate() {
        let edges = cell.map(|edge| OpenEdge {
            inputs: if edge.input == NOWHERE { 0 } else { 1 << edge.input },
            operator: Some(edge.operator),
        });
        let start = graph.len();
        add_cell(&mut graph, number, &edges, labels, usize::MAX);
        for (node, pair) in edges.as_chunks::<2>().0.iter().enumerate() {
            let first = start + 2 + 3 * node;
            let dead = pair.map(|edge| edge.inputs == 0);
            let bits = [dead[0], dead[1], dead[0] && dead[1]];
            (0..3).filter(|at| bits[*at]).for_each(|at| dead_nodes.insert(first + at));
        }
    }
    let keep = (0..graph.len()).filter(|node| !dead_nodes.contains(*node)).collect();
    graph.subgraph(&keep)
}

/// Adds the nodes of a cell, up to the graph's node `last`. Returns true if the whole cell was
/// added.
fn add_cell(
    graph: &mut ArchGraph,
    cell: usize,
    edges: &[OpenEdge; EDGES],
    labels: Labels,
    last: usize,
) -> bool {
    let start = cell * CELL_GRAPH_NODES;
    let own = labels.cell(cell);
    graph.add_node(own.with(labels.input(0)));
    graph.add_node(own.with(labels.input(1)));
    let source = |input: usize| start + if input < 2 { input } else { 3 * input - 2 };
    for (node, pair) in edges.as_chunks::<2>().0.iter().enumerate() {
        for edge in pair {
            let label = edge.operator.unwrap_or(labels.undecided());
            let operator = graph.add_node(own.with(label));
            for input in (0..NODES + 2).filter(|input| edge.inputs >> input & 1 == 1) {
                graph.add_edge(source(input), operator);
            }
            if operator == last {
                return false;
            }
        }
        let sum = graph.add_node(own.with(labels.sum()));
        debug_assert_eq!(sum, source(node + 2), "sums are where edges look for them");
        graph.add_edge(sum - 2, sum);
        graph.add_edge(sum - 1, sum);
    }
    let output = graph.add_node(own.with(labels.output()));
    for node in 0..NODES {
        graph.add_edge(source(node + 2), output);
    }
    true
}
