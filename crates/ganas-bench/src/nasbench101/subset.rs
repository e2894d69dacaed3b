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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const HEADER: &str = "hash,vertices,edges,adjacency,ops,params,val_4,val_12,val_36,val_108,\
                          train_s_108\n";

    /// The cell without inner vertices, and that of one maxpool.
    fn lines() -> [String; 2] {
        let hash = ModelSpec::from_bits(0b101, &[2]).unwrap().hash();
        [
            "043721b9c7fe8c5fad811d47d83132ec,2,1,0100,-,882570,1,2,3,9984,60.5\n".into(),
            format!("{hash},3,2,010001000,m,882570,10,20,30,4992,61.5\n"),
        ]
    }

    fn error(change: impl FnOnce(&mut [String; 2])) -> String {
        let mut lines = lines();
        change(&mut lines);
        let text = [HEADER, &lines.concat()].concat();
        read("FILE", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn lines_are_read_packed_or_not() {
        let text = [HEADER, &lines().concat()].concat();
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        for bytes in [text.into_bytes(), packed.finish().unwrap()] {
            let contents = read("FILE", &bytes).unwrap();
            assert_eq!(contents.cells.len(), 2);
            let last = &contents.budgets[3];
            assert_eq!(last.epochs, 108);
            let numbers = [last.trainings[0][1], last.trainings[1][1], last.trainings[1][3]];
            assert!(numbers.iter().zip([1.0, 0.5, 61.5]).all(|(a, b)| (a - b).abs() < 1e-9));
            assert!(contents.budgets[0].trainings[0][3].is_nan(), "no seconds after 4 epochs");
        }
    }

    #[test]
    fn wrong_lines_are_named() {
        let columns = read("FILE", b"hash,adjacency\n").unwrap_err().to_string();
        assert!(columns.ends_with("found no column ops"), "{columns}");
        let swapped = error(|lines| lines[1].replace_range(..8, "00000000"));
        assert!(swapped.contains("FILE: row 1, from 0, hash: expected"), "{swapped}");
        let count = error(|lines| lines[1] = lines[1].replace(",4992,", ",9985,"));
        assert!(count.starts_with("FILE: line 3, val_108: expected"), "{count}");
        let letter = error(|lines| lines[1] = lines[1].replace(",m,", ",x,"));
        assert!(letter.contains("line 3, ops: expected letters 3, 1 and m, found x"), "{letter}");
        let cut = error(|lines| lines[1] = lines[1].replace("010001000", "0100010"));
        assert!(cut.contains("line 3, adjacency: expected a cell"), "{cut}");
        let twice = error(|lines| lines[1] = lines[0].clone());
        assert!(twice.ends_with("expected each hash once, found one again"), "{twice}");
    }
}
