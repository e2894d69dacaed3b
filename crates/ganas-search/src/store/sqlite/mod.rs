//! A study on disk: one SQLite file in its own folder.
//!
//! Only one process at a time can write to the file ([`SqliteStore`]). Any number of processes can
//! read it at the same time ([`StudyReader`]).

mod asked;
mod checksum;
mod failure;
mod lock;
mod migrations;
mod read_only;
mod reader;
mod reserve;
mod store_file;
mod study_rows;
mod trial_row;
mod trial_updates;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ganas_graph::{Arch, SearchSpace};
use rusqlite::{Connection, params};

use self::failure::sql;
use self::lock::Lock;
use self::reserve::Reserve;
use crate::store::{AskedTrial, Checkpoint, KnownTrial, Loaded, Store, StudyFolder, StudyRecord};
use crate::{
    Distinct, HistoryPlace, Measurement, Rejected, Report, Round, StopReason, StoreError,
    StudyError, TrialId, Verdict,
};

pub use self::reader::StudyReader;

/// Creates a study's folder if it does not exist. On Unix, a new folder is accessible only to its
/// owner, because a study's store contains the environment variables of the commands that evaluate
/// architectures.
///
/// # Errors
/// If the folder cannot be created.
pub fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Name of the store file in a study's folder.
const NAME: &str = "study.db";

/// A study's store in a folder, open for writing.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    folder: StudyFolder,
    connection: Connection,
    reserve: Reserve,
    /// Whether the study will never be resumed, so that writes need not be durable.
    is_ephemeral: bool,
    _lock: Lock,
}

impl SqliteStore {
    /// Creates a folder that contains an empty store for a study.
    ///
    /// # Errors
    /// If the folder already contains a store, if another process is writing to it, or if the store
    /// cannot be written.
    pub fn create(folder: &Path, study: &StudyRecord) -> Result<Self, StoreError> {
        Self::create_filled(folder, |connection| study_rows::write_study(connection, study))
    }

    /// Creates a folder that contains a store for a new study. The store contains the given
    /// architectures together with their values, which are known without an evaluation. Even if the
    /// process is killed, no store without these values is left behind.
    ///
    /// # Errors
    /// [`StudyError::Measurement`] if a known measurement is invalid, [`StudyError::Contradiction`]
    /// if an architecture has two different known values, and all errors of
    /// [`SqliteStore::create`].
    pub fn create_knowing(
        folder: &Path,
        study: &StudyRecord,
        (space, distinct): (&dyn SearchSpace, Distinct),
        known: &[(Arch, Measurement)],
    ) -> Result<Self, StudyError> {
        let known = KnownTrial::new_ones(space, distinct, HashMap::new(), 0, known)?;
        Ok(Self::create_filled(folder, |connection| {
            study_rows::write_study(connection, study)?;
            known.iter().try_for_each(|trial| asked::insert_known(connection, space, trial))
        })?)
    }

    fn create_filled(
        folder: &Path,
        fill: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> Result<Self, StoreError> {
        make_folder(folder).map_err(|source| StoreError::Io { path: folder.into(), source })?;
        let lock = Lock::take(folder)?;
        store_file::create(folder, fill)?;
        Self::new(folder, store_file::open_to_write(folder)?, lock)
    }

    /// Opens a study's store for writing. If an earlier version of this program wrote the store,
    /// the method migrates it.
    ///
    /// # Errors
    /// If there is no store, if another process is writing to it, if it is damaged, or if a newer
    /// version of this program wrote it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        if !store_file::path(folder).is_file() {
            return Err(StoreError::Missing { folder: folder.into() });
        }
        let lock = Lock::take(folder)?;
        let connection = store_file::open_to_write(folder)?;
        study_rows::read_study(&connection).map_err(sql(&store_file::path(folder)))?;
        Self::new(folder, connection, lock)
    }

    fn new(path: &Path, connection: Connection, lock: Lock) -> Result<Self, StoreError> {
        let files = [NAME, "study.db-wal", lock::NAME];
        let folder = StudyFolder::open(path)?.with(&files);
        let reserve = Reserve::take(path);
        Ok(Self {
            path: path.into(),
            folder,
            connection,
            reserve,
            is_ephemeral: false,
            _lock: lock,
        })
    }

    /// Changes the study's budget and configuration, and reopens the study if it has ended.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn replan(&mut self, budget: usize, configuration: &str) -> Result<(), StoreError> {
        self.transaction(true, |transaction| {
            let update = "UPDATE study SET budget = ?1, configuration = ?2, stop_reason = NULL";
            transaction.execute(update, params![budget, configuration]).map(drop)
        })
    }

    /// Runs one statement, whose changes reach the disk with the next write that waits for the
    /// disk. All writes except those of `told` go through this method or `transaction`, which
    /// refuse to write if the folder is no longer the study's.
    fn statement(
        &self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        self.folder.check()?;
        self.wait_for_disk(false).and_then(|()| write(&self.connection)).map_err(self.sql())
    }

    /// Runs statements atomically. With `wait`, their changes are on disk on return; otherwise they
    /// reach the disk with the next write that waits for the disk.
    fn transaction(
        &mut self,
        wait: bool,
        write: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        self.folder.check()?;
        self.unchecked(wait, write)
    }

    fn unchecked(
        &mut self,
        wait: bool,
        write: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let sql = self.sql();
        let run = || -> rusqlite::Result<()> {
            self.wait_for_disk(wait)?;
            let transaction = self.connection.transaction()?;
            write(&transaction)?;
            transaction.commit()
        };
        run().map_err(sql)
    }

    fn wait_for_disk(&self, wait: bool) -> rusqlite::Result<()> {
        if self.is_ephemeral {
            return self.connection.pragma_update(None, "synchronous", "off");
        }
        store_file::wait_for_disk(&self.connection, wait)
    }

    fn sql(&self) -> impl Fn(rusqlite::Error) -> StoreError + use<> {
        sql(&store_file::path(&self.path))
    }
}

impl Store for SqliteStore {
    fn disable_resume(&mut self) {
        self.is_ephemeral = true;
    }

    fn resumes(&self) -> bool {
        !self.is_ephemeral
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn study(&self) -> Result<StudyRecord, StoreError> {
        study_rows::read_study(&self.connection).map_err(self.sql())
    }

    fn load(&self) -> Result<Loaded, StoreError> {
        study_rows::read(&self.connection).map_err(self.sql())
    }

    fn add_known(
        &mut self,
        space: &dyn SearchSpace,
        known: &[KnownTrial<'_>],
    ) -> Result<(), StoreError> {
        self.transaction(true, |transaction| {
            known.iter().try_for_each(|trial| asked::insert_known(transaction, space, trial))
        })
    }

    fn asked(
        &mut self,
        space: &dyn SearchSpace,
        checkpoint: &Checkpoint,
        over: &[(u64, Round)],
        trials: &[AskedTrial<'_>],
    ) -> Result<(), StoreError> {
        self.transaction(false, |transaction| {
            asked::insert_rounds(transaction, over)?;
            trials.iter().try_for_each(|trial| asked::insert(transaction, space, trial))?;
            asked::replace_checkpoint(transaction, checkpoint)?;
            transaction.prepare_cached("UPDATE study SET stop_reason = NULL")?.execute([])?;
            Ok(())
        })
    }

    fn begun(&mut self, trial: TrialId) -> Result<(), StoreError> {
        self.statement(|connection| trial_updates::begun(connection, trial))
    }

    fn reported(&mut self, trial: TrialId, report: &Report) -> Result<(), StoreError> {
        self.transaction(false, |transaction| trial_updates::report(transaction, trial, report))
    }

    /// Stores the result even if the disk is full (it then releases the reserved space) or the
    /// folder was moved (the open files move with it). After a move, a failed evaluation is not
    /// stored, since the move may have caused the failure.
    fn told(
        &mut self,
        trial: TrialId,
        arrival: u64,
        verdict: &Verdict,
        places: &[(TrialId, Option<HistoryPlace>)],
    ) -> Result<(), StoreError> {
        let place = self.folder.check();
        // A failure may be due to the move, so the trial stays open.
        let goes_along = !matches!(verdict, Verdict::Failed { .. });
        match place {
            Ok(()) => {}
            Err(StoreError::Moved { .. }) if goes_along => {}
            Err(error) => return Err(error),
        }
        let write = |store: &mut Self| {
            store.unchecked(true, |transaction| {
                trial_updates::finish(transaction, trial, arrival, verdict)?;
                trial_updates::count(transaction, places)
            })
        };
        match write(self) {
            Err(StoreError::Full { path }) => {
                self.reserve.release();
                write(self)?;
                Err(StoreError::Full { path })
            }
            other => place.and(other),
        }
    }

    fn settled(&mut self, trial: TrialId, verdict: &Verdict) -> Result<(), StoreError> {
        self.transaction(false, |transaction| trial_updates::settle(transaction, trial, verdict))
    }

    fn given_up(&mut self, trial: TrialId) -> Result<(), StoreError> {
        self.statement(|connection| trial_updates::give_up(connection, trial))
    }

    fn retried(&mut self, turns: &[(TrialId, i64)]) -> Result<(), StoreError> {
        self.transaction(true, |transaction| trial_updates::retry(transaction, turns))
    }

    fn ended(
        &mut self,
        over: &[(u64, Round)],
        rejected: Option<&[Rejected]>,
        reason: StopReason,
    ) -> Result<(), StoreError> {
        self.transaction(true, |transaction| {
            asked::insert_rounds(transaction, over)?;
            let update = "UPDATE study SET stop_reason = ?1, rejected = ?2";
            let rejected = rejected.map(asked::rejected_text);
            transaction.execute(update, params![reason.to_string(), rejected]).map(drop)
        })
    }

    fn recounted(&mut self, places: &[(TrialId, Option<HistoryPlace>)]) -> Result<(), StoreError> {
        self.transaction(true, |transaction| trial_updates::count(transaction, places))
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // Another study may now be at the path.
        if self.folder.check().is_ok() {
            self.reserve.release();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_studys_folder_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let study = folder.path().join("a/study");
        make_folder(&study).unwrap();
        assert_eq!(study.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        make_folder(&study).unwrap();
    }

    #[test]
    fn only_studies_that_may_resume_wait_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let space = ganas_graph::spaces::NasBench201::default();
        let study = StudyRecord::new(&space, "any", String::new());
        let mut store = SqliteStore::create(&folder.path().join("study"), &study).unwrap();
        let synchronous = |store: &SqliteStore| -> i64 {
            let pragma = "PRAGMA synchronous";
            store.connection.query_row(pragma, [], |row| row.get(0)).unwrap()
        };
        let waits = |store: &mut SqliteStore| {
            [true, false].map(|wait| {
                store.unchecked(wait, |_| Ok(())).unwrap();
                synchronous(store)
            })
        };
        assert!(store.resumes());
        assert_eq!(waits(&mut store), [2, 1], "FULL, NORMAL");
        store.disable_resume();
        assert!(!store.resumes());
        assert_eq!(waits(&mut store), [0, 0], "OFF");
    }
}
