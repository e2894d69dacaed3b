//! The contents of a NAS-Bench-101 table, and their serialisation.

use ganas_graph::ArchHash;
use ganas_graph::spaces::nasbench101::ModelSpec;

use super::table::{NUMBERS, index_bits};
use crate::BenchError;
use crate::formats::table::{Provenance, TableWriter};

/// A cell of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) hash: ArchHash,
    pub(super) spec: ModelSpec,
    pub(super) params: u32,
}

/// The results of a training run, in the order of a table's columns: train, validation and test
/// accuracy (fractions) and seconds; NaN if unknown.
pub(super) type Numbers = [f32; NUMBERS];

/// The contents of a table.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The cells, in any order.
    pub(super) cells: Vec<Cell>,
    /// Number of training runs of each cell at each budget.
    pub(super) repeats: usize,
    /// The budgets, ascending.
    pub(super) budgets: Vec<Budget>,
    /// Probability of each cell that its training fails, if known.
    pub(super) failure: Option<Vec<f32>>,
}

/// The results after a number of epochs.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) epochs: u32,
    /// The training runs of the first cell, [`Contents::repeats`] of them, then those of the
    /// second, and so on.
    pub(super) trainings: Vec<Numbers>,
}

impl Contents {
    /// Checks the hash of each cell. `place` describes, for errors, the file position of a cell
    /// given its index.
    pub(super) fn check_hashes(
        &self,
        file: &str,
        place: impl Fn(usize) -> String,
    ) -> Result<(), BenchError> {
        let specs: Vec<_> = self.cells.iter().map(|cell| cell.spec).collect();
        let pairs = self.cells.iter().zip(ModelSpec::hashes(&specs)).enumerate();
        for (number, (cell, found)) in pairs {
            if cell.hash != found {
                return Err(BenchError::Record {
                    file: file.into(),
                    record: place(number),
                    field: "hash".into(),
                    expected: format!("{found}, the hash of the cell"),
                    found: cell.hash.to_string(),
                });
            }
        }
        Ok(())
    }

    /// Returns the bytes of the table, sorted by hash. Each cell must occur exactly once.
    pub(super) fn write(&self, provenance: Provenance) -> Vec<u8> {
        let mut order: Vec<_> = (0..self.cells.len()).collect();
        order.sort_unstable_by_key(|&cell| self.cells[cell].hash);
        let cells = || order.iter().map(|&cell| &self.cells[cell]);
        let mut writer = TableWriter::new(provenance);
        let index = self.index(&order);
        writer.section("index", index.len(), index);
        writer.section("hash", 16, cells().flat_map(|cell| *cell.hash.as_bytes()));
        for budget in &self.budgets {
            let of =
                |&cell: &usize| &budget.trainings[cell * self.repeats..(cell + 1) * self.repeats];
            let numbers = order.iter().flat_map(of).flatten().copied();
            let columns = NUMBERS * self.repeats;
            writer.section(&format!("trainings.{}", budget.epochs), columns, numbers);
        }
        if let Some(failure) = &self.failure {
            writer.section("failure", 1, order.iter().map(|&cell| failure[cell]));
        }
        writer.section("cell", 2, cells().flat_map(|cell| packed(&cell.spec)));
        writer.section("params", 1, cells().map(|cell| cell.params));
        writer.finish()
    }

    /// Returns the first row of each of 2ⁿ equal ranges of hashes, followed by the number of rows.
    fn index(&self, order: &[usize]) -> Vec<u32> {
        let bits = index_bits(order.len());
        let mut index = vec![0_u32; (1 << bits) + 1];
        for &cell in order {
            index[super::table::range(self.cells[cell].hash, bits) + 1] += 1;
        }
        for range in 1..index.len() {
            index[range] += index[range - 1];
        }
        index
    }
}

/// Packs a cell into two numbers: its edges, one bit each; and its operators plus one, three bits
/// for each inner vertex, the first vertex in the lowest bits.
pub(super) fn packed(spec: &ModelSpec) -> [u32; 2] {
    let operators = spec.operators().iter().rev();
    let operators = operators.fold(0, |bits, &operator| bits << 3 | (u32::from(operator) + 1));
    [spec.edge_bits(), operators]
}

/// Returns the cell that two numbers encode, or `None` if they do not encode a pruned cell.
pub(super) fn unpacked(numbers: [u32; 2]) -> Option<ModelSpec> {
    let digits = (0..5).map(|vertex| numbers[1] >> (3 * vertex) & 7);
    let operators: Vec<u8> = digits
        .take_while(|digit| *digit > 0)
        .map(|digit| u8::try_from(digit - 1).unwrap_or(u8::MAX))
        .collect();
    let spec = ModelSpec::from_bits(numbers[0], &operators).ok()?;
    (packed(&spec) == numbers).then_some(spec)
}
