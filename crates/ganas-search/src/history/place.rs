//! The place of a trial in the history.

/// The place of a trial in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryPlace {
    /// Position among all evaluations in the history, counted from 1. It is 0 if the value was
    /// known before the study.
    pub place: usize,
    /// The number of the query that the trial cost, counted from 1. It is 0 if the value was known
    /// before the study, and `None` if the evaluation failed.
    pub query: Option<usize>,
}

impl HistoryPlace {
    /// The place of a value known before the study.
    pub(crate) const KNOWN: Self = Self { place: 0, query: Some(0) };
}
