use std::collections::BTreeSet;
use std::io::Read;
use std::str::FromStr;

use csv::StringRecord;
use flate2::read::GzDecoder;
use ganas_graph::spaces::nasbench101::{ModelSpec, OPERATORS};

use super::collection::EPOCHS;
use super::contents::{Budget, Cell, Contents};
use crate::BenchError;

/// Images of the validation set, of which the file has counts.
const IMAGES: u16 = 9_984;

/// Columns that are read.
const COLUMNS: [&str; 9] =
    ["hash", "adjacency", "ops", "params", "val_4", "val_12", "val_36", "val_108", "train_s_108"];

/// Most bytes of the unpacked file.
const MOST_BYTES: u64 = 1 << 28;

/// Reads the CSV file of published results, packed by gzip or not.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Contents, BenchError> {
    let unpacked: Box<dyn Read> = if bytes.starts_with(&[0x1f, 0x8b]) {
        Box::new(GzDecoder::new(bytes))
    } else {
        Box::new(bytes)
    };
    let mut reader = csv::Reader::from_reader(unpacked.take(MOST_BYTES));
    let in_csv = |source| BenchError::Csv { file: file.into(), source };
    let columns = columns(file, reader.headers().map_err(in_csv)?)?;
    let mut contents = Contents { repeats: 1, ..Contents::default() };
    contents.budgets = EPOCHS.map(|epochs| Budget { epochs, trainings: Vec::new() }).into();
    let mut hashes = BTreeSet::new();
    for line in reader.records() {
        let line = line.map_err(in_csv)?;
        let row = Line { file, columns: &columns, fields: &line };
        let cell = row.cell()?;
        if !hashes.insert(cell.hash) {
            return Err(row.wrong("hash", "each hash once", "one again".into()));
        }
        contents.cells.push(cell);
        for (budget, column) in contents.budgets.iter_mut().zip(4..) {
            let accuracy =
                f32::from(row.number::<u16>(column, |n| n <= IMAGES)?) / f32::from(IMAGES);
            let is_last = budget.epochs == 108;
            let seconds = || row.number(8, |seconds: f32| seconds.is_finite() && seconds >= 0.0);
            let seconds = if is_last { seconds()? } else { f32::NAN };
            budget.trainings.push([f32::NAN, accuracy, f32::NAN, seconds]);
        }
    }
    contents.check_hashes(file, |row| format!("row {row}, from 0"))?;
    Ok(contents)
}

/// Where the columns stand.
fn columns(file: &str, header: &StringRecord) -> Result<[usize; 9], BenchError> {
    let mut places = [0; 9];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let found = header.iter().position(|name| name == column);
        *place = found.ok_or_else(|| BenchError::UnknownFile {
            file: file.into(),
            expected: format!("a CSV file with the columns {}", COLUMNS.join(", ")),
            found: format!("no column {column}"),
        })?;
    }
    Ok(places)
}

/// One line of the file.
struct Line<'a> {
    file: &'a str,
    columns: &'a [usize; 9],
    fields: &'a StringRecord,
}

impl Line<'_> {
    fn text(&self, column: usize) -> &str {
        self.fields.get(self.columns[column]).unwrap_or("")
    }

    fn number<T: FromStr + Copy>(
        &self,
        column: usize,
        is_possible: impl FnOnce(T) -> bool,
    ) -> Result<T, BenchError> {
        let number = self.text(column).parse().ok().filter(|number| is_possible(*number));
        number.ok_or_else(|| {
            self.wrong(COLUMNS[column], "a number in its range", self.text(column).into())
        })
    }

    fn cell(&self) -> Result<Cell, BenchError> {
        let hash = self
            .text(0)
            .parse()
            .map_err(|_| self.wrong("hash", "32 hexadecimal digits", self.text(0).into()))?;
        let digits: Vec<u8> = self.text(1).bytes().map(|digit| digit.wrapping_sub(b'0')).collect();
        let rows: Vec<_> = digits.chunks(digits.len().isqrt().max(1)).collect();
        let mut labels = vec!["input"];
        for letter in self.text(2).chars().filter(|letter| *letter != '-') {
            let operator = ["3", "1", "m"].iter().position(|known| known.starts_with(letter));
            let operator = operator
                .ok_or_else(|| self.wrong("ops", "letters 3, 1 and m", self.text(2).into()))?;
            labels.push(OPERATORS[operator]);
        }
        labels.push("output");
        let spec = ModelSpec::from_matrix(&rows, &labels)
            .map_err(|error| self.wrong("adjacency", "a cell", format!("an error ({error})")))?;
        Ok(Cell { hash, spec, params: self.number(3, |_: u32| true)? })
    }

    fn wrong(&self, field: &str, expected: &str, found: String) -> BenchError {
        let line = self.fields.position().map_or(0, csv::Position::line);
        BenchError::Record {
            file: self.file.into(),
            record: format!("line {line}"),
            field: field.into(),
            expected: expected.into(),
            found,
        }
    }
}
