//! Limits on the resources that a pickle may use.

/// Limits on the resources that a pickle may use.
///
/// If a pickle is read one entry at a time, with an [`EntryReader`](super::EntryReader), the limits
/// on bytes and items apply to each entry, not to the whole pickle. Values that are kept from
/// earlier entries count towards the limit on items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum size of the pickle in bytes.
    pub bytes: usize,
    /// Maximum number of levels of nested containers.
    pub depth: u32,
    /// Maximum number of entries in the memo, the list of values that a pickle may refer back to.
    pub memo: usize,
    /// Maximum number of items. Each value, each reference to a value and each container entry
    /// counts as an item. A call that copies bytes counts as one item per 32 of them.
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
    /// Returns the limits for a long pickle that is read one entry at a time. They are the default
    /// limits, except that up to 200 million memo entries are allowed.
    pub fn long() -> Self {
        Self { memo: 200_000_000, ..Self::default() }
    }
}
