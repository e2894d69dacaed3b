//! Converts SQLite errors to store errors.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::StoreError;

/// Returns a function that converts an SQLite error to a store error about this file. The function
/// distinguishes damage and a full disk from other errors.
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
                // A statement that does not match the tables.
                ErrorCode::Unknown => {
                    let found = message.clone().unwrap_or_else(|| source.to_string());
                    StoreError::Damaged { path, found }
                }
                _ => StoreError::Sqlite { path, source: source.into() },
            },
            // The schema rejects values of another type.
            rusqlite::Error::FromSqlConversionFailure(_, _, inner) => {
                StoreError::Damaged { path, found: inner.to_string() }
            }
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => {
                StoreError::Damaged { path, found: source.to_string() }
            }
            rusqlite::Error::QueryReturnedNoRows => {
                StoreError::Damaged { path, found: "a required row is missing".into() }
            }
            _ => StoreError::Sqlite { path, source: source.into() },
        }
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use super::*;
    use crate::{SqliteStore, StudyReader, StudyRecord};

    /// Returns the error message about a store that the SQL statement `damage` has damaged.
    fn said(damage: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let record = StudyRecord::new(&NasBench201::default(), "random", String::new());
        drop(SqliteStore::create(folder.path(), &record).unwrap());
        let connection = rusqlite::Connection::open(folder.path().join("study.db")).unwrap();
        connection.execute_batch(&format!("DROP TRIGGER trials_inserted; {damage}")).unwrap();
        let read = StudyReader::open(folder.path());
        let error = read.and_then(|reader| reader.status().and(reader.trials())).unwrap_err();
        error.to_string()
    }

    #[test]
    fn each_kind_of_failure_has_its_error() {
        let of = |code| {
            let failure = rusqlite::ffi::Error::new(code);
            sql(Path::new("study.db"))(rusqlite::Error::SqliteFailure(failure, None))
        };
        assert!(matches!(of(rusqlite::ffi::SQLITE_FULL), StoreError::Full { .. }));
        for code in [rusqlite::ffi::SQLITE_CORRUPT, rusqlite::ffi::SQLITE_NOTADB] {
            assert!(matches!(of(code), StoreError::Damaged { .. }));
        }
        assert!(matches!(of(rusqlite::ffi::SQLITE_BUSY), StoreError::Sqlite { .. }));
        let range = rusqlite::Error::IntegralValueOutOfRange(0, -1);
        assert!(matches!(sql(Path::new("study.db"))(range), StoreError::Damaged { .. }));
    }

    #[test]
    fn a_measured_trial_without_a_value_is_damage() {
        let insert = "INSERT INTO trials (id, round, arch, choices, source, seed, state, attempts)
                      VALUES (0, 0, '', x'', '', 0, 'measured', 1)";
        let said = said(insert);
        assert!(
            said.contains("expected a value, because the state is `measured`; found none"),
            "{said}"
        );
    }

    #[test]
    fn damage_is_told_in_words() {
        let insert = "INSERT INTO trials (id, round, arch, choices, source, seed, state, attempts,
                      value, metrics) VALUES (0, 0, '', x'', '', 0, 'measured', 1, 1.0, 'no JSON')";
        assert!(
            said(insert)
                .contains("study.db: the store is damaged (trial 0: expected ident at line 1")
        );
        assert!(said("DROP TABLE trials").contains("is damaged (no such table: trials"));
        let empty = said("DELETE FROM study");
        assert!(empty.contains("is damaged (a required row is missing)"), "{empty}");
        assert!(empty.contains("study.db-wal and study.db-shm"), "{empty}");
    }
}
