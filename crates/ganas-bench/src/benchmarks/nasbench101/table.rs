//! The imported table of NAS-Bench-101 or of a stand-in.

use std::path::Path;

use ganas_graph::ArchHash;
use ganas_graph::spaces::nasbench101::ModelSpec;

use super::Variant;
use super::contents::unpacked;
use crate::folder::imported_table;
use crate::formats::magnitude::{bounds, is_bounded};
use crate::formats::table::{MappedTable, Section};
use crate::{Accuracy, BenchError};

/// Number of values per training run: train, validation and test accuracy, seconds.
pub(super) const NUMBERS: usize = 4;

/// The results of NAS-Bench-101 or of one of its stand-ins, in a memory-mapped table.
///
/// Cells are sorted by module hash, the hash by which NAS-Bench-101 identifies a cell. An index
/// divides the range of possible hashes into equal parts, each of which contains the hashes of only
/// a few rows. A look-up therefore touches only two or three memory pages. The results of all
/// training runs of one cell for the same number of epochs are adjacent.
#[derive(Debug)]
pub struct NasBench101Table {
    table: MappedTable,
    variant: Variant,
    rows: usize,
    index_bits: u32,
    index: Section<u32>,
    hashes: Section<u8>,
    cells: Section<u32>,
    params: Section<u32>,
    trainings: Trainings,
    failure: Option<Section<f32>>,
}

/// The results at all budgets.
#[derive(Debug)]
struct Trainings {
    epochs: Vec<u32>,
    sections: Vec<Section<f32>>,
    repeats: usize,
}

/// A row of a table. Each row holds one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row(pub(super) usize);

/// The results of one training run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Training {
    /// Accuracy on the training set.
    pub train: Option<Accuracy>,
    /// Accuracy on the validation set.
    pub validation: Accuracy,
    /// Accuracy on the test set.
    pub test: Option<Accuracy>,
    /// Duration of the training run in seconds.
    pub seconds: Option<f64>,
}

impl NasBench101Table {
    /// Opens the table that was imported into `folder`. Only the header and the block checksums of
    /// the table are read.
    ///
    /// # Errors
    /// [`BenchError::NotImported`] if there is no such table. Another error if the header is
    /// damaged, or if the file is not a table of this benchmark.
    pub fn open(variant: Variant, folder: &Path) -> Result<Self, BenchError> {
        let (file, files) = (variant.table_file(), variant.files());
        let path = imported_table(folder, file, variant.name(), files)?;
        Self::new(variant, MappedTable::open(&path)?)
    }

    /// Opens a table in memory. Error messages name `origin` as the table's source.
    ///
    /// # Errors
    /// As for [`NasBench101Table::open`].
    pub fn from_bytes(variant: Variant, origin: &str, bytes: Vec<u8>) -> Result<Self, BenchError> {
        Self::new(variant, MappedTable::from_bytes(origin, bytes)?)
    }

    fn new(variant: Variant, table: MappedTable) -> Result<Self, BenchError> {
        let found = table.header().provenance.benchmark.clone();
        if found != variant.name() {
            return Err(table.other(format!("{} results", variant.name()), found));
        }
        let (rows, _) = shape(&table, "params");
        let index_bits = index_bits(rows);
        let index = table.section("index", 1, (1 << index_bits) + 1)?;
        let has_failure = table.header().sections.iter().any(|section| section.name == "failure");
        Ok(Self {
            variant,
            rows,
            index_bits,
            index,
            hashes: table.section("hash", rows, 16)?,
            cells: table.section("cell", rows, 2)?,
            params: table.section("params", rows, 1)?,
            trainings: Trainings::find(&table, rows)?,
            failure: has_failure.then(|| table.section("failure", rows, 1)).transpose()?,
            table,
        })
    }

    /// Returns the benchmark to which the table belongs.
    pub const fn variant(&self) -> Variant {
        self.variant
    }

    /// Returns the number of cells.
    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Returns true if there are no cells.
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns the numbers of epochs for which there are results, in ascending order.
    pub fn epochs(&self) -> &[u32] {
        &self.trainings.epochs
    }

    /// Returns the number of training runs of each cell for each number of epochs.
    pub const fn repeats(&self) -> usize {
        self.trainings.repeats
    }

    /// Returns all rows, in order of the module hashes of their cells.
    pub fn rows(&self) -> impl Iterator<Item = Row> + use<> {
        (0..self.rows).map(Row)
    }

    /// Returns the row of the cell with this module hash, or `None` if the table does not contain
    /// the cell.
    ///
    /// # Errors
    /// [`BenchError::DamagedTable`] if a part of the table that has to be read is damaged.
    /// [`BenchError::OtherTable`] if the table's index of hashes is invalid.
    ///
    /// # Complexity
    /// Compares about three hashes.
    pub fn find(&self, hash: ArchHash) -> Result<Option<Row>, BenchError> {
        let range = range(hash, self.index_bits);
        let [start, end] = self.table.get::<u32, 2>(self.index, 0, range)?.map(|row| row as usize);
        if start > end || end > self.rows {
            let found = format!("{start} to {end}");
            return Err(self.table.other(
                format!(
                    "index entries in ascending order, each at most {} (the number of rows)",
                    self.rows
                ),
                found,
            ));
        }
        let (mut low, mut high) = (start, end);
        while low < high {
            let middle = low.midpoint(high);
            let found = ArchHash::from_bytes(self.table.get(self.hashes, middle, 0)?);
            match found.cmp(&hash) {
                std::cmp::Ordering::Equal => return Ok(Some(Row(middle))),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    /// Returns the results of one training run of a cell. `budget` is an index into
    /// [`NasBench101Table::epochs`], and `repeat` must be less than [`NasBench101Table::repeats`].
    ///
    /// # Errors
    /// [`BenchError::DamagedTable`] if the part of the table that has to be read is damaged.
    /// [`BenchError::OtherTable`] if the training run has no validation accuracy, or if one of its
    /// results is impossibly large.
    ///
    /// # Panics
    /// If `row`, `budget` or `repeat` is out of range.
    pub fn training(&self, row: Row, budget: usize, repeat: usize) -> Result<Training, BenchError> {
        let section = self.trainings.sections[budget];
        let numbers: [f32; NUMBERS] = self.table.get(section, row.0, NUMBERS * repeat)?;
        // Unknown values are written as NaN.
        if let Some(found) = numbers.iter().find(|it| !it.is_nan() && !is_bounded(**it)) {
            let expected =
                format!("{} in row {} (counted from 0) of the training runs", bounds(), row.0);
            return Err(self.table.other(expected, found.to_string()));
        }
        let [train, validation, test, seconds] = numbers.map(f64::from);
        let [accuracy_unit, seconds_unit] = self.variant.units().unwrap_or_default();
        let known = |number: f64, unit| (!number.is_nan()).then(|| in_units(number, unit));
        let accuracy = |number| known(number, accuracy_unit).map(Accuracy::from_fraction);
        let validation = accuracy(validation).ok_or_else(|| {
            self.table.other("a validation accuracy for each cell".into(), "none".into())
        })?;
        let seconds = known(seconds, seconds_unit);
        Ok(Training { train: accuracy(train), validation, test: accuracy(test), seconds })
    }

    /// Returns the number of trainable parameters of a cell's network, as stated in the imported
    /// file.
    ///
    /// # Errors
    /// [`BenchError::DamagedTable`] if the part of the table that has to be read is damaged.
    pub fn params(&self, row: Row) -> Result<u32, BenchError> {
        self.table.get(self.params, row.0, 0).map(|[params]| params)
    }

    /// Returns the module hash of the cell in a row.
    ///
    /// # Errors
    /// [`BenchError::DamagedTable`] if the part of the table that has to be read is damaged.
    pub fn hash(&self, row: Row) -> Result<ArchHash, BenchError> {
        self.table.get(self.hashes, row.0, 0).map(ArchHash::from_bytes)
    }

    /// Returns the cell that a row of the table describes.
    ///
    /// # Errors
    /// [`BenchError::DamagedTable`] if the part of the table that has to be read is damaged.
    /// [`BenchError::OtherTable`] if the row does not encode a cell.
    pub fn spec(&self, row: Row) -> Result<ModelSpec, BenchError> {
        let numbers = self.table.get(self.cells, row.0, 0)?;
        unpacked(numbers).ok_or_else(|| {
            self.table.other(
                format!("a pruned cell in row {} (counted from 0)", row.0),
                format!("{numbers:x?}"),
            )
        })
    }

    /// Returns the predicted probability that a training run of the cell fails, or 0 if the table
    /// contains no such predictions.
    ///
    /// # Errors
    /// [`BenchError::DamagedTable`] if the part of the table that has to be read is damaged.
    pub fn failure(&self, row: Row) -> Result<f64, BenchError> {
        let Some(section) = self.failure else { return Ok(0.0) };
        let [probability] = self.table.get::<f32, 1>(section, row.0, 0)?;
        if (0.0..=1.0).contains(&probability) {
            return Ok(probability.into());
        }
        let expected =
            format!("a probability from 0 to 1 in row {} (counted from 0) of `failure`", row.0);
        Err(self.table.other(expected, probability.to_string()))
    }

    /// Returns the underlying memory-mapped file.
    pub fn container(&self) -> &MappedTable {
        &self.table
    }
}

impl Trainings {
    fn find(table: &MappedTable, rows: usize) -> Result<Self, BenchError> {
        let names = table.header().sections.iter().map(|section| section.name.as_str());
        let (mut epochs, mut sections, mut columns) = (Vec::new(), Vec::new(), 0);
        for name in names {
            let Some(number) = name.strip_prefix("trainings.") else { continue };
            let number = number.parse().ok().filter(|number| epochs.last() < Some(number));
            epochs.push(number.ok_or_else(|| {
                table.other(
                    "numbers of epochs in ascending order".into(),
                    format!("section `{name}`"),
                )
            })?);
            columns = if columns == 0 { shape(table, name).1 } else { columns };
            sections.push(table.section(name, rows, columns)?);
        }
        if columns == 0 || !columns.is_multiple_of(NUMBERS) {
            let expected = format!("training runs of {NUMBERS} numbers each");
            return Err(table.other(expected, format!("{columns} columns")));
        }
        Ok(Self { epochs, sections, repeats: columns / NUMBERS })
    }
}

/// Returns the index of the range that contains a hash, among 2ⁿ equal ranges: the hash's first n
/// bits.
pub(super) fn range(hash: ArchHash, bits: u32) -> usize {
    let [first, second, ..] = *hash.as_bytes();
    usize::from(u16::from_be_bytes([first, second])) >> (16 - bits)
}

/// Returns the number of index bits for a number of rows, such that ranges contain four to eight
/// rows if hashes are evenly distributed.
pub(super) fn index_bits(rows: usize) -> u32 {
    (rows / 4).checked_ilog2().unwrap_or(0).min(16)
}

/// Rounds a number to a whole multiple of a unit; a unit of 0 leaves it unchanged.
fn in_units(number: f64, unit: f64) -> f64 {
    if unit > 0.0 {
        // Dividing by the exact inverse yields the double nearest to the decimal number.
        let per_one = (1.0 / unit).round();
        return (number * per_one).round() / per_one;
    }
    number
}

/// Returns the rows and columns of a section; zero if there is no such section.
fn shape(table: &MappedTable, name: &str) -> (usize, usize) {
    let section = table.header().sections.iter().find(|section| section.name == name);
    let size = |number| usize::try_from(number).unwrap_or(0);
    section.map_or((0, 0), |section| (size(section.rows), size(section.columns)))
}
