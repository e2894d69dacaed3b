//! Searches over architectures: strategies that propose them, evaluators that measure them, and the
//! [`Study`] that connects the two.
//!
//! The study is a state machine owned by its driver: [`Study::ask`] returns trials, [`Study::tell`]
//! takes results. The study handles everything that strategies and drivers must not get wrong:
//! counting queries, repeats (an architecture whose isomorphism class was measured before costs no
//! query), hard constraints (limits on costs are checked before evaluation), the order of results
//! and the reason to stop. Strategies cannot see test accuracy: only a [`TestOracle`] returns it,
//! and only reports use one.
//!
//! [`Study::optimize`] is the simplest driver: it has one evaluator and evaluates one trial at a
//! time. With a [`Store`], the study survives even if its process is killed.
//!
#![doc = "<div>"]
#![doc = include_str!("../pictures/trials.svg")]
#![doc = "</div>"]
//!
//! The picture shows a study with the strategy `evolution` on NAS-Bench-201, plotted by
//! [`ganas-report`](https://docs.rs/ganas-report).

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
pub use constraint_set::{ConstraintSet, Rejected};
pub use direction::{Direction, Score, first_best};
pub use distinct::Distinct;
pub use error::{
    ConstraintError, EvaluationError, FidelityError, OracleError, SettingError, StrategyError,
    StudyError, UnknownName,
};
pub use evaluator::{Evaluation, Evaluator, Job, KnownMetrics, Records, Reporter, TestOracle};
pub use fidelity::{Fidelity, MAX_RUNGS, Rung, Stopping, StoppingRule, value_at};
pub use fingerprint::fingerprint;
pub use history::{Evaluated, History, HistoryPlace, Outcome, Partial, Stopped, Trial};
pub use hypervolume::{HypervolumeCurve, hypervolume, hypervolume_gain};
pub use hypervolume_box::HypervolumeBox;
pub use measurement::Measurement;
pub use objective::Objective;
pub use open_sampler::OpenSampler;
pub use pareto::{Merit, crowded_order, dominates, pareto_front};
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
