//! The decisions of a cell, and what they determine.

use std::ops::Range;

use super::description::{OperatorsOn, Output};
use super::structure::{Edges, Structure};
use crate::Mask;

pub(super) const ABSENT: u8 = 0;
pub(super) const PRESENT: u8 = 1;

/// The decided part of a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    /// Number of inner nodes, once decided.
    pub(super) inner: Option<usize>,
    /// Operators on nodes, in node order.
    pub(super) operators: Vec<u8>,
    /// Edges, ordered by end node.
    pub(super) edges: Vec<DraftEdge>,
    /// Whether all decisions are made.
    pub(super) is_complete: bool,
}

/// An edge that may be partly undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DraftEdge {
    /// The source node or, while it is undecided, the possible source nodes.
    pub(super) sources: Sources,
    /// The end node.
    pub(super) to: usize,
    /// The operator, once decided; `None` if operators are on nodes.
    pub(super) operator: Option<u8>,
}

impl Draft {
    /// Returns the range of indices of the edges that end at `node`.
    pub(super) fn edges_into(&self, node: usize) -> Range<usize> {
        let start = self.edges.partition_point(|edge| edge.to < node);
        start..start + self.edges[start..].partition_point(|edge| edge.to == node)
    }
}

impl DraftEdge {
    const fn new(from: usize, to: usize) -> Self {
        Self { sources: Sources::One(from), to, operator: None }
    }

    /// Returns the source node or, while it is undecided, the first possible one.
    pub(super) fn from(&self) -> usize {
        self.sources.iter().next().unwrap_or(0)
    }
}

/// The source node of an edge or, while it is undecided, the possible source nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sources {
    One(usize),
    /// The possible source nodes, as a mask of choices.
    Of(Mask),
}

impl Sources {
    /// Returns the nodes in ascending order.
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        let (one, mask) = match self {
            Self::One(node) => (Some(node), Mask::from_bits(0)),
            Self::Of(mask) => (None, mask),
        };
        one.into_iter().chain(mask.iter().map(usize::from))
    }
}

/// A decision of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) about: QuestionSubject,
    pub(super) allowed: Mask,
}

/// The subject of a decision. Nodes are numbered as in the [`Structure`], edges as in
/// [`Draft::edges`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QuestionSubject {
    /// The number of inner nodes.
    Nodes,
    /// The operator on a node.
    NodeOperator { node: usize },
    /// The operator on an edge.
    EdgeOperator { edge: usize, from: usize, to: usize },
    /// Whether the edge from `from` to `to` exists.
    Edge { from: usize, to: usize },
    /// The source node of an edge that ends at the node `to`. `slot` is the edge's position among
    /// all edges that end at that node.
    Input { edge: usize, to: usize, slot: usize },
}

/// A function that returns the answer to a question; with `None`, [`Structure::walk`] stops at the
/// question.
type Answer<'a> = &'a mut dyn FnMut(&Question) -> Option<u8>;

impl Structure {
    /// Asks the cell's questions in order until one is not answered. Returns the decided part of
    /// the cell and the unanswered question.
    pub(super) fn walk(&self, answer: Answer<'_>) -> (Draft, Option<Question>) {
        let mut draft = Draft::default();
        let open = self.ask(&mut draft, answer);
        draft.is_complete = open.is_none();
        (draft, open)
    }

    fn ask(&self, draft: &mut Draft, answer: Answer<'_>) -> Option<Question> {
        let (least, most) = self.inner;
        let inner = if least == most {
            most
        } else {
            let question =
                Question { about: QuestionSubject::Nodes, allowed: Mask::all(most - least + 1) };
            match answer(&question) {
                Some(choice) => least + usize::from(choice),
                None => return Some(question),
            }
        };
        draft.inner = Some(inner);
        match &self.edges {
            Edges::Fixed { list, most } => self.ask_fixed(list, *most, draft, answer),
            Edges::PerNode(count) => self.ask_per_node(*count, draft, answer),
            Edges::Free { most } => self.ask_free(*most, inner, draft, answer),
        }
    }

    fn ask_fixed(
        &self,
        list: &[(usize, usize)],
        most: usize,
        draft: &mut Draft,
        answer: Answer<'_>,
    ) -> Option<Question> {
        draft.edges = list.iter().map(|&(from, to)| DraftEdge::new(from, to)).collect();
        if self.operators_on == OperatorsOn::Nodes {
            return (self.inputs..self.nodes.len())
                .find_map(|node| self.ask_node(node, draft, answer));
        }
        let mut carrying = 0;
        for (edge, &(from, to)) in list.iter().enumerate() {
            let allowed = match self.nothing {
                Some(nothing) if carrying == most => Mask::from_bits(1 << nothing),
                _ => Mask::all(self.operators.len()),
            };
            let question =
                Question { about: QuestionSubject::EdgeOperator { edge, from, to }, allowed };
            let Some(choice) = answer(&question) else { return Some(question) };
            draft.edges[edge].operator = Some(choice);
            carrying += usize::from(self.nothing != Some(choice));
        }
        None
    }

    fn ask_node(&self, node: usize, draft: &mut Draft, answer: Answer<'_>) -> Option<Question> {
        let allowed = Mask::all(self.operators.len());
        let question = Question { about: QuestionSubject::NodeOperator { node }, allowed };
        let Some(choice) = answer(&question) else { return Some(question) };
        draft.operators.push(choice);
        None
    }

    fn ask_per_node(
        &self,
        count: usize,
        draft: &mut Draft,
        answer: Answer<'_>,
    ) -> Option<Question> {
        for to in self.inputs..self.nodes.len() {
            // Undecided edges of a node may come from all nodes that its other edges do not use.
            let open = DraftEdge { sources: Sources::Of(Mask::all(to)), to, operator: None };
            let first = draft.edges.len();
            draft.edges.extend(vec![open; count]);
            if to == count {
                (0..count).for_each(|slot| draft.edges[first + slot].sources = Sources::One(slot));
            }
            if self.operators_on == OperatorsOn::Nodes
                && let Some(open) = self.ask_node(to, draft, answer)
            {
                return Some(open);
            }
            for slot in 0..count {
                let edge = first + slot;
                if let Sources::Of(allowed) = draft.edges[edge].sources {
                    let question =
                        Question { about: QuestionSubject::Input { edge, to, slot }, allowed };
                    let Some(choice) = answer(&question) else { return Some(question) };
                    draft.edges[edge].sources = Sources::One(choice.into());
                    for later in &mut draft.edges[edge + 1..] {
                        if let Sources::Of(open) = &mut later.sources {
                            *open = open.without(choice);
                        }
                    }
                }
                if self.operators_on == OperatorsOn::Edges {
                    let from = draft.edges[edge].from();
                    let about = QuestionSubject::EdgeOperator { edge, from, to };
                    let question = Question { about, allowed: Mask::all(self.operators.len()) };
                    let Some(choice) = answer(&question) else { return Some(question) };
                    draft.edges[edge].operator = Some(choice);
                }
            }
        }
        None
    }

    fn ask_free(
        &self,
        most: usize,
        inner: usize,
        draft: &mut Draft,
        answer: Answer<'_>,
    ) -> Option<Question> {
        let end = self.inputs + inner;
        let rows = end + usize::from(self.has_output_row());
        let mut row = Row { most, edges: 0, unused: 0, from: 0, to: 0, after: 0, is_fed: false };
        for to in self.inputs..rows {
            if to < end
                && let Some(open) = self.ask_node(to, draft, answer)
            {
                return Some(open);
            }
            row = Row { from: 0, to, after: rows - 1 - to, is_fed: false, ..row };
            for from in 0..to {
                let allowed = row.allowed(self);
                let question = Question { about: QuestionSubject::Edge { from, to }, allowed };
                let Some(choice) = answer(&question) else { return Some(question) };
                row = row.after(choice);
                if choice == PRESENT {
                    draft.edges.push(DraftEdge::new(from, to));
                }
            }
            if to < end && self.must_be_used(to, end - 1) {
                row.unused |= 1 << to;
            }
        }
        None
    }

    fn has_output_row(&self) -> bool {
        self.output == Output::Chosen
    }
}

/// The state of a walk through freely chosen edges, before the decision on the edge from `from` to
/// `to`. After `to`, `after` more nodes remain to be fed.
#[derive(Debug, Clone, Copy)]
struct Row {
    most: usize,
    edges: usize,
    /// Earlier nodes that must still feed another node, as bits.
    unused: u64,
    from: usize,
    to: usize,
    after: usize,
    is_fed: bool,
}

impl Row {
    fn after(self, choice: u8) -> Self {
        let next = Self { from: self.from + 1, ..self };
        if choice != PRESENT {
            return next;
        }
        let unused = self.unused & !(1 << self.from);
        Self { edges: self.edges + 1, unused, is_fed: true, ..next }
    }

    fn allowed(self, structure: &Structure) -> Mask {
        let mut allowed = Mask::all(2);
        for choice in [ABSENT, PRESENT] {
            let next = self.after(choice);
            let needed = next.needed(structure);
            if needed.is_none_or(|needed| next.edges + needed > self.most) {
                allowed = allowed.without(choice);
            }
        }
        allowed
    }

    /// Returns the minimum number of edges that complete the cell; `None` if that is impossible.
    ///
    /// Every node that is not fed yet needs an incoming edge, and every unused node needs an
    /// outgoing edge; a single edge can meet one need of each kind. The nodes after `to` can form a
    /// path whose last node takes all unused nodes as inputs. So only `to` can need an extra edge,
    /// which comes from a node already used, and only if no unused node can still feed `to`.
    fn needed(self, structure: &Structure) -> Option<usize> {
        let unused = self.unused.count_ones() as usize;
        let still = self.unused >> self.from;
        let feed = usize::from(!self.is_fed);
        if feed == 1 && self.from == self.to {
            return None;
        }
        if !matches!(structure.output, Output::Chosen | Output::Last) {
            return Some(self.after + feed);
        }
        if self.after == 0 {
            let all_reached = still.count_ones() as usize == unused;
            return all_reached.then_some(unused.max(feed));
        }
        Some(unused + self.after + if still == 0 { feed } else { 0 })
    }
}
