//! The conditions under which a study stops.

use std::fmt;
use std::str::FromStr;

use crate::{Evaluated, History, StudySettings, UnknownName};

/// Number of rounds in a row without a query after which a strategy counts as stuck. If a strategy
/// proposes only new architectures and no evaluation fails, a round has no query only if the
/// evaluator knows none of them. If the evaluator knows one architecture in a thousand, the
/// probability that this many rounds of one proposal each make no query is e⁻¹⁰.
const MAX_IDLE_ROUNDS: u32 = 10_000;

/// The study ends after this many rounds in a row in which the strategy proposed nothing because
/// sampling found nothing, without proof that nothing is left.
pub(super) const MAX_EMPTY_ROUNDS: u32 = 3;

/// Tolerance for rounding errors in sums of costs.
pub(super) const TOLERANCE: f64 = 1e-9;

/// Reason why a study ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The budget was spent, or what is left of it is not enough for another full evaluation.
    Budget,
    /// The target value was reached.
    Target,
    /// The budget of training seconds was spent.
    TimeBudget,
    /// The number of failed evaluations, in total or in a row, reached its limit.
    Failures,
    /// The strategy has nothing left to propose. Normally, every architecture that satisfies the
    /// constraints has then been proposed. Random sampling reports this only if it could list these
    /// architectures.
    Exhausted,
    /// In the last three rounds, random sampling found no new architecture that satisfies the
    /// constraints. The value is the total number of draws in these rounds. New architectures that
    /// satisfy the constraints may still exist.
    NoneFound(u64),
    /// Too many consecutive rounds led to no query. (A query is the evaluation of a new
    /// architecture. Failed evaluations do not count.) In each of these rounds, the strategy
    /// proposed nothing new, the evaluator knew none of the architectures, or all evaluations
    /// failed (and no limit on failures ended the study earlier).
    Stuck,
    /// The study has not ended: the program that runs it stopped early, or is still running it.
    Interrupted,
}

impl StopReason {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Budget, "budget"),
        (Self::Target, "target"),
        (Self::TimeBudget, "time budget"),
        (Self::Failures, "failures"),
        (Self::Exhausted, "exhausted"),
        (Self::Stuck, "stuck"),
        (Self::Interrupted, "interrupted"),
    ];

    /// Returns the reason as a clause for people. [`fmt::Display`] returns its stable name.
    ///
    /// ```
    /// # use ganas_search::StopReason;
    /// assert_eq!(StopReason::Budget.description(), "the budget was used up");
    /// assert_eq!(StopReason::Budget.to_string(), "budget");
    /// ```
    ///
    /// A study whose evaluations may cost less than a full one can end although some of the budget
    /// is left; [`StopReason::describe`] says so.
    pub fn description(&self) -> String {
        match self {
            Self::Budget => "the budget was used up".into(),
            Self::Target => "the target was reached".into(),
            Self::TimeBudget => "the budget of training seconds was used up".into(),
            Self::Failures => "too many evaluations failed".into(),
            Self::Exhausted => "the strategy found no further architecture to propose".into(),
            Self::NoneFound(draws) => {
                format!(
                    "{draws} random draws contained no architecture that is new and satisfies all limits"
                )
            }
            Self::Stuck => "too many rounds in a row led to no query".into(),
            Self::Interrupted => "it was interrupted".into(),
        }
    }

    /// Returns the reason called `name` as a clause for people, or the name itself if it is unknown,
    /// because a later version wrote it. `spent` is the cost of all evaluations and the budget, both
    /// in full evaluations, if an evaluation may cost less than a full one.
    ///
    /// ```
    /// # use ganas_search::StopReason;
    /// assert_eq!(StopReason::describe("budget", Some((30.0, 30))), "the budget was used up");
    /// let rest = "the rest of the budget is too small for another full evaluation";
    /// assert_eq!(StopReason::describe("budget", Some((29.5, 30))), rest);
    /// assert_eq!(StopReason::describe("of a later version", None), "of a later version");
    /// ```
    pub fn describe(name: &str, spent: Option<(f64, usize)>) -> String {
        match (name.parse(), spent) {
            (Ok(Self::Budget), Some((spent, budget))) if budget as f64 - spent > 1e-6 => {
                "the rest of the budget is too small for another full evaluation".into()
            }
            (Ok(reason), _) => reason.description(),
            (Err(_), _) => name.to_owned(),
        }
    }
}

/// The text before and after the number in the name of [`StopReason::NoneFound`].
const NONE_FOUND: (&str, &str) = ("none found in ", " draws");

impl fmt::Display for StopReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::NoneFound(draws) = self {
            let (before, after) = NONE_FOUND;
            return write!(formatter, "{before}{draws}{after}");
        }
        let name = Self::ALL.iter().find(|(reason, _)| reason == self);
        formatter.write_str(name.map_or("", |(_, name)| name))
    }
}

impl FromStr for StopReason {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let (before, after) = NONE_FOUND;
        let draws = text.strip_prefix(before).and_then(|text| text.strip_suffix(after));
        if let Some(draws) = draws.and_then(|draws| draws.parse().ok()) {
            return Ok(Self::NoneFound(draws));
        }
        let found = Self::ALL.iter().find(|(_, name)| *name == text);
        found.map(|(reason, _)| *reason).ok_or_else(|| UnknownName {
            what: "stop reason",
            found: text.into(),
            valid: Self::ALL.iter().map(|(_, name)| (*name).to_owned()).collect(),
        })
    }
}

/// Returns the reason to stop the study before its round is over, if any.
pub(super) fn within_round(settings: &StudySettings, history: &History) -> Option<StopReason> {
    let target = settings.target.map(|target| settings.direction.score(target));
    if target.is_some_and(|target| history.best().is_some_and(|best| best.score >= target)) {
        return Some(StopReason::Target);
    }
    if settings.max_train_seconds.is_some_and(|seconds| history.train_seconds() >= seconds) {
        return Some(StopReason::TimeBudget);
    }
    let too_many = settings.max_failures.is_some_and(|limit| history.failures() >= limit)
        || settings.max_failures_in_a_row.is_some_and(|limit| ends_with_failures(history, limit));
    too_many.then_some(StopReason::Failures)
}

/// Returns true if the last `count` evaluations failed.
fn ends_with_failures(history: &History, count: usize) -> bool {
    if history.failures() < count {
        return false;
    }
    let first = history.evaluated(0).count().saturating_sub(count);
    history.evaluated(first).all(|it| matches!(it, Evaluated::Failed(_)))
}

/// Returns the reason to stop the study between rounds, if any; `idle` is the number of latest
/// rounds in a row without a query.
pub(super) fn between_rounds(
    settings: &StudySettings,
    history: &History,
    idle: u32,
) -> Option<StopReason> {
    match within_round(settings, history) {
        Some(StopReason::Target) => Some(StopReason::Target),
        _ if history.spent() + settings.least_cost() > settings.budget as f64 + TOLERANCE => {
            Some(StopReason::Budget)
        }
        None if idle >= MAX_IDLE_ROUNDS => Some(StopReason::Stuck),
        early => early,
    }
}
