//! The tables of a store and their migrations.

use rusqlite::{Connection, TransactionBehavior};

use super::checksum;

/// Steps from each version of the schema to the next; the first turns an empty file into a store.
const MIGRATIONS: [&str; 6] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5, VERSION_6];

const VERSION_1: &str = "
    CREATE TABLE migrations (
        version INTEGER PRIMARY KEY,
        program TEXT NOT NULL,            -- version of the program that made it
        at REAL NOT NULL                  -- seconds since 1970
    ) STRICT;
    CREATE TABLE study (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        program TEXT NOT NULL,            -- version of the program that began the study
        space TEXT NOT NULL,              -- name of the search space
        fingerprint TEXT NOT NULL,        -- hash of the search space
        strategy TEXT NOT NULL,
        seed INTEGER NOT NULL,
        budget INTEGER NOT NULL,
        minimise INTEGER NOT NULL,
        configuration TEXT NOT NULL,      -- whatever is needed to go on
        began REAL NOT NULL,
        stop_reason TEXT                  -- null until the study ended
    ) STRICT;
    CREATE TABLE trials (
        id INTEGER PRIMARY KEY,           -- in the order asked, from 0; known ones below 0
        round INTEGER NOT NULL,           -- -1 for what was known before
        arch TEXT NOT NULL,               -- the space's own notation
        choices BLOB NOT NULL,
        source TEXT NOT NULL,
        seed INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('known', 'pending', 'running', 'measured',
                                             'infeasible', 'failed', 'out of domain')),
        attempts INTEGER NOT NULL,
        arrival INTEGER,                  -- in the order in which results came in, from 1
        value REAL,                       -- as it was measured
        train_seconds REAL,
        metrics TEXT,                     -- a JSON object
        reason TEXT,
        started REAL,
        ended REAL
    ) STRICT;
    CREATE TABLE rounds (
        round INTEGER PRIMARY KEY,
        queries_before INTEGER NOT NULL,
        proposed INTEGER NOT NULL,
        repeats INTEGER NOT NULL,
        diagnostics TEXT NOT NULL         -- a JSON array of pairs
    ) STRICT;
    CREATE TABLE checkpoint (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        round INTEGER NOT NULL,           -- the round that was asked
        idle INTEGER NOT NULL,
        seen INTEGER NOT NULL,            -- arrivals that the strategy was told
        seconds_in_strategy REAL NOT NULL,
        diagnostics TEXT NOT NULL,        -- of the round, as in `rounds`
        proposals TEXT NOT NULL,          -- of the round: a JSON array of [choices, source]
        strategy BLOB NOT NULL            -- its state after it was asked
    ) STRICT;
";

/// Adds checksums, the number of each trial's query, and further columns. Only the further columns
/// stay empty in rows of version 1.
///
/// The migration numbers the queries of version 1 in the order asked or, if the study is
/// asynchronous, in the order of arrival. It also numbers results that had arrived but did not
/// count yet; opening the study corrects their numbers.
const VERSION_2: &str = "
    ALTER TABLE trials RENAME TO trials_1;
    CREATE TABLE trials (
        id INTEGER PRIMARY KEY,           -- in the order asked, from 0; known ones from -1 down
        round INTEGER NOT NULL,           -- -1 for what was known before
        arch TEXT NOT NULL,               -- the space's own notation
        choices BLOB NOT NULL,
        numbers BLOB,                     -- of numeric decisions: 8 bytes each, little-endian
        key BLOB,                         -- 16 bytes: its identity in the study
        source TEXT NOT NULL,
        seed INTEGER NOT NULL,
        predictions TEXT,                 -- what each model said of it: a JSON object
        asked_checksum INTEGER,           -- CRC-32 of the columns above
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        arrival INTEGER,                  -- in the order in which results came in, from 1
        query INTEGER,                    -- that it cost, from 1; 0: known; null: it does not count
        step INTEGER,                     -- that the result is of, such as an epoch; null: the last
        rung INTEGER,                     -- which of the study's steps that is, from 0
        value REAL,                       -- as it was measured
        train_seconds REAL,
        metrics TEXT,                     -- a JSON object
        reason TEXT,
        told_checksum INTEGER,            -- CRC-32 of state, value, seconds, metrics and reason
        started REAL,
        ended REAL
    ) STRICT;
    INSERT INTO trials (id, round, arch, choices, source, seed, state, attempts, arrival, value,
                        train_seconds, metrics, reason, started, ended)
        SELECT id, round, arch, choices, source, seed, state, attempts, arrival, value,
               train_seconds, metrics, reason, started, ended FROM trials_1;
    DROP TABLE trials_1;
    UPDATE trials SET query = 0 WHERE state = 'known';
    UPDATE trials SET query = counted.query FROM (
        SELECT id, row_number() OVER (ORDER BY CASE
            WHEN json_valid((SELECT configuration FROM study))
             AND json_extract((SELECT configuration FROM study), '$.asynchronous')
            THEN arrival ELSE id END) AS query
        FROM trials WHERE state IN ('measured', 'infeasible', 'failed')
    ) AS counted WHERE counted.id = trials.id;
    CREATE TABLE reports (                -- results on the way, as evaluations report them
        trial INTEGER NOT NULL REFERENCES trials (id),
        step INTEGER NOT NULL,
        at REAL NOT NULL,                 -- seconds since 1970
        value REAL NOT NULL,
        metrics TEXT,                     -- a JSON object
        checksum INTEGER NOT NULL,        -- CRC-32 of the columns above
        PRIMARY KEY (trial, step)
    ) STRICT;
    ALTER TABLE checkpoint ADD COLUMN known INTEGER;    -- known ones that the strategy was told
    ALTER TABLE checkpoint ADD COLUMN checksum INTEGER; -- CRC-32 of all but the seconds
";

/// Allows failed trials to be evaluated again, and removes the checksums of single columns;
/// [`checksum`] covers whole rows instead.
const VERSION_3: &str = "
    ALTER TABLE trials ADD COLUMN turn INTEGER; -- in the order asked if asked again; else its id is
    ALTER TABLE trials DROP COLUMN asked_checksum;
    ALTER TABLE trials DROP COLUMN told_checksum;
    ALTER TABLE checkpoint DROP COLUMN checksum;
    ALTER TABLE reports DROP COLUMN checksum;
";

/// Stops counting failed evaluations as queries; they keep their places among all evaluations.
const VERSION_4: &str = "
    ALTER TABLE trials ADD COLUMN place INTEGER; -- among what counts, from 1; 0: known; null: it does not
    UPDATE trials SET place = query;
    UPDATE rounds SET queries_before = queries_before - (
        SELECT count(*) FROM trials
        WHERE state = 'failed' AND place BETWEEN 1 AND rounds.queries_before);
    UPDATE trials SET query = CASE WHEN state != 'failed' THEN counted.query END FROM (
        SELECT id, sum(state != 'failed') OVER (ORDER BY place) AS query FROM trials WHERE place > 0
    ) AS counted WHERE counted.id = trials.id;
";

/// Adds seconds of training to reports, and the trial state `stopped`, for which `step` is filled
/// in.
const VERSION_5: &str = "
    ALTER TABLE reports ADD COLUMN train_seconds REAL;
";

/// Adds the counts of rejected candidates: at the checkpoint, from which a resumed study continues
/// counting, and at the study's end. The counts stay null in studies started before this version.
const VERSION_6: &str = "
    ALTER TABLE checkpoint ADD COLUMN rejected TEXT; -- a JSON array of limits with counts
    ALTER TABLE study ADD COLUMN rejected TEXT;      -- the same, when it last ended
";

/// The first version in which all rows have checksums.
pub(super) const FIRST_WITH_CHECKSUMS: usize = 3;

/// Version of the schema that this program writes.
pub(super) const VERSION: usize = MIGRATIONS.len();

/// Migrates an empty file or a store of an earlier version to [`VERSION`].
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: usize = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found < VERSION {
        checksum::end(&transaction)?;
    }
    for (version, migration) in (1..).zip(MIGRATIONS).skip(found) {
        transaction.execute_batch(migration)?;
        transaction.execute(
            "INSERT INTO migrations VALUES (?1, ?2, unixepoch('subsec'))",
            (version, env!("CARGO_PKG_VERSION")),
        )?;
    }
    if found < VERSION {
        checksum::begin(&transaction, VERSION)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::super::store_file::{APPLICATION, open_to_read, open_to_write, path};
    use super::*;

    /// Creates a folder with a store of version 3: a known value, two queries with a failed
    /// evaluation between them, and two rounds.
    fn version_3() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(path(folder.path())).unwrap();
        checksum::install(&connection).unwrap();
        MIGRATIONS[..3].iter().for_each(|it| connection.execute_batch(it).unwrap());
        checksum::begin(&connection, 3).unwrap();
        connection.pragma_update(None, "application_id", APPLICATION).unwrap();
        connection.pragma_update(None, "user_version", 3).unwrap();
        let insert =
            "INSERT INTO trials (id, round, arch, choices, source, seed, state, attempts, query)
                      VALUES (?1, 0, '', x'', '', 0, ?2, 1, ?3)";
        for trial in [(-1, "known", 0), (0, "measured", 1), (1, "failed", 2), (2, "measured", 3)] {
            connection.execute(insert, trial).unwrap();
        }
        connection
            .execute_batch(
                "INSERT INTO rounds VALUES (1, 1, 1, 0, '[]', NULL), (2, 2, 1, 0, '[]', NULL)",
            )
            .unwrap();
        folder
    }

    #[test]
    fn failures_of_earlier_stores_are_no_queries_and_keep_their_places() {
        let folder = version_3();
        let check = |connection: &Connection| {
            let places =
                "SELECT group_concat(concat(place, ':', query), ' ') FROM trials ORDER BY id";
            let text = |select| connection.query_row(select, [], |row| row.get::<_, String>(0));
            assert_eq!(text(places).unwrap(), "0:0 1:1 2: 3:2");
            assert_eq!(text("SELECT group_concat(queries_before) FROM rounds").unwrap(), "1,1");
            assert_eq!(checksum::find_changed(connection, VERSION), Ok(None));
        };
        check(&open_to_read(folder.path()).unwrap());
        check(&open_to_write(folder.path()).unwrap());
        check(&open_to_read(folder.path()).unwrap());
    }

    #[test]
    fn damage_in_an_earlier_store_is_noticed_before_it_is_rewritten() {
        let folder = version_3();
        let connection = Connection::open(path(folder.path())).unwrap();
        let change = "DROP TRIGGER trials_updated; UPDATE trials SET arch = 'x' WHERE id = 2";
        connection.execute_batch(change).unwrap();
        for opened in [open_to_read(folder.path()), open_to_write(folder.path())] {
            let error = opened.unwrap_err().to_string();
            assert!(
                error.contains("trial 2: the contents differ from what was written"),
                "{error}"
            );
        }
    }
}
