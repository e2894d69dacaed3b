//! Trials as CSV. `ganas trials --csv` writes such files. A new study can import them, so that the
//! values of these architectures are known from the start.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ganas_bench::open_regular;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::{Measurement, StoredTrial, StudyError, TrialState};

use crate::{Error, read_arch};

/// An architecture with its value, as read from a CSV file. The value is known without an
/// evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The architecture in its space's notation, or as `@NAME` if the space names it.
    pub arch: String,
    /// The architecture's measurement, as given in the file.
    pub measurement: Measurement,
    /// The file that contains the architecture, and the number of the line, counted from 1.
    pub place: (PathBuf, u64),
}

impl Known {
    /// Returns the architecture that the field `arch` describes in this space, and its measurement.
    ///
    /// # Errors
    /// [`Error::Csv`] if the field `arch` does not describe an architecture of the space.
    pub fn read(&self, space: &dyn SearchSpace) -> Result<(Arch, Measurement), Error> {
        let arch = read_arch(space, self.arch.trim()).map_err(|error| Error::Csv {
            path: self.place.0.clone(),
            line: Some(self.place.1),
            message: error.to_string(),
        })?;
        Ok((arch, self.measurement.clone()))
    }
}

/// Adds the line numbers to a study's error about known architectures.
pub(crate) fn in_lines(known: &[Known], error: StudyError) -> Error {
    let StudyError::Contradiction { values: [one, other], first, second, .. } = error else {
        return error.into();
    };
    let place = |at: usize| known.get(at).map(|known| known.place.clone()).unwrap_or_default();
    let (path, line) = place(second);
    let (earlier, remove) = match first.map(place) {
        None => ("the study already has".to_owned(), "this row"),
        Some((file, line)) if file == path => (format!("line {line} has"), "one of the two rows"),
        Some((file, line)) => {
            (format!("line {line} of {} has", file.display()), "one of the two rows")
        }
    };
    let message = format!(
        "expected one value per architecture: this row has the value {other}, but {earlier} {one} for the same or an isomorphic architecture; remove {remove}"
    );
    Error::Csv { path, line: Some(line), message }
}

/// Columns of the CSV of trials, in order, before the columns of other metrics.
const COLUMNS: [&str; 12] = [
    "trial",
    "round",
    "state",
    "arch",
    "source",
    "seed",
    "attempts",
    "value",
    "train_seconds",
    "started",
    "ended",
    "reason",
];

/// The column for the rung of trials below the top rung, in studies with several fidelities. The
/// value of such a trial is not that of a full evaluation.
const RUNG: &str = "rung";

/// Prefix of the columns of other metrics.
const METRIC: &str = "metrics.";

/// Returns trials as CSV, in the format that [`read_known`] reads.
///
/// # Errors
/// [`Error::Csv`] if a string cannot be written as CSV.
pub fn trials_csv(trials: &[StoredTrial]) -> Result<String, Error> {
    let metrics: BTreeSet<_> = trials.iter().flat_map(|trial| trial.metrics.keys()).collect();
    let named = metrics.iter().map(|name| format!("{METRIC}{name}"));
    let are_several = trials.iter().any(|trial| trial.rung.is_some());
    let rung = are_several.then(|| RUNG.to_owned());
    let head = COLUMNS.map(str::to_owned).into_iter().chain(rung).chain(named);
    let rows = trials.iter().map(|trial| {
        let fixed = [
            trial.trial.to_string(),
            trial.round.to_string(),
            trial.state.to_string(),
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
        let rung = are_several.then(|| trial.rung.map_or_else(String::new, |it| it.to_string()));
        fixed.into_iter().chain(rung).chain(metrics).collect()
    });
    write_csv(head.collect(), rows)
}

/// Returns the reports of trials as CSV, one row per report.
///
/// # Errors
/// [`Error::Csv`] if a string cannot be written as CSV.
pub fn reports_csv(trials: &[StoredTrial]) -> Result<String, Error> {
    let all = || trials.iter().flat_map(|it| it.reports.iter().map(move |report| (it, report)));
    let metrics: BTreeSet<_> = all().flat_map(|(_, report)| report.metrics.keys()).collect();
    let named = metrics.iter().map(|name| format!("{METRIC}{name}"));
    let head = ["trial", "step", "objective", "train_seconds"].map(str::to_owned);
    let rows = all().map(|(trial, report)| {
        let fixed = [
            trial.trial.to_string(),
            report.step.to_string(),
            report.value.to_string(),
            number(report.train_seconds),
        ];
        let metrics = metrics.iter().map(|name| number(report.metrics.get(*name).copied()));
        fixed.into_iter().chain(metrics).collect()
    });
    write_csv(head.into_iter().chain(named).collect(), rows)
}

fn number(number: Option<f64>) -> String {
    number.map_or_else(String::new, |it| it.to_string())
}

fn write_csv(head: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> Result<String, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::Csv {
        path: "trials".into(),
        line: None,
        message: error.to_string(),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(head).chain(rows) {
        writer.write_record(row).map_err(|error| wrong(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| wrong(&error))?;
    String::from_utf8(bytes).map_err(|error| wrong(&error))
}

/// Returns the architectures in a CSV file, with their values. Reads the columns `arch` and `value`
/// and, if present, `train_seconds`, `metrics.NAME`, `state` and `rung`. A row is ignored if its
/// `rung` is not empty, or if its `state` is neither `measured` nor `known`.
///
/// # Errors
/// [`Error::File`] if the file cannot be read; [`Error::Csv`], with the file and the line, if a
/// required column is missing, if a column or a state is not one that [`trials_csv`] writes, or if
/// a value is not a number.
pub fn read_known(path: &Path) -> Result<Vec<Known>, Error> {
    read(path)
}

pub(crate) fn read(path: &Path) -> Result<Vec<Known>, Error> {
    let file = open_regular(path).map_err(|source| Error::file("read", path, source))?;
    let wrong = |line, message: String| Error::Csv { path: path.into(), line, message };
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().map_err(|error| wrong(None, error.to_string()))?.clone();
    let columns = Columns::of(&header).map_err(|message| wrong(None, message))?;
    let mut all = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(line_of(&error), error.to_string()))?;
        let line = record.position().map(csv::Position::line);
        let read = columns.read(&record).map_err(|message| wrong(line, message))?;
        let place = (path.to_owned(), line.unwrap_or(0));
        all.extend(read.map(|(arch, measurement)| Known { arch, measurement, place }));
    }
    Ok(all)
}

fn line_of(error: &csv::Error) -> Option<u64> {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, .. } | csv::ErrorKind::Utf8 { pos, .. } => {
            pos.as_ref().map(csv::Position::line)
        }
        _ => None,
    }
}

/// The header of a file, and the positions of its required columns.
struct Columns<'h> {
    header: &'h csv::StringRecord,
    arch: usize,
    value: usize,
}

impl<'h> Columns<'h> {
    fn of(header: &'h csv::StringRecord) -> Result<Self, String> {
        let column = |name: &str| header.iter().position(|column| column == name);
        for (at, name) in header.iter().enumerate() {
            if column(name) != Some(at) {
                return Err(format!("expected one column `{name}`, found two"));
            }
            if !COLUMNS.contains(&name) && name != RUNG && !name.starts_with(METRIC) {
                return Err(format!(
                    "unknown column `{name}`; expected arch, value, train_seconds, metrics.NAME or another column that `ganas trials --csv` writes"
                ));
            }
        }
        match (column("arch"), column("value")) {
            (Some(arch), Some(value)) => Ok(Self { header, arch, value }),
            _ => Err("expected the columns arch and value in the first line".into()),
        }
    }

    /// Reads a row; `None` if its state has no value, or if its value is not that of a full
    /// evaluation.
    fn read(&self, record: &csv::StringRecord) -> Result<Option<(String, Measurement)>, String> {
        let column = |name: &str| self.header.iter().position(|column| column == name);
        if column(RUNG).and_then(|at| record.get(at)).is_some_and(|rung| !rung.is_empty()) {
            return Ok(None);
        }
        if let Some(state) = column("state").and_then(|at| record.get(at)) {
            let state: TrialState =
                state.parse().map_err(|error: ganas_search::UnknownName| error.to_string())?;
            if !state.has_value() {
                return Ok(None);
            }
        }
        let value = self.number(record, self.value)?.ok_or("expected a value")?;
        let train_seconds =
            column("train_seconds").map_or(Ok(None), |at| self.number(record, at))?;
        let mut metrics = BTreeMap::new();
        for (at, name) in self.header.iter().enumerate() {
            if let Some(name) = name.strip_prefix(METRIC)
                && let Some(number) = self.number(record, at)?
            {
                metrics.insert(name.to_owned(), number);
            }
        }
        let measurement = Measurement { value, train_seconds, metrics };
        measurement.check()?;
        Ok(Some((record[self.arch].to_owned(), measurement)))
    }

    /// Reads the number in a column; `None` if it is empty.
    fn number(&self, record: &csv::StringRecord, at: usize) -> Result<Option<f64>, String> {
        let text = record[at].trim();
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        let name = &self.header[at];
        let wrong = || format!("column {name}: expected a number, found `{text}`");
        number.map(Some).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Known>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known.csv");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn values_and_metrics_are_read() {
        let known = read_text("arch,value,metrics.size,train_seconds\na,1.5,,3\n\"b,c\",2,7,\n");
        let known = known.unwrap();
        assert_eq!(known[0].measurement.train_seconds, Some(3.0));
        assert!(known[0].measurement.metrics.is_empty() && known[1].arch == "b,c");
        assert_eq!(known[1].measurement.metrics.get("size"), Some(&7.0));
    }

    #[test]
    fn what_has_no_value_is_left_out_by_its_state() {
        let known = read_text("trial,state,arch,value\n0,measured,a,1\n1,failed,b,\n2,known,c,3\n");
        let archs: Vec<_> = known.unwrap().into_iter().map(|known| known.arch).collect();
        assert_eq!(archs, ["a", "c"]);
    }

    #[test]
    fn mistakes_name_line_and_column() {
        let error = |text| read_text(text).unwrap_err().to_string();
        assert!(
            error("arch,value\na,much\n")
                .ends_with("known.csv, line 2: column value: expected a number, found `much`")
        );
        assert!(error("arch,value\na,NaN\n").contains("found `NaN`"));
        assert!(error("arch,value\na,\n").contains("line 2: expected a value"));
        assert!(error("arch,accuracy\na,1\n").contains("unknown column `accuracy`"));
        assert!(
            error("arch,value,value\na,1,2\n").ends_with("expected one column `value`, found two")
        );
        assert!(error("value\n1\n").contains("expected the columns arch and value"));
        assert!(error("arch,value\na\n").contains("line 2: "), "a line that is too short");
        let state = error("arch,state,value\na,COMPLETE,1\n");
        assert!(state.contains("line 2: unknown state `COMPLETE`"), "{state}");
    }
}
