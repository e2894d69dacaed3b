//! Counts of the architectures that constraints reject.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// A limit on a cost, with the number of candidates that violated it. A candidate is an
/// architecture that a strategy checks against the limits before it makes a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The limit in human-readable form.
    pub constraint: String,
    /// Number of candidates that violated the limit. A candidate that is checked twice counts
    /// twice. A candidate that violates two limits is counted for each of them.
    pub rejected: u64,
    /// Number of candidates that the strategy checked, including those that violated no limit.
    pub checked: u64,
}

/// Counts of the architectures that were checked, admitted, and rejected by each constraint.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) checked: AtomicU64,
    pub(crate) admitted: AtomicU64,
    pub(crate) rejected: Vec<AtomicU64>,
    /// Number of rejected architectures with an undefined cost (NaN), per constraint.
    pub(crate) undefined: Vec<AtomicU64>,
    /// The smallest distance of a rejected cost from its limit, per constraint, as the bits of a
    /// number that is at least 0. Such numbers have the order of their bits.
    nearest: Vec<AtomicU64>,
}

impl Tally {
    pub(crate) fn new(constraints: usize) -> Self {
        let zeros = || (0..constraints).map(|_| AtomicU64::new(0)).collect();
        let (checked, admitted) = (AtomicU64::new(0), AtomicU64::new(0));
        let nearest = (0..constraints).map(|_| AtomicU64::new(f64::INFINITY.to_bits())).collect();
        Self { checked, admitted, rejected: zeros(), undefined: zeros(), nearest }
    }

    /// Counts a rejection by a constraint, whose limited cost is at `distance` from the limit. The
    /// distance is NaN if the cost is undefined.
    pub(crate) fn reject(&self, constraint: usize, distance: f64) {
        self.rejected[constraint].fetch_add(1, Ordering::Relaxed);
        if distance.is_nan() {
            self.undefined[constraint].fetch_add(1, Ordering::Relaxed);
        } else {
            self.nearest[constraint].fetch_min(distance.to_bits(), Ordering::Relaxed);
        }
    }

    /// Returns the smallest distance of a rejected cost from the limit of a constraint; infinite if
    /// the constraint rejected no number.
    pub(crate) fn nearest(&self, constraint: usize) -> f64 {
        f64::from_bits(count(&self.nearest[constraint]))
    }
}

pub(crate) fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
