//! Summaries of prefixes, for counting words.

/// A summary of a prefix: everything that affects its continuations. See
/// [`SearchSpace::progress`](crate::SearchSpace::progress).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// A representation of the prefix's continuations. Two prefixes with the same state can be
    /// completed by the same choices, and each completion adds the same amounts to all costs that
    /// are sums.
    pub state: Vec<u64>,
    /// For each metric of the space, the part of the cost that the prefix already determines. It is
    /// a whole number: the cost times [`CostMetric::scale`](crate::CostMetric::scale). It never
    /// decreases as the prefix grows, and for a complete word it is the whole cost. `None` if the
    /// cost is not a sum of whole numbers. A cost whose entry is `None` for some prefix does not
    /// count as a sum at all.
    pub settled: Vec<Option<u64>>,
}
