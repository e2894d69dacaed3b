//! Sets of a graph's nodes.

use crate::graph::{FEW_NODES, MAX_NODES, bits};

/// Words of the nodes from [`FEW_NODES`] on.
const HIGH: usize = MAX_NODES / FEW_NODES - 1;

/// A set of nodes of an [`ArchGraph`](crate::ArchGraph).
///
/// The nodes of most graphs fit into one word of bits, and a set of them costs no more than that
/// word; only a set with a node from [`FEW_NODES`] on has more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeSet {
    low: u64,
    /// Of no node it is absent, so equal sets are equal here.
    high: Option<Box<[u64; HIGH]>>,
}

impl NodeSet {
    /// Most [`NodeSet::words`].
    pub(crate) const MOST_WORDS: usize = 1 + HIGH;

    /// A set without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node.
    ///
    /// # Panics
    /// If it is [`MAX_NODES`] or more.
    pub fn insert(&mut self, node: usize) {
        match node.checked_sub(FEW_NODES) {
            None => self.low |= 1 << node,
            Some(node) => {
                let words = self.high.get_or_insert_default();
                words[node / FEW_NODES] |= 1 << (node % FEW_NODES);
            }
        }
    }

    /// Is `node` in the set?
    pub fn contains(&self, node: usize) -> bool {
        match node.checked_sub(FEW_NODES) {
            None => self.low >> node & 1 == 1,
            Some(node) => {
                let word = self.high.as_ref().and_then(|words| words.get(node / FEW_NODES));
                word.is_some_and(|word| word >> (node % FEW_NODES) & 1 == 1)
            }
        }
    }

    /// Has it no nodes?
    pub const fn is_empty(&self) -> bool {
        self.low == 0 && self.high.is_none()
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.words().map(|word| word.count_ones() as usize).sum()
    }

    /// The nodes in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        let of_word = |(at, word)| bits(word).map(move |bit| at * FEW_NODES + bit);
        self.words().enumerate().flat_map(of_word)
    }

    /// The nodes of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.combined(other, |one, other| one | other)
    }

    /// The nodes of both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.combined(other, |one, other| one & other)
    }

    /// The nodes that are not in the other set.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.combined(other, |one, other| one & !other)
    }

    /// Have the sets a node in common?
    pub fn meets(&self, other: &Self) -> bool {
        self.words().zip(other.words()).any(|(one, other)| one & other != 0)
    }

    /// Words of bits: one, or all.
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> {
        std::iter::once(self.low).chain(self.high.iter().flat_map(|words| **words))
    }

    /// Word by word; `made_of` makes no bits of none.
    fn combined(&self, other: &Self, made_of: impl Fn(u64, u64) -> u64) -> Self {
        let low = made_of(self.low, other.low);
        if self.high.is_none() && other.high.is_none() {
            return Self { low, high: None };
        }
        let word = |set: &Self, at: usize| set.high.as_ref().map_or(0, |words| words[at]);
        let high: [u64; HIGH] = std::array::from_fn(|at| made_of(word(self, at), word(other, at)));
        Self { low, high: (high != [0; HIGH]).then(|| Box::new(high)) }
    }
}

impl FromIterator<usize> for NodeSet {
    fn from_iter<I: IntoIterator<Item = usize>>(nodes: I) -> Self {
        let mut set = Self::new();
        nodes.into_iter().for_each(|node| set.insert(node));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(nodes: &[usize]) -> NodeSet {
        nodes.iter().copied().collect()
    }

    #[test]
    fn sets_are_sets_on_both_sides_of_a_word() {
        let nodes = [0, 63, 64, 200, MAX_NODES - 1];
        let all = set(&nodes);
        assert_eq!(all.iter().collect::<Vec<_>>(), nodes);
        assert_eq!(all.len(), 5);
        assert!(nodes.iter().all(|node| all.contains(*node)));
        assert!(!all.contains(1) && !all.contains(65) && !all.contains(usize::MAX));
        assert_eq!(set(&[1, 300]).union(&set(&[0])), set(&[0, 1, 300]));
        assert_eq!(all.intersection(&set(&[1, 63, 200])), set(&[63, 200]));
        assert_eq!(all.difference(&set(&[0, 64])), set(&[63, 200, MAX_NODES - 1]));
    }

    #[test]
    fn what_is_left_of_a_large_set_is_small() {
        let small = set(&[3, 100]).difference(&set(&[100]));
        assert_eq!(small, set(&[3]));
        assert!(small.intersection(&set(&[100])).is_empty());
        assert!(NodeSet::new().is_empty() && !set(&[100]).is_empty());
    }
}
