//! The outcomes of a round, of a told trial, and of a whole study.

use std::borrow::Cow;
use std::time::Duration;

use crate::{History, Outcome, Rejected, StopReason, Trial};

/// Named numbers.
pub(crate) type Numbers = Vec<(Cow<'static, str>, f64)>;

/// A round's statistics.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Queries made before the round.
    pub queries_before: usize,
    /// Number of proposals.
    pub proposed: usize,
    /// Number of proposals whose architecture was measured or known before.
    pub repeats: usize,
    /// The strategy's diagnostics for the round.
    pub diagnostics: Vec<(Cow<'static, str>, f64)>,
}

/// The status of a told result. Whatever the status, a study with a store has already stored the
/// result.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// The result has entered the history, with this outcome.
    Counted(Outcome),
    /// The result enters the history once the results of the earlier trials in its round have been
    /// told.
    Held,
    /// The study had already ended. The result enters the history if the study continues, for
    /// example with a larger budget.
    Late,
    /// The evaluation was cancelled; [`Study::ask`](crate::Study::ask) will return the trial again.
    GivenUp,
}

impl Told {
    /// Returns a short name for the status.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Counted(Outcome::Measured(..) | Outcome::Repeat(..)) => "measured",
            Self::Counted(Outcome::Infeasible) => "infeasible",
            Self::Counted(Outcome::Failed) => "failed",
            Self::Counted(Outcome::OutOfDomain) => "out of domain",
            Self::Held => "held",
            Self::Late => "late",
            Self::GivenUp => "given up",
        }
    }
}

/// The results of a study, for reports.
#[derive(Debug, Clone)]
pub struct StudyOutcome {
    /// Everything that the study has learnt.
    pub history: History,
    /// All rounds in which something was evaluated; empty for an asynchronous study.
    pub rounds: Vec<Round>,
    /// Number of candidates that each cost limit rejected; `None` if an earlier version of the
    /// program did not count them.
    pub rejected: Option<Vec<Rejected>>,
    /// Reason why the study ended; [`StopReason::Interrupted`] if it has not ended.
    pub stop_reason: StopReason,
    /// Time spent inside the strategy.
    pub in_strategy: Duration,
}

impl StudyOutcome {
    /// Returns the best trial; of several equally good ones, the earliest.
    pub fn best(&self) -> Option<&Trial> {
        self.history.best()
    }
}
