//! Reads a user's table.

use csv::{ByteRecord, Reader, ReaderBuilder, StringRecord};
use ganas_graph::SearchSpace;
use ganas_graph::spaces::described::DescribedSpace;
use ganas_search::Measurement;

use super::cells::{Head, Row, shown};
use super::columns::{Columns, TRAIN_SECONDS};
use super::rows::Rows;
use crate::BenchError;

/// Maximum number of rows of a table.
const MAX_ROWS: usize = 1 << 24;
/// The valid training times, as [`Measurement::check`] requires.
const SECONDS: &str = "seconds, from 0 to 1e12";
const NUMBER: &str = "a finite number";
const METRIC: &str = "a finite number or an empty cell, because this column is read as a metric (remove it if it is not one)";

/// Reads a CSV file: a line of names, followed by rows that each describe an architecture.
///
/// # Errors
/// [`BenchError::Record`] with the line and column of the error, or [`BenchError::Csv`].
pub(super) fn read(file: &str, bytes: &[u8], space: &DescribedSpace) -> Result<Rows, BenchError> {
    let mut lines = Lines { bytes, at: 0, line: 1 };
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let nothing = StringRecord::new();
    let mut head = Head { file, names: &nothing };
    let names = next(&mut reader, head, &mut lines)?;
    let Some((_, names)) = names else {
        return Err(head.wrong(
            1,
            "the column names",
            "a line with the names of the columns",
            "an empty file",
        ));
    };
    head.names = &names;
    let columns = Columns::of(head, space)?;
    let mut rows = Rows::new(columns.extras.iter().map(|(name, _)| name.clone()).collect());
    while let Some((line, cells)) = next(&mut reader, head, &mut lines)? {
        let row = Row { head, line, cells: &cells };
        if cells.len() != names.len() {
            let expected = format!("{} cells, as in the first line", names.len());
            return Err(head.wrong(line, "the row", expected, cells.len().to_string()));
        }
        if rows.read == MAX_ROWS {
            let expected = format!("at most {MAX_ROWS} rows");
            return Err(head.wrong(line, "the row", expected, "one more"));
        }
        add(&mut rows, row, &columns, space)?;
    }
    if rows.read == 0 {
        let found = "the end of the file";
        return Err(head.wrong(lines.line + 1, "the row", "the row of an architecture", found));
    }
    Ok(rows)
}

fn add(
    rows: &mut Rows,
    row: Row<'_>,
    columns: &Columns,
    space: &DescribedSpace,
) -> Result<(), BenchError> {
    let needed = |place: usize| {
        row.number(place, NUMBER)?.ok_or_else(|| row.wrong(place, NUMBER, "nothing"))
    };
    let arch = columns.arch(row, space)?;
    let value = needed(columns.value)?;
    let fidelity = columns.fidelity.map(needed).transpose()?;
    let mut extras = Vec::with_capacity(columns.extras.len());
    for (name, place) in &columns.extras {
        let number = row.number(*place, METRIC)?;
        if name == TRAIN_SECONDS {
            let seconds = Measurement { train_seconds: number, ..Measurement::new(value) };
            if seconds.check().is_err() {
                return Err(row.wrong(*place, SECONDS, shown(row.text(*place))));
            }
        }
        extras.push(number);
    }
    let hash = space.canonical(&arch);
    rows.add(row.line, fidelity, hash, value, &extras, &space.display(&arch));
    Ok(())
}

/// Returns the next row and the number of its line.
fn next(
    reader: &mut Reader<&[u8]>,
    head: Head<'_>,
    lines: &mut Lines<'_>,
) -> Result<Option<(u64, StringRecord)>, BenchError> {
    let mut cells = ByteRecord::new();
    let in_csv = |source| BenchError::Csv { file: head.file.into(), source };
    if !reader.read_byte_record(&mut cells).map_err(in_csv)? {
        return Ok(None);
    }
    let line = lines.of(cells.position().map_or(0, csv::Position::byte));
    match StringRecord::from_byte_record(cells) {
        Ok(cells) => Ok(Some((line, cells))),
        Err(error) => {
            let column = head.column(error.utf8_error().field());
            Err(head.wrong(line, column, "text in UTF-8", "other bytes"))
        }
    }
}

/// Counts the lines up to the start of each row. The CSV reader cannot do so: it does not count
/// empty lines, and takes the end of a line for the start of the next.
struct Lines<'b> {
    bytes: &'b [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// Returns the number of the line in which the row at `byte` begins. Calls must be in file
    /// order.
    fn of(&mut self, byte: u64) -> u64 {
        let start = usize::try_from(byte).unwrap_or(usize::MAX).clamp(self.at, self.bytes.len());
        let is_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let start = start + self.bytes[start..].iter().take_while(is_end).count();
        let ends = self.bytes[self.at..start].iter().filter(|byte| **byte == b'\n').count();
        (self.at, self.line) = (start, self.line + ends as u64);
        self.line
    }
}
