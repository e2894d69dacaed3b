use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a study's store could not be used. Nothing in it was changed then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A new study where there is one.
    #[error("{}: there is a study here already; `ganas resume` goes on with it", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// A new study where an earlier one's trials are, which it would take for its own.
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
    /// Another process writes to it.
    #[error("{}: {} is at work on this study; wait for it or end it", folder.display(), process(*pid))]
    Locked {
        /// The folder.
        folder: PathBuf,
        /// The process's id, if it could be read.
        pid: Option<u32>,
    },
    /// A database of something else.
    #[error("{}: expected a study's store, found another program's database", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Written by a later version of this program.
    #[error(
        "{}: expected a store of version {supported} or older, found version {found}; use a newer ganas",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: usize,
        /// The newest version that this program knows.
        supported: usize,
    },
    /// The file's contents are not what was written.
    #[error(
        "{}: the store is damaged ({found}); put a copy of it back, with the files study.db-wal and study.db-shm that were copied with it and no others, or begin the study anew in another folder",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        found: String,
    },
    /// The study was of another search space.
    #[error(
        "{}: expected a study of the search space {expected}, found one of {found}",
        folder.display()
    )]
    OtherSpace {
        /// The folder.
        folder: PathBuf,
        /// Name and hash of the space given.
        expected: String,
        /// Name and hash of the space of the study.
        found: String,
    },
    /// There is no room for more.
    #[error(
        "{}: the disk is full; make room, then `ganas resume` loses nothing that was stored",
        path.display()
    )]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// SQLite cannot do what was asked.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// The file system cannot do what was asked.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

fn process(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".into(), |pid| format!("process {pid}"))
}

/// Names the file, and tells damage and a full disk from the rest.
pub(super) fn sql(path: &Path) -> impl Fn(rusqlite::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |source| {
        let path = path.clone();
        match &source {
            rusqlite::Error::SqliteFailure(code, message) => match code.code {
                ErrorCode::DiskFull => StoreError::Full { path },
                ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => {
                    StoreError::Damaged { path, found: source.to_string() }
                }
                // A statement that does not fit the tables.
                ErrorCode::Unknown => {
                    let found = message.clone().unwrap_or_else(|| source.to_string());
                    StoreError::Damaged { path, found }
                }
                _ => StoreError::Sqlite { path, source },
            },
            // The schema does not let in what has another type.
            rusqlite::Error::FromSqlConversionFailure(_, _, inner) => {
                StoreError::Damaged { path, found: inner.to_string() }
            }
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => {
                StoreError::Damaged { path, found: source.to_string() }
            }
            rusqlite::Error::QueryReturnedNoRows => {
                StoreError::Damaged { path, found: "a row that every study has is missing".into() }
            }
            _ => StoreError::Sqlite { path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use crate::{Store, StudyReader, StudyRecord};

    /// What is said of a store that a statement damaged.
    fn said(damage: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let record = StudyRecord::new(&NasBench201::default(), "random", String::new());
        drop(Store::create(folder.path(), &record).unwrap());
        let connection = rusqlite::Connection::open(folder.path().join("study.db")).unwrap();
        connection.execute_batch(damage).unwrap();
        let read = StudyReader::open(folder.path());
        let error = read.and_then(|reader| reader.status().and(reader.trials())).unwrap_err();
        error.to_string()
    }

    #[test]
    fn damage_is_told_in_words() {
        let insert = "INSERT INTO trials (id, round, arch, choices, source, seed, state, attempts,
                      value, metrics) VALUES (0, 0, '', x'', '', 0, 'measured', 1, 1.0, 'no JSON')";
        assert!(said(insert).contains("study.db: the store is damaged (expected ident at line 1"));
        assert!(said("DROP TABLE trials").contains("is damaged (no such table: trials"));
        let empty = said("DELETE FROM study");
        assert!(empty.contains("is damaged (a row that every study has is missing)"), "{empty}");
        assert!(empty.contains("study.db-wal and study.db-shm"), "{empty}");
    }
}
