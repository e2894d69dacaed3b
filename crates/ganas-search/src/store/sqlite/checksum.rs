//! Checksums of a store's contents, which reveal damage on disk.
//!
//! Every row of every table contains the CRC-32 of its other columns. Triggers compute this
//! checksum whenever a statement changes the row, and opening a store verifies all checksums.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

/// The tables, each with its name, the word that messages use for one row, and the columns that its
/// checksum covers. Columns added by later versions come last.
const TABLES: [(&str, &str, &str); 5] = [
    (
        "study",
        "the study, row",
        "id, program, space, fingerprint, strategy, seed, budget, minimise, configuration, began,
         stop_reason, rejected",
    ),
    (
        "trials",
        "trial",
        "id, round, arch, choices, numbers, key, source, seed, predictions, state, attempts, arrival,
         query, step, rung, value, train_seconds, metrics, reason, started, ended, turn, place",
    ),
    ("rounds", "round", "round, queries_before, proposed, repeats, diagnostics"),
    (
        "checkpoint",
        "the checkpoint, row",
        "id, round, idle, seen, known, seconds_in_strategy, diagnostics, proposals, strategy,
         rejected",
    ),
    ("reports", "report", "trial, step, at, value, metrics, train_seconds"),
];

/// Registers the SQL function that the triggers call. Without this function, no row can be changed.
pub(super) fn install(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("checksum", -1, flags, |row| Ok(of(row)))
}

/// Returns the CRC-32 of the row's values, each preceded by its type and length.
fn of(row: &Context<'_>) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for column in 0..row.len() {
        let value = row.get_raw(column);
        let mut add = |kind: u8, bytes: &[u8]| {
            hasher.update(&[kind]);
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        match value {
            ValueRef::Null => add(0, &[]),
            ValueRef::Integer(integer) => add(1, &integer.to_le_bytes()),
            ValueRef::Real(real) => add(2, &real.to_le_bytes()),
            ValueRef::Text(text) => add(3, text),
            ValueRef::Blob(blob) => add(4, blob),
        }
    }
    hasher.finalize()
}

/// Returns [`TABLES`] with the columns that they have in a store of the given version.
fn tables(version: usize) -> [(&'static str, &'static str, &'static str); 5] {
    let added = [
        (4, "trials", ", place"),
        (5, "reports", ", train_seconds"),
        (6, "study", ", rejected"),
        (6, "checkpoint", ",\n         rejected"),
    ];
    let later = |table| added.iter().find(|it| version < it.0 && it.1 == table);
    TABLES.map(|(table, name, columns)| {
        let earlier = later(table).and_then(|it| columns.strip_suffix(it.2));
        (table, name, earlier.unwrap_or(columns))
    })
}

/// Adds checksums, and the triggers that maintain them, to all tables of a store of the given
/// version.
pub(super) fn begin(connection: &Connection, version: usize) -> rusqlite::Result<()> {
    for (table, _, columns) in tables(version) {
        let set = format!("UPDATE {table} SET checksum = checksum({columns})");
        connection.execute_batch(&format!(
            "ALTER TABLE {table} ADD COLUMN checksum INTEGER; -- CRC-32 of all other columns
             {set};
             CREATE TRIGGER {table}_inserted AFTER INSERT ON {table} BEGIN
                 {set} WHERE rowid = NEW.rowid;
             END;
             CREATE TRIGGER {table}_updated AFTER UPDATE ON {table} BEGIN
                 {set} WHERE rowid = NEW.rowid;
             END;"
        ))?;
    }
    Ok(())
}

/// Removes the checksums and triggers that [`begin`] added, so that a migration can change the
/// tables.
pub(super) fn end(connection: &Connection) -> rusqlite::Result<()> {
    for (table, ..) in TABLES {
        let has = "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name = ?1";
        let trigger = format!("{table}_updated");
        if connection.query_row(has, [trigger], |row| row.get::<_, u32>(0))? > 0 {
            connection.execute_batch(&format!(
                "DROP TRIGGER {table}_inserted;
                 DROP TRIGGER {table}_updated;
                 ALTER TABLE {table} DROP COLUMN checksum;"
            ))?;
        }
    }
    Ok(())
}

/// Returns a description of the first row that does not match its checksum, in a store of the given
/// version; `None` if all rows match. Rows without a checksum are ignored.
pub(super) fn find_changed(
    connection: &Connection,
    version: usize,
) -> rusqlite::Result<Option<String>> {
    for (table, name, columns) in tables(version) {
        let select = format!(
            "SELECT rowid FROM {table} WHERE checksum != checksum({columns}) ORDER BY rowid LIMIT 1"
        );
        let row = connection.query_row(&select, [], |row| row.get::<_, i64>(0)).optional()?;
        if let Some(row) = row {
            return Ok(Some(format!("{name} {row}: the contents differ from what was written")));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_has_the_columns_of_its_version() {
        let ends = |version| {
            let ends = ["trials", "reports", "study"].map(|name| {
                let all = tables(version);
                let found = all.iter().find(|(table, ..)| *table == name);
                found.is_some_and(|(_, _, columns)| {
                    ["place", "train_seconds", "rejected"].iter().any(|it| columns.ends_with(it))
                })
            });
            ends.map(u8::from)
        };
        assert_eq!([3, 4, 5, 6].map(ends), [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]]);
    }
}
