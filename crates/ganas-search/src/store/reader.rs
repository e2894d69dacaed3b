use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, Row};
use serde::Serialize;

use super::records::{self, measurement};
use super::{StoreError, StudyRecord, lock, schema, sql};
use crate::Direction;

/// A study's store, open for reading; a writer may be at work meanwhile.
#[derive(Debug)]
pub struct StudyReader {
    connection: Connection,
    path: std::path::PathBuf,
}

/// How far a study is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudyStatus {
    /// Queries that are over.
    pub queries: usize,
    /// Queries that the study may make.
    pub budget: usize,
    /// How many trials are in each state.
    pub states: BTreeMap<String, usize>,
    /// The trial with the best value, among those known before too.
    pub best: Option<TrialRecord>,
    /// Why the study ended, once it has.
    pub stop_reason: Option<String>,
    /// When it began, in seconds since 1970.
    pub began: f64,
    /// When the last evaluation ended, in seconds since 1970.
    pub last: Option<f64>,
    /// What time it is, in seconds since 1970.
    pub now: f64,
    /// The process that is at work on the study, if there is one.
    pub writer: Option<u32>,
}

/// A trial, as people and other programs see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrialRecord {
    /// Its number, in the order asked, from 0; below 0 if it was known before.
    pub trial: i64,
    /// The round of the strategy that it is of, from 0; -1 if it was known before.
    pub round: i64,
    /// What has become of it: `known`, `pending`, `running`, `measured`, `infeasible`, `failed` or
    /// `out of domain`.
    pub state: String,
    /// The architecture in the space's own notation.
    pub arch: String,
    /// Where the strategy had it from.
    pub source: String,
    /// Seed for its evaluation.
    pub seed: u64,
    /// How often its evaluation was begun.
    pub attempts: u32,
    /// The value as it was measured.
    pub value: Option<f64>,
    /// Seconds of training.
    pub train_seconds: Option<f64>,
    /// What else was measured.
    pub metrics: BTreeMap<String, f64>,
    /// Why it failed, or is infeasible.
    pub reason: Option<String>,
    /// When its evaluation last began, in seconds since 1970.
    pub started: Option<f64>,
    /// When it ended, in seconds since 1970.
    pub ended: Option<f64>,
}

const COLUMNS: &str =
    "id, round, state, arch, source, seed, attempts, value, train_seconds, metrics,
                       reason, started, ended";

impl StudyReader {
    /// Opens the study of a folder.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let connection = schema::open_to_read(folder)?;
        Ok(Self { connection, path: schema::path(folder) })
    }

    /// What the study is.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn study(&self) -> Result<StudyRecord, StoreError> {
        records::read_study(&self.connection).map_err(sql(&self.path))
    }

    /// How far the study is.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn status(&self) -> Result<StudyStatus, StoreError> {
        self.read_status().map_err(sql(&self.path))
    }

    /// All trials, in the order asked, what was known before in front.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn trials(&self) -> Result<Vec<TrialRecord>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM trials ORDER BY id");
        let read = || -> rusqlite::Result<_> {
            self.connection.prepare(&select)?.query_map([], trial)?.collect()
        };
        read().map_err(sql(&self.path))
    }

    fn read_status(&self) -> rusqlite::Result<StudyStatus> {
        let study = records::read_study(&self.connection)?;
        let times = "SELECT began, unixepoch('subsec') FROM study";
        let (began, now) =
            self.connection.query_row(times, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let count = "SELECT state, count(*), max(ended) FROM trials GROUP BY state";
        let mut counted = self.connection.prepare(count)?;
        let counted = counted.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, usize>(1)?, row.get::<_, Option<f64>>(2)?))
        })?;
        let (mut states, mut last) = (BTreeMap::new(), None);
        for row in counted {
            let (state, count, ended) = row?;
            states.insert(state, count);
            last = ended.into_iter().chain(last).reduce(f64::max);
        }
        let over = ["measured", "infeasible", "failed"];
        Ok(StudyStatus {
            queries: over.iter().filter_map(|state| states.get(*state)).sum(),
            budget: study.budget,
            best: self.best(study.direction)?,
            states,
            stop_reason: study.stop_reason,
            began,
            last,
            now,
            writer: self.path.parent().and_then(lock::holder),
        })
    }

    fn best(&self, direction: Direction) -> rusqlite::Result<Option<TrialRecord>> {
        let order = match direction {
            Direction::Maximise => "DESC",
            Direction::Minimise => "ASC",
        };
        let select = format!(
            "SELECT {COLUMNS} FROM trials WHERE state IN ('measured', 'known')
             ORDER BY value {order}, id LIMIT 1"
        );
        let mut best = self.connection.prepare(&select)?;
        best.query_map([], trial)?.next().transpose()
    }
}

fn trial(row: &Row<'_>) -> rusqlite::Result<TrialRecord> {
    let measured = measurement(row, 7)?;
    Ok(TrialRecord {
        trial: row.get(0)?,
        round: row.get(1)?,
        state: row.get(2)?,
        arch: row.get(3)?,
        source: row.get(4)?,
        seed: row.get(5)?,
        attempts: row.get(6)?,
        value: measured.as_ref().map(|measured| measured.value),
        train_seconds: measured.as_ref().and_then(|measured| measured.train_seconds),
        metrics: measured.map(|measured| measured.metrics).unwrap_or_default(),
        reason: row.get(10)?,
        started: row.get(11)?,
        ended: row.get(12)?,
    })
}
