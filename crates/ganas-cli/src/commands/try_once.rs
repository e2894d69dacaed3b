//! `ganas try`: runs a study's command once.

use std::path::PathBuf;

use clap::Args;
use ganas::{Cancel, DryRun, Error, StudyOptions, locate, whole_number};

use crate::output::{self, Outcome, Tried};
use crate::signals;

/// Run a study's command once, on a random architecture, without storing anything
///
/// The architecture need not be one that the search would propose. Prints the request, and the command's result and duration. Problems in the study, such as a
/// limit on a metric that the result does not have, are printed on stderr, and the exit code is 1.
#[derive(Debug, Args)]
pub(crate) struct TryArgs {
    /// Study file, such as study.toml
    file: PathBuf,
    /// Seed for the random architecture [default: the study's seed]
    #[arg(long, value_parser = whole_number::<u64>)]
    seed: Option<u64>,
    /// Show the whole request
    #[arg(long)]
    whole: bool,
}

/// Runs `ganas try`.
pub(crate) fn run(args: &TryArgs) -> Outcome {
    let cancel = Cancel::default();
    signals::set_on_interrupt(&cancel, Some(signals::PATIENCE), &output::Progress::hidden())?;
    let given = StudyOptions { seed: args.seed, ..StudyOptions::default() };
    let tried = DryRun::new(&args.file, given.clone(), &cancel);
    let tried = tried.map_err(|error| locate(&args.file, |key| given.gives(key), error))?;
    if cancel.is_set() {
        return Err(Error::Interrupted { queries: 0, folder: None }.into());
    }
    output::write_text(&Tried { tried: &tried, whole: args.whole }.to_string())?;
    match output::wrong(&tried) {
        None => Ok(()),
        Some(wrong) => output::unsupported(format!("the evaluation gave no valid result: {wrong}")),
    }
}
