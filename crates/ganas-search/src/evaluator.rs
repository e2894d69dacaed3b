//! Evaluators, which measure architectures, and their results.

use std::fmt::Debug;

use ganas_graph::{Arch, SearchSpace};

use crate::{Cancel, Direction, EvaluationError, Measurement, OracleError, Report, Rung, TrialId};

/// A way to measure architectures: a benchmark's table, a surrogate model, or training.
pub trait Evaluator: Debug + Send + Sync {
    /// Measures the architecture of a trial. A driver with several workers calls this method
    /// concurrently, in one thread per worker.
    ///
    /// # Errors
    /// If the architecture is in the evaluator's domain but could not be measured. The error stops
    /// the driver; to let the study continue after a failure, return [`Evaluation::Failed`]
    /// instead.
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError>;
}

/// Measurements known before any evaluation, such as those of a benchmark's table.
pub trait Records: Debug {
    /// Returns the names of the metrics that measurements contain besides the value.
    fn metrics(&self) -> Vec<String>;

    /// Returns the recorded measurement of an architecture; `None` if there is none.
    ///
    /// # Errors
    /// If the record cannot be read.
    fn recorded(&self, arch: &Arch) -> Result<Option<Measurement>, EvaluationError>;
}

/// The metrics that measurements may contain, as far as they are known before any evaluation.
#[derive(Debug, Clone, Copy)]
pub enum KnownMetrics<'a> {
    /// No metrics: limits apply to costs only.
    Nothing,
    /// Any metrics: only the results will show which ones exist.
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
    /// Seed for randomness in the evaluation, below 2³² as NumPy requires. It depends only on the
    /// study's seed and the trial, so a repeated evaluation gets the same seed.
    pub seed: u64,
    /// Number of earlier attempts at this evaluation, such as those that ended when the study was
    /// killed.
    pub attempts_before: u32,
    /// The rung of the evaluation, if the study has several fidelities.
    pub rung: Option<Rung>,
    /// The flag that is set once the evaluation is no longer wanted.
    pub cancel: &'a Cancel,
    /// The receiver of intermediate reports, if they are wanted.
    pub reporter: Option<&'a dyn Reporter>,
}

/// A receiver of the intermediate reports of an evaluation.
pub trait Reporter: Debug + Sync {
    /// Marks the start of another attempt. Its first report replaces the reports that earlier
    /// attempts made at the same step or later.
    fn begin(&self);

    /// Passes a report to the study and waits for the reply. Returns `Some(step)` if the evaluation
    /// should end with [`Evaluation::Stopped`]; the report made at that step is then its result. A
    /// report that the study refuses has no effect.
    fn report(&self, report: Report) -> Option<u64>;

    /// Receives the reason why a report was invalid or ignored. The evaluation continues as if the
    /// report had not been made.
    fn refuse(&self, _found: &str) {}
}

impl<'a> Job<'a> {
    /// Creates the job for the first attempt at a full evaluation.
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
    /// The architecture was measured, which costs a query.
    Measured(Measurement),
    /// The evaluator does not know the architecture, for example because its table covers only part
    /// of the space. This costs no query.
    OutOfDomain,
    /// The architecture was tried and is unusable, for example because it needs too much memory.
    /// This costs a query.
    Infeasible {
        /// The reason.
        reason: String,
        /// Seconds of training spent on it, where known.
        train_seconds: Option<f64>,
    },
    /// The evaluation failed, which says nothing about the architecture's quality. A failure costs
    /// no query, but its training time counts towards the study's total.
    Failed {
        /// The reason.
        reason: String,
        /// Number of attempts.
        attempts: u32,
        /// Seconds of training spent on the failed evaluation, where known.
        train_seconds: Option<f64>,
    },
    /// The evaluation ended early, at the study's request or by itself. Its result is its report at
    /// the step where it stopped.
    Stopped {
        /// Seconds of training, if the report does not include them.
        train_seconds: Option<f64>,
    },
    /// The evaluation was given up because of [`Job::cancel`]; [`Study::ask`](crate::Study::ask)
    /// will return the trial again.
    Cancelled,
}

/// Data reserved for reports: a benchmark's test results and its optimum.
///
/// A [`Strategy`](crate::Strategy) never receives a test oracle.
pub trait TestOracle: Debug + Send + Sync {
    /// Returns the direction in which the oracle's values improve. [`TestOracle::optimum`] and
    /// [`TestOracle::rank`] are meaningless for a study in the other direction.
    fn direction(&self) -> Direction {
        Direction::Maximise
    }

    /// Returns the test accuracy in percent; `None` if it is unknown.
    ///
    /// # Errors
    /// If it is known but cannot be read.
    fn test(&self, arch: &Arch) -> Result<Option<f64>, OracleError>;

    /// Returns the best value that any architecture has; `None` if it is unknown.
    ///
    /// # Errors
    /// If it is known but cannot be read.
    fn optimum(&self) -> Result<Option<f64>, OracleError>;

    /// Returns the rank of a value: one plus the number of architectures with a better value;
    /// `None` if it is unknown.
    ///
    /// # Errors
    /// If it is known but cannot be read.
    fn rank(&self, value: f64) -> Result<Option<usize>, OracleError>;
}
