//! `ganas trials` and `ganas import-trials`: export and import of a study's trials.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ganas::search::{StoredTrial, StudyReader};
use ganas::{Imported, Session, StudyOptions};
use serde_json::json;

use super::study_folder::study_folder;
use crate::output::{self, Failure, Outcome, Table};

/// List the trials of a study, even while it runs
#[derive(Debug, Args)]
pub(crate) struct TrialsArgs {
    /// Folder of the study, or its study file
    #[arg(value_name = "DIR|FILE")]
    study: PathBuf,
    /// File to write to (for tensorboard, a folder) instead of standard output
    #[arg(value_name = "OUT", requires = "format")]
    out: Option<PathBuf>,
    /// Write the trials in this format
    #[arg(long, value_enum, conflicts_with_all = ["csv", "json"])]
    format: Option<Format>,
    /// Print CSV, which `ganas import-trials` and `--from` read
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print the reports of the trials as CSV: trial, step, objective, seconds and metrics
    #[arg(long, conflicts_with_all = ["csv", "json"])]
    reports: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The format of exported trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// As printed by --csv
    Csv,
    /// As printed by --json
    Json,
    /// File of Optuna's journal storage, for Optuna and its dashboard
    OptunaJournal,
    /// Event files with scalars and hyperparameters, one run per trial
    Tensorboard,
}

/// Add architectures with known values to a study, without using queries
///
/// They become part of the study's history, and its strategy receives them when the study resumes.
/// Values that the study measured itself are kept. A file that gives one architecture two different
/// values, or another value than an earlier import, is rejected.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Folder of the study, or its study file
    #[arg(value_name = "DIR|FILE")]
    study: PathBuf,
    /// CSV file with the columns arch and value, and optionally `train_seconds` and metrics.NAME
    csv: PathBuf,
}

/// Runs `ganas trials`.
pub(crate) fn run(args: &TrialsArgs) -> Outcome {
    let folder = study_folder(&args.study)?;
    if let Some(format) = args.format {
        return write_as(&folder, format, args.out.as_deref());
    }
    let trials = StudyReader::open(&folder)?.trials()?;
    if args.json {
        output::write_json(&json!({ "trials": trials }))
    } else if args.csv {
        output::write(&ganas::trials_csv(&trials)?)
    } else if args.reports {
        output::write(&ganas::reports_csv(&trials)?)
    } else {
        output::write_text(&table(&trials))
    }
}

/// Writes all trials of a study in a format, to the file or folder `out` or to stdout.
fn write_as(folder: &Path, format: Format, out: Option<&Path>) -> Outcome {
    let trials = || StudyReader::open(folder).and_then(|reader| reader.trials());
    let text = match (format, out) {
        (Format::Csv, _) => ganas::trials_csv(&trials()?)?,
        (Format::Json, _) => {
            let object = json!({ "trials": trials()? });
            serde_json::to_string_pretty(&object).map_err(Failure::Json)? + "\n"
        }
        (Format::OptunaJournal, _) => ganas::optuna_journal(&ganas::read_study(folder)?),
        (Format::Tensorboard, Some(out)) => {
            let runs = ganas::write_tensorboard(&ganas::read_study(folder)?, out)?;
            return output::write_text(&format!(
                "wrote {runs} runs to {}: one per trial and one for the study\n",
                out.display()
            ));
        }
        (Format::Tensorboard, None) => {
            return output::wrong_usage(
                "expected a folder for the event files as the second argument, found none",
            );
        }
    };
    match out {
        None => output::write(&text),
        Some(path) => fs::write(path, text).map_err(|source| {
            ganas::Error::File { doing: "write", path: path.to_owned(), source }.into()
        }),
    }
}

fn counted(architectures: usize) -> String {
    output::counted(architectures, "architecture", "architectures")
}

/// Runs `ganas import-trials`.
pub(crate) fn import(args: &ImportArgs) -> Outcome {
    let mut session = Session::resume(&study_folder(&args.study)?, &StudyOptions::default())?;
    let Imported { new, given, measured_otherwise, unusable } = session.import(&args.csv)?;
    let added = if new == 0 { "no architectures".into() } else { counted(new) };
    let others = match given - new - unusable {
        0 => "",
        _ if new + unusable == 0 => ": the study already knows all in the file",
        _ if unusable == 0 => "; the others in the file are repeated or known to the study",
        _ => "; other architectures in the file are repeated or known to the study",
    };
    let mut text = format!("added {added}{others}\n");
    // Writing to a string does not fail.
    if unusable > 0 {
        let _ = writeln!(
            text,
            "ignored the file's values of {}, because evaluation in the study failed or showed that no value can be measured",
            counted(unusable)
        );
    }
    if measured_otherwise > 0 {
        let _ = writeln!(
            text,
            "ignored the file's values of {}, because the study itself measured other values",
            counted(measured_otherwise)
        );
    }
    output::write(&text)
}

/// Returns a table with a row for each trial. Below each row are the trial's architecture and, if
/// the trial has no value, the reason.
fn table(trials: &[StoredTrial]) -> String {
    let are_several = trials.iter().any(|trial| trial.rung.is_some());
    let have_reported = trials.iter().any(|trial| !trial.reports.is_empty());
    let further = [("rung", are_several), ("step", have_reported)];
    let further = further.into_iter().filter(|(_, shown)| *shown).map(|(name, _)| name);
    let head: Vec<_> = ["trial", "source", "state", "value"].into_iter().chain(further).collect();
    let mut table = Table::new(&head);
    for trial in trials {
        let value = trial.value.map_or_else(String::new, output::rounded);
        let (number, state) = (trial.trial.to_string(), trial.state.to_string());
        let rung = trial.rung.map_or_else(|| "full".to_owned(), |rung| rung.to_string());
        let rung = are_several.then_some(rung);
        let step = trial.reports.last().map_or_else(String::new, |last| last.step.to_string());
        let further = rung.into_iter().chain(have_reported.then_some(step));
        let row = [number, trial.source.clone(), state, value].into_iter();
        table.push(row.chain(further).collect());
    }
    let (rows, mut text, mut is_cut) = (table.to_string(), String::new(), false);
    let below = std::iter::once(None).chain(trials.iter().map(Some));
    for (row, trial) in rows.lines().zip(below) {
        text += row;
        text += "\n";
        let Some(trial) = trial else { continue };
        let arch = output::cut(&trial.arch, output::WIDTH - BELOW.len());
        is_cut |= arch != trial.arch;
        text += &[BELOW, &arch, "\n"].concat();
        if let Some(reason) = &trial.reason {
            text += &output::beside(BELOW, &output::in_line(reason));
        }
    }
    if is_cut {
        text += "\n  architectures that end with `…` are cut off; `--csv` and `--json` show all\n";
    }
    text
}

/// The indentation of the lines below a row of the table.
const BELOW: &str = "      ";
