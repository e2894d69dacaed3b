//! Errors of a store.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Reason why a study's store could not be used. Nothing in it was changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A new study in a folder that already has one.
    #[error("{}: there is a study here already", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// A new study in a folder with an earlier study's trials, which it would take for its own.
    #[error(
        "{}: there are trials of an earlier study here, but no study.db; put that back, remove the trials, or begin the study in another folder",
        trials.display()
    )]
    Leftovers {
        /// The folder of the trials.
        trials: PathBuf,
    },
    /// No study where one was expected.
    #[error("{}: expected a study's folder, found no study.db in it", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process is writing to it.
    #[error(
        "{}: {} is at work on this study, on this machine or on another that shares the folder; wait for it or end it. Several processes on one study are out of scope: give the one that runs more `workers`, or let `ganas serve --dir` hand out the trials",
        folder.display(),
        process(*pid)
    )]
    Locked {
        /// The folder.
        folder: PathBuf,
        /// The process's id, if it could be read.
        pid: Option<u32>,
    },
    /// A database of another application.
    #[error("{}: expected a study's store, found another program's database", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A store written by a later version of this program.
    #[error(
        "{}: expected a store of version {supported} or older, found version {found}; use a newer ganas",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: usize,
        /// The newest version that this program supports.
        supported: usize,
    },
    /// The file's contents differ from what was written.
    #[error(
        "{}: the store is damaged ({found}); put a copy of it back, with the files study.db-wal and study.db-shm that were copied with it and no others, or begin the study anew in another folder",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The damage found.
        found: String,
    },
    /// A study of another search space.
    #[error("{place}: expected a study of the search space {expected}, found one of {found}")]
    OtherSpace {
        /// Location of the store.
        place: String,
        /// Name and hash of the given space.
        expected: String,
        /// Name and hash of the study's space.
        found: String,
    },
    /// The folder is no longer at the path where the study was opened.
    #[error(
        "{}: expected the folder that the study was opened in, found {found}; nothing more is evaluated. If it was moved, `ganas resume` in its new place loses nothing that was stored",
        folder.display()
    )]
    Moved {
        /// The folder's original path.
        folder: PathBuf,
        /// Description of the item found there instead.
        found: &'static str,
    },
    /// A file of the store is no longer the one with which the study was opened.
    #[error(
        "{}: expected the file that the study was opened with, found {found}; nothing more is evaluated. Put a copy of the whole folder back, or begin the study anew in another folder",
        path.display()
    )]
    Replaced {
        /// The file's path.
        path: PathBuf,
        /// Description of the item found there instead.
        found: &'static str,
    },
    /// Changes left by a killed process cannot be read from a read-only location.
    #[error(
        "{}: expected a store that was closed, or a folder that can be written to; found changes that are not in study.db yet, of a process that was killed or is at work. Copy the whole folder to where it can be written to, and read it there",
        path.display()
    )]
    Unsettled {
        /// The file with the changes.
        path: PathBuf,
    },
    /// The disk is full.
    #[error(
        "{}: the disk is full; make room, then `ganas resume` loses nothing that was stored",
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
    #[error("{}: {source}", path.display())]
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
