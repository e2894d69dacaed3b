//! Classes of equivalent cells. A cell's class is identified by its output, written as an
//! expression of its input.

use super::cell::{Draft, DraftEdge};
use super::structure::Structure;

/// A cell's operators, and which of them have a special meaning in expressions.
#[derive(Debug, Clone, Copy)]
pub(in crate::spaces) struct Roles<'n> {
    pub(in crate::spaces) operators: &'n [String],
    pub(in crate::spaces) nothing: Option<u8>,
    pub(in crate::spaces) identity: Option<u8>,
}

/// Returns the expression of a cell's last node, which is the same for all cells of a class. The
/// expression of node 0, the input, is `0`. The expression of any other node is the sum of the
/// terms of its incoming edges, in sorted order. An edge has the term `#` if its operator passes
/// nothing on or if the expression of its source is `#`. An identity edge has the expression of its
/// source as its term. Every other edge has the term `(source)@operator`.
///
/// `edges` are triples (from, to, operator), ordered by `to`.
///
/// Source: `to_unique_str(consider_zero=True)` of NAS-Bench-201's API.
pub(in crate::spaces) fn expression(
    edges: &[(usize, usize, u8)],
    nodes: usize,
    roles: Roles<'_>,
) -> String {
    let mut expressions = vec!["0".to_owned()];
    for node in 1..nodes {
        let incoming = edges.iter().filter(|(_, to, _)| *to == node);
        let mut terms: Vec<String> = incoming
            .map(|&(from, _, choice)| match (Some(choice), expressions[from].as_str()) {
                (choice, _) if choice == roles.nothing => "#".into(),
                (_, "#") => "#".into(),
                (choice, source) if choice == roles.identity => source.into(),
                (_, source) => format!("({source})@{}", roles.operators[usize::from(choice)]),
            })
            .collect();
        terms.sort_unstable();
        expressions.push(terms.join("+"));
    }
    expressions.pop().unwrap_or_default()
}

impl Structure {
    /// Returns the expression of a complete cell whose `classes` are expressions.
    pub(super) fn expression(&self, draft: &Draft) -> String {
        let edge = |edge: &DraftEdge| (edge.from(), edge.to, edge.operator.unwrap_or(0));
        let edges: Vec<_> = draft.edges.iter().map(edge).collect();
        let roles =
            Roles { operators: &self.operators, nothing: self.nothing, identity: self.identity };
        expression(&edges, self.nodes.len(), roles)
    }
}
