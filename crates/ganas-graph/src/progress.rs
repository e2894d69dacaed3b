//! Summaries of prefixes of choices, used to count the architectures of a space.

/// A summary of the choices made so far (the prefix). It holds everything that affects which
/// choices can follow, and the parts of the costs that are already known. See
/// [`SearchSpace::progress`](crate::SearchSpace::progress).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The state of the space's grammar after the prefix. Two prefixes with the same state can be
    /// completed by the same choices. A completion then adds the same amount to both prefixes in
    /// every cost that is a sum (see `settled`).
    pub state: Vec<u64>,
    /// For each metric of the space, the part of the cost that the prefix already determines,
    /// multiplied by [`CostMetric::scale`](crate::CostMetric::scale). The product is a whole
    /// number. It never decreases as the prefix grows, and for a complete architecture it is the
    /// whole cost. The entry is `None` if the cost is not a sum of whole numbers. If the entry is
    /// `None` for at least one prefix of the space, the cost does not count as a sum.
    pub settled: Vec<Option<u64>>,
}
