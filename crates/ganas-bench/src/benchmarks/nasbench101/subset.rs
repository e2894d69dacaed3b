//! Reads the CSV file with published results of some cells.

use std::collections::BTreeSet;

use ganas_graph::spaces::nasbench101::{ModelSpec, OPERATORS};

use super::collection::EPOCHS;
use super::contents::{Budget, Cell, Contents};
use crate::BenchError;
use crate::formats::csv_lines::{self, Line};

/// Number of images in the validation set, which the file's counts refer to.
const IMAGES: u16 = 9_984;

/// Columns that are read.
const COLUMNS: [&str; 9] =
    ["hash", "adjacency", "ops", "params", "val_4", "val_12", "val_36", "val_108", "train_s_108"];

/// Indices into [`COLUMNS`]; the four accuracies are adjacent.
const HASH: usize = 0;
const ADJACENCY: usize = 1;
const OPS: usize = 2;
const PARAMS: usize = 3;
const ACCURACIES: usize = 4;
const SECONDS: usize = 8;

/// Reads the CSV file of published results, plain or compressed with gzip.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Contents, BenchError> {
    let mut contents = Contents { repeats: 1, ..Contents::default() };
    contents.budgets = EPOCHS.map(|epochs| Budget { epochs, trainings: Vec::new() }).into();
    let mut hashes = BTreeSet::new();
    csv_lines::read(file, bytes, COLUMNS, |line| {
        let cell = cell(line)?;
        if !hashes.insert(cell.hash) {
            return Err(line.wrong(HASH, "each hash once", "a repeated hash".into()));
        }
        contents.cells.push(cell);
        for (budget, column) in contents.budgets.iter_mut().zip(ACCURACIES..) {
            let right =
                line.number(column, "a number of images, from 0 to 9984", |n: u16| n <= IMAGES)?;
            let accuracy = f32::from(right) / f32::from(IMAGES);
            let possible = |seconds: f32| seconds.is_finite() && seconds >= 0.0;
            let seconds = match budget.epochs {
                108 => line.number(SECONDS, "a number of seconds, at least 0", possible)?,
                _ => f32::NAN,
            };
            budget.trainings.push([f32::NAN, accuracy, f32::NAN, seconds]);
        }
        Ok(())
    })?;
    contents.check_hashes(file, |row| format!("row {row} (counted from 0)"))?;
    Ok(contents)
}

fn cell(line: &Line<'_, 9>) -> Result<Cell, BenchError> {
    let text = |column| line.text(column).to_owned();
    let hash = line.text(HASH).parse();
    let hash = hash.map_err(|_| line.wrong(HASH, "32 hexadecimal digits", text(HASH)))?;
    let digits = line.text(ADJACENCY).bytes().map(|digit| digit.wrapping_sub(b'0'));
    let digits: Vec<u8> = digits.collect();
    let rows: Vec<_> = digits.chunks(digits.len().isqrt().max(1)).collect();
    let mut labels = vec!["input"];
    for letter in line.text(OPS).chars().filter(|letter| *letter != '-') {
        let operator = ["3", "1", "m"].iter().position(|known| known.starts_with(letter));
        let operator = operator
            .ok_or_else(|| line.wrong(OPS, "only the characters `3`, `1` and `m`", text(OPS)))?;
        labels.push(OPERATORS[operator]);
    }
    labels.push("output");
    let spec = ModelSpec::from_matrix(&rows, &labels)
        .map_err(|error| line.wrong(ADJACENCY, "a cell", format!("an error ({error})")))?;
    Ok(Cell { hash, spec, params: line.number(PARAMS, "a number", |_: u32| true)? })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const HEADER: &str = "hash,vertices,edges,adjacency,ops,params,val_4,val_12,val_36,val_108,\
                          train_s_108\n";

    /// Returns the lines of the cell without inner vertices and of the one with a single maxpool.
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
        assert!(swapped.contains("FILE: row 1 (counted from 0), hash: expected"), "{swapped}");
        let count = error(|lines| lines[1] = lines[1].replace(",4992,", ",9985,"));
        assert!(count.starts_with("FILE: line 3, val_108: expected"), "{count}");
        let letter = error(|lines| lines[1] = lines[1].replace(",m,", ",x,"));
        assert!(
            letter.contains("line 3, ops: expected only the characters `3`, `1` and `m`, found x"),
            "{letter}"
        );
        let cut = error(|lines| lines[1] = lines[1].replace("010001000", "0100010"));
        assert!(cut.contains("line 3, adjacency: expected a cell"), "{cut}");
        let twice = error(|lines| lines[1] = lines[0].clone());
        assert!(twice.ends_with("expected each hash once, found a repeated hash"), "{twice}");
    }
}
