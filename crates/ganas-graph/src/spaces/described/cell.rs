//! Which decisions a cell asks for, and what choices make of it.

use std::ops::Range;

use super::description::{OperatorsOn, Output};
use super::structure::{Edges, Structure};
use crate::Mask;

pub(super) const ABSENT: u8 = 0;
pub(super) const PRESENT: u8 = 1;

/// What has been decided of a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    /// Number of inner nodes, once decided.
    pub(super) inner: Option<usize>,
    /// Operators on nodes, in the order of the nodes.
    pub(super) operators: Vec<u8>,
    /// Edges, ordered by their ends.
    pub(super) edges: Vec<DraftEdge>,
    /// Is nothing left to decide?
    pub(super) is_complete: bool,
}

/// An edge of which not all may be decided yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DraftEdge {
    /// Where it comes from, or may come from.
    pub(super) sources: Sources,
    /// The node that it leads to.
    pub(super) to: usize,
    /// Operator, once decided, if operators are on edges.
    pub(super) operator: Option<u8>,
}

impl Draft {
    /// The edges that lead to a node.
    pub(super) fn edges_into(&self, node: usize) -> Range<usize> {
        let start = self.edges.partition_point(|edge| edge.to < node);
        start..start + self.edges[start..].partition_point(|edge| edge.to == node)
    }
}

impl DraftEdge {
    const fn new(from: usize, to: usize) -> Self {
        Self { sources: Sources::One(from), to, operator: None }
    }

    /// The node that it comes from; the first of those that it may come from.
    pub(super) fn from(&self) -> usize {
        self.sources.iter().next().unwrap_or(0)
    }
}

/// The node that an edge comes from, once decided; until then, which it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sources {
    One(usize),
    /// A mask, as the node is a choice.
    Of(Mask),
}

impl Sources {
    /// The nodes in ascending order.
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
    pub(super) about: About,
    pub(super) allowed: Mask,
}

/// What a decision is about. Nodes are those of the [`Structure`], edges those of the [`Draft`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// How many inner nodes there are.
    Nodes,
    /// Operator on a node.
    NodeOperator { node: usize },
    /// Operator on an edge.
    EdgeOperator { edge: usize, from: usize, to: usize },
    /// Whether there is an edge.
    Edge { from: usize, to: usize },
    /// Where edge number `slot` into `to` comes from.
    Input { edge: usize, to: usize, slot: usize },
}

/// Gives the answer to a question; `None` ends the walk there.
type Answer<'a> = &'a mut dyn FnMut(&Question) -> Option<u8>;

impl Structure {
    /// Asks question after question until one is not answered, which is given.
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
            let question = Question { about: About::Nodes, allowed: Mask::all(most - least + 1) };
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
            let question = Question { about: About::EdgeOperator { edge, from, to }, allowed };
            let Some(choice) = answer(&question) else { return Some(question) };
            draft.edges[edge].operator = Some(choice);
            carrying += usize::from(self.nothing != Some(choice));
        }
        None
    }

    fn ask_node(&self, node: usize, draft: &mut Draft, answer: Answer<'_>) -> Option<Question> {
        let allowed = Mask::all(self.operators.len());
        let question = Question { about: About::NodeOperator { node }, allowed };
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
            // Until they are decided, a node's edges may come from all that the others do not.
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
                    let question = Question { about: About::Input { edge, to, slot }, allowed };
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
                    let about = About::EdgeOperator { edge, from, to };
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
                let question = Question { about: About::Edge { from, to }, allowed };
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

/// Where a walk through free edges is: at the edge from `from` to `to`, with `after` more nodes to feed.
#[derive(Debug, Clone, Copy)]
struct Row {
    most: usize,
    edges: usize,
    /// Earlier nodes that must still feed another, as a bit row.
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

    /// The fewest edges that complete the cell; `None` if nothing does.
    ///
    /// Every node left to feed, and every unused one, needs an edge, and one edge can serve one of each.
    /// What comes after this node can be a row in which each feeds the next, the last of them taking all
    /// that is unused; so an edge that serves one end only is needed here alone, where none of the
    /// unused nodes can feed this one any more.
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
