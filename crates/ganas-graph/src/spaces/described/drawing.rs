//! Graphs of cells.

use super::cell::{Draft, Question, QuestionSubject};
use super::description::{OperatorsOn, Output};
use super::structure::{Edges, Structure};
use crate::{ArchGraph, Label, LabelSet, NodeSet, Subject};

/// The labels of a cell's nodes.
#[derive(Debug, Clone)]
pub(super) struct Labels {
    /// Label of each operator.
    pub(super) operators: Vec<Label>,
    /// Label of each input.
    pub(super) inputs: Vec<Label>,
    pub(super) sum: Label,
    pub(super) output: Label,
    pub(super) undecided: Label,
    /// Additional label of every node of the cell, if there are several cells.
    pub(super) cell: Option<Label>,
}

/// The special nodes of a cell in a graph.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawn {
    inputs: NodeSet,
    output: NodeSet,
    /// Nodes of operators that pass nothing on.
    nothing: NodeSet,
}

impl Drawn {
    /// Returns the inputs, the output, and the nodes that have an effect on the output.
    pub(super) fn effective(&self, graph: &ArchGraph) -> NodeSet {
        let Self { inputs, output, nothing } = self;
        graph.on_paths(inputs, output, nothing).union(inputs).union(output)
    }
}

impl Structure {
    /// Adds a cell to a graph. Operators that are not decided yet have the label `undecided`. If
    /// each node chooses a fixed number of inputs, draws only up to the subject of `open`.
    pub(super) fn draw(
        &self,
        graph: &mut ArchGraph,
        draft: &Draft,
        open: Option<&Question>,
        labels: &Labels,
    ) -> Drawn {
        let start = graph.len();
        let mut drawing = Drawing { structure: self, draft, labels, graph, start };
        for &input in &labels.inputs {
            drawing.add(input);
        }
        let mut drawn =
            Drawn { inputs: (start..start + self.inputs).collect(), ..Drawn::default() };
        let end = match (&self.edges, open) {
            (Edges::PerNode(_), Some(open)) => Some(open.about),
            _ => None,
        };
        match (draft.inner, self.operators_on) {
            (None, _) => {}
            (Some(inner), OperatorsOn::Nodes) => drawing.on_nodes(inner, end),
            (Some(_), OperatorsOn::Edges) => drawing.on_edges(end),
        }
        if draft.inner.is_some() && end.is_none() {
            drawn.output.insert(drawing.output());
        }
        drawn.nothing = self.nothing_nodes(draft, start);
        drawn
    }

    /// Returns the graph node or edge that a decision is about, in a cell that starts at graph node
    /// `start`.
    pub(super) fn subject(&self, about: QuestionSubject, start: usize) -> Subject {
        match about {
            QuestionSubject::Nodes => Subject::Node(start),
            QuestionSubject::NodeOperator { node } => Subject::Node(start + node),
            QuestionSubject::Edge { from, to } => {
                Subject::Edge { from: start + from, to: start + to }
            }
            QuestionSubject::EdgeOperator { edge, to, .. } => {
                Subject::Node(start + self.edge_node(edge, to))
            }
            QuestionSubject::Input { edge, to, .. } => Subject::Node(match self.operators_on {
                OperatorsOn::Nodes => start + to,
                OperatorsOn::Edges => start + self.edge_node(edge, to),
            }),
        }
    }

    /// Returns the number of graph nodes of a complete cell.
    pub(super) fn drawn_nodes(&self, draft: &Draft) -> usize {
        let inner = draft.inner.unwrap_or(0);
        let sums = if self.sum_nodes { inner } else { 0 };
        let others = match self.operators_on {
            OperatorsOn::Nodes => inner,
            OperatorsOn::Edges => draft.edges.len() + sums,
        };
        self.inputs + others + 1
    }

    /// Returns the graph node of the operator on edge number `edge`, which ends at `to`. The result
    /// is relative to the cell's first graph node.
    fn edge_node(&self, edge: usize, to: usize) -> usize {
        self.inputs + edge + if self.sum_nodes { to - self.inputs } else { 0 }
    }

    fn nothing_nodes(&self, draft: &Draft, start: usize) -> NodeSet {
        let Some(nothing) = self.nothing else { return NodeSet::new() };
        let on_nodes = (self.inputs..).zip(&draft.operators).map(|(node, op)| (node, Some(*op)));
        let on_edges =
            draft.edges.iter().enumerate().map(|(at, e)| (self.edge_node(at, e.to), e.operator));
        let nodes: Vec<_> = match self.operators_on {
            OperatorsOn::Nodes => on_nodes.collect(),
            OperatorsOn::Edges => on_edges.collect(),
        };
        let carries_nothing = |operator: Option<u8>| operator == Some(nothing);
        nodes.iter().filter(|(_, op)| carries_nothing(*op)).map(|(node, _)| start + node).collect()
    }
}

struct Drawing<'a> {
    structure: &'a Structure,
    draft: &'a Draft,
    labels: &'a Labels,
    graph: &'a mut ArchGraph,
    start: usize,
}

impl Drawing<'_> {
    fn add(&mut self, label: Label) -> usize {
        let set = LabelSet::one(label);
        self.graph.add_node(self.labels.cell.map_or(set, |cell| set.with(cell)))
    }

    fn label(&self, operator: Option<u8>) -> Label {
        operator
            .map_or(self.labels.undecided, |operator| self.labels.operators[usize::from(operator)])
    }

    /// For each inner node up to the subject of `end`, adds a graph node with the inner node's
    /// operator.
    fn on_nodes(&mut self, inner: usize, end: Option<QuestionSubject>) {
        let first = self.structure.inputs;
        let last = match end {
            Some(
                QuestionSubject::NodeOperator { node } | QuestionSubject::Input { to: node, .. },
            ) => node,
            _ => first + inner - 1,
        };
        let nodes = if inner == 0 { first..first } else { first..last + 1 };
        for node in nodes.clone() {
            let label = self.label(self.draft.operators.get(node - first).copied());
            self.add(label);
        }
        if end.is_none() {
            self.add(self.labels.output);
        }
        for edge in &self.draft.edges {
            for from in edge.sources.iter() {
                self.graph.add_edge(self.start + from, self.start + edge.to);
            }
        }
        self.join(first + inner, |from| vec![from]);
    }

    /// Adds a graph node for each operator on an edge, up to the subject of `end`.
    fn on_edges(&mut self, end: Option<QuestionSubject>) {
        let last = match end {
            Some(
                QuestionSubject::EdgeOperator { edge, .. } | QuestionSubject::Input { edge, .. },
            ) => edge,
            _ => usize::MAX,
        };
        let (structure, draft) = (self.structure, self.draft);
        for node in structure.inputs..structure.nodes.len() {
            for place in draft.edges_into(node) {
                let edge = &draft.edges[place];
                let operator = self.add(self.label(edge.operator));
                let outputs: Vec<_> =
                    edge.sources.iter().flat_map(|from| self.output_nodes_of(from)).collect();
                for source in outputs {
                    self.graph.add_edge(self.start + source, operator);
                }
                if place == last {
                    return;
                }
            }
            if structure.sum_nodes {
                let sum = self.add(self.labels.sum);
                for giver in self.operators_into(node) {
                    self.graph.add_edge(self.start + giver, sum);
                }
            }
        }
        self.add(self.labels.output);
        let outputs: Vec<Vec<usize>> =
            (0..structure.nodes.len()).map(|node| self.output_nodes_of(node)).collect();
        self.join(structure.nodes.len(), |from| outputs[from].clone());
    }

    /// Connects the nodes that form the cell's output to the output node, which is the last.
    fn join(&mut self, end: usize, output_nodes_of: impl Fn(usize) -> Vec<usize>) {
        let (structure, draft) = (self.structure, self.draft);
        if structure.output == Output::Chosen || self.graph.len() <= self.output() {
            return;
        }
        let used: NodeSet = draft.edges.iter().flat_map(|edge| edge.sources.iter()).collect();
        let output = self.output();
        for node in structure.inputs..end {
            let is_given = match structure.output {
                Output::All => true,
                Output::Last => node == end - 1,
                Output::Unused => draft.is_complete && !used.contains(node),
                Output::Chosen => false,
            };
            for giver in output_nodes_of(node).into_iter().filter(|_| is_given) {
                self.graph.add_edge(self.start + giver, output);
            }
        }
    }

    /// Returns the graph node of a complete cell's output.
    fn output(&self) -> usize {
        self.start + self.structure.drawn_nodes(self.draft) - 1
    }

    /// Returns the graph nodes that pass on the value of the cell's node `node`, relative to the
    /// cell's first graph node.
    fn output_nodes_of(&self, node: usize) -> Vec<usize> {
        if node < self.structure.inputs {
            vec![node]
        } else if self.structure.sum_nodes {
            vec![node + self.draft.edges_into(node).end]
        } else {
            self.operators_into(node)
        }
    }

    fn operators_into(&self, node: usize) -> Vec<usize> {
        let edges = self.draft.edges_into(node);
        edges.map(|place| self.structure.edge_node(place, node)).collect()
    }
}
