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
//! - `local`: a launcher, which runs commands as processes of this machine. Another would stand beside
//!   it and offer the same: start, run one attempt, end what an earlier life left running.
//! - `command`: which attempts are made.

mod attempt;
mod command;
mod error;
mod local;
mod settings;
mod slots;

pub use attempt::{LogEnd, log_end};
pub use command::{CommandEvaluator, set_aside};
pub use error::ExecError;
pub use settings::{CommandSettings, Inherit};

/// The contract with a command, as Markdown: what it is asked, what it answers, the keys of its settings,
/// and what happens to it.
pub const CONTRACT: &str = include_str!("contract.md");
