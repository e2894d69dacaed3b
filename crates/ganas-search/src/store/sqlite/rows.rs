//! What the tables hold, and how it is read and written.

use std::collections::BTreeMap;

use ganas_graph::{Arch, SearchSpace};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::fingerprint;
use crate::study::Numbers;
use crate::{Direction, Measurement, Round};

/// What a study is, as its store says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyRecord {
    /// Version of the program that began it.
    pub program: String,
    /// Name of the search space.
    pub space: String,
    /// Hash of the search space.
    pub fingerprint: String,
    /// The strategy, as its user wrote it.
    pub strategy: String,
    /// Seed of all randomness.
    pub seed: u64,
    /// Number of queries.
    pub budget: usize,
    /// Which way the value is better.
    pub direction: Direction,
    /// Whatever the program needs to go on.
    pub configuration: String,
    /// Why the study ended, once it has.
    pub stop_reason: Option<String>,
}

impl StudyRecord {
    /// The record of a study that begins.
    pub fn new(space: &dyn SearchSpace, strategy: &str, configuration: String) -> Self {
        Self {
            program: env!("CARGO_PKG_VERSION").into(),
            space: space.name().into(),
            fingerprint: fingerprint(space),
            strategy: strategy.into(),
            seed: 0,
            budget: 0,
            direction: Direction::default(),
            configuration,
            stop_reason: None,
        }
    }
}

/// What came out of an evaluation, the measured constraints included.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    Measured(Measurement),
    OutOfDomain,
    Infeasible { reason: String, measurement: Option<Measurement> },
    Failed { reason: String, attempts: u32 },
}

/// A study between two rounds' asking.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checkpoint {
    /// The round that was asked.
    pub(crate) round: u64,
    /// Rounds in a row without a query, before it.
    pub(crate) idle: u32,
    /// Arrivals that the strategy was told.
    pub(crate) seen: u64,
    pub(crate) seconds_in_strategy: f64,
    /// The strategy's numbers about the round.
    pub(crate) diagnostics: Numbers,
    /// Choices and source of each proposal of the round.
    pub(crate) proposals: Vec<(Vec<u8>, String)>,
    /// The strategy after it was asked.
    pub(crate) strategy: Vec<u8>,
}

/// A trial that is going to be made.
#[derive(Debug)]
pub(crate) struct NewTrial<'a> {
    pub(crate) id: u64,
    pub(crate) round: u64,
    pub(crate) arch: &'a Arch,
    pub(crate) source: &'a str,
    pub(crate) seed: u64,
}

/// A trial as it is stored.
#[derive(Debug)]
pub(crate) struct StoredTrial {
    pub(crate) id: u64,
    pub(crate) round: u64,
    pub(crate) choices: Vec<u8>,
    pub(crate) source: String,
    pub(crate) attempts: u32,
    /// Its place among the results, and what it was; `None` before.
    pub(crate) result: Option<(u64, Found)>,
}

/// All that a study needs to go on.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) known: Vec<(Vec<u8>, Measurement)>,
    /// In the order asked.
    pub(crate) trials: Vec<StoredTrial>,
    pub(crate) rounds: Vec<(u64, Round)>,
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// A result as columns.
#[derive(Debug, Default)]
pub(super) struct FoundColumns<'a> {
    pub(super) state: &'static str,
    pub(super) more_attempts: u32,
    pub(super) value: Option<f64>,
    pub(super) train_seconds: Option<f64>,
    pub(super) metrics: Option<String>,
    pub(super) reason: Option<&'a str>,
}

pub(super) fn found_columns(found: &Found) -> FoundColumns<'_> {
    let measured = |state, measurement: &Measurement| FoundColumns {
        state,
        value: Some(measurement.value),
        train_seconds: measurement.train_seconds,
        metrics: metrics_text(&measurement.metrics),
        ..FoundColumns::default()
    };
    let state = |state| FoundColumns { state, ..FoundColumns::default() };
    match found {
        Found::Measured(measurement) => measured("measured", measurement),
        Found::OutOfDomain => state("out of domain"),
        Found::Infeasible { reason, measurement } => {
            let columns = measurement.as_ref().map(|found| measured("infeasible", found));
            let columns = columns.unwrap_or_else(|| state("infeasible"));
            FoundColumns { reason: Some(reason), ..columns }
        }
        Found::Failed { reason, attempts } => FoundColumns {
            more_attempts: attempts.saturating_sub(1),
            reason: Some(reason),
            ..state("failed")
        },
    }
}

fn metrics_text(metrics: &BTreeMap<String, f64>) -> Option<String> {
    (!metrics.is_empty()).then(|| serde_json::json!(metrics).to_string())
}

/// The measurement in the columns `value`, `train_seconds` and `metrics`, from the one numbered
/// `first`; `None` without a value.
pub(super) fn measurement(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Measurement>> {
    let Some(value) = row.get(first)? else { return Ok(None) };
    let metrics: Option<String> = row.get(first + 2)?;
    let metrics = metrics.map_or_else(|| Ok(BTreeMap::new()), |text| parse(first + 2, &text))?;
    Ok(Some(Measurement { value, train_seconds: row.get(first + 1)?, metrics }))
}

fn parse<T: serde::de::DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| damaged(column, error.into()))
}

fn damaged(column: usize, error: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error)
}

pub(super) fn write_study(connection: &Connection, study: &StudyRecord) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO study VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, unixepoch('subsec'), NULL)",
        params![
            study.program,
            study.space,
            study.fingerprint,
            study.strategy,
            study.seed.cast_signed(),
            study.budget,
            study.direction == Direction::Minimise,
            study.configuration,
        ],
    )?;
    Ok(())
}

pub(super) fn read_study(connection: &Connection) -> rusqlite::Result<StudyRecord> {
    let select = "SELECT program, space, fingerprint, strategy, seed, budget, minimise,
                  configuration, stop_reason FROM study";
    connection.query_row(select, [], |row| {
        let minimise: bool = row.get(6)?;
        Ok(StudyRecord {
            program: row.get(0)?,
            space: row.get(1)?,
            fingerprint: row.get(2)?,
            strategy: row.get(3)?,
            seed: row.get::<_, i64>(4)?.cast_unsigned(),
            budget: row.get(5)?,
            direction: if minimise { Direction::Minimise } else { Direction::Maximise },
            configuration: row.get(7)?,
            stop_reason: row.get(8)?,
        })
    })
}

pub(super) fn insert_known(
    transaction: &Transaction<'_>,
    space: &dyn SearchSpace,
    arch: &Arch,
    measurement: &Measurement,
) -> rusqlite::Result<()> {
    let insert = "INSERT INTO trials (id, round, arch, choices, source, seed, state, attempts, value,
                  train_seconds, metrics) SELECT (SELECT min(ifnull(min(id), 0), 0) - 1 FROM trials),
                  -1, ?1, ?2, 'known', 0, 'known', 0, ?3, ?4, ?5";
    transaction.prepare_cached(insert)?.execute(params![
        space.display(arch),
        arch.choices(),
        measurement.value,
        measurement.train_seconds,
        metrics_text(&measurement.metrics),
    ])?;
    Ok(())
}

pub(super) fn insert_rounds(
    transaction: &Transaction<'_>,
    rounds: &[(u64, Round)],
) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO rounds VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut insert = transaction.prepare_cached(insert)?;
    for (number, round) in rounds {
        let diagnostics = numbers_text(&round.diagnostics);
        let Round { queries_before, proposed, repeats, .. } = round;
        insert.execute(params![number, queries_before, proposed, repeats, diagnostics])?;
    }
    Ok(())
}

/// A named number; one that is not finite, which JSON does not know, as its bits.
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

fn numbers_text(numbers: &Numbers) -> String {
    let numbers: Vec<_> = numbers.iter().map(Number::from).collect();
    serde_json::json!(numbers).to_string()
}

/// The numbers in a column.
fn numbers(row: &Row<'_>, column: usize) -> rusqlite::Result<Numbers> {
    let numbers: Vec<Number> = parse(column, &row.get::<_, String>(column)?)?;
    let number = |Number(name, number, bits)| (name.into(), bits.map_or(number, f64::from_bits));
    Ok(numbers.into_iter().map(number).collect())
}

pub(super) fn insert_trials(
    transaction: &Transaction<'_>,
    space: &dyn SearchSpace,
    trials: &[NewTrial<'_>],
) -> rusqlite::Result<()> {
    let insert = "INSERT INTO trials (id, round, arch, choices, source, seed, state, attempts)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'pending', 0)";
    let mut insert = transaction.prepare_cached(insert)?;
    for NewTrial { id, round, arch, source, seed } in trials {
        let text = space.display(arch);
        insert.execute(params![id, round, text, arch.choices(), source, seed])?;
    }
    Ok(())
}

pub(super) fn replace_checkpoint(
    transaction: &Transaction<'_>,
    checkpoint: &Checkpoint,
) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO checkpoint VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    transaction.prepare_cached(insert)?.execute(params![
        checkpoint.round,
        checkpoint.idle,
        checkpoint.seen,
        checkpoint.seconds_in_strategy,
        numbers_text(&checkpoint.diagnostics),
        serde_json::json!(checkpoint.proposals).to_string(),
        checkpoint.strategy,
    ])?;
    Ok(())
}

pub(super) fn read_loaded(connection: &Connection) -> rusqlite::Result<Loaded> {
    let known = "SELECT choices, value, train_seconds, metrics FROM trials WHERE state = 'known'
                 ORDER BY id DESC";
    let known_row = |row: &Row<'_>| {
        let measurement = measurement(row, 1)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        Ok((row.get(0)?, measurement))
    };
    let trials = "SELECT id, round, choices, source, attempts, arrival, state, reason, value,
                  train_seconds, metrics FROM trials WHERE state <> 'known' ORDER BY id";
    let rounds = "SELECT round, queries_before, proposed, repeats, diagnostics FROM rounds
                  ORDER BY round";
    let checkpoint = "SELECT round, idle, seen, seconds_in_strategy, diagnostics, proposals,
                      strategy
                      FROM checkpoint";
    Ok(Loaded {
        known: connection.prepare(known)?.query_map([], known_row)?.collect::<Result<_, _>>()?,
        trials: connection.prepare(trials)?.query_map([], trial)?.collect::<Result<_, _>>()?,
        rounds: connection.prepare(rounds)?.query_map([], round)?.collect::<Result<_, _>>()?,
        checkpoint: connection.query_row(checkpoint, [], read_checkpoint).optional()?,
    })
}

fn trial(row: &Row<'_>) -> rusqlite::Result<StoredTrial> {
    let attempts = row.get(4)?;
    let reason = || Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(7)?.unwrap_or_default());
    let state: String = row.get(6)?;
    let missing = || damaged(6, format!("a trial that is {state} has no value").into());
    let found = match state.as_str() {
        "measured" => Some(Found::Measured(measurement(row, 8)?.ok_or_else(missing)?)),
        "out of domain" => Some(Found::OutOfDomain),
        "infeasible" => {
            Some(Found::Infeasible { reason: reason()?, measurement: measurement(row, 8)? })
        }
        "failed" => Some(Found::Failed { reason: reason()?, attempts }),
        _ => None,
    };
    let arrival: Option<u64> = row.get(5)?;
    Ok(StoredTrial {
        id: row.get(0)?,
        round: row.get(1)?,
        choices: row.get(2)?,
        source: row.get(3)?,
        attempts,
        result: arrival.zip(found),
    })
}

fn round(row: &Row<'_>) -> rusqlite::Result<(u64, Round)> {
    let round = Round {
        queries_before: row.get(1)?,
        proposed: row.get(2)?,
        repeats: row.get(3)?,
        diagnostics: numbers(row, 4)?,
    };
    Ok((row.get(0)?, round))
}

fn read_checkpoint(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        round: row.get(0)?,
        idle: row.get(1)?,
        seen: row.get(2)?,
        seconds_in_strategy: row.get(3)?,
        diagnostics: numbers(row, 4)?,
        proposals: parse(5, &row.get::<_, String>(5)?)?,
        strategy: row.get(6)?,
    })
}
