//! The result of an evaluation after the constraints were applied.

use crate::Measurement;

/// An evaluator's result after the limits on measured metrics were applied, as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The architecture was measured and violates no constraint.
    Measured(Measurement),
    /// The evaluation was stopped early, and the measurement violates no constraint.
    Stopped {
        /// The step at which the evaluation was stopped.
        step: u64,
        /// The measurement at that step.
        measurement: Measurement,
    },
    /// The architecture is unusable, or its measurement violates a constraint.
    Infeasible {
        /// The reason.
        reason: String,
        /// The measurement, if any.
        measurement: Option<Measurement>,
    },
    /// The evaluation failed; the architecture's value is unknown.
    Failed {
        /// The reason.
        reason: String,
        /// Number of attempts.
        attempts: u32,
        /// Seconds of training spent on the evaluation, where known.
        train_seconds: Option<f64>,
    },
    /// The evaluator does not know the architecture.
    OutOfDomain,
}
