//! The outcomes of a round, of a trial and of a whole study.

use std::borrow::Cow;
use std::time::Duration;

use crate::{History, Measurement, Outcome, Rejected, StopReason, Trial};

/// Named numbers.
pub(crate) type Numbers = Vec<(Cow<'static, str>, f64)>;

/// A round's statistics.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Number of queries made before the round.
    pub queries_before: usize,
    /// Number of proposals.
    pub proposed: usize,
    /// Number of proposals whose architecture already had a value, which the study had measured or
    /// which was known without an evaluation.
    pub repeats: usize,
    /// The strategy's statistics about the round, each with its name.
    pub diagnostics: Vec<(Cow<'static, str>, f64)>,
}

/// What a study has done with a result passed to [`Study::tell`](crate::Study::tell). If the study
/// has a store, every result is stored, including one that does not enter the history.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// The result has entered the history. The proposal that led to the trial has this outcome.
    Counted(Outcome),
    /// The trial has entered the history as stopped early. The result is its report at this step,
    /// even if a different result was passed to `tell`.
    Stopped {
        /// The step.
        step: u64,
        /// The measurement at this step.
        measurement: Measurement,
    },
    /// The trial has entered the history as failed. Either the evaluation failed, a metric has the
    /// same name as a cost, the measurement lacks a metric that a constraint limits, or a stopped
    /// evaluation had made no report.
    Failed {
        /// The reason.
        reason: String,
    },
    /// The result will enter the history once the results of all earlier trials in the same round
    /// have arrived.
    Held,
    /// The study had already ended when the result arrived. The result will enter the history only
    /// if the study continues, for example with a larger budget.
    Late,
    /// The evaluation was cancelled, so there is no result. [`Study::ask`](crate::Study::ask) will
    /// return the trial again.
    GivenUp,
}

impl Told {
    /// Returns a short name for what the study has done with the result, such as `measured`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Counted(Outcome::Measured(..) | Outcome::Repeat(..)) => "measured",
            Self::Counted(Outcome::Infeasible) => "infeasible",
            Self::Stopped { .. } => "stopped",
            Self::Counted(Outcome::Failed) | Self::Failed { .. } => "failed",
            Self::Counted(Outcome::OutOfDomain) => "out of domain",
            Self::Held => "held",
            Self::Late => "late",
            Self::GivenUp => "given up",
        }
    }
}

/// The results of a study, in the form in which reports use them.
#[derive(Debug, Clone)]
pub struct StudyOutcome {
    /// Everything that the study has learnt.
    pub history: History,
    /// All finished rounds in which at least one architecture was evaluated. Empty for an
    /// asynchronous study, for which no statistics of rounds are kept.
    pub rounds: Vec<Round>,
    /// For each limit on a cost, the number of candidates that the limit has rejected. `None` if
    /// the study was started by an earlier version of the program, which did not count rejected
    /// candidates.
    pub rejected: Option<Vec<Rejected>>,
    /// The reason why the study ended. [`StopReason::Interrupted`] if it has not ended.
    pub stop_reason: StopReason,
    /// Time that the strategy has spent on its computations.
    pub in_strategy: Duration,
}

impl StudyOutcome {
    /// Returns the best trial. Of several equally good trials, this is the earliest.
    pub fn best(&self) -> Option<&Trial> {
        self.history.best()
    }
}
