//! The table of all results in the published files.

use std::path::Path;

use super::official::{EPOCHS, MAX_TRIALS, TrainingSet};
use super::table::{ROWS, Row, expect_part};
use crate::formats::table::{Number, Section, Table};
use crate::{Accuracy, BenchError};

/// File of the imported results, in the user's data folder.
pub(crate) const FULL_FILE: &str = "nasbench201-full.table";
/// The part of the benchmark that the full table contains.
pub(super) const FULL_PART: &str = "all";

/// The code for a run that was not made: not a valid seed, and more than any count of images.
pub(super) const NO_COUNT: u16 = u16::MAX;
/// The code for a value that was not recorded.
pub(super) const NO_NUMBER: u32 = u32::MAX;

/// A table of everything that the published files record about all cells, apart from learning
/// curves. It contains the final results of every training run, whether the run lasted 12 or 200
/// epochs. Importing a published file creates this table.
#[derive(Debug)]
pub struct FullTable {
    table: Table,
    index: Section<u16>,
    sets: [[Columns; EPOCHS.len()]; TrainingSet::ALL.len()],
}

/// A training run in the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// Random seed of the run.
    pub seed: u16,
    /// Accuracy on the validation set, if the network was evaluated on one.
    pub validation: Option<Accuracy>,
    /// Accuracy on the test set.
    pub test: Option<Accuracy>,
    /// Training time in seconds, rounded to the millisecond.
    pub train_seconds: Option<f64>,
}

/// The costs that were recorded for an architecture on one training set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordedCosts {
    /// Parameters, in millions.
    pub params_millions: f64,
    /// Multiply-adds, in millions.
    pub flops_millions: f64,
    /// Time in seconds to process one batch on the GPU used for the published records. It is the
    /// mean over the training runs, rounded to the nanosecond.
    pub latency_seconds: Option<f64>,
    /// Time in seconds for one pass over the validation set. It is the mean over the training runs,
    /// rounded to the microsecond.
    pub validation_seconds: Option<f64>,
}

/// The sections of a training set and a budget.
#[derive(Debug, Clone, Copy)]
struct Columns {
    seeds: Section<u16>,
    validation: Option<Section<u16>>,
    test: Section<u16>,
    train_milliseconds: Section<u32>,
    validation_microseconds: Section<u32>,
    latency_nanoseconds: Section<u32>,
    params: Section<u32>,
    flops: Section<u32>,
}

impl FullTable {
    /// Returns the table that was imported into `folder`, or `None` if there is no such table.
    ///
    /// # Errors
    /// If the table cannot be read, is damaged or has another format.
    pub fn open(folder: &Path) -> Result<Option<Self>, BenchError> {
        let path = folder.join(FULL_FILE);
        if !path.try_exists().map_err(BenchError::io(&path, "look for"))? {
            return Ok(None);
        }
        Self::from_table(Table::read(&path)?).map(Some)
    }

    pub(super) fn from_table(table: Table) -> Result<Self, BenchError> {
        expect_part(&table, FULL_PART)?;
        let index = table.section("official_index", ROWS, 1)?;
        let columns = |set| -> Result<_, BenchError> {
            Ok([Columns::find(&table, set, EPOCHS[0])?, Columns::find(&table, set, EPOCHS[1])?])
        };
        let [first, second, third, fourth] = TrainingSet::ALL;
        let sets = [columns(first)?, columns(second)?, columns(third)?, columns(fourth)?];
        let table = Self { table, index, sets };
        table.check()?;
        Ok(table)
    }

    /// Checks that the official indices and the counts of images are possible. A checksum proves
    /// only that the numbers are those that were written, not that they are correct.
    fn check(&self) -> Result<(), BenchError> {
        let mut seen = vec![false; ROWS];
        for row in Row::all() {
            let index = self.official_index(row);
            if seen.get(index).copied().unwrap_or(true) {
                let expected = "each official index once".into();
                return Err(self.table.other(expected, format!("{index} again")));
            }
            seen[index] = true;
            for set in TrainingSet::ALL {
                for columns in &self.sets[set as usize] {
                    self.check_counts(set, columns, row)?;
                }
            }
        }
        Ok(())
    }

    fn check_counts(
        &self,
        set: TrainingSet,
        columns: &Columns,
        row: Row,
    ) -> Result<(), BenchError> {
        let possible = |section, most| {
            let count: u16 = (0..MAX_TRIALS)
                .map(|run| self.table.get(section, row.0, run))
                .filter(|count| *count != NO_COUNT)
                .max()
                .unwrap_or(0);
            if count <= most {
                return Ok(());
            }
            let expected = format!("{} counts of at most {most} images", set.name());
            Err(self.table.other(expected, count.to_string()))
        };
        if let (Some(section), Some(most)) = (columns.validation, set.validation_images()) {
            possible(section, most)?;
        }
        possible(columns.test, set.test_images())
    }

    /// Returns the number that the published files give to the cell of a row.
    pub fn official_index(&self, row: Row) -> usize {
        self.table.get(self.index, row.0, 0).into()
    }

    /// Returns the training runs, on a training set, of the architecture that `row` describes. They
    /// are in order of their seeds. The result is empty if there are no such runs, or if `epochs`
    /// is neither 12 nor 200.
    pub fn runs(&self, set: TrainingSet, epochs: u32, row: Row) -> Vec<Run> {
        let Some(columns) = self.columns(set, epochs) else { return Vec::new() };
        let accuracy = |section, run, images: u16| {
            let count: u16 = self.table.get(section, row.0, run);
            (count != NO_COUNT)
                .then(|| Accuracy::from_fraction(f64::from(count) / f64::from(images)))
        };
        let run = |run| {
            let seed = self.table.get(columns.seeds, row.0, run);
            (seed != NO_COUNT).then(|| Run {
                seed,
                validation: columns
                    .validation
                    .zip(set.validation_images())
                    .and_then(|(section, images)| accuracy(section, run, images)),
                test: accuracy(columns.test, run, set.test_images()),
                train_seconds: self.scaled(columns.train_milliseconds, row, run, 1e3),
            })
        };
        (0..MAX_TRIALS).map_while(run).collect()
    }

    /// Returns the number of runs with a validation accuracy.
    pub(super) fn validated(&self, set: TrainingSet, epochs: u32, row: Row) -> usize {
        let section = self.columns(set, epochs).and_then(|columns| columns.validation);
        let made = |section| {
            let count = |run: &usize| self.table.get(section, row.0, *run) != NO_COUNT;
            (0..MAX_TRIALS).filter(count).count()
        };
        section.map_or(0, made)
    }

    /// Returns the costs recorded for the architecture of a row, or `None` if the table contains no
    /// training runs of the architecture on `set` for `epochs` epochs.
    pub fn costs(&self, set: TrainingSet, epochs: u32, row: Row) -> Option<RecordedCosts> {
        let columns = self.columns(set, epochs)?;
        Some(RecordedCosts {
            params_millions: self.scaled(columns.params, row, 0, 1e6)?,
            flops_millions: self.scaled(columns.flops, row, 0, 1e6)?,
            latency_seconds: self.scaled(columns.latency_nanoseconds, row, 0, 1e9),
            validation_seconds: self.scaled(columns.validation_microseconds, row, 0, 1e6),
        })
    }

    /// Returns the underlying table.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    fn columns(&self, set: TrainingSet, epochs: u32) -> Option<&Columns> {
        let budget = EPOCHS.iter().position(|known| *known == epochs)?;
        Some(&self.sets[set as usize][budget])
    }

    fn scaled(&self, section: Section<u32>, row: Row, run: usize, scale: f64) -> Option<f64> {
        let number = self.table.get(section, row.0, run);
        (number != NO_NUMBER).then(|| f64::from(number) / scale)
    }
}

impl Columns {
    fn find(table: &Table, set: TrainingSet, epochs: u32) -> Result<Self, BenchError> {
        fn find<T: Number>(
            table: &Table,
            name: &str,
            columns: usize,
        ) -> Result<Section<T>, BenchError> {
            table.section(name, ROWS, columns)
        }
        let name = |part| section_name(set, epochs, part);
        let runs = MAX_TRIALS;
        let validation = set.validation_images().map(|_| find(table, &name("validation"), runs));
        Ok(Self {
            seeds: find(table, &name("seeds"), runs)?,
            validation: validation.transpose()?,
            test: find(table, &name("test"), runs)?,
            train_milliseconds: find(table, &name("train_milliseconds"), runs)?,
            validation_microseconds: find(table, &name("validation_microseconds"), 1)?,
            latency_nanoseconds: find(table, &name("latency_nanoseconds"), 1)?,
            params: find(table, &name("params"), 1)?,
            flops: find(table, &name("flops"), 1)?,
        })
    }
}

/// Returns the name of a section, such as `cifar10-valid.200.test`.
pub(super) fn section_name(set: TrainingSet, epochs: u32, part: &str) -> String {
    format!("{}.{epochs}.{part}", set.name())
}
