//! What a space says of a prefix, for counting words.

/// What of a prefix matters to all that can follow it; see
/// [`SearchSpace::progress`](crate::SearchSpace::progress).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Prefixes of equal state have equal continuations: the same choices complete them, and each
    /// completion adds the same to every cost that is a sum.
    pub state: Vec<u64>,
    /// For each metric of the space how much of the cost the prefix has settled, in counts: the cost
    /// times [`CostMetric::scale`](crate::CostMetric::scale). It never falls as the prefix grows, and
    /// is the whole cost of a complete word. `None` where the cost is no sum of whole numbers; if that
    /// shows at some prefixes only, the cost is taken for no sum.
    pub settled: Vec<Option<u64>>,
}
