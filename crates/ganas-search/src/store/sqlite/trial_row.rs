//! A trial as a database row.

use std::collections::BTreeMap;

use ganas_graph::{ArchHash, ArchRecord};
use rusqlite::types::Type;
use rusqlite::{Error, Row};

use crate::store::{StoredTrial, TrialState};
use crate::study::Numbers;
use crate::{Measurement, Report, TrialId, Verdict};

/// The columns that are written when a trial is asked, and never change later.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) trial: i64,
    pub(super) round: i64,
    pub(super) arch: &'a str,
    pub(super) record: &'a ArchRecord,
    pub(super) source: &'a str,
    pub(super) seed: u64,
    pub(super) predictions: Option<String>,
    pub(super) rung: Option<u32>,
}

/// The columns that are written when the result of a trial is told.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) state: TrialState,
    pub(super) more_attempts: u32,
    pub(super) value: Option<f64>,
    pub(super) train_seconds: Option<f64>,
    pub(super) metrics: Option<String>,
    pub(super) reason: Option<&'a str>,
    pub(super) step: Option<u64>,
}

impl<'a> Told<'a> {
    pub(super) fn measured(state: TrialState, measurement: &Measurement) -> Self {
        Self {
            value: Some(measurement.value),
            train_seconds: measurement.train_seconds,
            metrics: metrics_text(&measurement.metrics),
            ..Self::state(state)
        }
    }

    fn state(state: TrialState) -> Self {
        let (value, train_seconds, metrics, reason, step) = (None, None, None, None, None);
        Self { state, more_attempts: 0, value, train_seconds, metrics, reason, step }
    }

    pub(super) fn of(verdict: &'a Verdict) -> Self {
        match verdict {
            Verdict::Measured(measurement) => Self::measured(TrialState::Measured, measurement),
            Verdict::Stopped { step, measurement } => {
                Self { step: Some(*step), ..Self::measured(TrialState::Stopped, measurement) }
            }
            Verdict::OutOfDomain => Self::state(TrialState::OutOfDomain),
            Verdict::Infeasible { reason, measurement, step, .. } => {
                let told = measurement.as_ref().map_or_else(
                    || Self::state(TrialState::Infeasible),
                    |measurement| Self::measured(TrialState::Infeasible, measurement),
                );
                let train_seconds = verdict.train_seconds();
                Self { reason: Some(reason), train_seconds, step: *step, ..told }
            }
            Verdict::Failed { reason, attempts, train_seconds } => Self {
                train_seconds: *train_seconds,
                more_attempts: attempts.saturating_sub(1),
                reason: Some(reason),
                ..Self::state(TrialState::Failed)
            },
        }
    }
}

/// Formats metrics as a JSON object; `None` if there are none.
pub(super) fn metrics_text(metrics: &BTreeMap<String, f64>) -> Option<String> {
    (!metrics.is_empty()).then(|| serde_json::json!(metrics).to_string())
}

/// Returns the numbers of an architecture as eight-byte little-endian values, or `None` if it has
/// none.
pub(super) fn numbers_blob(record: &ArchRecord) -> Option<Vec<u8>> {
    let numbers = record.numbers();
    (!numbers.is_empty()).then(|| numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
}

/// A named number in JSON. Since JSON has only finite numbers, an infinite number or NaN is stored
/// as its bits.
#[derive(serde::Serialize, serde::Deserialize)]
struct Number(String, f64, Option<u64>);

impl From<&(std::borrow::Cow<'static, str>, f64)> for Number {
    fn from((name, number): &(std::borrow::Cow<'static, str>, f64)) -> Self {
        if number.is_finite() {
            Self(name.to_string(), *number, None)
        } else {
            Self(name.to_string(), 0.0, Some(number.to_bits()))
        }
    }
}

pub(super) fn numbers_text(numbers: &Numbers) -> String {
    let numbers: Vec<_> = numbers.iter().map(Number::from).collect();
    serde_json::json!(numbers).to_string()
}

/// Formats the finite predictions as a JSON object; `None` if there are none.
pub(super) fn predictions_text(predictions: &Numbers) -> Option<String> {
    let finite: BTreeMap<_, _> =
        predictions.iter().filter(|(_, it)| it.is_finite()).cloned().collect();
    (!finite.is_empty()).then(|| serde_json::json!(finite).to_string())
}

/// Reads the named numbers in a column.
pub(super) fn numbers(row: &Row<'_>, column: usize) -> rusqlite::Result<Numbers> {
    let numbers: Vec<Number> = parse(column, &row.get::<_, String>(column)?)?;
    let number = |Number(name, number, bits)| (name.into(), bits.map_or(number, f64::from_bits));
    Ok(numbers.into_iter().map(number).collect())
}

pub(super) fn parse<T: serde::de::DeserializeOwned>(
    column: usize,
    text: &str,
) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| damaged(column, error.into()))
}

pub(super) fn damaged(
    column: usize,
    error: Box<dyn std::error::Error + Send + Sync>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error)
}

fn object(column: usize, text: Option<String>) -> rusqlite::Result<BTreeMap<String, f64>> {
    text.map_or_else(|| Ok(BTreeMap::new()), |text| parse(column, &text))
}

/// Reads a report from a row with the columns trial, step, value, metrics and seconds of training.
pub(super) fn read_report(row: &Row<'_>) -> rusqlite::Result<(TrialId, Report)> {
    let trial = TrialId(row.get(0)?);
    let read = || -> rusqlite::Result<Report> {
        let (step, value, train_seconds) = (row.get(1)?, row.get(2)?, row.get(4)?);
        Ok(Report { step, value, metrics: object(3, row.get(3)?)?, train_seconds })
    };
    let report = read().map_err(|error| named(&format!("a report from trial {trial}"), error))?;
    Ok((trial, report))
}

/// The columns that [`read`] reads, in order.
pub(super) const COLUMNS: &str =
    "id, round, state, arch, source, seed, attempts, value, train_seconds,
    metrics, reason, started, ended, query, predictions, step, rung, choices, numbers, key, arrival,
    turn, place";

/// Reads a row of [`COLUMNS`]. Errors include the trial's number.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<StoredTrial> {
    let trial: i64 = row.get(0)?;
    read_unnamed(row).map_err(|error| named(&format!("trial {trial}"), error))
}

/// Adds `what` to an error about a damaged column.
pub(super) fn named(what: &str, error: Error) -> Error {
    match error {
        Error::FromSqlConversionFailure(column, _, inner) => {
            damaged(column, format!("{what}: {inner}").into())
        }
        Error::InvalidColumnType(column, ..) | Error::IntegralValueOutOfRange(column, _) => {
            damaged(column, format!("{what}: {error}").into())
        }
        other => other,
    }
}

fn read_unnamed(row: &Row<'_>) -> rusqlite::Result<StoredTrial> {
    let state: String = row.get(2)?;
    let blob: Option<Vec<u8>> = row.get(18)?;
    let numbers = blob.unwrap_or_default();
    let numbers = numbers.chunks(8).map(|bytes| bytes.try_into().map(f64::from_le_bytes));
    let numbers: Result<Vec<_>, _> = numbers.collect();
    let numbers = numbers.map_err(|error| damaged(18, error.into()))?;
    let mut trial = StoredTrial {
        trial: TrialId(row.get(0)?),
        round: row.get(1)?,
        state: state.parse().map_err(|error: crate::UnknownName| damaged(2, error.into()))?,
        arch: row.get(3)?,
        source: row.get(4)?,
        seed: row.get(5)?,
        attempts: row.get(6)?,
        value: row.get(7)?,
        train_seconds: row.get(8)?,
        metrics: BTreeMap::new(),
        reason: row.get(10)?,
        started: row.get(11)?,
        ended: row.get(12)?,
        query: row.get(13)?,
        predictions: BTreeMap::new(),
        step: row.get(15)?,
        rung: row.get(16)?,
        reports: Vec::new(),
        record: ArchRecord::new(row.get(17)?, numbers),
        key: row.get::<_, Option<[u8; 16]>>(19)?.map(ArchHash::from_bytes),
        arrival: row.get(20)?,
        turn: row.get(21)?,
        place: row.get(22)?,
    };
    let (metrics, predictions): (Option<String>, Option<String>) = (row.get(9)?, row.get(14)?);
    (trial.metrics, trial.predictions) = (object(9, metrics)?, object(14, predictions)?);
    let needs_value = trial.state.has_value() || trial.state == TrialState::Stopped;
    if needs_value && trial.value.is_none() {
        return Err(damaged(
            7,
            format!("expected a value, because the state is `{}`; found none", trial.state).into(),
        ));
    }
    Ok(trial)
}
