//! Outcomes: of a round, of a told trial, and of a whole study.

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
    /// Number of proposals that had been measured before.
    pub repeats: usize,
    /// The strategy's diagnostics.
    pub diagnostics: Vec<(Cow<'static, str>, f64)>,
}

/// The status of a told result. In every case the result is on disk.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// It counts, with this outcome in the history.
    Counted(Outcome),
    /// It counts once the results of the earlier trials in its round have been told.
    Held,
    /// The study had ended; the result counts if the study continues, for example with a larger budget.
    Late,
    /// The evaluation was cancelled; the trial will be offered again.
    GivenUp,
}

impl Told {
    /// Returns a word or two for the caller.
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
    /// All queries.
    pub history: History,
    /// All rounds in which something was evaluated; empty for an asynchronous study.
    pub rounds: Vec<Round>,
    /// Number of candidates rejected by each cost limit; `None` if it was not counted.
    pub rejected: Option<Vec<Rejected>>,
    /// Reason why it ended; [`StopReason::Interrupted`] if it has not.
    pub stop_reason: StopReason,
    /// Time spent inside the strategy.
    pub in_strategy: Duration,
}

impl StudyOutcome {
    /// Returns the best trial.
    pub fn best(&self) -> Option<&Trial> {
        self.history.best()
    }
}
