use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::{History, Trial};

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

/// Why a study ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// All queries of the budget were made.
    Budget,
    /// The target value was reached.
    Target,
    /// The budget of training seconds is used up.
    TimeBudget,
    /// As many evaluations failed as may.
    Failures,
    /// The strategy had nothing more to ask.
    Exhausted,
    /// The strategy proposed nothing new for very long.
    Stuck,
    /// It was told to end early.
    Interrupted,
}

impl StopReason {
    /// Was everything done that could be, so that going on would change nothing?
    pub(super) fn is_final(self) -> bool {
        !matches!(self, Self::Interrupted | Self::Failures)
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Budget => "budget",
            Self::Target => "target",
            Self::TimeBudget => "time budget",
            Self::Failures => "failures",
            Self::Exhausted => "exhausted",
            Self::Stuck => "stuck",
            Self::Interrupted => "interrupted",
        })
    }
}

/// Hears of every query as it is made, or read back from a store; for progress and logs.
pub trait Observer {
    /// A query was made, and is in the history.
    fn on_query(&mut self, history: &History);
}

/// A finished study.
#[derive(Debug)]
pub struct StudyOutcome {
    /// All queries.
    pub history: History,
    /// All rounds in which something was measured; none of an asynchronous study.
    pub rounds: Vec<Round>,
    /// Why it ended.
    pub stop_reason: StopReason,
    /// Time spent inside the strategy.
    pub in_strategy: Duration,
}

impl StudyOutcome {
    /// The trial with the highest value.
    pub fn best(&self) -> Option<&Trial> {
        self.history.best()
    }
}
