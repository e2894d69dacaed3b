//! Evaluators, which measure architectures, and the results that they return.

use std::fmt::Debug;

use ganas_graph::{Arch, SearchSpace};

use crate::{Cancel, Direction, EvaluationError, Measurement, OracleError, Report, Rung, TrialId};

/// A way to measure architectures: by look-up in a benchmark's table, with a surrogate model, or by
/// training.
pub trait Evaluator: Debug + Send + Sync {
    /// Returns the result of measuring a trial's architecture. If there are several workers, they
    /// call this method concurrently, each in its own thread.
    ///
    /// # Errors
    /// If the evaluator knows the architecture but cannot measure it. The error ends the run. To
    /// let the study continue after a failure, return [`Evaluation::Failed`] instead.
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError>;
}

/// Measurements that are known before any evaluation, such as those in a benchmark's table.
pub trait Records: Debug {
    /// Returns the names of the metrics that measurements contain besides the value.
    fn metrics(&self) -> Vec<String>;

    /// Returns the recorded measurement of an architecture, or `None` if there is none.
    ///
    /// # Errors
    /// If the record cannot be read.
    fn recorded(&self, arch: &Arch) -> Result<Option<Measurement>, EvaluationError>;
}

/// What is known, before any evaluation, about the metrics that measurements will contain.
#[derive(Debug, Clone, Copy)]
pub enum KnownMetrics<'a> {
    /// Measurements contain no metrics, so only costs can be limited.
    Nothing,
    /// Measurements may contain any metrics. Only the results will show which ones.
    Anything,
    /// Measurements contain the same metrics as these records.
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
    /// The seed for random numbers in the evaluation. It is below 2³², as NumPy requires. It
    /// depends only on the study's seed and the trial, so a repeated evaluation gets the same seed.
    pub seed: u64,
    /// Number of earlier attempts at this evaluation, for example attempts that ended when the
    /// study's process was killed.
    pub attempts_before: u32,
    /// The level of fidelity (rung) of the evaluation. It is `None` if the study has only full
    /// evaluations.
    pub rung: Option<Rung>,
    /// A flag that is set when the evaluation is to be abandoned.
    pub cancel: &'a Cancel,
    /// The receiver of the evaluation's intermediate reports. It is `None` if the study does not
    /// use such reports.
    pub reporter: Option<&'a dyn Reporter>,
}

/// A receiver of the intermediate reports of an evaluation.
pub trait Reporter: Debug + Sync {
    /// Tells the study that another attempt begins. The first report of this attempt replaces the
    /// reports that earlier attempts made at the same step or later.
    fn begin(&self);

    /// Passes a report to the study, waits for the reply, and returns it. A reply of `Some(step)`
    /// asks the evaluation to end with [`Evaluation::Stopped`]. The result of the evaluation is
    /// then the report that it made at that step. A report that the study refuses has no effect.
    fn report(&self, report: Report) -> Option<u64>;

    /// Receives the reason why a report was invalid or ignored. The evaluation continues as if the
    /// report had not been made.
    fn refuse(&self, _found: &str) {}
}

impl<'a> Job<'a> {
    /// Creates a job for the first attempt at a full evaluation.
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
    /// The architecture was tried and proved unusable, for example because it needs too much
    /// memory. This costs a query.
    Infeasible {
        /// The reason.
        reason: String,
        /// Seconds of training spent on the architecture, if known.
        train_seconds: Option<f64>,
    },
    /// The evaluation failed for a reason that says nothing about the architecture's quality. A
    /// failure costs no query, but its training time counts towards the study's total.
    Failed {
        /// The reason.
        reason: String,
        /// Number of attempts.
        attempts: u32,
        /// Seconds of training spent on the failed evaluation, if known.
        train_seconds: Option<f64>,
    },
    /// The evaluation ended early, either because the study asked it to or because the evaluator
    /// decided so. The result is the report that the evaluation made at the step where it stopped.
    Stopped {
        /// Seconds of training, if the report does not include them.
        train_seconds: Option<f64>,
    },
    /// The evaluation was abandoned because [`Job::cancel`] was set.
    /// [`Study::ask`](crate::Study::ask) will return the trial again.
    Cancelled,
}

/// A source of data that no strategy may use: the test results of a benchmark, and the best value
/// of any architecture in it. The data are for reports about a study. In addition, a study may stop
/// when it reaches the best value.
///
/// No [`Strategy`](crate::Strategy) ever receives a test oracle.
pub trait TestOracle: Debug + Send + Sync {
    /// Returns the direction in which the oracle's values improve. [`TestOracle::optimum`] and
    /// [`TestOracle::rank`] are meaningless for a study that optimises in the other direction.
    fn direction(&self) -> Direction {
        Direction::Maximise
    }

    /// Returns the test accuracy of an architecture, or `None` if it is unknown. The accuracy is in
    /// percent. However, a benchmark made from a user's table returns the test result in the unit
    /// that the table uses.
    ///
    /// # Errors
    /// If the accuracy is known but cannot be read.
    fn test(&self, arch: &Arch) -> Result<Option<f64>, OracleError>;

    /// Returns the best value that the evaluation of any architecture can have, or `None` if it is
    /// unknown.
    ///
    /// # Errors
    /// If the value is known but cannot be read.
    fn optimum(&self) -> Result<Option<f64>, OracleError>;

    /// Returns the rank of a value, which is one plus the number of architectures with a better
    /// value. Returns `None` if the rank is unknown.
    ///
    /// # Errors
    /// If the rank is known but cannot be read.
    fn rank(&self, value: f64) -> Result<Option<usize>, OracleError>;
}
