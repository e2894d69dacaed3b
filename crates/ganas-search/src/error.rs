//! Errors of studies, constraints, settings and names.

use std::error::Error;

use ganas_graph::{Arch, SearchSpace, wording};
use thiserror::Error;

use crate::{StoreError, TrialId};

/// The error for a name that is not one of the valid names.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown {what} `{found}`{}{}", nearest(found, valid), expected(what, found, valid))]
pub struct UnknownName {
    /// What the name should refer to, such as `metric`.
    pub what: &'static str,
    /// The name given.
    pub found: String,
    /// The valid names.
    pub valid: Vec<String>,
}

impl UnknownName {
    /// Returns the error for a name that no architecture of the space has.
    pub fn architecture(space: &dyn SearchSpace, found: &str) -> Self {
        let valid = space.named_archs().iter().map(ToString::to_string).collect();
        Self { what: "architecture", found: found.into(), valid }
    }
}

fn expected(what: &str, found: &str, valid: &[String]) -> String {
    match valid {
        [] if what == "architecture" => "; the search space has no named architectures".into(),
        [] => format!("; no {what}s are defined"),
        [_] if wording::nearest(found, valid).is_some() => String::new(),
        [only] => format!("; expected `{only}`"),
        _ => format!("; expected one of: {}", valid.join(", ")),
    }
}

fn nearest(found: &str, valid: &[String]) -> String {
    let name = wording::nearest(found, valid);
    name.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

/// The error for an invalid setting of [`Fidelity`](crate::Fidelity) or of early stopping
/// ([`Stopping`](crate::Stopping)).
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{key}: expected {expected}, found {found}")]
pub struct FidelityError {
    /// The key of the invalid setting, such as `rungs`.
    pub key: &'static str,
    /// The expected value.
    pub expected: &'static str,
    /// The value found.
    pub found: String,
}

/// The reason why a string is not a valid constraint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConstraintError {
    /// The string is not of the form `METRIC=LIMIT`.
    #[error("expected METRIC=LIMIT such as `params=0.5`, found `{text}`")]
    Form {
        /// The text.
        text: String,
    },
    /// Neither the space nor the evaluator has a metric with this name.
    #[error(transparent)]
    Metric(#[from] UnknownName),
    /// No architecture of the space has the name after `@`.
    #[error("limit on {metric}: {source}")]
    Named {
        /// Name of the metric.
        metric: String,
        /// The unknown name, with the valid names.
        #[source]
        source: UnknownName,
    },
    /// No value of the metric is recorded for the architecture named after `@`.
    #[error("limit on {metric}: expected a number, because no {metric} is recorded for `{name}`")]
    NotRecorded {
        /// Name of the metric.
        metric: String,
        /// Name of the architecture.
        name: String,
    },
    /// The limit is neither a number nor `@` followed by a name.
    #[error(
        "limit on {metric}: expected a number (its unit is {unit}), a number with a suffix (such as 500k, 4.6M or 0.39G), or @NAME for the value of a named architecture; found `{limit}`"
    )]
    Limit {
        /// Name of the metric.
        metric: String,
        /// The metric's unit.
        unit: String,
        /// The text of the limit.
        limit: String,
    },
}

/// The error for a setting of a strategy that is out of range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{strategy}: expected a {setting} {expected}, found {found}")]
pub struct SettingError {
    /// Name of the strategy.
    pub strategy: &'static str,
    /// The name of the setting, such as `population`.
    pub setting: &'static str,
    /// The valid range, worded to follow the setting's name, such as `of at least 1`.
    pub expected: &'static str,
    /// The value given.
    pub found: String,
}

/// The error returned when an evaluator could not measure an architecture, or when the recorded
/// measurement of an architecture could not be read. It is not used for an architecture that the
/// evaluator does not know ([`Evaluation::OutOfDomain`](crate::Evaluation::OutOfDomain)).
#[derive(Debug, Error)]
#[error("evaluation of {arch:?}: {source}")]
pub struct EvaluationError {
    /// The architecture.
    pub arch: Arch,
    /// The underlying error.
    pub source: Box<dyn Error + Send + Sync>,
}

/// The error returned if test results or similar data, which no strategy sees, cannot be read. For
/// example, a table may be damaged. The source of such data is a [`TestOracle`](crate::TestOracle).
#[derive(Debug, Error)]
#[error(transparent)]
pub struct OracleError(#[from] pub Box<dyn Error + Send + Sync>);

/// The error of a strategy that failed, for example because a model diverged.
#[derive(Debug, Error)]
#[error("strategy {strategy}: {source}")]
pub struct StrategyError {
    /// Name of the strategy.
    pub strategy: String,
    /// The underlying error.
    pub source: Box<dyn Error + Send + Sync>,
}

/// The reason why a study could not start or continue, or why it refused a call.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StudyError {
    /// The budget is 0 queries.
    #[error("expected a budget of at least 1 query, found 0")]
    NoBudget,
    /// A setting of the levels of fidelity ([`Fidelity`](crate::Fidelity)) is invalid.
    #[error("fidelity.{0}")]
    Fidelity(#[from] FidelityError),
    /// An early-stopping setting is invalid.
    #[error("stopping.{0}")]
    Stopping(FidelityError),
    /// The settings combine several levels of fidelity ([`Fidelity`](crate::Fidelity)) with early
    /// stopping ([`Stopping`](crate::Stopping)).
    #[error(
        "expected either `fidelity` or `stopping`, found both (rungs pause evaluations, whereas stopping rules end them)"
    )]
    FidelityAndStopping,
    /// The study refused an intermediate report.
    #[error("trial {trial}: {found}")]
    Report {
        /// The trial.
        trial: TrialId,
        /// The expected value and the value found.
        found: String,
    },
    /// The budget is larger than the number of distinct architectures.
    #[error(
        "expected a budget of at most {available} queries ({space} has no more distinct architectures), found {budget}"
    )]
    BudgetTooLarge {
        /// Name of the space.
        space: String,
        /// Number of distinct architectures.
        available: u128,
        /// The budget asked for.
        budget: usize,
    },
    /// The number of workers is larger than allowed.
    #[error("expected at most {most} workers, found {found}")]
    TooManyWorkers {
        /// The maximum number of workers.
        most: usize,
        /// The number of workers asked for.
        found: usize,
    },
    /// The time budget is invalid.
    #[error("expected a time budget of more than 0 seconds, found {found}")]
    TimeBudget {
        /// The time budget asked for, in seconds.
        found: f64,
    },
    /// There is a time budget, but the evaluator does not report training times.
    #[error(
        "expected `train_seconds` from the evaluator, because there is a time budget; found none for {arch}"
    )]
    NoTrainSeconds {
        /// The architecture in the space's notation.
        arch: String,
    },
    /// No architecture satisfies the constraints. This is certain, because all architectures were
    /// listed or counted.
    #[error("no architecture satisfies the constraints: {}", rejections.join("; "))]
    NothingFeasible {
        /// For each constraint, the number of architectures it rejected and the number checked.
        rejections: Vec<String>,
    },
    /// The search found no architecture that satisfies the constraints, but such architectures may
    /// exist.
    #[error(
        "no architecture that satisfies the constraints was found in {draws} draws, though there may be one; relax a limit, or give such an architecture in `from`. Rejections: {}",
        rejections.join("; ")
    )]
    NoneFound {
        /// Number of architectures examined.
        draws: u64,
        /// For each constraint, the number of architectures it rejected and the number checked.
        rejections: Vec<String>,
    },
    /// The evaluator failed.
    #[error("evaluation of {arch}: {source}")]
    Evaluation {
        /// The architecture in the space's notation.
        arch: String,
        /// The underlying error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A measurement contains a number that is out of range.
    #[error("evaluation of {arch}: {found}")]
    Measurement {
        /// The architecture in the space's notation.
        arch: String,
        /// The expected value and the value found.
        found: String,
    },
    /// The same architecture was given two different values, both as values known before the study.
    #[error(
        "expected one known value per architecture, found {} and {} for {arch} ({})", values[0],
        values[1], places(*first, *second)
    )]
    Contradiction {
        /// The architecture in the space's notation, as given with the second value.
        arch: String,
        /// The two values, in the order in which they were given.
        values: [f64; 2],
        /// Index of the entry with the first value in the given list, counted from 0. It is `None`
        /// if the study already knew this value.
        first: Option<usize>,
        /// Index of the entry with the second value in the given list, counted from 0.
        second: usize,
    },
    /// The trial is not open. Either the study already has its result, or
    /// [`Study::ask`](crate::Study::ask) has not returned it since the study was opened or since
    /// its last evaluation was cancelled.
    #[error("{}", not_open(open, *found))]
    NotOpen {
        /// The open trials: those that [`Study::ask`](crate::Study::ask) returned and whose results
        /// the study does not have yet.
        open: Vec<TrialId>,
        /// The trial given.
        found: TrialId,
    },
    /// The call came too late. After a study has been opened, values known before the study can be
    /// added, and failed trials can be retried, only until the first call of
    /// [`Study::ask`](crate::Study::ask) or [`Study::tell`](crate::Study::tell).
    #[error(
        "known values can be added, and failed trials retried, only before the first ask or tell; \
         reopen the study to do so"
    )]
    Underway,
    /// Because of an earlier error, the study's state differs from the state in its store.
    #[error("an earlier error left the study out of step with its store; reopen the study")]
    Broken,
    /// The strategy failed.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StudyError {
    /// Returns an evaluator's error as an error of a study, in which the architecture is given in
    /// the space's notation.
    pub fn evaluation(space: &dyn SearchSpace, error: EvaluationError) -> Self {
        Self::Evaluation { arch: space.display(&error.arch), source: error.source }
    }

    /// Returns true if the error means that the study refused a result or a report and remained
    /// unchanged.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Measurement { .. }
                | Self::NotOpen { .. }
                | Self::NoTrainSeconds { .. }
                | Self::Report { .. }
        )
    }
}

fn places(first: Option<usize>, second: usize) -> String {
    match first {
        Some(first) => format!("entries {} and {}", first + 1, second + 1),
        None => {
            format!(
                "the first value was already known, and entry {} contains the second value",
                second + 1
            )
        }
    }
}

fn not_open(open: &[TrialId], found: TrialId) -> String {
    if open.is_empty() {
        return format!("trial {found} is not open, and no other trial is");
    }
    let numbers: Vec<_> = open.iter().map(ToString::to_string).collect();
    format!("trial {found} is not open; open trials: {}", numbers.join(", "))
}
