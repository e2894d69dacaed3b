//! `ganas status`: shows the progress of a study.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use clap::Args;
use ganas::search::{
    LastReport, Rejected, Report, StopReason, StudyReader, StudyRecord, StudySettings, StudyStatus,
    TrialId, pareto_front,
};
use ganas::{Change, EvaluatorOptions, LastFailure, Plan};
use serde_json::json;

use super::study_folder::study_folder;
use crate::output::{self, Amount, Outcome, Pace, beside, long};

/// Show the progress of a study, even while it runs
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Folder of the study, or its study file
    #[arg(value_name = "DIR|FILE")]
    study: PathBuf,
    /// Show the progress again whenever it changes, until no process is working on the study
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Interval for polling a study that is being watched.
const LOOK: Duration = Duration::from_secs(1);

/// The characters that clear a terminal.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// Runs `ganas status`.
pub(crate) fn run(args: &StatusArgs) -> Outcome {
    let folder = study_folder(&args.study)?;
    if args.watch {
        return watch(&folder);
    }
    let reader = StudyReader::open(&folder)?;
    let (study, status) = (reader.study()?, reader.status()?);
    if !args.json {
        return output::write_text(&text(&folder, &reader, &status)?);
    }
    let plan = Plan::of(&study).ok();
    let front = plan.as_ref().map_or(Ok(None), |plan| front(plan, &reader))?;
    let changes = plan.map(|plan| plan.changes).unwrap_or_default();
    output::write_json(&json!({
        "space": study.space,
        "strategy": study.strategy,
        "seed": study.seed,
        "budget": status.budget,
        "queries": status.queries,
        "states": status.states,
        "best": status.best,
        "stop_reason": status.stop_reason,
        "writer": status.writer,
        "began": status.began,
        "last": status.last,
        "changes": changes,
        "front": front,
        "running": status.running,
        "rejected": status.rejected,
    }))
}

/// Shows the status repeatedly until no process is working on the study. A terminal shows the
/// status in place; any other output shows it again whenever it has changed.
fn watch(folder: &Path) -> Outcome {
    let in_place = io::stdout().is_terminal();
    let mut shown = None;
    loop {
        let reader = StudyReader::open(folder)?;
        let status = reader.status()?;
        let running = status.running.clone();
        let what = (status.queries, status.states.clone(), status.writer, running);
        if in_place {
            output::write(CLEAR)?;
        }
        if in_place || shown.as_ref() != Some(&what) {
            output::write_text(&text(folder, &reader, &status)?)?;
        }
        if status.writer.is_none() {
            return Ok(());
        }
        shown = Some(what);
        thread::sleep(LOOK);
    }
}

/// Returns the trials of the Pareto front, best value first, or `None` if there are no further
/// objectives.
fn front(plan: &Plan, reader: &StudyReader) -> Outcome<Option<Vec<TrialId>>> {
    if plan.options.objectives.is_empty() {
        return Ok(None);
    }
    let space = plan.open_space()?;
    // Other settings have no influence on the front.
    let distinct = plan.options.distinct.unwrap_or_default();
    let settings = StudySettings { distinct, ..StudySettings::new(plan.options.budget(), 0) };
    let outcome = reader.outcome(&*space, &settings)?;
    let front = pareto_front(&*space, &outcome.history, &plan.options.objectives);
    Ok(Some(front.into_iter().map(|trial| trial.trial).collect()))
}

/// Returns how much of the study's budget is used up.
fn amount(plan: Option<&Plan>, reader: &StudyReader, status: &StudyStatus) -> Outcome<Amount> {
    Ok(Amount::new(status.queries, status.budget, output::spent(plan, reader)?))
}

/// Returns the remaining time as text, estimated from completed trials, or `None` if no command
/// evaluates the architectures or no process is working on the study.
fn left(plan: &Plan, reader: &StudyReader, status: &StudyStatus) -> Outcome<Option<String>> {
    let is_command = matches!(plan.options.evaluator, Some(EvaluatorOptions::Command(_)));
    if !is_command || status.writer.is_none() {
        return Ok(None);
    }
    let pace = Pace::new(Some(plan.options.workers.unwrap_or(1))).with(&reader.trials()?);
    let left = pace.left(amount(Some(plan), reader, status)?.more);
    Ok(Some(left.map_or("unknown".into(), |left| format!("about {}", long(left)))))
}

fn text(folder: &Path, reader: &StudyReader, status: &StudyStatus) -> Outcome<String> {
    let study = reader.study()?;
    // The progress of a study is available even if a later version wrote its configuration.
    let (plan, resumed_by) = (Plan::of(&study).ok(), ganas::resumed_by(folder));
    let left = plan.as_ref().map_or(Ok(None), |plan| left(plan, reader, status))?;
    let front = plan.as_ref().map_or(Ok(None), |plan| front(plan, reader))?;
    let StudyRecord { strategy, space, seed, .. } = &study;
    let mut text = format!("{strategy} on {space}, seed {seed}\n\n");
    let why = status.end_description(output::spent(plan.as_ref(), reader)?);
    let mut line = |label: &str, value: String| {
        text += &beside(&format!("  {label:<9}  "), &value);
    };
    match plan.as_ref().filter(|plan| output::has_parts(plan)) {
        Some(_) => line("budget", amount(plan.as_ref(), reader, status)?.text),
        None => line("queries", format!("{} of {}", status.queries, status.budget)),
    }
    let states = status.states.iter().map(|(state, count)| match state.as_str() {
        // No process is working on it any more.
        "running" if status.writer.is_none() => format!("{count} to be rerun"),
        _ => format!("{count} {state}"),
    });
    line("trials", states.collect::<Vec<_>>().join(", "));
    for LastReport { trial, report: Report { step, value, .. } } in &status.running {
        line("", format!("trial {trial} is at step {step}: {}", output::rounded(*value)));
    }
    if let Some(best) = &status.best {
        let value = best.value.map_or_else(String::new, output::rounded);
        line("best", format!("{value}, trial {}", best.trial));
        line("", best.arch.clone());
    }
    if let (Some(plan), Some(front)) = (&plan, &front) {
        let options = &plan.options;
        line("goals", output::goals(options.direction(), &options.objectives));
        let trials: Vec<_> = front.iter().map(ToString::to_string).collect();
        line(
            "front",
            match trials.as_slice() {
                [only] => format!("trial {only}"),
                all => format!("{} trials, best value first: trial {}", all.len(), all.join(", ")),
            },
        );
    }
    for Rejected { constraint, rejected, checked } in status.rejected.iter().flatten() {
        let by = match constraint.as_str() {
            "forbidden <= 0" => "the forbidden combinations of the space",
            limit => limit,
        };
        line("rejected", format!("{rejected} of {checked} candidates (repeats included), by {by}"));
    }
    line(
        "state",
        match (why, status.writer) {
            (_, Some(pid)) => format!("running as process {pid}"),
            (Some(why), None) => format!("ended: {why}"),
            (None, None) => format!("not running; `{resumed_by} {}` resumes it", folder.display()),
        },
    );
    let ended_by = |reason: StopReason| status.stop_reason == Some(reason.to_string());
    let has_only_failed = status.stop_reason.is_some()
        && status.best.is_none()
        && status.states.contains_key("failed");
    if status.writer.is_none() && (ended_by(StopReason::Failures) || has_only_failed) {
        if let Some(last) = LastFailure::read(folder) {
            line("failed", format!("trial {}, the last to fail: {}", last.trial, last.reason));
            if let Some(log) = last.log {
                line("log", log.path.display().to_string());
            }
        }
        let resume = format!("{resumed_by} {} --retry-failed", folder.display());
        line(
            "next",
            format!("fix the cause, then run `{resume}` to evaluate the failed trials again"),
        );
    }
    if let Some(left) = left {
        line("left", left);
    }
    for Change { key, queries, .. } in plan.iter().flat_map(|plan| &plan.changes) {
        line("changed", format!("{key}, after {queries} queries"));
    }
    if let Some(last) = status.last {
        let ago = Duration::try_from_secs_f64(status.now - last).unwrap_or_default();
        line("activity", format!("an evaluation ended {} ago", long(ago)));
    }
    Ok(text)
}
