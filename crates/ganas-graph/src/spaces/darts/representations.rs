//! Counts the words (complete sequences of choices) that describe the same pair of cells.

use std::collections::BTreeSet;

use super::cell::{Cell, EDGES, Edge, NODES};

/// Returns the number of distinct cells that result from `cell` by reordering the inner nodes,
/// where the order of a node's two edges does not count. Each of these cells corresponds to 2³
/// words, since the edges of every node but the first may be in either order.
///
/// # Complexity
/// Tries at most 24 orders.
pub(super) fn orders(cell: &Cell) -> u64 {
    let mut search = Orders { cell: *cell, order: [0; NODES + 2], found: BTreeSet::new() };
    search.order[1] = 1;
    search.place(0, 0, [Edge::default(); EDGES]);
    search.found.len() as u64
}

struct Orders {
    cell: Cell,
    /// The new number of each placed node.
    order: [u8; NODES + 2],
    found: BTreeSet<Cell>,
}

impl Orders {
    /// Tries each node that can come next. `placed` holds the nodes placed so far as bits, and
    /// `count` is their number.
    fn place(&mut self, placed: u8, count: usize, built: Cell) {
        if count == NODES {
            self.found.insert(built);
            return;
        }
        for node in (0..NODES).filter(|node| placed >> node & 1 == 0) {
            let edges = [self.cell[2 * node], self.cell[2 * node + 1]];
            let is_open = |edge: &Edge| edge.input >= 2 && placed >> (edge.input - 2) & 1 == 0;
            if edges.iter().any(is_open) {
                continue;
            }
            let renumber = |edge: Edge| Edge { input: self.order[usize::from(edge.input)], ..edge };
            let mut edges = edges.map(renumber);
            edges.sort_unstable();
            let mut built = built;
            built[2 * count..2 * count + 2].copy_from_slice(&edges);
            self.order[node + 2] = u8::try_from(count + 2).unwrap_or(u8::MAX);
            self.place(placed | 1 << node, count + 1, built);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::super::canonical::canonical;
    use super::*;
    use crate::moves;
    use crate::spaces::Darts;

    /// Returns the cell with nodes `node` and `node + 1` exchanged; `None` if an edge leads from
    /// one to the other.
    fn exchanged(cell: &Cell, node: u8) -> Option<Cell> {
        let (first, second) = (node + 2, node + 3);
        let (node, mut cell) = (usize::from(node), *cell);
        if cell[2 * node + 2..2 * node + 4].iter().any(|edge| edge.input == first) {
            return None;
        }
        (0..2).for_each(|edge| cell.swap(2 * node + edge, 2 * node + 2 + edge));
        for edge in &mut cell {
            edge.input = match edge.input {
                input if input == first => second,
                input if input == second => first,
                input => input,
            };
        }
        cell.chunks_mut(2).for_each(<[Edge]>::sort_unstable);
        Some(cell)
    }

    /// Exchanging adjacent nodes repeatedly reaches all orders of a cell's nodes.
    #[test]
    fn orders_are_what_exchanges_of_nodes_reach() {
        let (space, mut rng) = (Darts::default(), ChaCha8Rng::seed_from_u64(3));
        let mut seen = BTreeSet::new();
        for _ in 0..200 {
            let [mut cell, _] = space.cells(&moves::sample(&space, &mut rng));
            cell.chunks_mut(2).for_each(<[Edge]>::sort_unstable);
            let (mut reached, mut open) = (BTreeSet::from([cell]), vec![cell]);
            while let Some(cell) = open.pop() {
                let next = (0..3).filter_map(|node| exchanged(&cell, node));
                open.extend(next.filter(|cell| reached.insert(*cell)).collect::<Vec<_>>());
            }
            assert_eq!(orders(&cell), reached.len() as u64, "{cell:?}");
            assert!(reached.iter().all(|other| canonical(other) == canonical(&cell)));
            seen.insert(reached.len());
        }
        assert!(seen.len() > 5, "{seen:?}");
    }
}
