//! The state of an unfinished architecture, for which only the first choices have been made. The
//! state holds everything in these choices on which later decisions depend.

use super::cell::{Draft, DraftEdge, Question, QuestionSubject};
use super::costs::{ChainValues, Rest};
use super::parts::Parts;
use super::space::DescribedSpace;
use super::structure::{Edges, Structure};
use crate::Progress;

impl DescribedSpace {
    /// Returns the state of the part that is being decided (a cell, the chain or the parameters),
    /// and the settled part of each cost.
    ///
    /// Returns `None` if the existence of a parameter depends on the network's decisions.
    pub(super) fn progress_of(&self, prefix: &[u8]) -> Option<Progress> {
        let Parts { cells, chain, parameters } = self.parts(prefix);
        let of_chain = self.chain.as_ref().map(|it| it.settled(chain.unwrap_or_default()));
        let number_of_cells = self.cells.len() as u64;
        let open = cells.iter().enumerate().find_map(|(cell, (draft, open))| {
            let state = self.cells[cell].state(draft, open.as_ref()?);
            Some([&[cell as u64], &state[..]].concat())
        });
        let of_parameters = if self.parameters.is_empty() {
            None
        } else {
            Some(self.parameters.state(&self.settings(prefix, &[]))?)
        };
        let state = match (open, of_parameters.filter(|_| parameters.is_some())) {
            (Some(state), _) => state,
            (None, Some(own)) => [&[number_of_cells + 1], &own[..]].concat(),
            (None, None) => {
                let of_chain = of_chain.iter().flat_map(|(state, _)| state).copied();
                std::iter::once(number_of_cells).chain(of_chain).collect()
            }
        };
        let chain = of_chain.as_ref().map(|(_, layers)| ChainValues::new(layers));
        let variables = vec![0.0; self.parameters.variables.len()];
        let rest = Rest { chain: chain.unwrap_or_default(), variables };
        let drafts: Vec<_> = cells.into_iter().map(|(draft, _)| draft).collect();
        let mut settled = self.costs.settled(&self.cells, &drafts, &rest);
        settled.extend(self.parameters.forbids().then_some(None));
        Some(Progress { state, settled })
    }
}

/// Returns a set of nodes as a bit mask. Only cells whose edges are chosen need this, and these
/// have at most 64 nodes.
fn row(nodes: impl Iterator<Item = usize>) -> u64 {
    nodes.fold(0, |row, node| row | 1 << node)
}

impl Structure {
    /// Returns the state on which the decisions after the open question `open` depend.
    pub(super) fn state(&self, draft: &Draft, open: &Question) -> Vec<u64> {
        let (kind, at, to) = match open.about {
            QuestionSubject::Nodes => return vec![0],
            QuestionSubject::NodeOperator { node } => (1, node, node),
            QuestionSubject::EdgeOperator { edge, to, .. } => (2, edge, to),
            QuestionSubject::Edge { from, to } => (3, from, to),
            QuestionSubject::Input { edge, to, .. } => (4, edge, to),
        };
        let numbers = [kind, at, to, draft.inner.unwrap_or(0)].map(|number| number as u64);
        let own: Vec<u64> = match &self.edges {
            Edges::Fixed { .. } => {
                let carries = |operator: Option<u8>| operator.is_some() && operator != self.nothing;
                let carrying = draft.edges.iter().filter(|edge| carries(edge.operator)).count();
                vec![carrying as u64]
            }
            Edges::PerNode(_) => {
                let own = draft.edges.iter().filter(|edge| edge.to == to);
                own.map(|edge| row(edge.sources.iter())).collect()
            }
            Edges::Free { .. } => {
                let last = self.inputs + draft.inner.unwrap_or(0) - 1;
                let must = |node: &usize| self.must_be_used(*node, last);
                let used = row(draft.edges.iter().map(DraftEdge::from));
                let unused = row((self.inputs..to).filter(must));
                let is_fed = draft.edges.iter().any(|edge| edge.to == to);
                vec![unused & !used, draft.edges.len() as u64, is_fed.into()]
            }
        };
        [&numbers[..], &own].concat()
    }
}
