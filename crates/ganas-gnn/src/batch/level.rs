//! A level of a batch: the nodes, or pairs of nodes, whose embeddings one layer computes together.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

/// A hash of a node's or pair's surroundings. Equal fingerprints are treated as equal surroundings;
/// unequal surroundings collide with probability 2⁻¹²⁸.
pub(super) type Fingerprint = u128;

/// The rows of one layer: one per distinct fingerprint of the items (nodes or pairs of nodes) that
/// the layer embeds.
#[derive(Default)]
pub(super) struct Level {
    known: HashMap<Fingerprint, u32, BuildHasherDefault<LowBitsHasher>>,
    /// Row of each item.
    rows: Vec<u32>,
    /// One item for each row.
    pub(super) examples: Vec<usize>,
}

impl Level {
    /// Adds items, given by their fingerprints.
    pub(super) fn add(&mut self, fingerprints: &[Fingerprint]) {
        for &fingerprint in fingerprints {
            let next = self.examples.len() as u32;
            let row = *self.known.entry(fingerprint).or_insert(next);
            if row == next {
                self.examples.push(self.rows.len());
            }
            self.rows.push(row);
        }
    }

    /// Returns the row of an item.
    pub(super) fn row(&self, item: usize) -> usize {
        self.rows[item] as usize
    }

    /// Returns the rows of some items.
    pub(super) fn rows(&self, items: Range<usize>) -> impl Iterator<Item = usize> {
        self.rows[items].iter().map(|&row| row as usize)
    }

    /// Returns the number of rows.
    pub(super) fn len(&self) -> usize {
        self.examples.len()
    }
}

/// A hasher that returns the low half of a fingerprint, which is already well mixed.
#[derive(Default)]
pub(super) struct LowBitsHasher(u64);

impl Hasher for LowBitsHasher {
    fn write_u128(&mut self, fingerprint: u128) {
        self.0 = fingerprint as u64;
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("fingerprints are u128")
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Mixes `value` by multiplications by an odd constant, with shifts in between, so that every bit
/// of the result depends on every bit of the input.
pub(super) fn mix(value: u128) -> Fingerprint {
    const FACTOR: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
    let value = (value ^ value >> 67).wrapping_add(FACTOR).wrapping_mul(FACTOR);
    let value = (value ^ value >> 64).wrapping_mul(FACTOR);
    value ^ value >> 61
}
