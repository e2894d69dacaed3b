//! Summaries of the first choices of architectures, used to count the architectures of a space.

/// A summary of the choices made so far (the prefix). It holds everything that determines which
/// choices can follow. It also holds the part of each cost that the prefix already determines. See
/// [`SearchSpace::progress`](crate::SearchSpace::progress).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The state of the space's grammar after the prefix. Two prefixes with the same state can be
    /// completed by the same choices. For every cost that is a sum (see `settled`), the same
    /// completion adds the same amount to the cost of either prefix.
    pub state: Vec<u64>,
    /// For each metric of the space, the part of the cost that the prefix already determines,
    /// multiplied by [`CostMetric::scale`](crate::CostMetric::scale). The product is a whole
    /// number. It never decreases as the prefix grows, and for a complete architecture it is the
    /// whole cost. The entry is `None` if the cost is not a sum of whole numbers. If a metric's
    /// entry is `None` for even one prefix of the space, the metric's cost is not treated as a sum
    /// for any prefix.
    pub settled: Vec<Option<u64>>,
}
