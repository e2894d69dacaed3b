//! A study on disk: one SQLite file in a folder of its own.
//!
//! What was asked is written before it is evaluated, together with the state of the strategy that
//! asked, and a result as soon as it is there; the study goes on once the result is on the disk. So a
//! study that was killed at any moment goes on where it was: what had been evaluated is not evaluated
//! again, and its history is the one it would have had.
//!
//! One process writes ([`Store`]); any number may read meanwhile ([`StudyReader`]).

mod error;
mod lock;
mod reader;
mod records;
mod reserve;
mod schema;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use ganas_graph::{Arch, SearchSpace};
use rusqlite::{Connection, params};

use self::error::sql;
use self::lock::Lock;
use self::records::{found_columns, read_loaded};
use self::reserve::Reserve;
use crate::{Distinct, Measurement, Round, fingerprint};

pub use self::error::StoreError;
pub use self::reader::{StudyReader, StudyStatus, TrialRecord};
pub use self::records::StudyRecord;
pub(crate) use self::records::{Checkpoint, Found, Loaded, NewTrial, StoredTrial};

/// Name of the store in its folder.
const NAME: &str = "study.db";

/// A study's store, open for writing.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    connection: Connection,
    reserve: Reserve,
    arrivals: u64,
    _lock: Lock,
}

impl Store {
    /// Makes a folder with an empty store for a study.
    ///
    /// # Errors
    /// If there is one already, another process writes there, or the disk does not take it.
    pub fn create(folder: &Path, study: &StudyRecord) -> Result<Self, StoreError> {
        let io = |source| StoreError::Io { path: folder.into(), source };
        std::fs::create_dir_all(folder).map_err(io)?;
        let lock = Lock::take(folder)?;
        schema::create(folder, |connection| records::write_study(connection, study))?;
        Self::new(folder, schema::open_to_write(folder)?, lock)
    }

    /// Opens a study's store.
    ///
    /// # Errors
    /// If there is none, another process writes to it, it is damaged, or of a newer version.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        if !schema::path(folder).is_file() {
            return Err(StoreError::Missing { folder: folder.into() });
        }
        let lock = Lock::take(folder)?;
        let connection = schema::open_to_write(folder)?;
        records::read_study(&connection).map_err(sql(&schema::path(folder)))?;
        Self::new(folder, connection, lock)
    }

    fn new(folder: &Path, connection: Connection, lock: Lock) -> Result<Self, StoreError> {
        let sql = sql(&schema::path(folder));
        let arrivals = connection
            .query_row("SELECT ifnull(max(arrival), 0) FROM trials", [], |row| row.get(0))
            .map_err(sql)?;
        let reserve = Reserve::take(folder);
        Ok(Self { folder: folder.into(), connection, reserve, arrivals, _lock: lock })
    }

    /// What the study is.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn study(&self) -> Result<StudyRecord, StoreError> {
        records::read_study(&self.connection).map_err(self.sql())
    }

    /// Changes how far the study is to go, and what it needs to go on; it has not ended then.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn replan(&mut self, budget: usize, configuration: &str) -> Result<(), StoreError> {
        let update = "UPDATE study SET budget = ?1, configuration = ?2, stop_reason = NULL";
        self.connection.execute(update, params![budget, configuration]).map_err(self.sql())?;
        Ok(())
    }

    /// Adds architectures of known value; those of which the study knows already, or that it has
    /// evaluated, are left alone. Gives how many were added. A study that goes on has them in its
    /// history; strategies with a memory of their own hear of them only if they are there before the
    /// first query.
    ///
    /// # Errors
    /// If the store is of another search space, or they cannot be written.
    pub fn add_known(
        &mut self,
        space: &dyn SearchSpace,
        distinct: Distinct,
        known: &[(Arch, Measurement)],
    ) -> Result<usize, StoreError> {
        self.check_space(space)?;
        let Loaded { known: before, trials, .. } = self.load()?;
        let evaluated = trials.into_iter().filter(|trial| trial.result.is_some());
        let all = before.into_iter().map(|(choices, _)| choices);
        let mut keys = HashSet::new();
        for choices in all.chain(evaluated.map(|trial| trial.choices)) {
            keys.insert(distinct.key(space, &self.arch(space, &choices)?));
        }
        let new = known.iter().filter(|(arch, _)| keys.insert(distinct.key(space, arch)));
        let new: Vec<_> = new.collect();
        let sql = self.sql();
        let mut add = || -> rusqlite::Result<()> {
            let transaction = self.connection.transaction()?;
            for (arch, measurement) in &new {
                records::insert_known(&transaction, space, arch, measurement)?;
            }
            transaction.commit()
        };
        add().map_err(sql)?;
        Ok(new.len())
    }

    /// An architecture by the choices that the store has of it.
    pub(crate) fn arch(&self, space: &dyn SearchSpace, choices: &[u8]) -> Result<Arch, StoreError> {
        Arch::from_choices(space, choices).map_err(|error| StoreError::Damaged {
            path: schema::path(&self.folder),
            found: error.to_string(),
        })
    }

    /// Everything that the study needs to go on.
    pub(crate) fn load(&self) -> Result<Loaded, StoreError> {
        read_loaded(&self.connection).map_err(self.sql())
    }

    /// Refuses a space that is not the one of the study.
    pub(crate) fn check_space(&self, space: &dyn SearchSpace) -> Result<(), StoreError> {
        let study = self.study()?;
        let fingerprint = fingerprint(space);
        if study.fingerprint != fingerprint {
            return Err(StoreError::OtherSpace {
                folder: self.folder.clone(),
                expected: format!("{} ({fingerprint})", space.name()),
                found: format!("{} ({})", study.space, study.fingerprint),
            });
        }
        Ok(())
    }

    /// Writes what is going to be evaluated, with the state that the strategy is in and the rounds
    /// that are over. It is on the disk at the latest with the next result: if the power fails before
    /// that, the strategy is asked again, and asks the same.
    pub(crate) fn begin(
        &mut self,
        space: &dyn SearchSpace,
        checkpoint: &Checkpoint,
        over: &[(u64, Round)],
        trials: &[NewTrial<'_>],
    ) -> Result<(), StoreError> {
        let sql = self.sql();
        let mut write = || -> rusqlite::Result<()> {
            schema::wait_for_disk(&self.connection, false)?;
            let transaction = self.connection.transaction()?;
            records::insert_rounds(&transaction, over)?;
            records::insert_trials(&transaction, space, trials)?;
            records::replace_checkpoint(&transaction, checkpoint)?;
            transaction.execute("UPDATE study SET stop_reason = NULL", [])?;
            transaction.commit()
        };
        write().map_err(sql)
    }

    /// An evaluation begins.
    pub(crate) fn start(&mut self, trial: u64) -> Result<(), StoreError> {
        let update = "UPDATE trials SET state = 'running', attempts = attempts + 1,
                      started = unixepoch('subsec') WHERE id = ?1";
        let write = || {
            schema::wait_for_disk(&self.connection, false)?;
            self.connection.prepare_cached(update)?.execute([trial])
        };
        write().map_err(self.sql())?;
        Ok(())
    }

    /// An evaluation has ended. The reserve is for this: what was evaluated is not lost because the
    /// disk has become full.
    pub(crate) fn finish(&mut self, trial: u64, found: &Found) -> Result<(), StoreError> {
        self.arrivals += 1;
        match self.write_found(trial, found).map_err(self.sql()) {
            Err(StoreError::Full { path }) => {
                self.reserve.release();
                self.write_found(trial, found).map_err(self.sql())?;
                Err(StoreError::Full { path })
            }
            other => other,
        }
    }

    fn write_found(&self, trial: u64, found: &Found) -> rusqlite::Result<()> {
        schema::wait_for_disk(&self.connection, true)?;
        let columns = found_columns(found);
        let update = "UPDATE trials SET state = ?2, attempts = attempts + ?3, arrival = ?4,
                      value = ?5, train_seconds = ?6, metrics = ?7, reason = ?8,
                      ended = unixepoch('subsec') WHERE id = ?1";
        self.connection.prepare_cached(update)?.execute(params![
            trial,
            columns.state,
            columns.more_attempts,
            self.arrivals,
            columns.value,
            columns.train_seconds,
            columns.metrics,
            columns.reason,
        ])?;
        Ok(())
    }

    /// An evaluation was given up.
    pub(crate) fn give_up(&mut self, trial: u64) -> Result<(), StoreError> {
        let update = "UPDATE trials SET state = 'pending' WHERE id = ?1";
        self.connection.execute(update, [trial]).map_err(self.sql())?;
        Ok(())
    }

    /// The study ends.
    pub(crate) fn end(
        &mut self,
        over: &[(u64, Round)],
        stop_reason: &str,
    ) -> Result<(), StoreError> {
        let sql = self.sql();
        let mut write = || -> rusqlite::Result<()> {
            schema::wait_for_disk(&self.connection, true)?;
            let transaction = self.connection.transaction()?;
            records::insert_rounds(&transaction, over)?;
            transaction.execute("UPDATE study SET stop_reason = ?1", [stop_reason])?;
            transaction.commit()
        };
        write().map_err(sql)
    }

    /// Results that were stored so far.
    pub(crate) fn arrivals(&self) -> u64 {
        self.arrivals
    }

    fn sql(&self) -> impl Fn(rusqlite::Error) -> StoreError + use<> {
        sql(&schema::path(&self.folder))
    }
}
