//! What an evaluation means to a study, once the constraints were applied.

use crate::Measurement;

/// What an evaluation means to a study: the evaluator's answer under the constraints on what is
/// measured. This is what a store keeps.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It was measured and breaks no constraint.
    Measured(Measurement),
    /// It was stopped early and breaks no constraint.
    Stopped {
        /// The step that its measurement is of.
        step: u64,
        /// What it had reported there.
        measurement: Measurement,
    },
    /// It cannot be used, or its measurement breaks a constraint.
    Infeasible {
        /// Why.
        reason: String,
        /// What was measured, where something was.
        measurement: Option<Measurement>,
    },
    /// Nothing is known of it.
    Failed {
        /// Why.
        reason: String,
        /// How often it was tried.
        attempts: u32,
        /// Seconds of training that were spent on it, where known.
        train_seconds: Option<f64>,
    },
    /// The evaluator does not know it.
    OutOfDomain,
}
