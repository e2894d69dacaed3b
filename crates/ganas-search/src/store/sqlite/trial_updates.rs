//! Writes the progress of trials: the start or cancellation of their evaluation, their reports and
//! results, and their places in the history.

use rusqlite::{Connection, Transaction, params};

use super::trial_row::{Told, metrics_text};
use crate::{HistoryPlace, Report, TrialId, TrialState, Verdict};

pub(super) fn begun(connection: &Connection, trial: TrialId) -> rusqlite::Result<()> {
    let update = "UPDATE trials SET state = ?2, attempts = attempts + 1,
                  started = unixepoch('subsec') WHERE id = ?1";
    let running = TrialState::Running.name();
    connection.prepare_cached(update)?.execute(params![trial.0, running])?;
    Ok(())
}

pub(super) fn report(
    transaction: &Transaction<'_>,
    trial: TrialId,
    report: &Report,
) -> rusqlite::Result<()> {
    let step = report.step.cast_signed();
    let delete = "DELETE FROM reports WHERE trial = ?1 AND step >= ?2";
    transaction.prepare_cached(delete)?.execute(params![trial.0, step])?;
    let insert = "INSERT INTO reports (trial, step, at, value, metrics, train_seconds)
                  VALUES (?1, ?2, unixepoch('subsec'), ?3, ?4, ?5)";
    let metrics = metrics_text(&report.metrics);
    let values = params![trial.0, step, report.value, metrics, report.train_seconds];
    transaction.prepare_cached(insert)?.execute(values)?;
    Ok(())
}

pub(super) fn give_up(connection: &Connection, trial: TrialId) -> rusqlite::Result<()> {
    let update = "UPDATE trials SET state = ?2 WHERE id = ?1";
    connection.execute(update, params![trial.0, TrialState::Pending.name()])?;
    Ok(())
}

/// Resets failed trials to their state before evaluation, except for their number of attempts.
pub(super) fn retry(
    transaction: &Transaction<'_>,
    turns: &[(TrialId, i64)],
) -> rusqlite::Result<()> {
    let update = "UPDATE trials SET state = ?2, turn = ?3, arrival = NULL, query = NULL,
                  place = NULL, train_seconds = NULL, reason = NULL, ended = NULL WHERE id = ?1";
    let mut update = transaction.prepare(update)?;
    for (trial, turn) in turns {
        update.execute(params![trial.0, TrialState::Pending.name(), turn])?;
    }
    transaction.execute("UPDATE study SET stop_reason = NULL", []).map(drop)
}

pub(super) fn finish(
    transaction: &Transaction<'_>,
    trial: TrialId,
    arrival: u64,
    verdict: &Verdict,
) -> rusqlite::Result<()> {
    let told = Told::of(verdict);
    let update = "UPDATE trials SET state = ?2, attempts = attempts + ?3, arrival = ?4, value = ?5,
                  train_seconds = ?6, metrics = ?7, reason = ?8, step = ?9,
                  ended = unixepoch('subsec') WHERE id = ?1";
    transaction.prepare_cached(update)?.execute(params![
        trial.0,
        told.state.name(),
        told.more_attempts,
        arrival,
        told.value,
        told.train_seconds,
        told.metrics,
        told.reason,
        told.step.map(u64::cast_signed),
    ])?;
    Ok(())
}

/// Replaces a trial's result with its final one.
pub(super) fn settle(
    transaction: &Transaction<'_>,
    trial: TrialId,
    verdict: &Verdict,
) -> rusqlite::Result<()> {
    let told = Told::of(verdict);
    let update = "UPDATE trials SET state = ?2, value = ?3, train_seconds = ?4, metrics = ?5,
                  reason = ?6, step = ?7 WHERE id = ?1";
    transaction.prepare_cached(update)?.execute(params![
        trial.0,
        told.state.name(),
        told.value,
        told.train_seconds,
        told.metrics,
        told.reason,
        told.step.map(u64::cast_signed),
    ])?;
    Ok(())
}

/// Writes the places of trials in the history.
pub(super) fn count(
    transaction: &Transaction<'_>,
    places: &[(TrialId, Option<HistoryPlace>)],
) -> rusqlite::Result<()> {
    let update = "UPDATE trials SET place = ?2, query = ?3 WHERE id = ?1";
    let mut update = transaction.prepare_cached(update)?;
    places.iter().try_for_each(|(trial, at)| {
        let query = at.and_then(|at| at.query);
        update.execute(params![trial.0, at.map(|at| at.place), query])?;
        Ok(())
    })
}
