//! Evaluators: what measures architectures, and what they say.

use std::fmt::Debug;

use ganas_graph::{Arch, SearchSpace};

use crate::{Cancel, Direction, EvaluationError, Measurement, OracleError, Report, Rung, TrialId};

/// Measures architectures: a benchmark's table, a surrogate model, or a training.
pub trait Evaluator: Debug + Send + Sync {
    /// Measures the architecture of a trial. Drivers call it from as many threads at once as they
    /// have workers.
    ///
    /// # Errors
    /// If the architecture is in the domain and yet could not be measured. The driver stops then; an
    /// evaluator whose single evaluations may fail returns [`Evaluation::Failed`].
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError>;
}

/// What is known of an evaluator's measurements before any is made: a table knows all of them.
pub trait Records: Debug {
    /// Names of what measurements hold besides the value.
    fn metrics(&self) -> Vec<String>;

    /// The measurement on record of an architecture; `None` if there is none.
    ///
    /// # Errors
    /// If the record cannot be read.
    fn recorded(&self, arch: &Arch) -> Result<Option<Measurement>, EvaluationError>;
}

/// Which metrics measurements may hold, as far as it is known before any is made.
#[derive(Debug, Clone, Copy)]
pub enum Measured<'a> {
    /// None: limits are on costs only.
    Nothing,
    /// Any: only the evaluator's results will tell.
    Anything,
    /// Those of a record.
    Records(&'a dyn Records),
}

/// One evaluation that a study wants made.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The search space.
    pub space: &'a dyn SearchSpace,
    /// The architecture.
    pub arch: &'a Arch,
    /// The trial in its study.
    pub trial: TrialId,
    /// Seed for whatever is random in the evaluation, below 2³² as NumPy needs it: its own for each
    /// (study's seed, trial), and the same when an evaluation is made again.
    pub seed: u64,
    /// How often this evaluation was started before and did not end, because the study was killed.
    pub attempts_before: u32,
    /// How thorough the evaluation is to be, in a study of several fidelities.
    pub rung: Option<Rung>,
    /// Says when the evaluation is no longer wanted.
    pub cancel: &'a Cancel,
    /// Takes reports on the way, where somebody wants them.
    pub reporter: Option<&'a dyn Reporter>,
}

/// Takes what an evaluation reports on the way.
pub trait Reporter: Debug + Sync {
    /// A further attempt begins: what it reports replaces what those before did, from its first step on.
    fn begin(&self);

    /// Hands a report to the study and waits for its answer: `Some` with a step if the evaluation is to
    /// end, with [`Evaluation::Stopped`]. Its result is then what it reported at that step. A report that
    /// is refused is as if it had not been made.
    fn report(&self, report: Report) -> Option<u64>;

    /// Hears of what was to be a report and is none, and why: the evaluation goes on without it.
    fn refuse(&self, _found: &str) {}
}

impl<'a> Job<'a> {
    /// The first attempt at a whole evaluation.
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

/// What an evaluator says of an architecture.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Evaluation {
    /// It was measured; this costs a query.
    Measured(Measurement),
    /// The evaluator does not know it, as a table of part of a space; this costs no query.
    OutOfDomain,
    /// It was tried and cannot be used, as a network that needs too much memory; this costs a query.
    Infeasible {
        /// Why.
        reason: String,
    },
    /// It could not be measured, whatever it is worth; this costs no query, and its seconds count.
    Failed {
        /// Why.
        reason: String,
        /// How often it was tried.
        attempts: u32,
        /// Seconds of training that were spent on it, where known.
        train_seconds: Option<f64>,
    },
    /// It ended early, because the study wanted it or by itself: what it reported at the step where it was
    /// stopped is its result.
    Stopped {
        /// Seconds of training, where the report does not say.
        train_seconds: Option<f64>,
    },
    /// It was given up because [`Job::cancel`] said so; the trial is still to be made.
    Cancelled,
}

/// What only a report may see: a benchmark's test results and its optimum.
///
/// A [`Strategy`](crate::Strategy) is never handed one.
pub trait TestOracle: Debug + Send + Sync {
    /// Which way its values are better. [`TestOracle::optimum`] and [`TestOracle::rank`] mean nothing
    /// to a study of the other direction.
    fn direction(&self) -> Direction {
        Direction::Maximise
    }

    /// Test accuracy in percent; `None` where it is not known.
    ///
    /// # Errors
    /// If it is known and cannot be read.
    fn test(&self, arch: &Arch) -> Result<Option<f64>, OracleError>;

    /// The best value that the evaluator gives to any architecture; `None` where it is not known.
    ///
    /// # Errors
    /// If it is known and cannot be read.
    fn optimum(&self) -> Result<Option<f64>, OracleError>;

    /// How many architectures have a better value than `value`, plus one; `None` where it is not known.
    ///
    /// # Errors
    /// If it is known and cannot be read.
    fn rank(&self, value: f64) -> Result<Option<usize>, OracleError>;
}
