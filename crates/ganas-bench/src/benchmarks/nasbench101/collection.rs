//! Groups the training runs in a published file by cell.

use std::collections::HashMap;

use ganas_graph::ArchHash;

use super::contents::{Budget, Cell, Contents, Numbers};
use super::record::{Training, WrongRecord};
use crate::BenchError;

/// Epochs of the published training runs.
pub(super) const EPOCHS: [u32; 4] = [4, 12, 36, 108];

/// Maximum number of training runs of each cell at each budget.
const REPEATS: usize = 3;

/// Training runs in the order of a file, grouped by cell.
///
/// The n-th record of a cell at a budget, from 0, is repeat n. A cell with all budgets takes about
/// 200 bytes.
#[derive(Debug, Default)]
pub(super) struct Collection {
    cells: Vec<Cell>,
    by_hash: HashMap<ArchHash, usize>,
    /// By budget, then by cell; a budget without records stays empty.
    trainings: [Vec<Repeats>; EPOCHS.len()],
}

#[derive(Debug, Clone, Copy)]
struct Repeats {
    count: usize,
    numbers: [Numbers; REPEATS],
}

impl Repeats {
    const NONE: Self = Self { count: 0, numbers: [[f32::NAN; 4]; REPEATS] };
}

impl Collection {
    /// Returns the number of cells.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Adds a training run. Checks its number of epochs and its hash, and that the cell does not
    /// have too many training runs.
    pub(super) fn add(&mut self, training: &Training) -> Result<(), WrongRecord> {
        let Some(budget) = EPOCHS.iter().position(|epochs| *epochs == training.epochs) else {
            let expected = "4, 12, 36 or 108".into();
            let found = training.epochs.to_string();
            return Err(WrongRecord { field: "epochs", expected, found });
        };
        let cell = self.cell(training)?;
        let of_budget = &mut self.trainings[budget];
        if of_budget.len() <= cell {
            of_budget.resize(cell + 1, Repeats::NONE);
        }
        let repeats = &mut of_budget[cell];
        let Some(place) = repeats.numbers.get_mut(repeats.count) else {
            let expected =
                format!("at most {REPEATS} records of a cell at {} epochs", training.epochs);
            let found = format!("one more record of cell {}", training.hash);
            return Err(WrongRecord { field: "module hash", expected, found });
        };
        *place = numbers(training);
        repeats.count += 1;
        Ok(())
    }

    /// Returns the index of the training run's cell. If the cell is not new, it must match the
    /// earlier records.
    fn cell(&mut self, training: &Training) -> Result<usize, WrongRecord> {
        let Training { hash, spec, metrics, .. } = training;
        let known = self.by_hash.get(hash).copied();
        if known.is_none_or(|cell| self.cells[cell].spec != *spec) && spec.hash() != *hash {
            let expected = format!("{}, the hash of the cell", spec.hash());
            return Err(WrongRecord { field: "module hash", expected, found: hash.to_string() });
        }
        let Some(cell) = known else {
            self.by_hash.insert(*hash, self.cells.len());
            self.cells.push(Cell { hash: *hash, spec: *spec, params: metrics.parameters });
            return Ok(self.cells.len() - 1);
        };
        let params = self.cells[cell].params;
        if params != metrics.parameters {
            let expected = format!("{params} trainable_parameters, as in an earlier record");
            let found = metrics.parameters.to_string();
            return Err(WrongRecord { field: "metrics", expected, found });
        }
        Ok(cell)
    }

    /// Returns the contents. Every cell must have the same number of training runs at every budget.
    pub(super) fn finish(self, file: &str) -> Result<Contents, BenchError> {
        let counts = self.trainings.iter().flatten().map(|repeats| repeats.count);
        let repeats = counts.max().unwrap_or(0);
        let mut budgets = Vec::new();
        for (epochs, mut trainings) in EPOCHS.into_iter().zip(self.trainings) {
            if trainings.is_empty() {
                continue;
            }
            trainings.resize(self.cells.len(), Repeats::NONE);
            for (cell, found) in self.cells.iter().zip(&trainings) {
                if found.count != repeats {
                    return Err(BenchError::Record {
                        file: file.into(),
                        record: format!("all records of cell {}", cell.hash),
                        field: format!("{epochs} epochs"),
                        expected: format!("{repeats} repeats, as for the other cells"),
                        found: found.count.to_string(),
                    });
                }
            }
            let trainings = trainings.iter().flat_map(|found| &found.numbers[..repeats]);
            budgets.push(Budget { epochs, trainings: trainings.copied().collect() });
        }
        Ok(Contents { cells: self.cells, repeats, budgets, failure: None })
    }
}

/// Returns the numbers of a training run. The published accuracies are single-precision numbers
/// stored in double precision, so nothing is lost.
#[expect(clippy::cast_possible_truncation, reason = "single precision is what the table holds")]
fn numbers(training: &Training) -> Numbers {
    let metrics = &training.metrics;
    [metrics.train, metrics.validation, metrics.test, metrics.train_seconds]
        .map(|number| number as f32)
}
