//! Verifies a whole NAS-Bench-101 table.

use ganas_graph::SearchSpace as _;
use ganas_graph::spaces::NasBench101;
use ganas_graph::spaces::nasbench101::ModelSpec;

use super::{NasBench101Table, Row};
use crate::{Accuracy, BenchError, Progress, Verification};

/// Number of rows whose hashes are computed together.
const BATCH: usize = 4_096;

/// Recomputes checksums, order, hashes, parameters and counts of a whole table.
pub(super) fn verify(
    table: &NasBench101Table,
    progress: &mut Progress<'_>,
) -> Result<Verification, BenchError> {
    let blocks = table.container().blocks();
    let total = (blocks + table.len()) as u64;
    for block in 0..blocks {
        table.container().verify_block(block)?;
        progress(block as u64 + 1, total);
    }
    let rows: Vec<_> = table.rows().collect();
    let mut done = blocks;
    for batch in rows.chunks(BATCH) {
        verify_rows(table, batch)?;
        done += batch.len();
        progress(done as u64, total);
    }
    let complete = NasBench101::default().classes() == Some(table.len() as u128);
    let (trainings, epochs) = (table.repeats(), table.epochs().len());
    let checks = vec![
        format!("checksums of {blocks} blocks of {}", table.container().origin()),
        format!("the ascending order and the index entries of {} module hashes", table.len()),
        format!(
            "each cell's module hash and parameters, and {trainings} training runs at each of {epochs} budgets"
        ),
    ];
    Ok(Verification { architectures: Some(table.len()), complete, checks })
}

fn verify_rows(table: &NasBench101Table, rows: &[Row]) -> Result<(), BenchError> {
    let specs: Vec<_> = rows.iter().map(|row| table.spec(*row)).collect::<Result<_, _>>()?;
    for ((row, spec), hash) in rows.iter().zip(&specs).zip(ModelSpec::hashes(&specs)) {
        let stored = table.hash(*row)?;
        expect(table, stored == hash, || {
            (format!("hash {hash} in row {} (counted from 0)", row.0), stored.to_string())
        })?;
        let found = table.find(hash)?;
        expect(table, found == Some(*row), || {
            let found = found.map_or("no row".into(), |row| format!("row {}", row.0));
            (format!("{hash} to be found in row {} (counted from 0)", row.0), found)
        })?;
        let (expected, params) = (spec.params(), table.params(*row)?);
        expect(table, expected == u64::from(params), || {
            (format!("{expected} parameters for cell {hash}"), params.to_string())
        })?;
        verify_trainings(table, *row)?;
    }
    Ok(())
}

/// Checks that the numbers are possible.
fn verify_trainings(table: &NasBench101Table, row: Row) -> Result<(), BenchError> {
    let fraction = |accuracy: Accuracy| (0.0..=1.0).contains(&accuracy.fraction());
    for budget in 0..table.epochs().len() {
        for repeat in 0..table.repeats() {
            let training = table.training(row, budget, repeat)?;
            let accuracies = [training.train, Some(training.validation), training.test];
            let possible = accuracies.into_iter().flatten().all(fraction)
                && training.seconds.is_none_or(|seconds| seconds >= 0.0 && seconds.is_finite());
            expect(table, possible, || {
                let expected = format!("fractions and seconds in row {} (counted from 0)", row.0);
                (expected, format!("{training:?}"))
            })?;
        }
    }
    Ok(())
}

fn expect(
    table: &NasBench101Table,
    holds: bool,
    texts: impl FnOnce() -> (String, String),
) -> Result<(), BenchError> {
    if holds {
        return Ok(());
    }
    let (expected, found) = texts();
    Err(table.container().other(expected, found))
}
