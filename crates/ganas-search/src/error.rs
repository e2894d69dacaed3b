//! Errors of studies, constraints, settings and names.

use std::error::Error;

use ganas_graph::{Arch, SearchSpace, wording};
use thiserror::Error;

use crate::{StoreError, TrialId};

/// A name that is not one of the valid ones.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown {what} `{found}`{}; {}", nearest(found, valid), expected(valid))]
pub struct UnknownName {
    /// What was to be named, such as `metric`.
    pub what: &'static str,
    /// The name given.
    pub found: String,
    /// The names there are.
    pub valid: Vec<String>,
}

impl UnknownName {
    /// An architecture that the space has no such name for.
    pub fn architecture(space: &dyn SearchSpace, found: &str) -> Self {
        let valid = space.named_archs().iter().map(ToString::to_string).collect();
        Self { what: "architecture", found: found.into(), valid }
    }
}

fn expected(valid: &[String]) -> String {
    if valid.is_empty() {
        return "there are none".into();
    }
    format!("expected one of: {}", valid.join(", "))
}

fn nearest(found: &str, valid: &[String]) -> String {
    let name = wording::nearest(found, valid);
    name.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

/// Why a fidelity cannot be.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{key}: expected {expected}, found {found}")]
pub struct FidelityError {
    /// What is wrong, such as `rungs`.
    pub key: &'static str,
    /// What was expected.
    pub expected: &'static str,
    /// What was found.
    pub found: String,
}

/// Why a text is not a constraint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConstraintError {
    /// Not of the form `metric=limit`.
    #[error("expected METRIC=LIMIT such as `params=0.5`, found `{text}`")]
    Form {
        /// The text.
        text: String,
    },
    /// The space has no such metric.
    #[error(transparent)]
    Metric(#[from] UnknownName),
    /// The space has no architecture of the name after `@`.
    #[error("limit of {metric}: {source}")]
    Named {
        /// Name of the metric.
        metric: String,
        /// The name, and which there are.
        #[source]
        source: UnknownName,
    },
    /// The evaluator has nothing on record of the named architecture.
    #[error("limit of {metric}: expected a number, since no {metric} of `{name}` is on record")]
    NotRecorded {
        /// Name of the metric.
        metric: String,
        /// Name of the architecture.
        name: String,
    },
    /// The limit is not a number.
    #[error(
        "limit of {metric}: expected a number in {unit}, a count such as 500k, 4.6M or 0.39G, or @NAME of an architecture, found `{limit}`"
    )]
    Limit {
        /// Name of the metric.
        metric: String,
        /// Its unit.
        unit: String,
        /// The text of the limit.
        limit: String,
    },
}

/// A setting out of its range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{strategy}: expected a {setting} {expected}, found {found}")]
pub struct SettingError {
    /// Name of the strategy.
    pub strategy: &'static str,
    /// What is set, such as `population`.
    pub setting: &'static str,
    /// The range, such as `of at least 1`.
    pub expected: &'static str,
    /// The value given.
    pub found: String,
}

/// Why an evaluation gave no measurement although the architecture is in the evaluator's domain.
#[derive(Debug, Error)]
#[error("evaluation of {arch:?}: {source}")]
pub struct EvaluationError {
    /// What was to be evaluated.
    pub arch: Arch,
    /// What went wrong.
    pub source: Box<dyn Error + Send + Sync>,
}

/// Why what a report may see could not be read, such as a damaged table.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct OracleError(#[from] pub Box<dyn Error + Send + Sync>);

/// A strategy's failure, such as a model that diverged.
#[derive(Debug, Error)]
#[error("strategy {strategy}: {source}")]
pub struct StrategyError {
    /// Name of the strategy.
    pub strategy: String,
    /// What went wrong.
    pub source: Box<dyn Error + Send + Sync>,
}

/// Why a study could not be started, or could not go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StudyError {
    /// A budget of no queries.
    #[error("expected a budget of at least 1 query, found 0")]
    NoBudget,
    /// A fidelity that cannot be.
    #[error("fidelity.{0}")]
    Fidelity(#[from] FidelityError),
    /// A rule of stopping that cannot be.
    #[error("stopping.{0}")]
    Stopping(FidelityError),
    /// Both ways to spend less on what is bad.
    #[error(
        "expected `fidelity` or `stopping`, found both: rungs pause evaluations, stopping ends them"
    )]
    FidelityAndStopping,
    /// A report that cannot be taken.
    #[error("trial {trial}: {found}")]
    Report {
        /// The trial.
        trial: TrialId,
        /// What was expected and what was found.
        found: String,
    },
    /// More queries than there is to ask.
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
    /// More evaluations at a time than there may be.
    #[error("expected at most {most} workers, found {found}")]
    TooManyWorkers {
        /// The most there may be.
        most: usize,
        /// The number asked for.
        found: usize,
    },
    /// A time budget that is no time.
    #[error("expected a time budget of more than 0 seconds, found {found}")]
    TimeBudget {
        /// The time budget asked for, in seconds.
        found: f64,
    },
    /// A time budget on an evaluator that does not say how long a training takes.
    #[error(
        "expected seconds of training from the evaluator, for the time budget; found none for {arch}"
    )]
    NoTrainSeconds {
        /// The architecture in the space's notation.
        arch: String,
    },
    /// No architecture satisfies the constraints: all that could were listed or counted.
    #[error("no architecture satisfies the constraints: {}", rejections.join("; "))]
    NothingFeasible {
        /// For each constraint, how many architectures it rejected of how many.
        rejections: Vec<String>,
    },
    /// No architecture was found that satisfies the constraints, which does not say that there is none.
    #[error(
        "none found in {draws} draws that satisfies the constraints, and not known whether there is one; loosen a limit, or give one that satisfies them: {}",
        rejections.join("; ")
    )]
    NoneFound {
        /// How many architectures were looked at.
        draws: u64,
        /// For each constraint, how many architectures it rejected of how many.
        rejections: Vec<String>,
    },
    /// The evaluator failed.
    #[error("evaluation of {arch}: {source}")]
    Evaluation {
        /// The architecture in the space's notation.
        arch: String,
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A measurement with a number out of its range.
    #[error("evaluation of {arch}: {found}")]
    Measurement {
        /// The architecture in the space's notation.
        arch: String,
        /// What was expected and what was found.
        found: String,
    },
    /// An architecture of two known values.
    #[error(
        "expected one known value of an architecture, found {} and {} of {arch} ({})", values[0],
        values[1], places(*first, *second)
    )]
    Contradiction {
        /// The architecture in the space's notation, as it has the second value.
        arch: String,
        /// The values.
        values: [f64; 2],
        /// Place of the first among those given, from 0; `None` if the study knew it before.
        first: Option<usize>,
        /// Place of the second.
        second: usize,
    },
    /// A trial that is not being evaluated.
    #[error("expected one of the open trials {}, found trial {found}", numbers(open))]
    NotOpen {
        /// The trials that were asked for and not told.
        open: Vec<TrialId>,
        /// The trial given.
        found: TrialId,
    },
    /// Known values for a study that has been asked or told something since it was opened.
    #[error("known values can be added before the study is asked or told anything; open it again")]
    Underway,
    /// The study met an error that left it apart from its store.
    #[error("the study met an error and has to be opened again")]
    Broken,
    /// The strategy failed.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// The store could not be written to or read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StudyError {
    /// The error of an evaluator, with the architecture in the space's notation.
    pub fn evaluation(space: &dyn SearchSpace, error: EvaluationError) -> Self {
        Self::Evaluation { arch: space.display(&error.arch), source: error.source }
    }

    /// Was what was told refused, and the study left as it was?
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
        Some(first) => format!("number {} and {} of those given", first + 1, second + 1),
        None => format!("the first was known before, the second is number {} given", second + 1),
    }
}

fn numbers(open: &[TrialId]) -> String {
    let numbers: Vec<_> = open.iter().map(ToString::to_string).collect();
    format!("[{}]", numbers.join(", "))
}
