//! Evaluators, which measure architectures, and their results.

use std::fmt::Debug;

use ganas_graph::{Arch, SearchSpace};

use crate::{Cancel, Direction, EvaluationError, Measurement, OracleError, Report, Rung, TrialId};

/// A way to measure architectures: a benchmark's table, a surrogate model, or training.
pub trait Evaluator: Debug + Send + Sync {
    /// Measures the architecture of a trial. Drivers call it concurrently from as many threads as they
    /// have workers.
    ///
    /// # Errors
    /// If the architecture is in the domain but could not be measured. The driver then stops; an
    /// evaluator whose single evaluations may fail returns [`Evaluation::Failed`].
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError>;
}

/// Measurements known before any evaluation; a table knows all of them.
pub trait Records: Debug {
    /// Returns the names of the metrics that measurements hold besides the value.
    fn metrics(&self) -> Vec<String>;

    /// Returns the recorded measurement of an architecture; `None` if there is none.
    ///
    /// # Errors
    /// If the record cannot be read.
    fn recorded(&self, arch: &Arch) -> Result<Option<Measurement>, EvaluationError>;
}

/// The metrics that measurements may hold, as far as known beforehand.
#[derive(Debug, Clone, Copy)]
pub enum KnownMetrics<'a> {
    /// No metrics: limits apply to costs only.
    Nothing,
    /// Any metrics: only the results will show which.
    Anything,
    /// The metrics of the records.
    Records(&'a dyn Records),
}

/// One evaluation requested by a study.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The search space.
    pub space: &'a dyn SearchSpace,
    /// The architecture.
    pub arch: &'a Arch,
    /// The trial's number in its study.
    pub trial: TrialId,
    /// Seed for randomness in the evaluation, below 2³² as NumPy requires. It depends on the study's
    /// seed and the trial, and is the same when the evaluation is repeated.
    pub seed: u64,
    /// Number of earlier attempts at this evaluation that a kill of the study cut short.
    pub attempts_before: u32,
    /// The fidelity of the evaluation, if the study has several.
    pub rung: Option<Rung>,
    /// Set when the evaluation is no longer wanted.
    pub cancel: &'a Cancel,
    /// Receiver of intermediate reports, if anyone wants them.
    pub reporter: Option<&'a dyn Reporter>,
}

/// A receiver of the intermediate reports of an evaluation.
pub trait Reporter: Debug + Sync {
    /// Marks the start of another attempt: its reports replace those of earlier attempts, starting
    /// at its first step.
    fn begin(&self);

    /// Passes a report to the study and waits for the answer: `Some(step)` if the evaluation should end
    /// with [`Evaluation::Stopped`]. The result is then the report made at that step. A refused report
    /// has no effect.
    fn report(&self, report: Report) -> Option<u64>;

    /// Receives the reason why a report was invalid; the evaluation continues as if it had not been
    /// made.
    fn refuse(&self, _found: &str) {}
}

impl<'a> Job<'a> {
    /// Creates the job of a first attempt at a full evaluation.
    pub const fn first(
        space: &'a dyn SearchSpace,
        arch: &'a Arch,
        trial: TrialId,
        seed: u64,
        cancel: &'a Cancel,
    ) -> Self {
        Self { space, arch, trial, seed, attempts_before: 0, rung: None, cancel, reporter: None }
    }
}

/// An evaluator's result for an architecture.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Evaluation {
    /// It was measured; costs a query.
    Measured(Measurement),
    /// The evaluator does not know it, for example a table that covers part of a space; costs no query.
    OutOfDomain,
    /// It was tried and is unusable, for example because it needs too much memory; costs a query.
    Infeasible {
        /// The reason.
        reason: String,
        /// Seconds of training spent on it, where known.
        train_seconds: Option<f64>,
    },
    /// It could not be measured, whatever its quality; costs no query, but its training time counts.
    Failed {
        /// The reason.
        reason: String,
        /// Number of attempts.
        attempts: u32,
        /// Seconds of training spent on it, where known.
        train_seconds: Option<f64>,
    },
    /// It ended early, on the study's request or by itself; its result is its report at the step where
    /// it was stopped.
    Stopped {
        /// Seconds of training, if the report does not include them.
        train_seconds: Option<f64>,
    },
    /// It was given up because of [`Job::cancel`]; the trial stays open.
    Cancelled,
}

/// Data reserved for reports: a benchmark's test results and its optimum.
///
/// A [`Strategy`](crate::Strategy) never receives one.
pub trait TestOracle: Debug + Send + Sync {
    /// Returns the direction in which its values improve. [`TestOracle::optimum`] and
    /// [`TestOracle::rank`] are meaningless in a study of the other direction.
    fn direction(&self) -> Direction {
        Direction::Maximise
    }

    /// Returns the test accuracy in percent; `None` if it is unknown.
    ///
    /// # Errors
    /// If it is known but cannot be read.
    fn test(&self, arch: &Arch) -> Result<Option<f64>, OracleError>;

    /// Returns the best value of any architecture; `None` if it is unknown.
    ///
    /// # Errors
    /// If it is known but cannot be read.
    fn optimum(&self) -> Result<Option<f64>, OracleError>;

    /// Returns one plus the number of architectures with a better value; `None` if it is unknown.
    ///
    /// # Errors
    /// If it is known but cannot be read.
    fn rank(&self, value: f64) -> Result<Option<usize>, OracleError>;
}
