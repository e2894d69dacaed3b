//! `ganas resume`: a study that was ended before it was done.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use ganas::{Session, StudyOptions};

use super::search::{Output, conduct};
use crate::output::Outcome;

/// Resume a study that was ended before it was done
///
/// What was evaluated is not evaluated again, unless it failed and --retry-failed wants it, and the
/// history is the same as an uninterrupted run's.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// Folder of the study
    dir: PathBuf,
    /// Make N queries in all
    #[arg(long, value_name = "N")]
    budget: Option<usize>,
    /// Stop when N evaluations have failed in all
    #[arg(long, value_name = "N")]
    max_failures: Option<usize>,
    /// Evaluate again what failed, once its cause is mended: a trial keeps its number and gives back the
    /// query that it cost
    #[arg(long)]
    retry_failed: bool,
    /// Evaluations at a time
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    #[command(flatten)]
    output: Output,
}

/// Runs `ganas resume`.
pub(crate) fn run(args: &ResumeArgs) -> Outcome {
    let changes = StudyOptions {
        budget: args.budget,
        max_failures: args.max_failures,
        workers: args.workers.map(NonZeroUsize::get),
        ..StudyOptions::default()
    };
    let mut session = Session::resume(&args.dir, &changes)?;
    if args.retry_failed {
        session.retry_failed()?;
    }
    conduct(session, &args.output)
}
