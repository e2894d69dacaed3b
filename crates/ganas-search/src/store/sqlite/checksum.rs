//! Checksums of what a store keeps, so that what changed on the disk is noticed.
//!
//! A trial has one of what was asked and one of its result, a checkpoint has one. Rows that an earlier
//! version wrote have none.

use rusqlite::types::Type;
use serde::Serialize;

use crate::store::Checkpoint;

/// CRC-32 of the values as JSON.
pub(super) fn of(values: &impl Serialize) -> u32 {
    let text = serde_json::to_vec(values).expect("plain values are JSON");
    crc32fast::hash(&text)
}

/// An error unless `stored`, where it is there, is the checksum of the values, which were `done`.
pub(super) fn check(
    stored: Option<u32>,
    values: &impl Serialize,
    done: &str,
) -> rusqlite::Result<()> {
    match stored {
        Some(stored) if stored != of(values) => {
            let found = format!("it is not what was {done}");
            Err(rusqlite::Error::FromSqlConversionFailure(0, Type::Integer, found.into()))
        }
        _ => Ok(()),
    }
}

/// That of a checkpoint whose lists are these texts.
pub(super) fn of_checkpoint(checkpoint: &Checkpoint, diagnostics: &str, proposals: &str) -> u32 {
    let Checkpoint { round, idle, seen, known, .. } = checkpoint;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(
        format!("{round} {idle} {seen} {known:?}\n{diagnostics}\n{proposals}\n").as_bytes(),
    );
    hasher.update(&checkpoint.strategy);
    hasher.finalize()
}
