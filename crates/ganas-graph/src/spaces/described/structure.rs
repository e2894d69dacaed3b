//! The structure of a cell, created from a checked description.

use super::checks::Checker;
use super::description::{CellDescription, Classes, Join, OperatorsOn, Output};
use crate::DescriptionError;

/// Name of a cell's output in the notation.
pub(super) const OUTPUT: &str = "output";

/// A cell's description after all checks. Nodes are numbered: the inputs come first, then the inner
/// nodes in topological order, then the output.
#[derive(Debug, Clone)]
pub(super) struct Structure {
    pub(super) name: String,
    /// Names of inputs and inner nodes.
    pub(super) nodes: Vec<String>,
    /// Number of inputs.
    pub(super) inputs: usize,
    /// Minimum and maximum number of inner nodes.
    pub(super) inner: (usize, usize),
    pub(super) operators: Vec<String>,
    pub(super) operators_on: OperatorsOn,
    pub(super) edges: Edges,
    pub(super) output: Output,
    pub(super) join: Join,
    pub(super) classes: Classes,
    pub(super) nothing: Option<u8>,
    pub(super) identity: Option<u8>,
    pub(super) sum_nodes: bool,
}

/// The edges of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edges {
    /// The edges in `list`, which are ordered by target node, then by source node. At most `most`
    /// of them may have an operator that passes something on.
    Fixed { list: Vec<(usize, usize)>, most: usize },
    /// Each inner node has this number of inputs. They are chosen from the earlier nodes and are
    /// all different.
    PerNode(usize),
    /// At most `most` edges, chosen freely.
    Free { most: usize },
}

impl Structure {
    /// Checks the description of the cell at `path` and creates its structure.
    pub(super) fn new(cell: &CellDescription, path: &str) -> Result<Self, DescriptionError> {
        Checker::new(cell, path).structure()
    }

    /// Returns the maximum number of graph nodes of the cell.
    pub(super) fn graph_nodes(&self) -> usize {
        let inner = self.inner.1;
        let operators = match (self.operators_on, &self.edges) {
            (OperatorsOn::Nodes, _) => return self.inputs + inner + 1,
            (OperatorsOn::Edges, Edges::Fixed { list, .. }) => list.len(),
            (OperatorsOn::Edges, Edges::PerNode(count)) => inner * count,
            (OperatorsOn::Edges, Edges::Free { most }) => *most,
        };
        self.inputs + operators + if self.sum_nodes { inner } else { 0 } + 1
    }

    /// Returns true if the inner node `node` must feed another node or a chosen output; `last` is
    /// the last inner node.
    pub(super) fn must_be_used(&self, node: usize, last: usize) -> bool {
        match self.output {
            Output::Chosen => true,
            Output::Last => node != last,
            Output::All | Output::Unused => false,
        }
    }

    pub(super) fn operator(&self, name: &str) -> Option<u8> {
        let place = self.operators.iter().position(|operator| operator == name)?;
        u8::try_from(place).ok()
    }
}
