//! A cell, in which two edges lead into each inner node. Each edge has an operator and a source
//! node.

use crate::{Decision, Mask, Subject};

/// The operators, in the same order as in NAS-Bench-301. The choice that selects an operator is the
/// operator's index in this list.
pub const OPERATORS: [&str; 7] = [
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
];

/// The choice of `none`, an additional operator of some spaces, which carries nothing.
pub(super) const NONE: u8 = 7;

/// Names of the two cells, in the order in which an architecture holds them.
pub const CELL_NAMES: [&str; 2] = ["normal", "reduce"];

/// Number of inner nodes of a cell. Nodes 0 and 1 are the cell's inputs, so the inner nodes are 2
/// to 5.
pub const NODES: usize = 4;

/// Number of edges that lead into a cell's inner nodes: two for each node.
pub const EDGES: usize = 2 * NODES;

/// Indices of the kinds of decision: the operator of an edge and the input of an edge.
pub(super) const OPERATOR_KIND: usize = 0;
pub(super) const INPUT_KIND: usize = 1;

/// Number of decisions of a cell. The first inner node's inputs are not decided: they can only be
/// the cell's two inputs.
const CELL_LENGTH: usize = 2 * EDGES - 2;

/// An edge into an inner node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// The source node. Nodes 0 and 1 are the outputs of the two previous cells, and 2 to 5 are the
    /// inner nodes.
    pub input: u8,
    /// Index of the operator in [`OPERATORS`]. In a space that also has the operator `none`, the
    /// index of `none` is 7.
    pub operator: u8,
}

/// The edges of a cell. Edges 0 and 1 lead into node 2, edges 2 and 3 into node 3, and so on.
pub type Cell = [Edge; EDGES];

/// What a decision concerns: the input or the operator of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// 0 for the normal cell, 1 for the reduction cell.
    pub(super) cell: usize,
    /// Index of the edge within the cell.
    pub(super) edge: usize,
    /// Whether the decision concerns the edge's input; otherwise, it concerns the operator.
    pub(super) is_input: bool,
}

impl Place {
    /// Returns what the decision at `position` concerns; `None` beyond the last decision. Decisions
    /// follow the order of the cells and their edges. The input of an edge precedes its operator.
    pub(super) fn of(position: usize) -> Option<Self> {
        let (cell, within) = (position / CELL_LENGTH, position % CELL_LENGTH);
        let (edge, is_input) = match within {
            0 | 1 => (within, false),
            _ => (within / 2 + 1, within.is_multiple_of(2)),
        };
        (cell < CELL_NAMES.len()).then_some(Self { cell, edge, is_input })
    }

    /// Returns the number of the graph node that stands for this edge's operator. In the graph,
    /// each cell has its two inputs, then two operators and their sum for each inner node, then its
    /// output.
    pub(super) fn graph_node(self) -> usize {
        self.cell * CELL_GRAPH_NODES + 2 + self.edge / 2 * 3 + self.edge % 2
    }
}

/// Number of nodes that a cell has in the graph.
pub(super) const CELL_GRAPH_NODES: usize = 2 + 3 * NODES + 1;

/// An edge that may be partly undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpenEdge {
    /// The possible inputs as bits; a single bit once the input is decided.
    pub(super) inputs: u8,
    /// The operator; `None` while it is undecided.
    pub(super) operator: Option<u8>,
}

/// Returns the choice of an edge's input or operator; `None` if `prefix` does not decide it.
fn answer(prefix: &[u8], cell: usize, edge: usize, is_input: bool) -> Option<u8> {
    let within = if edge < 2 { edge } else { 2 * (edge - 1) + usize::from(!is_input) };
    prefix.get(cell * CELL_LENGTH + within).copied()
}

/// Returns the input of an edge; `None` if `prefix` does not decide it.
fn input(prefix: &[u8], cell: usize, edge: usize) -> Option<u8> {
    match edge {
        0 => Some(0),
        1 => Some(1),
        _ => answer(prefix, cell, edge, true),
    }
}

/// Returns the inputs that an edge may have: all earlier nodes, except that the second edge into a
/// node cannot have the input of the first.
fn possible_inputs(prefix: &[u8], cell: usize, edge: usize) -> Mask {
    let all = Mask::all(edge / 2 + 2);
    match edge % 2 {
        1 => input(prefix, cell, edge - 1).map_or(all, |twin| all.without(twin)),
        _ => all,
    }
}

/// Returns an edge as far as `prefix` decides it.
pub(super) fn open_edge(prefix: &[u8], cell: usize, edge: usize) -> OpenEdge {
    let inputs = match input(prefix, cell, edge) {
        Some(input) => 1 << input,
        None => possible_inputs(prefix, cell, edge).iter().fold(0, |row, input| row | 1 << input),
    };
    OpenEdge { inputs, operator: answer(prefix, cell, edge, false) }
}

/// Returns the decision after `prefix`.
pub(super) fn next(prefix: &[u8], operators: usize) -> Option<Decision> {
    let place = Place::of(prefix.len())?;
    let (kind, allowed) = if place.is_input {
        (INPUT_KIND, possible_inputs(prefix, place.cell, place.edge))
    } else {
        (OPERATOR_KIND, Mask::all(operators))
    };
    Some(Decision { kind, subject: Subject::Node(place.graph_node()), allowed })
}

/// Returns the properties of `prefix` on which later decisions depend: its length, and the inputs
/// decided so far for the node that is being decided.
pub(super) fn state(prefix: &[u8]) -> Vec<u64> {
    let mut state = vec![prefix.len() as u64];
    if let Some(Place { cell, edge, .. }) = Place::of(prefix.len()) {
        let own = edge - edge % 2..=edge;
        state.extend(own.filter_map(|edge| input(prefix, cell, edge)).map(u64::from));
    }
    state
}

/// Returns the cells of a word. For a prefix, undecided inputs and operators are 0.
pub(super) fn cells(choices: &[u8]) -> [Cell; 2] {
    std::array::from_fn(|cell| {
        std::array::from_fn(|edge| Edge {
            input: input(choices, cell, edge).unwrap_or(0),
            operator: answer(choices, cell, edge, false).unwrap_or(0),
        })
    })
}

/// Returns the word of two cells. The word omits only the order of the first node's edges.
pub(super) fn choices(cells: &[Cell; 2]) -> Vec<u8> {
    let mut choices = Vec::with_capacity(2 * CELL_LENGTH);
    for cell in cells {
        let (first, others) = cell.split_at(2);
        let mut first = [first[0], first[1]];
        first.sort_unstable();
        choices.extend(first.map(|edge| edge.operator));
        choices.extend(others.iter().flat_map(|edge| [edge.input, edge.operator]));
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_the_order_of_the_word() {
        let place = |position| Place::of(position).map(|p| (p.cell, p.edge, p.is_input));
        assert_eq!([place(0), place(1)], [Some((0, 0, false)), Some((0, 1, false))]);
        assert_eq!([place(2), place(3)], [Some((0, 2, true)), Some((0, 2, false))]);
        assert_eq!([place(13), place(14)], [Some((0, 7, false)), Some((1, 0, false))]);
        assert_eq!([place(27), place(28)], [Some((1, 7, false)), None]);
    }

    #[test]
    fn the_second_input_is_not_the_first() {
        let second = next(&[0, 0, 1, 0], 7).unwrap();
        assert_eq!(second.allowed.iter().collect::<Vec<_>>(), [0, 2]);
        assert_eq!(open_edge(&[0, 0, 1, 0], 0, 3).inputs, 0b101);
        assert_eq!(open_edge(&[0, 0, 1], 0, 2), OpenEdge { inputs: 0b10, operator: None });
    }
}
