//! Limits on the resources that a pickle may use.

/// Limits on the resources that a pickle may use.
///
/// If a pickle is read entry by entry, bytes and items are limited per entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole pickle.
    pub bytes: usize,
    /// Levels of nested containers.
    pub depth: u32,
    /// Entries of the memo.
    pub memo: usize,
    /// Total number of values and container entries.
    pub items: usize,
}

impl Default for Limits {
    /// Returns the default: 64 MiB, 32 levels of containers, four million memo entries and eight
    /// million items.
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: 32, memo: 4 << 20, items: 8 << 20 }
    }
}

impl Limits {
    /// Returns the limits for a long pickle read entry by entry: the default with 200 million memo
    /// entries.
    pub fn long() -> Self {
        Self { memo: 200_000_000, ..Self::default() }
    }
}
