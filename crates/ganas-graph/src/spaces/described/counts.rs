//! Counts the different architectures that a cell can have.

use super::description::{OperatorsOn, Output};
use super::structure::{Edges, Structure};

impl Structure {
    /// Returns the number of choice vectors; `None` above [`u128::MAX`].
    pub(super) fn size(&self) -> Option<u128> {
        let operators = self.operators.len() as u128;
        let inner = self.inner.1;
        match &self.edges {
            Edges::Fixed { list, most } if self.operators_on == OperatorsOn::Edges => {
                bounded(list.len(), *most, operators)
            }
            Edges::Fixed { .. } => power(operators, inner),
            Edges::PerNode(count) => {
                let on_edges = self.operators_on == OperatorsOn::Edges;
                let decided = if on_edges { inner * count } else { inner };
                // If the first node must take all earlier nodes, its edges are not decided.
                (self.inputs..self.inputs + inner).filter(|to| to != count).try_fold(
                    power(operators, decided)?,
                    |size, to| {
                        let ordered = (to + 1 - count..=to).map(|n| n as u128);
                        ordered.into_iter().try_fold(size, u128::checked_mul)
                    },
                )
            }
            Edges::Free { most } => (self.inner.0..=inner).try_fold(0_u128, |sum, inner| {
                let graphs = self.free(inner, *most)?;
                sum.checked_add(graphs.checked_mul(power(operators, inner)?)?)
            }),
        }
    }

    /// Returns the number of valid sets of at most `most` edges in a cell with `inner` inner nodes.
    ///
    /// Counts node by node: `ways[unused][edges]` is the number of ways to choose `edges` edges so
    /// far such that `unused` of the earlier nodes must still be used. Nothing else about earlier
    /// nodes matters.
    fn free(&self, inner: usize, most: usize) -> Option<u128> {
        let end = self.inputs + inner;
        let has_sink = matches!(self.output, Output::Chosen | Output::Last);
        let rows = end + usize::from(self.output == Output::Chosen);
        let mut ways = vec![vec![0_u128; most + 1]; inner + 1];
        ways[0][0] = 1;
        for to in self.inputs..rows {
            let row = Row {
                to,
                most,
                after: rows - 1 - to,
                has_sink,
                opens: usize::from(to < end && self.must_be_used(to, end - 1)),
            };
            ways = row.ways_after(&ways)?;
        }
        let finished = if has_sink { 1 } else { inner + 1 };
        let counts = ways.iter().take(finished).flatten();
        counts.copied().try_fold(0, u128::checked_add)
    }
}

/// A node to feed.
#[derive(Debug, Clone, Copy)]
struct Row {
    to: usize,
    most: usize,
    /// Number of nodes to feed after this one.
    after: usize,
    /// Whether the last node must take all nodes that are still unused as inputs.
    has_sink: bool,
    /// Number of nodes that this node adds to the unused ones: 1 if it must be used itself, else 0.
    opens: usize,
}

impl Row {
    fn ways_after(self, ways: &[Vec<u128>]) -> Option<Vec<Vec<u128>>> {
        let is_sink = self.has_sink && self.after == 0;
        let mut next = vec![vec![0_u128; self.most + 1]; ways.len()];
        for (unused, row) in ways.iter().enumerate().take(self.to + 1) {
            let choose_unused = binomials(unused);
            let choose_others = binomials(self.to - unused);
            for (edges, &count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
                // `used` of the unused nodes and `others` of the rest feed this one.
                let least = if is_sink { unused } else { 0 };
                for (used, first) in choose_unused.iter().enumerate().skip(least) {
                    let skipped = usize::from(used == 0);
                    for (others, second) in choose_others.iter().enumerate().skip(skipped) {
                        let (open, edges) = (unused - used + self.opens, edges + used + others);
                        if edges + self.needed(open) > self.most {
                            break;
                        }
                        let sets = (*first)?.checked_mul((*second)?)?;
                        let entry = &mut next[open][edges];
                        *entry = entry.checked_add(count.checked_mul(sets)?)?;
                    }
                }
            }
        }
        Some(next)
    }

    /// Returns the minimum number of edges that complete the cell after this node, if `open` nodes
    /// must still be used.
    const fn needed(self, open: usize) -> usize {
        match self.after {
            0 => 0,
            after if self.has_sink && open > 0 => open + after - 1,
            after => after,
        }
    }
}

/// Returns the number of subsets of a set of `n` elements, for each size from 0 to `n`.
fn binomials(n: usize) -> Vec<Option<u128>> {
    (0..=n).map(|k| binomial(n, k)).collect()
}

/// Returns the number of ways to assign one of `operators` operators to each of `edges` edges such
/// that at most `most` edges have an operator that passes something on.
fn bounded(edges: usize, most: usize, operators: u128) -> Option<u128> {
    if most == edges {
        return power(operators, edges);
    }
    (0..=most).try_fold(0_u128, |sum, carrying| {
        let ways = binomial(edges, carrying)?.checked_mul(power(operators - 1, carrying)?)?;
        sum.checked_add(ways)
    })
}

fn power(base: u128, exponent: usize) -> Option<u128> {
    base.checked_pow(u32::try_from(exponent).ok()?)
}

fn binomial(n: usize, k: usize) -> Option<u128> {
    (0..k).try_fold(1_u128, |product, i| {
        Some(product.checked_mul((n - i) as u128)? / (i as u128 + 1))
    })
}

#[cfg(test)]
mod tests {
    use crate::SearchSpace;
    use crate::spaces::described::parse;

    #[test]
    fn the_largest_cells_are_counted_or_bounded() {
        let size = |edges: usize| {
            let text = format!(
                "name = \"large\"\n[[cells]]\nname = \"cell\"\nnodes = 61\noperators = [\"a\"]\n\
                 operators_on = \"nodes\"\noutput = \"chosen\"\nmax_edges = {edges}"
            );
            parse(&text).unwrap().size()
        };
        assert_eq!(size(62), Some(1), "one node after the other");
        assert!(size(64) > Some(2_000));
        assert_eq!(size(2_000), None);
    }
}
