//! `ganas status`: how far a study is.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use ganas::search::{StudyReader, StudyRecord, StudyStatus};
use serde_json::json;

use crate::output::{self, Outcome};

/// Show how far a study is; it may be running meanwhile
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Folder of the study
    dir: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `ganas status`.
pub(crate) fn run(args: &StatusArgs) -> Outcome {
    let reader = StudyReader::open(&args.dir)?;
    let (study, status) = (reader.study()?, reader.status()?);
    if !args.json {
        return output::write_text(&text(&study, &status, ganas::resumed_by(&args.dir)));
    }
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
    }))
}

fn text(study: &StudyRecord, status: &StudyStatus, resumed_by: &str) -> String {
    let StudyRecord { strategy, space, seed, .. } = study;
    let mut text = format!("{strategy} on {space}, seed {seed}\n\n");
    let mut line = |label: &str, value: String| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {label:<9}  {value}");
    };
    line("queries", format!("{} of {}", status.queries, status.budget));
    let states = status.states.iter().map(|(state, count)| format!("{count} {state}"));
    line("trials", states.collect::<Vec<_>>().join(", "));
    if let Some(best) = &status.best {
        let value = best.value.map_or_else(String::new, |value| value.to_string());
        line("best", format!("{value}, trial {}", best.trial));
        line("", best.arch.clone());
    }
    line(
        "state",
        match (&status.stop_reason, status.writer) {
            (_, Some(pid)) => format!("process {pid} is at work"),
            (Some(reason), None) => format!("ended: {reason}"),
            (None, None) => format!("not running; `{resumed_by}` resumes it"),
        },
    );
    if let Some(last) = status.last {
        line("last", format!("{:.0} s ago", (status.now - last).max(0.0)));
    }
    text
}
