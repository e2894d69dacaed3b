//! Bounds on what a pickle may make the reader do.

/// Bounds on what a pickle may make the reader do.
///
/// Where a pickle is read entry by entry, bytes and items are those of each entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole pickle.
    pub bytes: usize,
    /// Containers inside each other.
    pub depth: u32,
    /// Entries of the memo.
    pub memo: usize,
    /// Values, and entries of containers, in all.
    pub items: usize,
}

impl Default for Limits {
    /// 64 MiB, 32 containers deep, four million memo entries and eight million items.
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: 32, memo: 4 << 20, items: 8 << 20 }
    }
}

impl Limits {
    /// For a long pickle read entry by entry: the default, but 200 million memo entries.
    pub fn long() -> Self {
        Self { memo: 200_000_000, ..Self::default() }
    }
}
