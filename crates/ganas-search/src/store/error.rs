//! Errors of a store.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// The reason why an operation on a study's store failed. The failed operation changed nothing in
/// the store. The only exception is [`Store::told`](crate::Store::told), which may have stored the
/// trial's result even though it returned an error.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder for a new study already contains a study.
    #[error("{}: a study already exists here", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder for a new study contains the trials of an earlier study, which the new study
    /// would take for its own.
    #[error(
        "{}: found trials of an earlier study, but no study.db; restore study.db, remove the trials, or start the study in another folder",
        trials.display()
    )]
    Leftovers {
        /// The folder of the trials.
        trials: PathBuf,
    },
    /// The folder does not exist, or contains no study.
    #[error("{}: expected a study's folder, found a folder without study.db", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process is writing to the study.
    #[error(
        "{}: {} is using this study, on this machine or on another that shares the folder; wait for it to finish, or stop it. Only one process can run a study: to evaluate more trials at a time, stop that process and resume with more `workers`, or distribute the trials with `ganas serve --dir`",
        folder.display(),
        process(*pid)
    )]
    Locked {
        /// The folder.
        folder: PathBuf,
        /// The id of the other process, if it could be read.
        pid: Option<u32>,
    },
    /// The file is a database that belongs to another application.
    #[error("{}: expected a study's store, found another program's database", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A later version of this program wrote the store.
    #[error(
        "{}: expected a store of version {supported} or older, found version {found}; use a newer version of ganas",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of the store.
        found: usize,
        /// The newest version that this program supports.
        supported: usize,
    },
    /// The file's contents differ from what was written.
    #[error(
        "{}: the store is damaged ({found}). To restore a backup, delete study.db, study.db-wal and study.db-shm, then copy back whichever of the three the backup contains. Or start a new study in another folder",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The damage found.
        found: String,
    },
    /// The study belongs to another search space.
    #[error("{place}: expected a study of the search space {expected}, found a study of {found}")]
    OtherSpace {
        /// Location of the store.
        place: String,
        /// Name and hash of the space that the caller passed.
        expected: String,
        /// Name and hash of the study's space.
        found: String,
    },
    /// The folder in which the study was opened is no longer at its path.
    #[error(
        "{}: the study's folder is no longer here: expected the folder in which the study was opened, found {found}. Evaluation has stopped; nothing that was stored is lost. If the folder was moved, resume with `ganas resume NEW_FOLDER`",
        folder.display()
    )]
    Moved {
        /// The folder's original path.
        folder: PathBuf,
        /// Description of what was found at this path instead.
        found: &'static str,
    },
    /// A file of the store is missing, or was replaced after the study was opened.
    #[error(
        "{}: expected the file with which the study was opened, found {found}; evaluation has stopped. Restore a backup of the whole folder, or start a new study in another folder",
        path.display()
    )]
    Replaced {
        /// The file's path.
        path: PathBuf,
        /// Description of what was found at this path instead.
        found: &'static str,
    },
    /// Changes that a killed process left in a file beside the store cannot be read, because the
    /// store's location is read-only.
    #[error(
        "{}: expected a closed store or a writable folder, found changes that are not yet in study.db, left by a process that was killed or is still running. Copy the whole folder to a writable location and read it there",
        path.display()
    )]
    Unsettled {
        /// The file with the changes.
        path: PathBuf,
    },
    /// The disk is full.
    #[error(
        "{}: the disk is full; free some space, then run `ganas resume`; nothing that was stored is lost",
        path.display()
    )]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// An SQLite operation failed.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file system operation failed.
    #[error("could not create or use {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

fn process(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".into(), |pid| format!("process {pid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_study_names_the_process_that_uses_it() {
        for (pid, expected) in
            [(Some(17), "study: process 17 is"), (None, "study: another process is")]
        {
            let error = StoreError::Locked { folder: "study".into(), pid }.to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
