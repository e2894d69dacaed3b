//! Searches over architectures. Strategies propose architectures, evaluators measure them, and a
//! [`Study`] connects the two.
//!
//! The study is a state machine. The program that owns the study and runs the search is called the
//! driver. [`Study::ask`] returns trials to evaluate, and [`Study::tell`] takes their results. The
//! study handles everything that strategies and drivers must not get wrong. It counts queries,
//! orders the results, and decides when to stop. It recognises repeats: by default, an architecture
//! costs no query if an isomorphic one was measured before. It enforces hard constraints, and
//! checks limits on costs before evaluation. Strategies cannot see test accuracies, because only a
//! [`TestOracle`] returns them, and no strategy receives a test oracle.
//!
//! [`Study::optimize`] is the simplest driver. It evaluates one trial at a time with one evaluator.
//! A study with a [`Store`] can be resumed even if its process was killed.
//!
#![doc = "<div>"]
#![doc = include_str!("../pictures/trials.svg")]
#![doc = "</div>"]
//!
//! The picture shows the trials of a study on NAS-Bench-201 with the strategy `evolution`. It was
//! drawn by [`ganas-report`](https://docs.rs/ganas-report).

mod bound;
mod cancel;
mod constraint;
mod constraint_set;
mod direction;
mod distinct;
mod error;
mod evaluator;
mod fidelity;
mod fingerprint;
mod history;
mod hypervolume;
mod hypervolume_box;
mod json;
mod measurement;
mod objective;
mod open_sampler;
mod pareto;
mod rejected;
mod related;
mod repair;
mod report;
mod result;
mod standing;
mod store;
mod strategy;
mod strategy_entry;
mod streams;
mod study;
mod trial_id;
mod verdict;

pub mod baselines;

pub use bound::Bound;
pub use cancel::Cancel;
pub use constraint::Constraint;
pub use constraint_set::ConstraintSet;
pub use direction::{Direction, Score, first_best};
pub use distinct::Distinct;
pub use error::{
    ConstraintError, EvaluationError, FidelityError, OracleError, SettingError, StrategyError,
    StudyError, UnknownName,
};
pub use evaluator::{Evaluation, Evaluator, Job, KnownMetrics, Records, Reporter, TestOracle};
pub use fidelity::{Fidelity, MAX_RUNGS, PromotionRule, Rung, Stopping, StoppingRule, value_at};
pub use fingerprint::fingerprint;
pub use history::{Evaluated, History, HistoryPlace, Outcome, Partial, Stopped, Trial};
pub use hypervolume::{HypervolumeCurve, hypervolume, hypervolume_gain};
pub use hypervolume_box::HypervolumeBox;
pub use measurement::Measurement;
pub use objective::Objective;
pub use open_sampler::OpenSampler;
pub use pareto::{Merit, crowded_order, dominates, pareto_front};
pub use rejected::Rejected;
pub use related::RelatedTask;
pub use report::{MAX_REPORTS, Report, TrialReport};
pub use result::TrialResult;
pub use standing::Standing;
pub use store::{
    AskedTrial, Checkpoint, KnownTrial, LastReport, Loaded, Proposed, Store, StoreError,
    StoredTrial, StudyFolder, StudyRecord, StudyStatus, TrialState,
};
#[cfg(feature = "sqlite")]
pub use store::{SqliteStore, StudyReader, make_folder};
pub use strategy::{Context, Diagnostic, Observation, Proposal, Strategy};
pub use strategy_entry::{Built, StrategyEntry};
pub use streams::Streams;
pub use study::{
    MAX_WORKERS, OpenTrial, ReportReply, Round, StopReason, Study, StudyOutcome, StudySettings,
    Told,
};
pub use trial_id::TrialId;
pub use verdict::Verdict;

/// Runs the examples of the README as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
