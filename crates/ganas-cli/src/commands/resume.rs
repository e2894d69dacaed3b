//! `ganas resume`: resumes a study that stopped before it was complete.

use std::path::PathBuf;

use clap::Args;
use ganas::{Retried, Session, StudyOptions, at_least_one, whole_number};

use super::search::{Output, run_study};
use super::study_folder::{study_file, study_folder};
use crate::output::{self, Outcome, counted};

/// Resume a study that stopped before it was complete
///
/// Completed evaluations are not repeated, except failed ones with --retry-failed, and the history
/// is the same as that of an uninterrupted run. If you increase the budget, the history may differ
/// from that of a study that had this budget from the start, because the original, smaller budget
/// may have cut a round short.
///
/// The study file is read again. Changes that do not affect existing results are applied:
/// changes to the command and how it runs, the budget, workers, limits on failures and time, the target and
/// the objectives. Before the first measurement, limits on costs and metrics may change, too. The
/// study keeps a record of these changes. Any other change would make it a different study, and is rejected.
/// `ganas contract` lists all keys of `[evaluator]`.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// Folder of the study, or its study file
    #[arg(value_name = "DIR|FILE")]
    study: PathBuf,
    /// Continue the study as stored, without reading its study file again
    #[arg(long)]
    as_kept: bool,
    /// Make N queries in total
    #[arg(long, value_name = "N", value_parser = whole_number::<usize>)]
    budget: Option<usize>,
    /// Stop when N evaluations have failed in total, instead of ten in a row
    #[arg(long, value_name = "N", value_parser = whole_number::<usize>)]
    max_failures: Option<usize>,
    /// Evaluate failed trials again, within the budget (fix the cause first); trials keep their
    /// numbers
    #[arg(long)]
    retry_failed: bool,
    /// Number of concurrent evaluations
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    workers: Option<usize>,
    #[command(flatten)]
    output: Output,
}

/// Schedules failed trials for another evaluation, and reports how many of them the budget does not
/// cover.
pub(crate) fn retry_failed(session: &mut Session) -> Outcome {
    let Retried { again, left } = session.retry_failed()?;
    if again > 0 {
        let trials = counted(
            again,
            "failed trial will be evaluated again under its old number",
            "failed trials will be evaluated again under their old numbers",
        );
        output::note(&format!("{trials}; the numbering of new trials leaves a gap of {again}"));
    }
    if left > 0 {
        let budget = session.study.settings().budget;
        let more = budget + left;
        output::note(&format!(
            "{} not be evaluated again, because the budget is only {budget} queries; to evaluate all failed trials again, resume with `--retry-failed --budget {more}`",
            counted(left, "failed trial will", "failed trials will"),
        ));
    }
    Ok(())
}

/// Runs `ganas resume`.
pub(crate) fn run(args: &ResumeArgs) -> Outcome {
    let changes = StudyOptions {
        budget: args.budget,
        max_failures: args.max_failures,
        workers: args.workers,
        ..StudyOptions::default()
    };
    let (file, folder) = (study_file(&args.study), study_folder(&args.study)?);
    let mut session = if args.as_kept {
        Session::resume(&folder, &changes)?
    } else {
        Session::resume_amended(&folder, file, &changes)?
    };
    if args.retry_failed {
        retry_failed(&mut session)?;
    }
    run_study(session, &args.output)
}
