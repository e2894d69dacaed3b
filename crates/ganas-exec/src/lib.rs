//! Evaluators that run a user's command.
//!
//! A [`CommandEvaluator`] has any program measure the architectures of a study. The contract is made
//! of files, so it is the same in every language and on every engine that can start a command.
//!
#![doc = include_str!("contract.md")]
//! # Where it is written
//!
//! Each module uses those above it only.
//!
//! - `settings` and `error`: what the study file says, and what can go wrong.
//! - `slots`: the numbers of workers.
//! - `attempt`: the contract of files, whoever runs the command.
//! - `local`: runs attempts as processes of this machine.
//! - `engine`: has a scheduler run attempts as jobs: `batches` are what is submitted at once, `submitter`
//!   and `watcher` the threads that submit and watch, `scheduler` what a scheduler has to offer, `desk`
//!   what all of them share.
//! - `slurm` and `ray`: the schedulers.
//! - `launcher`: which of them the settings name.
//! - `command`: which attempts are made.

mod attempt;
mod command;
mod engine;
mod error;
mod launcher;
mod local;
mod ray;
mod settings;
mod slots;
mod slurm;
mod tally;

pub use attempt::{LogEnd, log_end};
pub use command::{CommandEvaluator, set_aside};
pub use error::{EngineError, ExecError};
pub use settings::{CommandSettings, Inherit, RaySettings, SlurmSettings};

/// The contract with a command, as Markdown: what it is asked, what it answers, the keys of its settings,
/// and what happens to it.
pub const CONTRACT: &str = include_str!("contract.md");

/// The examples of the README, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
