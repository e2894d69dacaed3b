//! Writes what a store keeps when a study creates trials: the trials, the finished rounds and the
//! checkpoint.

use ganas_graph::{ArchHash, ArchRecord, SearchSpace};
use rusqlite::{Connection, params};

use super::trial_row::{Asked, Told, numbers_blob, numbers_text, predictions_text};
use crate::store::{AskedTrial, Checkpoint, KnownTrial};
use crate::{Rejected, Round, TrialState};

pub(super) fn insert(
    connection: &Connection,
    space: &dyn SearchSpace,
    trial: &AskedTrial<'_>,
) -> rusqlite::Result<()> {
    let asked = Asked {
        trial: trial.trial.0,
        round: trial.round.cast_signed(),
        arch: &space.display(trial.arch),
        record: &ArchRecord::from(trial.arch),
        source: trial.source,
        seed: trial.seed,
        predictions: predictions_text(trial.predictions),
        rung: trial.rung,
    };
    insert_row(connection, &asked, trial.key, TrialState::Pending, None)
}

pub(super) fn insert_known(
    connection: &Connection,
    space: &dyn SearchSpace,
    known: &KnownTrial<'_>,
) -> rusqlite::Result<()> {
    let asked = Asked {
        trial: known.trial.0,
        round: -1,
        arch: &space.display(known.arch),
        record: &ArchRecord::from(known.arch),
        source: "known",
        seed: 0,
        predictions: None,
        rung: None,
    };
    let told = Told::measured(TrialState::Known, &known.measurement);
    insert_row(connection, &asked, known.key, TrialState::Known, Some(&told))
}

fn insert_row(
    connection: &Connection,
    asked: &Asked<'_>,
    key: ArchHash,
    state: TrialState,
    told: Option<&Told<'_>>,
) -> rusqlite::Result<()> {
    let insert =
        "INSERT INTO trials (id, round, arch, choices, numbers, key, source, seed, predictions,
                  state, attempts, value, train_seconds, metrics, rung)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?12, ?13, ?14)";
    connection.prepare_cached(insert)?.execute(params![
        asked.trial,
        asked.round,
        asked.arch,
        asked.record.choices(),
        numbers_blob(asked.record),
        *key.as_bytes(),
        asked.source,
        asked.seed,
        asked.predictions,
        state.name(),
        told.and_then(|told| told.value),
        told.and_then(|told| told.train_seconds),
        told.and_then(|told| told.metrics.as_deref()),
        asked.rung,
    ])?;
    Ok(())
}

pub(super) fn insert_rounds(
    connection: &Connection,
    rounds: &[(u64, Round)],
) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO rounds VALUES (?1, ?2, ?3, ?4, ?5, NULL)";
    let mut insert = connection.prepare_cached(insert)?;
    for (number, round) in rounds {
        let diagnostics = numbers_text(&round.diagnostics);
        let Round { queries_before, proposed, repeats, .. } = round;
        insert.execute(params![number, queries_before, proposed, repeats, diagnostics])?;
    }
    Ok(())
}

pub(super) fn replace_checkpoint(
    connection: &Connection,
    checkpoint: &Checkpoint,
) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO checkpoint (id, round, idle, seen, known,
                  seconds_in_strategy, diagnostics, proposals, strategy, rejected)
                  VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let Checkpoint { round, idle, seen, known, seconds_in_strategy, strategy, .. } = checkpoint;
    let diagnostics = numbers_text(&checkpoint.diagnostics);
    let proposals = serde_json::json!(checkpoint.proposals).to_string();
    connection.prepare_cached(insert)?.execute(params![
        round,
        idle,
        seen,
        known,
        seconds_in_strategy,
        diagnostics,
        proposals,
        strategy,
        checkpoint.rejected.as_deref().map(rejected_text),
    ])?;
    Ok(())
}

/// Formats the counts of rejected candidates as a JSON array.
pub(super) fn rejected_text(rejected: &[Rejected]) -> String {
    serde_json::json!(rejected).to_string()
}
