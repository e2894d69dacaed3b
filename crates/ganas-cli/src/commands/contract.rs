//! `ganas contract`: prints the contract between ganas and a study's command.

use clap::Args;
use ganas::exec::CONTRACT;

use crate::output::{self, Outcome};

/// Print the contract between ganas and a study's command: request, result, environment, exit statuses,
/// and every key of a study file's `[evaluator]`
#[derive(Debug, Args)]
pub(crate) struct ContractArgs {}

/// Runs `ganas contract`.
pub(crate) fn run(_: &ContractArgs) -> Outcome {
    output::write(CONTRACT)
}
