//! Read-only connections, which work even in folders that cannot be written to.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::store_file::{beside, wait_for_others};
use super::{checksum, sql};
use crate::StoreError;

/// Opens a read-only connection to a store; another process may be writing to the store.
///
/// In order to read a store, SQLite creates a file beside it. Where this is impossible, no other
/// process can be writing either, so the store is read as it is.
///
/// # Errors
/// [`StoreError::Unsettled`] if a file beside the store contains changes that must first be merged
/// into the store.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match try_to_read(path, flags) {
        Err(error) if is_about_writing(&error) => {}
        other => return other.map_err(sql(path)),
    }
    for journal in [beside(path, "-wal"), beside(path, "-journal")] {
        if fs::metadata(&journal).is_ok_and(|file| file.len() > 0) {
            return Err(StoreError::Unsettled { path: journal });
        }
    }
    let plain = path.to_string_lossy();
    let plain = plain.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let address = format!("file:{plain}?immutable=1");
    try_to_read(Path::new(&address), flags | OpenFlags::SQLITE_OPEN_URI).map_err(sql(path))
}

/// Opens a store and reads its first page.
fn try_to_read(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    wait_for_others(&connection)?;
    checksum::install(&connection)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

fn is_about_writing(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use super::*;
    use crate::{SqliteStore, StudyReader, StudyRecord};

    /// Creates a study in a folder in which SQLite cannot create its file, whichever user runs the
    /// test.
    fn unwritable(name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join(name);
        let record = StudyRecord::new(&NasBench201::default(), "random", String::new());
        drop(SqliteStore::create(&folder, &record).unwrap());
        std::os::unix::fs::symlink("no/where", folder.join("study.db-shm")).unwrap();
        (parent, folder)
    }

    #[test]
    fn a_store_is_read_where_nothing_can_be_written() {
        for name in ["study", "100%25 of a?b#c"] {
            let (_parent, folder) = unwritable(name);
            let reader = StudyReader::open(&folder).unwrap();
            assert_eq!(reader.study().unwrap().strategy, "random");
            assert_eq!(reader.status().unwrap().queries, 0);
            assert!(reader.trials().unwrap().is_empty());
        }
    }

    #[test]
    fn what_is_not_in_the_store_yet_is_not_overlooked() {
        let (_parent, folder) = unwritable("study");
        fs::write(folder.join("study.db-wal"), "more").unwrap();
        let error = StudyReader::open(&folder).unwrap_err();
        assert!(matches!(error, StoreError::Unsettled { .. }), "{error}");
        assert!(error.to_string().contains("study.db-wal: expected a closed store"));
    }
}
