//! Writes and reads a study's record, and reads everything that the study needs to resume.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::trial_row::{self, COLUMNS, named, numbers, parse};
use crate::store::{Checkpoint, Loaded, StoredTrial, StudyRecord};
use crate::{Direction, Rejected, Round, TrialId};

pub(super) fn write_study(connection: &Connection, study: &StudyRecord) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO study (id, program, space, fingerprint, strategy, seed, budget, minimise,
         configuration, began) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, unixepoch('subsec'))",
        params![
            study.program,
            study.space,
            study.fingerprint,
            study.strategy,
            study.seed.cast_signed(),
            study.budget,
            study.direction == Direction::Minimise,
            study.configuration,
        ],
    )?;
    Ok(())
}

pub(super) fn read_study(connection: &Connection) -> rusqlite::Result<StudyRecord> {
    let select = "SELECT program, space, fingerprint, strategy, seed, budget, minimise,
                  configuration, stop_reason FROM study";
    connection.query_row(select, [], |row| {
        let minimise: bool = row.get(6)?;
        Ok(StudyRecord {
            program: row.get(0)?,
            space: row.get(1)?,
            fingerprint: row.get(2)?,
            strategy: row.get(3)?,
            seed: row.get::<_, i64>(4)?.cast_unsigned(),
            budget: row.get(5)?,
            direction: if minimise { Direction::Minimise } else { Direction::Maximise },
            configuration: row.get(7)?,
            stop_reason: row.get(8)?,
        })
    })
}

pub(super) fn read(connection: &Connection) -> rusqlite::Result<Loaded> {
    let checkpoint = "SELECT round, idle, seen, known, seconds_in_strategy, diagnostics, proposals,
                      strategy, rejected FROM checkpoint";
    Ok(Loaded {
        trials: read_trials(connection)?,
        rounds: read_rounds(connection)?,
        checkpoint: connection.query_row(checkpoint, [], read_checkpoint).optional()?,
    })
}

/// Reads all trials: first the known values in the order given, then the others in the order asked.
pub(super) fn read_trials(connection: &Connection) -> rusqlite::Result<Vec<StoredTrial>> {
    let select = format!("SELECT {COLUMNS} FROM trials ORDER BY id >= 0, abs(id)");
    let mut trials: Vec<_> =
        connection.prepare(&select)?.query_map([], trial_row::read)?.collect::<Result<_, _>>()?;
    let select =
        "SELECT trial, step, value, metrics, train_seconds FROM reports ORDER BY trial, step";
    let mut places: HashMap<TrialId, usize> = HashMap::new();
    for report in connection.prepare(select)?.query_map([], trial_row::read_report)? {
        let (trial, report) = report?;
        if places.is_empty() {
            places = trials.iter().enumerate().map(|(at, trial)| (trial.trial, at)).collect();
        }
        if let Some(&at) = places.get(&trial) {
            trials[at].reports.push(report);
        }
    }
    Ok(trials)
}

/// Reads the finished rounds, each with its number.
pub(super) fn read_rounds(connection: &Connection) -> rusqlite::Result<Vec<(u64, Round)>> {
    let select = "SELECT round, queries_before, proposed, repeats, diagnostics FROM rounds
                  ORDER BY round";
    connection.prepare(select)?.query_map([], round)?.collect()
}

fn round(row: &Row<'_>) -> rusqlite::Result<(u64, Round)> {
    let round = Round {
        queries_before: row.get(1)?,
        proposed: row.get(2)?,
        repeats: row.get(3)?,
        diagnostics: numbers(row, 4)?,
    };
    Ok((row.get(0)?, round))
}

/// Reads the counts of rejected candidates: those at the study's end if it has ended, otherwise
/// those at its checkpoint. A study that continues after its end writes a new checkpoint before it
/// ends again.
pub(super) fn read_rejected(connection: &Connection) -> rusqlite::Result<Option<Vec<Rejected>>> {
    let select = "SELECT iif(stop_reason IS NULL, checkpoint.rejected, study.rejected)
                  FROM study LEFT JOIN checkpoint";
    connection.query_row(select, [], |row| rejected(row, 0))
}

fn rejected(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Vec<Rejected>>> {
    row.get::<_, Option<String>>(column)?.map(|text| parse(column, &text)).transpose()
}

fn read_checkpoint(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    read_unnamed(row).map_err(|error| named("the checkpoint", error))
}

fn read_unnamed(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    let proposals: String = row.get(6)?;
    let mut checkpoint = Checkpoint {
        round: row.get(0)?,
        idle: row.get(1)?,
        seen: row.get(2)?,
        known: row.get(3)?,
        seconds_in_strategy: row.get(4)?,
        diagnostics: Vec::new(),
        rejected: rejected(row, 8)?,
        proposals: Vec::new(),
        strategy: row.get(7)?,
    };
    (checkpoint.diagnostics, checkpoint.proposals) = (numbers(row, 5)?, parse(6, &proposals)?);
    Ok(checkpoint)
}
