//! Creates and opens store files.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::migrations::{FIRST_WITH_CHECKSUMS, VERSION, migrate};
use super::{NAME, checksum, read_only, sql};
use crate::StoreError;

/// SQLite application id of a study: the letters `gana`.
pub(super) const APPLICATION: u32 = 0x6761_6e61;

/// Returns the path of a folder's store.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Returns the path of a file that SQLite keeps beside a store; its name is the store's name
/// followed by `end`.
pub(super) fn beside(store: &Path, end: &str) -> PathBuf {
    store.with_file_name(format!("{NAME}{end}"))
}

/// Opens a store for reading; another process may be writing to the store.
///
/// # Errors
/// If there is no store, if this program cannot read it, or if it is damaged.
pub(super) fn open_to_read(folder: &Path) -> Result<Connection, StoreError> {
    let path = path(folder);
    if !path.is_file() {
        return Err(StoreError::Missing { folder: folder.into() });
    }
    let connection = read_only::connect(&path)?;
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    let application = number("application_id").map_err(sql(&path))?;
    if application != APPLICATION {
        return Err(StoreError::Foreign { path });
    }
    let found = number("user_version").map_err(sql(&path))? as usize;
    if found > VERSION {
        return Err(StoreError::Newer { path, found, supported: VERSION });
    }
    let intact: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sql(&path))?;
    let changed = match found {
        _ if intact != "ok" => Some(intact),
        // Before migration, which changes rows.
        FIRST_WITH_CHECKSUMS.. => checksum::find_changed(&connection, found).map_err(sql(&path))?,
        _ => None,
    };
    if let Some(found) = changed {
        return Err(StoreError::Damaged { path, found });
    }
    if found == VERSION { Ok(connection) } else { migrated(&connection).map_err(sql(&path)) }
}

/// Returns a migrated copy of the store in memory, since readers must change nothing on disk.
fn migrated(connection: &Connection) -> rusqlite::Result<Connection> {
    let mut copy = Connection::open_in_memory()?;
    checksum::install(&copy)?;
    Backup::new(connection, &mut copy)?.run_to_completion(PAGES, Duration::ZERO, None)?;
    migrate(&mut copy)?;
    Ok(copy)
}

/// Number of pages copied at a time.
const PAGES: i32 = 1_024;

/// Opens a store for writing, and migrates it if necessary. Verifies the whole store before the
/// migration changes it.
///
/// # Errors
/// As for [`open_to_read`].
pub(super) fn open_to_write(folder: &Path) -> Result<Connection, StoreError> {
    let path = path(folder);
    roll_back(&path).map_err(sql(&path))?;
    drop(open_to_read(folder)?);
    let mut connection = Connection::open(&path).map_err(sql(&path))?;
    checksum::install(&connection).map_err(sql(&path))?;
    durable(&connection).and_then(|()| migrate(&mut connection)).map_err(sql(&path))?;
    Ok(connection)
}

/// Rolls back the transaction of a killed process that left a journal. A read-only connection
/// cannot do this. Only earlier versions of this program, killed while creating a store, left such
/// a journal.
fn roll_back(path: &Path) -> rusqlite::Result<()> {
    if !beside(path, "-journal").exists() {
        return Ok(());
    }
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    wait_for_others(&connection)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

/// Creates a store with the contents that `fill` writes. The creation is atomic: if the process is
/// killed during it, no store is left.
///
/// # Errors
/// If the folder already contains a store, or contains the trials of a store that is gone.
pub(super) fn create(
    folder: &Path,
    fill: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let path = path(folder);
    if path.exists() {
        return Err(StoreError::Exists { folder: folder.into() });
    }
    let trials = folder.join("trials");
    if fs::read_dir(&trials).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(StoreError::Leftovers { trials });
    }
    let unfinished = folder.join("study.db.unfinished");
    let io = |source| StoreError::Io { path: unfinished.clone(), source };
    // SQLite would take leftovers of an earlier store for changes to the new one.
    for stale in ["study.db", "study.db.unfinished"] {
        for end in ["", "-journal", "-wal", "-shm"] {
            remove(&folder.join(format!("{stale}{end}")))?;
        }
    }
    let make = || {
        let mut connection = Connection::open(&unfinished)?;
        checksum::install(&connection)?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
        migrate(&mut connection)?;
        let transaction = connection.transaction()?;
        fill(&transaction)?;
        transaction.commit()?;
        // Completed before it gets its name, so it never needs the other kind of journal.
        durable(&connection)?;
        connection.close().map_err(|(_, error)| error)
    };
    make().map_err(sql(&unfinished))?;
    fs::rename(&unfinished, &path).map_err(io)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
}

/// Removes a file, if it exists.
fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(StoreError::Io { path: path.into(), source })
        }
        _ => Ok(()),
    }
}

/// Makes every commit durable before it returns.
fn durable(connection: &Connection) -> rusqlite::Result<()> {
    wait_for_others(connection)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    wait_for_disk(connection, true)
}

/// Sets whether a commit returns only once it is on disk. If commits do not wait, nothing is lost
/// when the process is killed, but a power failure may lose everything after the last commit that
/// waited.
pub(super) fn wait_for_disk(connection: &Connection, wait: bool) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", if wait { "full" } else { "normal" })
}

pub(super) fn wait_for_others(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create_marked(folder: &Path, mark: u32) -> Connection {
        create(folder, |connection| {
            connection.execute("INSERT INTO rounds VALUES (?1, 0, 0, 0, '[]', NULL)", [mark])?;
            Ok(())
        })
        .unwrap();
        open_to_write(folder).unwrap()
    }

    #[test]
    fn what_an_earlier_store_left_does_not_get_into_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let earlier = create_marked(folder.path(), 1);
        earlier.execute("UPDATE rounds SET round = 2", []).unwrap();
        // The process is killed, and then only the store itself is removed.
        for (of, kept) in [("study.db-wal", "wal"), ("study.db-shm", "shm")] {
            fs::copy(file(of), file(kept)).unwrap();
        }
        drop(earlier);
        for (of, kept) in [("study.db-wal", "wal"), ("study.db-shm", "shm")] {
            fs::rename(file(kept), file(of)).unwrap();
        }
        fs::remove_file(file("study.db")).unwrap();
        let store = create_marked(folder.path(), 3);
        let mark = store.query_row("SELECT round FROM rounds", [], |row| row.get::<_, u32>(0));
        assert_eq!(mark, Ok(3));
    }

    #[test]
    fn a_journal_that_a_killed_process_left_is_rolled_back() {
        let (made, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let connection = create_marked(made.path(), 1);
        connection.pragma_update(None, "journal_mode", "delete").unwrap();
        connection.pragma_update(None, "cache_size", 1).unwrap();
        connection.execute_batch("BEGIN; UPDATE rounds SET round = 2;").unwrap();
        let insert = "INSERT INTO rounds VALUES (?1, 0, 0, 0, ?2, NULL)";
        for round in 10..200 {
            connection.execute(insert, (round, "x".repeat(2_000))).unwrap();
        }
        for file in ["study.db", "study.db-journal"] {
            fs::copy(made.path().join(file), killed.path().join(file)).unwrap();
        }
        assert!(open_to_read(killed.path()).is_err(), "whoever only reads cannot roll back");
        let store = open_to_write(killed.path()).unwrap();
        let rounds = |row: &rusqlite::Row<'_>| row.get::<_, u32>(0);
        let found = store.query_row("SELECT round FROM rounds", [], rounds);
        assert_eq!(found, Ok(1));
        assert!(!killed.path().join("study.db-journal").exists());
    }

    #[test]
    fn a_new_store_needs_no_change_of_its_journal() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), |_| Ok(())).unwrap();
        let files = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 1, "nothing beside it");
        let connection = open_to_read(folder.path()).unwrap();
        let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get(0));
        assert_eq!(mode, Ok("wal".to_owned()));
    }
}
