//! Where a trial stands among those that count.

/// Where a trial stands in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryPlace {
    /// Its place among all evaluations in the order in which they count, from 1; 0 for what was known.
    pub place: usize,
    /// The query that it cost, from 1; 0 for what was known; `None` if its evaluation failed.
    pub query: Option<usize>,
}

impl HistoryPlace {
    /// The place of what was known before the study.
    pub(crate) const KNOWN: Self = Self { place: 0, query: Some(0) };
}
