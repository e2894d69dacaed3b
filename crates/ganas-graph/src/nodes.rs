//! Sets of a graph's nodes.

use crate::graph::{MAX_NODES, NODES_PER_WORD};

/// Number of words that a set of all nodes needs.
const WORDS: usize = MAX_NODES / NODES_PER_WORD;

/// A set of nodes of an [`ArchGraph`](crate::ArchGraph).
///
/// The nodes are divided into blocks of [`NODES_PER_WORD`] consecutive nodes. If all nodes of a set
/// are in the same block, the set is stored as one 64-bit word. This is always the case in a small
/// graph, and nearly always for the neighbours of a node in a long chain. Any other set is stored
/// as one 64-bit word per block.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeSet(Bits);

/// Equal sets have equal representations: `Words` always has at least two nonzero words, and the
/// empty set is `Word { at: 0, word: 0 }`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Bits {
    Word { at: u32, word: u64 },
    Words(Box<[u64; WORDS]>),
}

impl NodeSet {
    /// Creates an empty set.
    pub const fn new() -> Self {
        Self(Bits::Word { at: 0, word: 0 })
    }

    /// Adds a node.
    ///
    /// # Panics
    /// If `node` is [`MAX_NODES`] or more.
    pub fn insert(&mut self, node: usize) {
        assert!(node < MAX_NODES, "expected a node below {MAX_NODES}, found {node}");
        let (place, bit) = (node / NODES_PER_WORD, 1 << (node % NODES_PER_WORD));
        match &mut self.0 {
            Bits::Word { at, word } if *at as usize == place => *word |= bit,
            Bits::Word { .. } => {
                let word = |at| self.word(at) | if at == place { bit } else { 0 };
                *self = Self::of_words(word);
            }
            Bits::Words(words) => words[place] |= bit,
        }
    }

    /// Returns true if `node` is in the set.
    pub fn contains(&self, node: usize) -> bool {
        self.word(node / NODES_PER_WORD) >> (node % NODES_PER_WORD) & 1 == 1
    }

    /// Returns true if the set is empty.
    pub const fn is_empty(&self) -> bool {
        matches!(self.0, Bits::Word { word: 0, .. })
    }

    /// Returns the number of nodes in the set.
    pub fn len(&self) -> usize {
        self.row().1.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Returns the nodes in the set in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        let (mut place, words) = self.row();
        let (mut word, mut later) = (words[0], words[1..].iter());
        std::iter::from_fn(move || {
            while word == 0 {
                word = *later.next()?;
                place += 1;
            }
            let bit = word.trailing_zeros() as usize;
            word &= word - 1;
            Some(place * NODES_PER_WORD + bit)
        })
    }

    /// Returns the nodes that are in at least one of the two sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.combined(other, |one, other| one | other)
    }

    /// Returns the nodes that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.combined(other, |one, other| one & other)
    }

    /// Returns the nodes that are in this set but not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.combined(other, |one, other| one & !other)
    }

    /// Returns true if the two sets have a node in common.
    pub fn meets(&self, other: &Self) -> bool {
        let (place, words) = self.row();
        (place..).zip(words).any(|(at, word)| word & other.word(at) != 0)
    }

    /// Returns the bits of block number `at`, which stand for [`NODES_PER_WORD`] consecutive nodes.
    pub(crate) fn word(&self, at: usize) -> u64 {
        let (place, words) = self.row();
        at.checked_sub(place).and_then(|at| words.get(at)).copied().unwrap_or(0)
    }

    /// Returns the stored words and the block number of the first one.
    const fn row(&self) -> (usize, &[u64]) {
        match &self.0 {
            Bits::Word { at, word } => (*at as usize, std::slice::from_ref(word)),
            Bits::Words(words) => (0, words.as_slice()),
        }
    }

    /// Combines two sets by applying `of` to their words, block by block.
    fn combined(&self, other: &Self, of: impl Fn(u64, u64) -> u64) -> Self {
        match (&self.0, &other.0) {
            (Bits::Word { at: 0, word: one }, Bits::Word { at: 0, word: other }) => {
                Self(Bits::Word { at: 0, word: of(*one, *other) })
            }
            _ => Self::of_words(|at| of(self.word(at), other.word(at))),
        }
    }

    fn of_words(word: impl Fn(usize) -> u64) -> Self {
        let words: [u64; WORDS] = std::array::from_fn(word);
        let mut filled = (0..).zip(words).filter(|(_, word)| *word != 0);
        match (filled.next(), filled.next()) {
            (None, _) => Self::new(),
            (Some((at, word)), None) => Self(Bits::Word { at, word }),
            _ => Self(Bits::Words(Box::new(words))),
        }
    }
}

impl Default for NodeSet {
    fn default() -> Self {
        Self::new()
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
        assert!(set(&[100]).difference(&set(&[100])).is_empty());
        assert!(set(&[100, 300]).meets(&set(&[300])) && !set(&[100]).meets(&set(&[36, 300])));
        assert_eq!(size_of::<NodeSet>(), 16);
    }
}
