use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use ganas_search::{Store, StudyReader, TrialRecord};
use serde_json::json;

use crate::known;
use crate::output;
use crate::plan::StudyPlan;
use crate::table::Table;

/// List the trials of a study; it may be running meanwhile
#[derive(Debug, Args)]
pub(crate) struct TrialsArgs {
    /// Folder of the study
    dir: PathBuf,
    /// Print CSV, which `ganas import-trials` and `--from` read
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Add architectures of known value to a study, which cost it no query
///
/// They are in its history when it goes on. The strategies evolution, local-search and reinforce hear
/// of them only if they come before the first query.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Folder of the study
    dir: PathBuf,
    /// CSV file with the columns arch and value, and perhaps `train_seconds` and metrics.NAME
    csv: PathBuf,
}

/// Runs `ganas trials`.
pub(crate) fn run(args: &TrialsArgs) -> anyhow::Result<()> {
    let trials = StudyReader::open(&args.dir)?.trials()?;
    if args.json {
        output::write_json(&json!({ "trials": trials }))
    } else if args.csv {
        output::write(&csv_text(&trials)?)
    } else {
        output::write(&table(&trials))
    }
}

/// Runs `ganas import-trials`.
pub(crate) fn import(args: &ImportArgs) -> anyhow::Result<()> {
    let mut store = Store::open(&args.dir)?;
    let plan = StudyPlan::of(&store.study()?)?;
    let subject = plan.subject.open(Some(&args.dir))?;
    let space = subject.space();
    let known = known::read(&args.csv)?;
    let known = known.iter().map(|known| known.read(space)).collect::<anyhow::Result<Vec<_>>>();
    let known = known.with_context(|| args.csv.display().to_string())?;
    let added = store.add_known(space, plan.distinct.into(), &known)?;
    output::write(&format!("{added} of {} architectures are new to the study\n", known.len()))
}

fn table(trials: &[TrialRecord]) -> String {
    let mut table = Table::new(&["architecture", "trial", "source", "state", "value", "reason"]);
    for trial in trials {
        let value = trial.value.map_or_else(String::new, |value| value.to_string());
        let (number, reason) = (trial.trial.to_string(), trial.reason.clone().unwrap_or_default());
        let (arch, source, state) = (&trial.arch, &trial.source, &trial.state);
        table.push(vec![arch.clone(), number, source.clone(), state.clone(), value, reason]);
    }
    table.to_string()
}

fn csv_text(trials: &[TrialRecord]) -> anyhow::Result<String> {
    let metrics: BTreeSet<_> = trials.iter().flat_map(|trial| trial.metrics.keys()).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let named = metrics.iter().map(|name| format!("{}{name}", known::METRIC));
    let fixed = known::COLUMNS.map(str::to_owned);
    writer.write_record(fixed.into_iter().chain(named))?;
    let number = |number: Option<f64>| number.map_or_else(String::new, |it| it.to_string());
    for trial in trials {
        let fixed = [
            trial.trial.to_string(),
            trial.round.to_string(),
            trial.state.clone(),
            trial.arch.clone(),
            trial.source.clone(),
            trial.seed.to_string(),
            trial.attempts.to_string(),
            number(trial.value),
            number(trial.train_seconds),
            number(trial.started),
            number(trial.ended),
            trial.reason.clone().unwrap_or_default(),
        ];
        let metrics = metrics.iter().map(|name| number(trial.metrics.get(*name).copied()));
        writer.write_record(fixed.into_iter().chain(metrics))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
