//! The nodes of a batch that can be computed at the same time.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ops::Sparse;

/// Of surroundings; equal ones are taken for equal surroundings, since unequal surroundings share one
/// with probability 2⁻¹²⁸.
pub(super) type Fingerprint = u128;

/// The rows of one layer, one for each distinct fingerprint of the items (nodes, or pairs of nodes)
/// that it embeds.
#[derive(Default)]
pub(super) struct Level {
    known: HashMap<Fingerprint, u32>,
    /// Row of each item.
    rows: Vec<u32>,
    /// An item of each row.
    pub(super) examples: Vec<usize>,
}

impl Level {
    /// Adds items.
    pub(super) fn add(&mut self, prints: &[Fingerprint]) {
        for &print in prints {
            let item = self.rows.len();
            let row = *self.known.entry(print).or_insert_with(|| {
                self.examples.push(item);
                self.examples.len() as u32 - 1
            });
            self.rows.push(row);
        }
    }

    /// Row of an item.
    pub(super) fn row(&self, item: usize) -> usize {
        self.rows[item] as usize
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.examples.len()
    }

    /// For each row of this level what it is made from: the rows of `before` that `relations` names,
    /// relation by relation, for an item of the row.
    pub(super) fn made_from<const N: usize>(
        &self,
        before: &Self,
        relations: impl Fn(usize) -> [Vec<usize>; N],
    ) -> Arc<Sparse> {
        let mut matrix = Sparse::new(before.len());
        for &example in &self.examples {
            for items in relations(example) {
                matrix.push_row(items.into_iter().map(|item| before.row(item)));
            }
        }
        Arc::new(matrix)
    }
}

/// Every bit of the result depends on every bit of `value`: multiplications by an odd constant with
/// shifts between.
pub(super) fn mix(value: u128) -> Fingerprint {
    const FACTOR: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
    let value = (value ^ value >> 67).wrapping_add(FACTOR).wrapping_mul(FACTOR);
    let value = (value ^ value >> 64).wrapping_mul(FACTOR);
    value ^ value >> 61
}

/// The nodes of a bit row.
pub(super) fn nodes(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (bits != 0).then(|| {
            let node = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            node
        })
    })
}
