//! Summaries of prefixes, for counting words.

/// A summary of a prefix: everything that affects its continuations. See
/// [`SearchSpace::progress`](crate::SearchSpace::progress).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The state of the space's grammar after the prefix. Two prefixes with the same state can be
    /// completed by the same choices, and each completion adds the same amounts to all costs that
    /// are sums.
    pub state: Vec<u64>,
    /// For each metric of the space, the part of the cost that the prefix already determines, times
    /// [`CostMetric::scale`](crate::CostMetric::scale). This is a whole number. It never decreases
    /// as the prefix grows, and for a complete word it is the whole cost. The entry is `None` if
    /// the cost is not a sum of whole numbers. A cost whose entry is `None` for any prefix does not
    /// count as a sum.
    pub settled: Vec<Option<u64>>,
}
