//! The canonical form of a cell, which identifies it up to isomorphism.

use super::cell::{Cell, EDGES, Edge, NODES, NONE};

/// Input of an edge that carries nothing, because its operator is `none` or nothing reaches its
/// source.
pub(super) const NOWHERE: u8 = u8::MAX;

/// Returns the canonical form of a cell. It is the same for all cells that differ only in the order
/// of the inner nodes and in the order of each node's edges. It is the lowest cell, compared edge
/// by edge, among all orders of the inner nodes in which every edge leads forward.
///
/// Edges that carry nothing have input [`NOWHERE`]. Two nodes with equal edges stay distinct, since
/// each has its own weights. So cells have the same form if and only if their graphs, without the
/// edges that carry nothing, are isomorphic.
///
/// # Complexity
/// Tries at most 24 orders, and abandons an order as soon as it exceeds the lowest one so far.
pub(super) fn canonical(cell: &Cell) -> Cell {
    let mut search = Search { cell: effective(cell), best: None, order: [0; NODES + 2] };
    search.order[1] = 1;
    search.place(0, 0, [Edge::default(); EDGES]);
    search.best.unwrap_or(*cell)
}

/// Returns the cell with input [`NOWHERE`] for all edges that carry nothing.
fn effective(cell: &Cell) -> Cell {
    let mut cell = *cell;
    let mut reached = 0b11_u8;
    for node in 0..NODES {
        for edge in &mut cell[2 * node..2 * node + 2] {
            if edge.operator == NONE || reached >> edge.input & 1 == 0 {
                *edge = Edge { input: NOWHERE, operator: NONE };
            } else {
                reached |= 1 << (node + 2);
            }
        }
    }
    cell
}

struct Search {
    cell: Cell,
    best: Option<Cell>,
    /// The new number of each placed node.
    order: [u8; NODES + 2],
}

impl Search {
    /// Tries each node that can come next. `placed` holds the nodes placed so far as bits, and
    /// `count` is their number.
    fn place(&mut self, placed: u8, count: usize, built: Cell) {
        if count == NODES {
            self.best = Some(built);
            return;
        }
        for node in (0..NODES).filter(|node| placed >> node & 1 == 0) {
            let Some(edges) = self.renumbered(node, placed) else { continue };
            let mut built = built;
            built[2 * count..2 * count + 2].copy_from_slice(&edges);
            let end = 2 * count + 2;
            if self.best.is_some_and(|best| built[..end] > best[..end]) {
                continue;
            }
            self.order[node + 2] = u8::try_from(count + 2).unwrap_or(NOWHERE);
            self.place(placed | 1 << node, count + 1, built);
        }
    }

    /// Returns the edges of a node with their inputs renumbered, in ascending order; `None` if an
    /// input is not placed yet.
    fn renumbered(&self, node: usize, placed: u8) -> Option<[Edge; 2]> {
        let renumber = |edge: Edge| match edge.input {
            NOWHERE => Some(edge),
            input if input >= 2 && placed >> (input - 2) & 1 == 0 => None,
            input => Some(Edge { input: self.order[usize::from(input)], ..edge }),
        };
        let mut edges = [renumber(self.cell[2 * node])?, renumber(self.cell[2 * node + 1])?];
        edges.sort_unstable();
        Some(edges)
    }
}
