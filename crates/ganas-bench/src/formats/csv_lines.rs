//! Reads CSV files, plain or compressed with gzip, that begin with a header line.

use std::io::Read;
use std::str::FromStr;

use csv::StringRecord;
use flate2::read::GzDecoder;

use crate::BenchError;

/// Maximum size of an unpacked file in bytes.
const MAX_BYTES: u64 = 1 << 28;

/// Calls `line` for each line after the header, with the fields in `columns`.
pub(crate) fn read<const COLUMNS: usize>(
    file: &str,
    bytes: &[u8],
    columns: [&str; COLUMNS],
    mut line: impl FnMut(&Line<'_, COLUMNS>) -> Result<(), BenchError>,
) -> Result<(), BenchError> {
    let unpacked: Box<dyn Read> = if bytes.starts_with(&[0x1f, 0x8b]) {
        Box::new(GzDecoder::new(bytes))
    } else {
        Box::new(bytes)
    };
    read_within(file, unpacked, MAX_BYTES, columns, &mut line)
}

/// Reads at most `most` bytes.
fn read_within<const COLUMNS: usize>(
    file: &str,
    unpacked: Box<dyn Read + '_>,
    most: u64,
    columns: [&str; COLUMNS],
    line: &mut impl FnMut(&Line<'_, COLUMNS>) -> Result<(), BenchError>,
) -> Result<(), BenchError> {
    let mut reader = csv::Reader::from_reader(unpacked.take(most + 1));
    let in_csv = |source| BenchError::Csv { file: file.into(), source };
    let header = reader.headers().map_err(in_csv)?.clone();
    let mut places = [0; COLUMNS];
    for (place, column) in places.iter_mut().zip(columns) {
        let found = header.iter().position(|name| name == column);
        *place = found.ok_or_else(|| BenchError::UnknownFile {
            file: file.into(),
            expected: format!("a CSV file with the columns {}", columns.join(", ")),
            found: format!("no column {column}"),
        })?;
    }
    let mut fields = StringRecord::new();
    while reader.read_record(&mut fields).map_err(in_csv)? {
        // The last line may have been cut.
        if reader.position().byte() > most {
            return Err(BenchError::UnknownFile {
                file: file.into(),
                expected: format!("at most {most} bytes of CSV"),
                found: "more".into(),
            });
        }
        line(&Line { file, columns, places, fields: &fields })?;
    }
    Ok(())
}

/// A line of the file.
pub(crate) struct Line<'a, const COLUMNS: usize> {
    file: &'a str,
    columns: [&'a str; COLUMNS],
    places: [usize; COLUMNS],
    fields: &'a StringRecord,
}

impl<const COLUMNS: usize> Line<'_, COLUMNS> {
    pub(crate) fn text(&self, column: usize) -> &str {
        self.fields.get(self.places[column]).unwrap_or("")
    }

    /// Returns the number in a column, for which `is_valid` must hold.
    pub(crate) fn number<T: FromStr + Copy>(
        &self,
        column: usize,
        expected: &str,
        is_valid: impl Fn(T) -> bool,
    ) -> Result<T, BenchError> {
        let number = self.text(column).parse().ok().filter(|number| is_valid(*number));
        number.ok_or_else(|| self.wrong(column, expected, format!("`{}`", self.text(column))))
    }

    pub(crate) fn wrong(&self, column: usize, expected: &str, found: String) -> BenchError {
        let line = self.fields.position().map_or(0, csv::Position::line);
        BenchError::Record {
            file: self.file.into(),
            record: format!("line {line}"),
            field: self.columns[column].into(),
            expected: expected.into(),
            found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_not_cut_at_the_limit() {
        let read = |text: &'static str, most: u64| {
            let mut found = Vec::new();
            let mut line = |line: &Line<'_, 1>| {
                found.push(line.number(0, "a number", |_: u32| true)?);
                Ok(())
            };
            read_within("FILE", Box::new(text.as_bytes()), most, ["a"], &mut line)?;
            Ok::<_, BenchError>(found)
        };
        assert_eq!(read("a\n12\n9984\n", 10).unwrap(), [12, 9984]);
        assert_eq!(read("a\n12\n9984", 9).unwrap(), [12, 9984]);
        for most in 2..9 {
            let error = read("a\n12\n9984", most).unwrap_err().to_string();
            assert_eq!(error, format!("FILE: expected at most {most} bytes of CSV, found more"));
        }
    }
}
