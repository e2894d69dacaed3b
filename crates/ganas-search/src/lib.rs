//! Searches over architectures: strategies that are asked and told, evaluators that measure, and the
//! [`Study`] that joins them.
//!
//! The study is the one loop. It owns everything that a strategy must not get wrong: the count of
//! queries, repeats (an architecture of a class that was measured costs no query), hard constraints
//! (checked before any evaluation), the order of results and the reason to stop. Test accuracy is
//! out of a strategy's reach by type: it comes from a [`TestOracle`], which only reports use.
//!
//! ```
//! use ganas_graph::{spaces::NasBench201};
//! use ganas_search::{
//!     Evaluation, EvaluationError, Evaluator, Job, Measurement, Study, StudySettings,
//!     baselines::RandomSearch,
//! };
//!
//! /// Likes late edges.
//! #[derive(Debug)]
//! struct Toy;
//! impl Evaluator for Toy {
//!     fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
//!         let value = job.arch.choices().iter().map(|&choice| f64::from(choice)).sum();
//!         Ok(Evaluation::Measured(Measurement::new(value)))
//!     }
//! }
//!
//! let space = NasBench201::default();
//! let settings = StudySettings::new(20, 7);
//! let outcome = Study::new(&space, &Toy, settings)?.run(&mut RandomSearch, &mut [])?;
//! assert_eq!(outcome.history.trials().len(), 20);
//! assert!(outcome.best().is_some_and(|best| best.measurement.value > 12.0));
//! # Ok::<(), ganas_search::StudyError>(())
//! ```

mod ask_tell;
mod constraint;
mod error;
mod evaluator;
mod history;
mod objective;
mod store;
mod strategy;
mod streams;
mod study;
mod trial_id;

pub mod baselines;
pub mod fingerprint;

pub use ask_tell::{AskTell, Next, Offer, TellError};
pub use constraint::{Bound, Constraint, Rejections};
pub use error::{
    ConstraintError, EvaluationError, SettingError, StrategyError, StudyError, UnknownName,
};
pub use evaluator::{Cancel, Evaluation, Evaluator, Job, Measured, Measurement, Records, TestOracle};
pub use fingerprint::fingerprint;
pub use history::{Distinct, History, Trial};
pub use objective::{Direction, Objective, pareto_front};
pub use store::{
    Store, StoreError, StudyReader, StudyRecord, StudyStatus, TrialRecord,
};
pub use strategy::{Context, Diagnostic, Observation, Outcome, Proposal, Strategy};
pub use streams::Streams;
pub use trial_id::TrialId;
pub use study::{MAX_WORKERS, Observer, Round, StopReason, Study, StudyOutcome, StudySettings};
