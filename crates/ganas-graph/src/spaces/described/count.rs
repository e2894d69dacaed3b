//! How many architectures a cell has.

use super::description::{OperatorsOn, Output};
use super::structure::{Edges, Structure};

impl Structure {
    /// Number of choice vectors; `None` above [`u128::MAX`].
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
                // The first node's edges may be all that there are: then nothing is asked.
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

    /// Number of sets of up to `most` edges of a cell with `inner` nodes.
    ///
    /// Node by node: `ways[unused][edges]` is the number of ways to get there. All that matters of
    /// earlier nodes is how many of them must still be used.
    fn free(&self, inner: usize, most: usize) -> Option<u128> {
        let end = self.inputs + inner;
        let rows = end + usize::from(self.output == Output::Chosen);
        let mut ways = vec![vec![0_u128; most + 1]; inner + 1];
        ways[0][0] = 1;
        for to in self.inputs..rows {
            let is_sink = to + 1 == rows && matches!(self.output, Output::Chosen | Output::Last);
            let opens = usize::from(to < end && self.must_be_used(to, end - 1));
            let mut next = vec![vec![0_u128; most + 1]; inner + 1];
            for (unused, row) in ways.iter().enumerate().filter(|(unused, _)| *unused <= to) {
                for (edges, &count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
                    // `used` of the unused nodes and `others` of the rest feed this one.
                    for used in if is_sink { unused } else { 0 }..=unused {
                        for others in 0..=to - unused {
                            let total = edges + used + others;
                            if used + others == 0 || total > most {
                                continue;
                            }
                            let sets = binomial(unused, used)?
                                .checked_mul(binomial(to - unused, others)?)?;
                            let entry = &mut next[unused - used + opens][total];
                            *entry = entry.checked_add(count.checked_mul(sets)?)?;
                        }
                    }
                }
            }
            ways = next;
        }
        let sum =
            |sum: u128, row: &Vec<u128>| row.iter().try_fold(sum, |sum, n| sum.checked_add(*n));
        let finished =
            if matches!(self.output, Output::Chosen | Output::Last) { 1 } else { inner + 1 };
        ways.iter().take(finished).try_fold(0, sum)
    }
}

/// Ways to give `edges` edges one of `operators`, all but `most` of them the one that is nothing.
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
