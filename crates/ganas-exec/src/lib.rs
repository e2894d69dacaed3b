//! Evaluators that run a user's command.
//!
//! A [`CommandEvaluator`] measures the architectures of a study with any program. The evaluator and
//! the program communicate through files, so the contract between them is the same for every
//! programming language and for every engine that can start a command. An engine is a scheduler of
//! jobs, such as Slurm or Ray.
//!
#![doc = include_str!("contract.md")]
//! # Modules
//!
//! Each module uses only modules that are listed above it, with one exception: `settings` uses
//! `attempt`, which defines the names of the placeholders in a command's arguments.
//!
//! - `settings` and `error`: the settings of a command in the study file, and the errors.
//! - `slots`: numbers that distinguish concurrent workers.
//! - `attempt`: the files of an attempt, which do not depend on how the attempt is launched.
//! - `local`: runs attempts as processes on this machine.
//! - `engine`: runs attempts as jobs of a scheduler. Its submodule `batches` stores the tasks that
//!   are submitted together. The threads in `submitter`, `lister` and `watcher` submit jobs, list
//!   jobs and watch attempts. `state` is the state that they share, and `scheduler` defines the
//!   interface of a scheduler.
//! - `slurm` and `ray`: implement the interface of a scheduler for Slurm and Ray.
//! - `launcher`: runs attempts with `local` or with an engine, depending on the settings.
//! - `attempt_counts`: counts the failures and interruptions of a trial.
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
mod slurm;
mod worker_numbers;

pub use attempt::{LogEnd, log_end};
pub use command::{CommandEvaluator, set_aside};
pub use error::{EngineError, ExecError};
pub use settings::{CommandSettings, Inherit, RaySettings, SlurmSettings};

/// The contract between ganas and a command, as Markdown: the request, the result, the keys of the
/// settings, and how the command is run.
pub const CONTRACT: &str = include_str!("contract.md");

/// The examples of the README, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
