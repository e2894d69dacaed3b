//! Summaries of prefixes, for counting words.

/// Everything about a prefix that affects its continuations; see
/// [`SearchSpace::progress`](crate::SearchSpace::progress).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The state. Prefixes with the same state have the same continuations: the same choices
    /// complete them, and each completion adds the same to every cost that is a sum.
    pub state: Vec<u64>,
    /// For each metric of the space, the part of the cost that the prefix has settled, as a whole number:
    /// the cost times [`CostMetric::scale`](crate::CostMetric::scale). It never decreases as the prefix
    /// grows, and is the whole cost for a complete word. `None` if the cost is not a sum of whole
    /// numbers; a cost that is `None` at any prefix does not count as a sum.
    pub settled: Vec<Option<u64>>,
}
