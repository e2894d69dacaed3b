//! The meaning of an evaluation after the constraints were applied.

use crate::Measurement;

/// The evaluator's result under the limits on measured metrics, as stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Measured, and violating no constraint.
    Measured(Measurement),
    /// Stopped early, and violating no constraint.
    Stopped {
        /// The step of its measurement.
        step: u64,
        /// Its measurement at that step.
        measurement: Measurement,
    },
    /// Unusable, or its measurement violates a constraint.
    Infeasible {
        /// The reason.
        reason: String,
        /// The measurement, if any.
        measurement: Option<Measurement>,
        /// Seconds of training, where known and not part of the measurement.
        train_seconds: Option<f64>,
    },
    /// Failed; its value is unknown.
    Failed {
        /// The reason.
        reason: String,
        /// Number of attempts.
        attempts: u32,
        /// Seconds of training spent on it, where known.
        train_seconds: Option<f64>,
    },
    /// Unknown to the evaluator.
    OutOfDomain,
}

impl Verdict {
    /// Returns the seconds of training that the evaluation took, where known.
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
