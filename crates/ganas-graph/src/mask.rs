//! Sets of choices.

use crate::graph::bits;

/// A set of choices, which are numbers from 0 to 63.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mask(u64);

impl Mask {
    /// Creates the set of all choices from 0 to `count` − 1. `count` must be at most 64.
    pub const fn all(count: usize) -> Self {
        Self(if count >= 64 { u64::MAX } else { (1 << count) - 1 })
    }

    /// Creates a set from bits: choice `c` is in the set if bit `c` is 1.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Returns the set as bits: bit `c` is 1 if choice `c` is in the set.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Returns true if `choice` is in the set.
    pub const fn contains(self, choice: u8) -> bool {
        choice < 64 && self.0 >> choice & 1 == 1
    }

    /// Returns the set without `choice`.
    #[must_use]
    pub const fn without(self, choice: u8) -> Self {
        Self(if choice < 64 { self.0 & !(1 << choice) } else { self.0 })
    }

    /// Returns the number of choices in the set.
    pub const fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Returns the choices in the set in ascending order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        #[expect(clippy::cast_possible_truncation, reason = "numbers of bits")]
        bits(self.0).map(|choice| choice as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mask_is_a_set() {
        let mask = Mask::all(5).without(2);
        assert_eq!(mask.iter().collect::<Vec<_>>(), [0, 1, 3, 4]);
        assert_eq!(mask.count(), 4);
        assert!(!mask.contains(2) && !mask.contains(5) && !mask.contains(200));
        assert_eq!(Mask::all(64).count(), 64);
    }
}
