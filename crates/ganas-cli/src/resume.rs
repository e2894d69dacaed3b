use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use ganas_search::Store;

use crate::conduct::{self, Output, Place};
use crate::plan::StudyPlan;

/// Go on with a study that was ended before it was done
///
/// What was evaluated is not evaluated again, and the history is the one that the study would have
/// had undisturbed.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// Folder of the study
    dir: PathBuf,
    /// Make so many queries in all
    #[arg(long, value_name = "N")]
    budget: Option<usize>,
    /// Stop when so many evaluations have failed in all
    #[arg(long, value_name = "N")]
    max_failures: Option<usize>,
    /// Evaluations at a time
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    #[command(flatten)]
    output: Output,
}

/// Runs `ganas resume`.
pub(crate) fn run(args: &ResumeArgs) -> anyhow::Result<()> {
    let store = Store::open(&args.dir)?;
    let stored = StudyPlan::of(&store.study()?)?;
    let plan = StudyPlan {
        budget: args.budget.unwrap_or(stored.budget),
        max_failures: args.max_failures.or(stored.max_failures),
        workers: args.workers.map_or(stored.workers, NonZeroUsize::get),
        ..stored
    };
    conduct::run(&plan, Place::Opened(args.dir.clone(), Box::new(store)), &args.output)
}
