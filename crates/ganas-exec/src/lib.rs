//! Evaluators that run a user's command.
//!
//! A [`CommandEvaluator`] measures the architectures of a study with any program. The contract
//! consists of files, so it is the same in every language and on every engine that can start a
//! command.
//!
#![doc = include_str!("contract.md")]
//! # Modules
//!
//! Each module uses only those listed above it.
//!
//! - `settings` and `error`: the settings in the study file, and the errors.
//! - `slots`: worker numbers.
//! - `attempt`: the contract of files, independent of the launcher.
//! - `local`: runs attempts as processes on this machine.
//! - `engine`: runs attempts as jobs of a scheduler. `batches` holds what is submitted together,
//!   `submitter` and `watcher` are the threads that submit and watch, `scheduler` is the interface
//!   of a scheduler, and `state` the state they share.
//! - `slurm` and `ray`: the schedulers.
//! - `launcher`: selects among them by the settings.
//! - `command`: decides which attempts to make.

mod attempt;
mod attempt_counts;
mod command;
mod engine;
mod error;
mod launcher;
mod local;
mod ray;
mod settings;
mod slots;
mod slurm;

pub use attempt::{LogEnd, log_end};
pub use command::{CommandEvaluator, set_aside};
pub use error::{EngineError, ExecError};
pub use settings::{CommandSettings, Inherit, RaySettings, SlurmSettings};

/// The contract with a command, as Markdown: its request, its result, the keys of its settings, and
/// how it is run.
pub const CONTRACT: &str = include_str!("contract.md");

/// The examples of the README, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
