//! Reads a study during or after its run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ganas_graph::SearchSpace;
use rusqlite::Connection;

use super::trial_row::{self, COLUMNS};
use super::{lock, sql, store_file, study_rows};
use crate::store::{LastReport, StoredTrial, StudyRecord, StudyStatus};
use crate::{
    Direction, History, Round, StopReason, StoreError, StudyOutcome, StudySettings, TrialState,
    first_best,
};

/// A study's store, open for reading. Another process may be writing to the store at the same time.
#[derive(Debug)]
pub struct StudyReader {
    connection: Connection,
    path: PathBuf,
}

impl StudyReader {
    /// Returns the id of the process that is working on the study in a folder, if any. Does not open
    /// the store.
    pub fn writer(folder: &Path) -> Option<u32> {
        lock::holder(folder)
    }

    /// Opens the study in a folder. If an earlier version of this program wrote the store, the
    /// reader migrates a copy of it in memory and leaves the file unchanged.
    ///
    /// # Errors
    /// If the folder contains no study, or if the study cannot be read.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let connection = store_file::open_to_read(folder)?;
        Ok(Self { connection, path: store_file::path(folder) })
    }

    /// Returns the study's record.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn study(&self) -> Result<StudyRecord, StoreError> {
        study_rows::read_study(&self.connection).map_err(sql(&self.path))
    }

    /// Returns the study's progress.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn status(&self) -> Result<StudyStatus, StoreError> {
        self.read_status().map_err(sql(&self.path))
    }

    /// Returns all trials. Trials whose values were known before the study come first, in the order
    /// in which they were added. The other trials follow, in the order of their numbers.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn trials(&self) -> Result<Vec<StoredTrial>, StoreError> {
        study_rows::read_trials(&self.connection).map_err(sql(&self.path))
    }

    /// Returns the study's finished rounds in order.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn rounds(&self) -> Result<Vec<Round>, StoreError> {
        let rounds = study_rows::read_rounds(&self.connection).map_err(sql(&self.path))?;
        Ok(rounds.into_iter().map(|(_, round)| round).collect())
    }

    /// Returns the outcome so far of a study with these settings. In the process that runs the
    /// study, [`Study::outcome`](crate::Study::outcome) returns the same outcome.
    ///
    /// # Errors
    /// If the store cannot be read. [`StoreError::OtherSpace`] if the study belongs to another
    /// search space.
    pub fn outcome(
        &self,
        space: &dyn SearchSpace,
        settings: &StudySettings,
    ) -> Result<StudyOutcome, StoreError> {
        let damaged = |found: String| StoreError::Damaged { path: self.path.clone(), found };
        let study = self.study()?;
        study.check_space(space, || self.path.display().to_string())?;
        let mut trials = self.trials()?;
        trials.retain(|trial| trial.place.is_some());
        // The sort is stable, so known values stay in front.
        trials.sort_by_key(|trial| trial.place);
        let mut history = History::new(study.direction);
        for trial in trials {
            let entry = trial.entry(space, settings, &history);
            let entry = entry.map_err(|error| damaged(error.to_string()))?;
            match (trial.measurement(), trial.verdict()) {
                (Some(known), None) => history.take_known(entry, known),
                (_, Some(verdict)) => drop::<crate::Outcome>(history.learn(entry, &verdict)),
                (None, None) => {}
            }
        }
        let stop_reason = study.stop_reason.map_or(Ok(StopReason::Interrupted), |it| it.parse());
        let loaded = study_rows::read(&self.connection).map_err(sql(&self.path))?;
        let in_strategy =
            loaded.checkpoint.map_or(0.0, |checkpoint| checkpoint.seconds_in_strategy);
        Ok(StudyOutcome {
            history,
            rejected: study_rows::read_rejected(&self.connection).map_err(sql(&self.path))?,
            rounds: loaded.rounds.into_iter().map(|(_, round)| round).collect(),
            stop_reason: stop_reason.map_err(|error| damaged(error.to_string()))?,
            in_strategy: Duration::try_from_secs_f64(in_strategy).unwrap_or(Duration::ZERO),
        })
    }

    fn read_status(&self) -> rusqlite::Result<StudyStatus> {
        let study = study_rows::read_study(&self.connection)?;
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
        let queries = "SELECT count(*) FROM trials WHERE query > 0";
        Ok(StudyStatus {
            queries: self.connection.query_row(queries, [], |row| row.get(0))?,
            budget: study.budget,
            best: self.best(study.direction)?,
            states,
            running: self.last_reports()?,
            rejected: study_rows::read_rejected(&self.connection)?,
            stop_reason: study.stop_reason,
            began,
            last,
            now,
            writer: self.path.parent().and_then(lock::holder),
        })
    }

    /// Returns the last report of each trial that is being evaluated and has reported.
    fn last_reports(&self) -> rusqlite::Result<Vec<LastReport>> {
        // With a max() aggregate, SQLite returns the row that holds the maximum.
        let select = "SELECT trial, max(reports.step), reports.value, reports.metrics, reports.train_seconds
                      FROM reports JOIN trials ON trials.id = trial WHERE state = ?1 GROUP BY trial";
        let mut select = self.connection.prepare(select)?;
        let last = select.query_map([TrialState::Running.name()], trial_row::read_report)?;
        last.map(|last| last.map(|(trial, report)| LastReport { trial, report })).collect()
    }

    /// Returns the best trial of the history; of several equally good ones, the earliest in the
    /// history's order.
    fn best(&self, direction: Direction) -> rusqlite::Result<Option<StoredTrial>> {
        let select = "SELECT id, value FROM trials WHERE query IS NOT NULL AND value IS NOT NULL
                      AND rung IS NULL AND state IN (?1, ?2) ORDER BY query, abs(id)";
        let counting = [TrialState::Known, TrialState::Measured].map(TrialState::name);
        let mut counting_trials = self.connection.prepare(select)?;
        let values = counting_trials
            .query_map(counting, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, f64>(1)?)))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let Some((id, _)) = first_best(values, |(_, value)| direction.score(*value)) else {
            return Ok(None);
        };
        let select = format!("SELECT {COLUMNS} FROM trials WHERE id = ?1");
        self.connection.query_row(&select, [id], trial_row::read).map(Some)
    }
}
