//! The compiled-in table, and imported test results.

use std::path::Path;

use ganas_graph::{Arch, spaces::NasBench201};

use super::Dataset;
use crate::Accuracy;
use crate::BenchError;
use crate::formats::table::{Number, Provenance, Section, Table, TableWriter};

/// Name of the benchmark.
pub(crate) const NAME: &str = "nasbench201";
/// Name of the compiled-in table.
pub(crate) const VALIDATION_FILE: &str = "nasbench201.table";
/// Name of the imported test results, in the user's data folder.
pub(crate) const TEST_FILE: &str = "nasbench201-test.table";

/// Number of cells.
pub(super) const ROWS: usize = 15_625;
/// Maximum number of training runs of a cell.
pub(super) const RUNS: usize = 3;
/// The code for a run that was not made: more than any count of images.
pub(super) const NO_RUN: u16 = u16::MAX;

static EMBEDDED: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/nasbench201.table"));

/// A table of the published results of all cells. Validation accuracies are exact, because they are
/// stored as numbers of correctly classified images.
///
/// ```
/// use ganas_bench::nasbench201::{Dataset, NasBench201Table};
/// use ganas_graph::{SearchSpace, spaces::NasBench201};
///
/// let table = NasBench201Table::embedded()?;
/// let best = NasBench201::default().parse(
///     "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|",
/// )?;
/// let row = table.row(&best).expect("a cell of the space");
/// assert_eq!(table.official_index(row), 6_111);
/// assert_eq!(format!("{:.3}", table.validation(Dataset::Cifar10, row)), "91.607 %");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct NasBench201Table {
    validation: Table,
    index: Section<u16>,
    columns: [Columns; 3],
    test: Option<TestResults>,
}

/// A row of a [`NasBench201Table`] or of a [`FullTable`](super::FullTable). Both tables hold the
/// same cell in the same row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row(pub(super) usize);

/// The sections of a data set.
#[derive(Debug, Clone, Copy)]
struct Columns {
    validation: Section<u16>,
    train_milliseconds: Section<u32>,
    latency_nanoseconds: Section<u32>,
}

#[derive(Debug)]
struct TestResults {
    table: Table,
    /// Mean test accuracies in millionths of a percent.
    columns: [Section<u32>; 3],
}

impl NasBench201Table {
    /// Opens the compiled-in table, without test accuracies.
    ///
    /// # Errors
    /// If the table is damaged, which only a faulty build can cause.
    pub fn embedded() -> Result<Self, BenchError> {
        Self::from_table(Table::open(&format!("{VALIDATION_FILE} (compiled in)"), EMBEDDED)?)
    }

    /// Opens the compiled-in table. If test accuracies were imported into `folder`, the table
    /// includes them.
    ///
    /// # Errors
    /// If the table of test accuracies cannot be read, or if a table is damaged or has another
    /// format.
    pub fn open(folder: &Path) -> Result<Self, BenchError> {
        let mut table = Self::embedded()?;
        let path = folder.join(TEST_FILE);
        if path.try_exists().map_err(BenchError::io(&path, "look for"))? {
            table.test = Some(TestResults::open(Table::read(&path)?)?);
        }
        Ok(table)
    }

    /// Opens a table in memory. The table must have the format of the compiled-in table. Error
    /// messages name `origin` as the table's source.
    ///
    /// # Errors
    /// Those of [`Table::open`], and an error if the table does not contain 15,625 valid rows.
    pub fn from_bytes(origin: &str, bytes: Vec<u8>) -> Result<Self, BenchError> {
        Self::from_table(Table::open(origin, bytes)?)
    }

    fn from_table(validation: Table) -> Result<Self, BenchError> {
        expect_part(&validation, "validation")?;
        let index = validation.section("official_index", ROWS, 1)?;
        let columns = |dataset: Dataset| -> Result<Columns, BenchError> {
            Ok(Columns {
                validation: find(&validation, dataset, "validation", RUNS)?,
                train_milliseconds: find(&validation, dataset, "train_milliseconds", 1)?,
                latency_nanoseconds: find(&validation, dataset, "latency_nanoseconds", 1)?,
            })
        };
        let [first, second, third] = Dataset::ALL;
        let columns = [columns(first)?, columns(second)?, columns(third)?];
        let table = Self { validation, index, columns, test: None };
        table.check()?;
        Ok(table)
    }

    /// Checks that the official indices and the counts of images are possible. A checksum proves
    /// only that the numbers are those that were written, not that they are correct.
    fn check(&self) -> Result<(), BenchError> {
        let wrong = |expected: &str, found: String| self.validation.other(expected.into(), found);
        let mut seen = vec![false; ROWS];
        for row in self.rows() {
            let index = self.official_index(row);
            if seen.get(index).copied().unwrap_or(true) {
                return Err(wrong("each official index once", format!("{index} again")));
            }
            seen[index] = true;
            for dataset in Dataset::ALL {
                let counts = self.validation_counts(dataset, row);
                let most = dataset.validation_images();
                let possible = |(run, count): (usize, u16)| {
                    count <= most || (count == NO_RUN && run == RUNS - 1)
                };
                if !counts.into_iter().enumerate().all(possible) {
                    let expected = format!("{dataset} counts of at most {most} images");
                    return Err(wrong(&expected, format!("{counts:?}")));
                }
            }
        }
        Ok(())
    }

    /// Returns the row of an architecture, or `None` if the architecture is not in the space of
    /// NAS-Bench-201.
    pub fn row(&self, arch: &Arch) -> Option<Row> {
        Row::of(arch)
    }

    /// Returns all rows, in lexicographic order of their architectures' choices.
    pub fn rows(&self) -> impl Iterator<Item = Row> + use<> {
        Row::all()
    }

    /// Returns the number that the published files give to the cell of a row.
    pub fn official_index(&self, row: Row) -> usize {
        self.validation.get(self.index, row.0, 0).into()
    }

    /// Returns the mean validation accuracy of the training runs after 200 epochs.
    pub fn validation(&self, dataset: Dataset, row: Row) -> Accuracy {
        let counts = self.validation_counts(dataset, row);
        let made = counts.into_iter().filter(|count| *count != NO_RUN);
        let (images, runs) =
            made.fold((0, 0), |(sum, runs), count| (sum + u32::from(count), runs + 1));
        let all = runs * u32::from(dataset.validation_images());
        Accuracy::from_fraction(f64::from(images) / f64::from(all))
    }

    /// Returns the validation accuracy of each of the two or three training runs after 200 epochs.
    pub fn validation_runs(&self, dataset: Dataset, row: Row) -> Vec<Accuracy> {
        let images = f64::from(dataset.validation_images());
        let made =
            self.validation_counts(dataset, row).into_iter().filter(|count| *count != NO_RUN);
        made.map(|count| Accuracy::from_fraction(f64::from(count) / images)).collect()
    }

    /// Returns the number of correctly classified validation images of each run; [`NO_RUN`] for a
    /// run that was not made.
    pub(super) fn validation_counts(&self, dataset: Dataset, row: Row) -> [u16; RUNS] {
        let section = self.columns[dataset as usize].validation;
        std::array::from_fn(|run| self.validation.get(section, row.0, run))
    }

    /// Returns the duration in seconds of 200 epochs of training, rounded to the millisecond. On
    /// CIFAR-10, it is the duration of training on one half of the training set, because the
    /// networks were validated on the other half. The benchmark's authors measured each
    /// architecture once, and derived the durations of all runs and data sets from that measurement
    /// by scaling.
    pub fn train_seconds(&self, dataset: Dataset, row: Row) -> f64 {
        let section = self.columns[dataset as usize].train_milliseconds;
        f64::from(self.validation.get(section, row.0, 0)) / 1e3
    }

    /// Returns the time in seconds to process one batch, rounded to the nanosecond. It was measured
    /// on the GPU used for the published records.
    pub fn latency_seconds(&self, dataset: Dataset, row: Row) -> f64 {
        let section = self.columns[dataset as usize].latency_nanoseconds;
        f64::from(self.validation.get(section, row.0, 0)) / 1e9
    }

    /// Returns the mean test accuracy of the training runs after 200 epochs, or `None` if no test
    /// accuracies were imported. For CIFAR-10, it is the mean over the runs that trained on the
    /// whole training set.
    pub fn test(&self, dataset: Dataset, row: Row) -> Option<Accuracy> {
        let test = self.test.as_ref()?;
        let millionths = test.table.get(test.columns[dataset as usize], row.0, 0);
        Some(Accuracy::from_percent(f64::from(millionths) / 1e6))
    }

    /// Returns the compiled-in table and, if test results were imported, the table of test results.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        [&self.validation].into_iter().chain(self.test.as_ref().map(|test| &test.table))
    }

    /// Returns the architecture of a row.
    ///
    /// # Panics
    /// Never, because every row is an architecture of the space.
    pub fn arch(&self, row: Row) -> Arch {
        row.arch()
    }
}

impl Row {
    pub(super) fn of(arch: &Arch) -> Option<Self> {
        let choices = arch.choices();
        (choices.len() == 6 && choices.iter().all(|choice| *choice < 5))
            .then(|| Self(NasBench201::rank(arch)))
    }

    pub(super) fn all() -> impl Iterator<Item = Self> + use<> {
        (0..ROWS).map(Self)
    }

    pub(super) fn arch(self) -> Arch {
        let digit = |place: u32| u8::try_from(self.0 / 5_usize.pow(5 - place) % 5).unwrap_or(0);
        let choices: Vec<u8> = (0..6).map(digit).collect();
        Arch::from_choices(&NasBench201::default(), &choices).expect("six digits below five")
    }
}

impl TestResults {
    fn open(table: Table) -> Result<Self, BenchError> {
        expect_part(&table, "test")?;
        let column = |dataset| find(&table, dataset, "test", 1);
        let [first, second, third] = Dataset::ALL;
        let columns = [column(first)?, column(second)?, column(third)?];
        let values = columns.iter().flat_map(|&column| (0..ROWS).map(move |row| (column, row)));
        let highest = values.map(|(column, row)| table.get(column, row, 0)).max();
        match highest {
            Some(..=100_000_000) | None => Ok(Self { table, columns }),
            Some(found) => {
                Err(table.other("at most 100000000 millionths".into(), found.to_string()))
            }
        }
    }
}

/// The stored results of a cell on one data set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) counts: [u16; RUNS],
    pub(super) train_milliseconds: u32,
    pub(super) latency_nanoseconds: u32,
}

/// Returns the bytes of a table with the official indices, `index`, and each data set's `cells`,
/// all in the order of rows.
pub(super) fn write_validation(
    provenance: Provenance,
    index: &[u16],
    cells: &[Vec<Cell>; 3],
) -> Vec<u8> {
    let mut writer = TableWriter::new(provenance);
    writer.section("official_index", 1, index.iter().copied());
    for (dataset, cells) in Dataset::ALL.into_iter().zip(cells) {
        let name = |part| section_name(dataset, part);
        writer.section(&name("validation"), 3, cells.iter().flat_map(|cell| cell.counts));
        let milliseconds = cells.iter().map(|cell| cell.train_milliseconds);
        writer.section(&name("train_milliseconds"), 1, milliseconds);
        let nanoseconds = cells.iter().map(|cell| cell.latency_nanoseconds);
        writer.section(&name("latency_nanoseconds"), 1, nanoseconds);
    }
    writer.finish()
}

/// Returns the bytes of a table of test results, which are millionths of a percent in the order of
/// rows.
pub(super) fn write_test(provenance: Provenance, millionths: &[Vec<u32>; 3]) -> Vec<u8> {
    let mut writer = TableWriter::new(provenance);
    for (dataset, millionths) in Dataset::ALL.into_iter().zip(millionths) {
        writer.section(&section_name(dataset, "test"), 1, millionths.iter().copied());
    }
    writer.finish()
}

fn section_name(dataset: Dataset, part: &str) -> String {
    format!("{dataset}.{part}")
}

fn find<T: Number>(
    table: &Table,
    dataset: Dataset,
    part: &str,
    columns: usize,
) -> Result<Section<T>, BenchError> {
    table.section(&section_name(dataset, part), ROWS, columns)
}

pub(super) fn expect_part(table: &Table, part: &str) -> Result<(), BenchError> {
    let Provenance { benchmark, part: found, .. } = &table.header().provenance;
    if benchmark == NAME && found == part {
        return Ok(());
    }
    Err(table.other(format!("{NAME} {part} results"), format!("{benchmark} {found} results")))
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
