//! The errors of this crate.

use std::path::{Path, PathBuf};

use ganas_bench::{BenchError, QueryError};
use ganas_exec::ExecError;
use ganas_graph::ArchError;
use ganas_graph::spaces::described::SpaceFileError;
use ganas_search::{
    ConstraintError, EvaluationError, History, OracleError, StoreError, StudyError, UnknownName,
};
use thiserror::Error;

use crate::failure::LastFailure;
use crate::hints::{
    below_top, how_to_repeat, how_to_resume, how_to_resume_comparison, last_failure, stopped_early,
    too_many,
};
use crate::option_part::Part;
use crate::spaces::space_names;
use crate::strategies::StrategySpec;

/// An error from any operation of this crate. [`Error::kind`] returns its kind.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A name that is not one of the valid names.
    #[error(transparent)]
    Name(UnknownName),
    /// A string that cannot be read as a limit.
    #[error(transparent)]
    Constraint(#[from] ConstraintError),
    /// A string that cannot be read as an architecture.
    #[error(transparent)]
    Arch(#[from] ArchError),
    /// An invalid setting of a strategy.
    #[error(transparent)]
    Strategy(Box<dyn std::error::Error + Send + Sync>),
    /// An error in a study file or a space file, with its position in the file.
    #[error(transparent)]
    Description(Box<SpaceFileError>),
    /// Invalid query settings.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// An error from a benchmark that could not be opened, read or imported.
    #[error(transparent)]
    Bench(BenchError),
    /// The name of a search space was given, but the name of a benchmark was expected.
    #[error(
        "`{name}` is a search space, not a benchmark, so the values of its architectures are not known; to search it with a command that measures them, write a study file with `ganas init`, set `space = \"{name}\"` in it and run `ganas search study.toml`. Expected a benchmark, one of: {}",
        benchmarks.join(", ")
    )]
    SpaceForBenchmark {
        /// The space.
        name: String,
        /// Names of the benchmarks.
        benchmarks: Vec<String>,
    },
    /// The name of a benchmark was given, but the name of a search space was expected.
    #[error(
        "`{name}` is a benchmark, not a search space; search it with `ganas search {name}`, or look up an architecture with `ganas bench query {name} ARCH`. Expected a space file, or one of: {}",
        spaces.join(", ")
    )]
    BenchmarkForSpace {
        /// The benchmark.
        name: String,
        /// Names of the spaces.
        spaces: Vec<String>,
    },
    /// Data that no strategy sees, such as a benchmark's test accuracies, could not be read.
    #[error(transparent)]
    Oracle(#[from] OracleError),
    /// A command cannot be run as an evaluator.
    #[error(transparent)]
    Exec(#[from] ExecError),
    /// A study could not begin or continue.
    #[error(transparent)]
    Study(StudyError),
    /// A study's store could not be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An error about one option of a study.
    #[error(transparent)]
    Option(Box<OptionError>),
    /// Options that contradict each other or do not apply.
    #[error("{0}")]
    Usage(String),
    /// A valid request that cannot be met, for example because a Cargo feature is not enabled.
    #[error("{0}")]
    Unsupported(String),
    /// A report could not be made.
    #[error(transparent)]
    Report(#[from] ganas_report::Error),
    /// A file or folder could not be read or written.
    #[error("could not {doing} {}: {source}", path.display())]
    File {
        /// The operation that failed, such as `read`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// An error in a CSV file of architectures whose values are known without an evaluation.
    #[error("{}{}: {message}", path.display(), line.map_or(String::new(), |line| format!(", line {line}")))]
    Csv {
        /// The file.
        path: PathBuf,
        /// The number of the line, counted from 1; `None` if the error is not in one line.
        line: Option<u64>,
        /// A message that states what was expected and what was found.
        message: String,
    },
    /// The configuration in a study's store could not be read.
    #[error(
        "the configuration in the store was written by an incompatible version of ganas: {source}"
    )]
    Configuration {
        /// The error.
        source: serde_json::Error,
    },
    /// One of the searches in a comparison failed.
    #[error("strategy {strategy}, seed {seed}: {source}{}", how_to_repeat(folder.as_deref(), source))]
    Compared {
        /// The strategy.
        strategy: String,
        /// The seed.
        seed: u64,
        /// The folder of the search; `None` if the search is not stored in a folder.
        folder: Option<PathBuf>,
        /// The error.
        source: Box<Error>,
    },
    /// Threads could not be started.
    #[error("could not start threads: {source}")]
    Threads {
        /// The system's error.
        source: rayon::ThreadPoolBuildError,
    },
    /// The limit on failed evaluations was reached.
    #[error(
        "stopped because {}{}",
        too_many(*failures, *evaluations, *in_a_row),
        last_failure(last.as_deref())
    )]
    TooManyFailures {
        /// Number of failures.
        failures: usize,
        /// Number of evaluations.
        evaluations: usize,
        /// The limit on consecutive failures; `None` if the limit is on the total.
        in_a_row: Option<usize>,
        /// The last failure; `None` if it cannot be read from the study's folder.
        last: Option<Box<LastFailure>>,
    },
    /// No full evaluation found an architecture that satisfies all limits.
    #[error(
        "no architecture was found: of {evaluations} evaluations, {failures} failed{}{} and {infeasible} violated a constraint or were infeasible",
        below_top(*partials),
        stopped_early(*stopped)
    )]
    NothingFound {
        /// Number of evaluations.
        evaluations: usize,
        /// Number of failures.
        failures: usize,
        /// Number of evaluations at less than full fidelity.
        partials: usize,
        /// Number of evaluations that were stopped early.
        stopped: usize,
        /// Number of evaluations whose architectures violated a constraint or were infeasible.
        infeasible: usize,
    },
    /// Nothing was evaluated, because the strategy proposed nothing.
    #[error("strategy {strategy} proposed nothing to measure")]
    NothingProposed {
        /// The strategy.
        strategy: String,
    },
    /// The study was interrupted. It can be resumed if it has a folder.
    #[error("interrupted after {queries} queries; {}", how_to_resume(folder.as_deref()))]
    Interrupted {
        /// Number of queries made.
        queries: usize,
        /// The folder of the study; `None` if the study is not stored in a folder.
        folder: Option<PathBuf>,
    },
    /// The comparison was interrupted. It can be resumed if it has a folder.
    #[error("interrupted after {done} of {all} searches; {}", how_to_resume_comparison(folder.as_deref()))]
    ComparisonInterrupted {
        /// Number of completed searches.
        done: usize,
        /// Total number of searches.
        all: usize,
        /// The folder of the comparison; `None` if the comparison is not stored in a folder.
        folder: Option<PathBuf>,
    },
    /// The options stored in a comparison's folder cannot be read.
    #[error(
        "{}: expected the options with which the comparison was started, found invalid contents ({source}); restore a backup of the file, or pass another folder to `--dir`",
        path.display()
    )]
    ComparisonDamaged {
        /// The file.
        path: PathBuf,
        /// The error.
        source: serde_json::Error,
    },
}

/// An error about one option of a study. The option is identified by its key in study files.
#[derive(Debug, Error)]
#[error("{source}")]
pub struct OptionError {
    /// The option.
    pub part: Part,
    /// The error.
    pub source: Error,
}

impl Error {
    /// Returns the error of a study that found no architecture with a value that satisfies all
    /// limits: [`Self::NothingFound`], or [`Self::NothingProposed`] if it evaluated nothing.
    pub(crate) fn nothing_found(history: &History, strategy: &StrategySpec) -> Self {
        match history.evaluations() {
            0 => Self::NothingProposed { strategy: strategy.to_string() },
            evaluations => Self::NothingFound {
                evaluations,
                failures: history.failures(),
                partials: history.partials().len(),
                stopped: history.stopped().len(),
                infeasible: history.infeasible(),
            },
        }
    }

    /// Returns the study option that the error is about; `None` if that is not known.
    pub fn part(&self) -> Option<Part> {
        match self {
            Self::Option(error) => Some(error.part.clone()),
            Self::Exec(ExecError::Setting { setting, .. }) => {
                Some(Part::of(&format!("evaluator.{setting}")))
            }
            Self::Exec(ExecError::Start { .. }) => Some(Part::of("evaluator.command")),
            Self::Bench(BenchError::Name(UnknownName { what, .. })) => {
                Some(Part::of(&format!("evaluator.{}", what.replace(' ', ""))))
            }
            Self::SpaceForBenchmark { .. } => Some(Part::of("evaluator.benchmark")),
            Self::BenchmarkForSpace { .. } => Some(Part::of("space")),
            Self::Bench(BenchError::Query(_)) => Some(Part::of("evaluator.query")),
            Self::Study(error) => Some(Part::of(match error {
                StudyError::NoBudget | StudyError::BudgetTooLarge { .. } => "budget",
                StudyError::TooManyWorkers { .. } => "workers",
                StudyError::TimeBudget { .. } => "max_train_seconds",
                _ => return None,
            })),
            _ => None,
        }
    }

    /// Returns the wrapped `SpaceFileError`, which contains a position in a file; `None` if this
    /// error wraps no `SpaceFileError`.
    pub fn in_file(&self) -> Option<&SpaceFileError> {
        match self {
            Self::Description(error) | Self::Bench(BenchError::Space(error)) => Some(error),
            Self::Option(error) => error.source.in_file(),
            _ => None,
        }
    }

    /// Returns the error for running a study here whose evaluations another program makes.
    pub(crate) fn made_elsewhere(folder: Option<&Path>) -> Self {
        let folder = folder.map_or_else(|| "DIR".into(), |folder| folder.display().to_string());
        Self::Usage(format!(
            "this study has no evaluator, because another program evaluates its architectures: continue it with `ganas serve --dir {folder}`, or in Python with `ganas.Study.open`"
        ))
    }

    pub(crate) fn file(doing: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::File { doing, path: path.into(), source }
    }
}

/// Attaches to an error the option that caused it.
pub(crate) trait About<T> {
    fn about(self, part: impl FnOnce() -> Part) -> Result<T, Error>;
}

impl<T, E: Into<Error>> About<T> for Result<T, E> {
    fn about(self, part: impl FnOnce() -> Part) -> Result<T, Error> {
        self.map_err(|source| {
            let source = source.into();
            Error::Option(Box::new(OptionError { part: part(), source }))
        })
    }
}

impl From<UnknownName> for Error {
    fn from(error: UnknownName) -> Self {
        if error.what == "benchmark" && space_names().contains(&&*error.found) {
            return Self::SpaceForBenchmark { name: error.found, benchmarks: error.valid };
        }
        Self::Name(error)
    }
}

impl From<BenchError> for Error {
    fn from(error: BenchError) -> Self {
        let BenchError::Name(unknown) = error else { return Self::Bench(error) };
        match unknown.into() {
            Self::Name(unknown) => Self::Bench(BenchError::Name(unknown)),
            other => other,
        }
    }
}

impl From<SpaceFileError> for Error {
    fn from(error: SpaceFileError) -> Self {
        Self::Description(Box::new(error))
    }
}

impl From<StudyError> for Error {
    fn from(error: StudyError) -> Self {
        match error {
            StudyError::Store(error) => Self::Store(error),
            other => Self::Study(other),
        }
    }
}

impl From<EvaluationError> for Error {
    fn from(error: EvaluationError) -> Self {
        let arch = format!("{:?}", error.arch);
        Self::Study(StudyError::Evaluation { arch, source: error.source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_knows_its_option() {
        let error = Err::<(), _>(StudyError::NoBudget).about(|| Part::of("budget")).unwrap_err();
        assert_eq!(error.part(), Some(Part::of("budget")));
        assert_eq!(error.to_string(), StudyError::NoBudget.to_string());
        assert_eq!(
            Error::from(StudyError::TooManyWorkers { most: 0, found: 1 }).part(),
            Some(Part::of("workers"))
        );
    }
}
