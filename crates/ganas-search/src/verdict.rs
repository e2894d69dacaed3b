//! The result of an evaluation after the constraints have been applied.

use crate::Measurement;

/// An evaluator's result after the limits on measured metrics have been applied. The store keeps
/// results in this form.
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
        /// Training time in seconds, if it is known and not part of the measurement.
        train_seconds: Option<f64>,
        /// The step, such as an epoch, at which the evaluation was stopped early. `None` if it was
        /// not stopped early.
        step: Option<u64>,
    },
    /// The evaluation failed, so the architecture's value is unknown.
    Failed {
        /// The reason.
        reason: String,
        /// Number of attempts.
        attempts: u32,
        /// Training time of the evaluation in seconds, if known.
        train_seconds: Option<f64>,
    },
    /// The evaluator has no result for the architecture, for example because a table has no entry
    /// for it.
    OutOfDomain,
}

impl Verdict {
    /// Returns the step at which the evaluation was stopped early; `None` if it was not.
    pub fn stopped_at(&self) -> Option<u64> {
        match self {
            Self::Stopped { step, .. } => Some(*step),
            Self::Infeasible { step, .. } => *step,
            Self::Measured(_) | Self::Failed { .. } | Self::OutOfDomain => None,
        }
    }

    /// Returns the training time of the evaluation in seconds, if known.
    pub fn train_seconds(&self) -> Option<f64> {
        match self {
            Self::Measured(measurement) | Self::Stopped { measurement, .. } => {
                measurement.train_seconds
            }
            Self::Infeasible { measurement, train_seconds, .. } => {
                measurement.as_ref().and_then(|it| it.train_seconds).or(*train_seconds)
            }
            Self::Failed { train_seconds, .. } => *train_seconds,
            Self::OutOfDomain => None,
        }
    }
}
