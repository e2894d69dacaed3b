//! What a study gives: its rounds, what became of a told trial, and all of it together.

use std::borrow::Cow;
use std::time::Duration;

use crate::{History, Outcome, Rejected, StopReason, Trial};

/// Named numbers.
pub(crate) type Numbers = Vec<(Cow<'static, str>, f64)>;

/// What happened in one round.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Queries made before the round.
    pub queries_before: usize,
    /// What the proposals were.
    pub proposed: usize,
    /// Proposals that had been measured before.
    pub repeats: usize,
    /// The strategy's numbers.
    pub diagnostics: Vec<(Cow<'static, str>, f64)>,
}

/// What became of a result that a study was told. In every case it is on the disk.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// It counts: this is what it is in the history.
    Counted(Outcome),
    /// It counts once the trials of its round that were asked before it are told.
    Held,
    /// The study had ended; the result counts if it goes on, for example with a larger budget.
    Late,
    /// The evaluation was cancelled; the trial is offered again.
    GivenUp,
}

impl Told {
    /// In a word or two, for whoever told it.
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

/// What a study has found, as reports need it.
#[derive(Debug, Clone)]
pub struct StudyOutcome {
    /// All queries.
    pub history: History,
    /// All rounds in which something was evaluated; none of an asynchronous study.
    pub rounds: Vec<Round>,
    /// How many candidates each limit on a cost rejected; `None` where that was not counted.
    pub rejected: Option<Vec<Rejected>>,
    /// Why it ended; [`StopReason::Interrupted`] if it has not.
    pub stop_reason: StopReason,
    /// Time spent inside the strategy.
    pub in_strategy: Duration,
}

impl StudyOutcome {
    /// The best trial.
    pub fn best(&self) -> Option<&Trial> {
        self.history.best()
    }
}
