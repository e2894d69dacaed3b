//! A library for neural architecture search with few evaluations. A search for good architectures
//! is called a study.
//!
//! [`StudyOptions`] describes a study. The same type represents the contents of a study file and
//! the arguments of the `ganas` command. Beginning a study yields a [`Session`]: a
//! [`Study`](ganas_search::Study) with its search space, its evaluator and the folder that stores
//! it. Either the session runs the whole study, or a program evaluates the architectures itself and
//! drives the study by calls to `ask` and `tell`.
//!
//! ```
//! use ganas::{Cancel, StudyOptions};
//!
//! let options = StudyOptions {
//!     benchmark: Some("nasbench201".into()),
//!     max: vec!["params=0.8".into()],
//!     budget: Some(40),
//!     ..StudyOptions::default()
//! };
//! let mut session = options.begin(".".as_ref(), None)?;
//! let stop_reason = session.run(&Cancel::default(), |study, _| {
//!     if let Some(best) = study.best() {
//!         eprintln!("{} queries, best {}", study.history().queries(), best.measurement.value);
//!     }
//! })?;
//! session.conclude(stop_reason)?;
//! let report = session.report(0.0, false)?;
//! assert_eq!(report.queries, 40);
//! assert!(report.best.validation > 85.0, "{}", report.best.arch);
//! # Ok::<(), ganas::Error>(())
//! ```
//!
//! If [`StudyOptions::begin`] receives a folder instead of `None`, the study survives the end of
//! the process. [`Session::resume`] resumes it. [`Session::resume_amended`] also resumes it, and
//! adopts the changes that the user has made to its study file. [`Stored::read`] reads it during or
//! after the run. [`strategies`], [`space_names`] and [`benchmarks`] list the available names.

mod amend;
mod compare;
mod dry_run;
mod error;
mod error_kind;
mod exchange;
mod failure;
mod figures;
mod first_result;
mod hints;
mod improve;
mod open_space;
mod option_part;
mod options;
mod plan;
mod rejoin;
mod related;
mod report_data;
mod retry;
mod session;
mod settings;
mod spaces;
mod stored_comparison;
mod strategies;
mod study_file;
mod subject;
mod text_file;
mod trials_csv;
mod version_1;

pub mod report;
pub mod workers;

pub use {
    ganas_bench as bench, ganas_exec as exec, ganas_graph as graph, ganas_report as charts,
    ganas_search as search, ganas_trainer as trainer,
};

pub use amend::{Change, StudyFile};
pub use compare::{CompareOptions, SearchRecord, compare};
pub use dry_run::DryRun;
pub use error::{Error, OptionError};
pub use error_kind::ErrorKind;
pub use exchange::{optuna_journal, write_tensorboard};
pub use failure::LastFailure;
pub use figures::{FigureFormat, write_figures};
pub use ganas_bench::registry as benchmarks;
pub use ganas_search::Cancel;
pub use improve::{Goal, ImproveOptions, improve};
pub use open_space::OpenSpace;
pub use option_part::{Part, locate};
pub use options::{BenchmarkOptions, Elsewhere, EvaluatorOptions, StudyOptions};
#[cfg(feature = "clap")]
pub use options::{at_least_one, whole_number};
pub use plan::Plan;
pub use report_data::{is_study, read_report, read_study, value_unit};
pub use retry::Retried;
pub use session::{Imported, Session, Stored, resumed_by};
pub use settings::limits;
pub use spaces::{named_arch, open_space, read_arch, sample_archs, space_names};
pub use strategies::{StrategySpec, strategies, strategy_help};
pub use study_file::read_study_file;
pub use subject::{Evaluation, Subject};
pub use trials_csv::{Known, read_known, reports_csv, trials_csv};

/// The examples of the README, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
