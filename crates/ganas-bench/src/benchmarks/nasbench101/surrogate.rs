//! Reads the archive of a surrogate's predictions.

use ganas_graph::ArchHash;
use ganas_graph::spaces::nasbench101::ModelSpec;

use super::contents::{Budget, Cell, Contents, Numbers};
use crate::BenchError;
use crate::formats::npy::{Archive, NpyError};

/// Maximum number of vertices between input and output.
const INNER: usize = 5;
/// The code for an absent vertex.
const ABSENT: u64 = 255;

/// Reads the surrogate's archive. For each cell it contains the module hash, the edges and
/// operators, the number of parameters, and predictions: validation accuracy after 108 epochs (in
/// units of 1e-5), training seconds (in units of 0.1) and the probability of failure (in units of
/// 1e-4).
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Contents, BenchError> {
    let mut archive = Archive::open(bytes).map_err(in_file(file, ""))?;
    let mut column = |name: &str, columns: usize| -> Result<Vec<u64>, BenchError> {
        let array = archive.array(name).map_err(in_file(file, name))?;
        let numbers = array.unsigned(columns).map_err(in_file(file, name))?;
        Ok(numbers.collect())
    };
    let hashes = column("hash", 16)?;
    let vertices = column("n_vertices", 1)?;
    let edges = column("adj_bits", 1)?;
    let operators = column("ops", INNER)?;
    let params = column("params", 1)?;
    let accuracies = column("surrogate_val_108_e5", 1)?;
    let seconds = column("surrogate_train_s_e1", 1)?;
    let failures = column("surrogate_p_fail_e4", 1)?;

    let rows = vertices.len();
    let lengths = [hashes.len() / 16, edges.len(), operators.len() / INNER, params.len()];
    let lengths = lengths.into_iter().chain([accuracies.len(), seconds.len(), failures.len()]);
    if let Some(found) = lengths.into_iter().find(|length| *length != rows) {
        let expected = format!("{rows} rows in every array");
        return Err(in_file(file, "")(NpyError::Form { expected, found: found.to_string() }));
    }
    let mut contents = Contents { repeats: 1, ..Contents::default() };
    let (mut trainings, mut failure) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for row in 0..rows {
        let wrong = |field: &str, expected: &str, found: String| BenchError::Record {
            file: file.into(),
            record: place(row),
            field: field.into(),
            expected: expected.into(),
            found,
        };
        let operators = &operators[row * INNER..(row + 1) * INNER];
        let spec = spec(vertices[row], edges[row], operators)
            .ok_or_else(|| wrong("cell", "a pruned cell of the space", format!("{operators:?}")))?;
        let params = u32::try_from(params[row])
            .map_err(|_| wrong("params", "less than 2^32", params[row].to_string()))?;
        if accuracies[row] > 100_000 || failures[row] > 10_000 {
            let found = format!("{} and {}", accuracies[row], failures[row]);
            return Err(wrong(
                "surrogate_val_108_e5, _p_fail_e4",
                "at most 100000 and 10000",
                found,
            ));
        }
        let hash = std::array::from_fn(|byte| u8::try_from(hashes[row * 16 + byte]).unwrap_or(0));
        contents.cells.push(Cell { hash: ArchHash::from_bytes(hash), spec, params });
        trainings.push(numbers(accuracies[row], seconds[row]));
        failure.push(single(failures[row] as f64 / 1e4));
    }
    contents.budgets = vec![Budget { epochs: 108, trainings }];
    contents.failure = Some(failure);
    contents.check_hashes(file, place)?;
    Ok(contents)
}

/// Returns a cell of the archive, or `None` if it is not a pruned cell.
fn spec(vertices: u64, edges: u64, operators: &[u64]) -> Option<ModelSpec> {
    let inner = usize::try_from(vertices).ok()?.checked_sub(2)?;
    let (present, absent) = operators.split_at_checked(inner)?;
    let present: Vec<u8> =
        present.iter().map(|operator| u8::try_from(*operator)).collect::<Result<_, _>>().ok()?;
    let edges = u32::try_from(edges).ok()?;
    let spec = ModelSpec::from_bits(edges, &present).ok()?;
    let is_pruned = spec.edge_bits() == edges && spec.operators() == present;
    (is_pruned && absent.iter().all(|operator| *operator == ABSENT)).then_some(spec)
}

fn numbers(accuracy: u64, seconds: u64) -> Numbers {
    [f32::NAN, single(accuracy as f64 / 1e5), f32::NAN, single(seconds as f64 / 10.0)]
}

/// Converts to single precision. Reading the table rounds the number to the units of the archive.
#[expect(clippy::cast_possible_truncation, reason = "the archive has fewer than seven digits")]
fn single(number: f64) -> f32 {
    number as f32
}

fn place(row: usize) -> String {
    format!("row {row} (counted from 0)")
}

fn in_file(file: &str, array: &str) -> impl Fn(NpyError) -> BenchError + use<> {
    let (file, array) = (file.to_owned(), array.to_owned());
    move |source| BenchError::Npy { file: file.clone(), array: array.clone(), source }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use ganas_graph::spaces::NasBench101;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::{Benchmark, QuerySettings};

    /// Returns an archive of these arrays of unsigned integers: name, bytes per number, columns,
    /// numbers.
    fn archive(arrays: &[(&str, usize, usize, Vec<u64>)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, width, columns, numbers) in arrays {
            let rows = numbers.len() / columns;
            let shape =
                if *columns == 1 { format!("({rows},)") } else { format!("({rows}, {columns})") };
            let header =
                format!("{{'descr': '<u{width}', 'fortran_order': False, 'shape': {shape}, }}\n");
            let length = u16::try_from(header.len()).unwrap().to_le_bytes();
            writer.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
            let numbers = numbers.iter().flat_map(|number| number.to_le_bytes()[..*width].to_vec());
            let file = [b"\x93NUMPY\x01\0", &length[..], header.as_bytes()].concat();
            writer.write_all(&file).unwrap();
            writer.write_all(&numbers.collect::<Vec<_>>()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// Returns the arrays of two cells: one without inner vertices, whose training never fails, and
    /// one with a maxpool, whose training always fails.
    fn arrays() -> Vec<(&'static str, usize, usize, Vec<u64>)> {
        let specs = [(1, vec![]), (0b101, vec![2])]
            .map(|(edges, operators)| ModelSpec::from_bits(edges, &operators).unwrap());
        let hashes = specs.iter().flat_map(|spec| spec.hash().as_bytes().map(u64::from)).collect();
        vec![
            ("hash", 1, 16, hashes),
            ("n_vertices", 1, 1, vec![2, 3]),
            ("adj_bits", 4, 1, vec![1, 0b101]),
            ("ops", 1, 5, vec![255, 255, 255, 255, 255, 2, 255, 255, 255, 255]),
            ("params", 4, 1, vec![882_570, 882_570]),
            ("surrogate_val_108_e5", 4, 1, vec![94_721, 90_000]),
            ("surrogate_train_s_e1", 2, 1, vec![12_345, 1]),
            ("surrogate_p_fail_e4", 2, 1, vec![0, 10_000]),
        ]
    }

    #[test]
    fn predictions_are_asked_plainly_or_with_noise_and_failures() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("made.npz");
        std::fs::write(&file, archive(&arrays())).unwrap();
        crate::import("nasbench101-surrogate", &file, Some(folder.path()), &mut |_, _| {}).unwrap();
        let value = |query: &str, bits, operators: &[u8]| {
            let query: QuerySettings = query.parse().unwrap();
            let folder = Some(folder.path());
            let benchmark = Benchmark::open_with("nasbench101-surrogate", None, query, folder);
            let spec = ModelSpec::from_bits(bits, operators).unwrap();
            let arch = NasBench101::default().encode(&spec);
            let found = benchmark.unwrap().measure(&arch).unwrap().expect("both cells are there");
            (found.value, found.train_seconds.unwrap())
        };
        assert_eq!(value("", 1, &[]), (94.721, 1_234.5), "exactly the archive's numbers");
        assert_eq!(value("mean", 0b101, &[2]), (90.0, 0.1));
        let noisy = value("random=1", 1, &[]).0;
        assert!((noisy - 94.721).abs() < 1.0 && (noisy - 94.721).abs() > 1e-9, "{noisy}");
        assert!((value("random=1", 1, &[]).0 - noisy).abs() < 1e-12, "keyed, not drawn anew");
        assert!((value("random=2", 1, &[]).0 - noisy).abs() > 1e-9);
        assert!((value("random=1", 0b101, &[2]).0 - 950.0 / 99.84).abs() < 1e-9, "it failed");
    }

    #[test]
    fn wrong_archives_are_named() {
        let error = |array: usize, change: fn(&mut Vec<u64>)| {
            let mut arrays = arrays();
            change(&mut arrays[array].3);
            read("FILE", &archive(&arrays)).unwrap_err().to_string()
        };
        assert!(
            error(0, |hash| hash[16] ^= 1)
                .starts_with("FILE: row 1 (counted from 0), hash: expected")
        );
        assert!(
            error(1, |vertices| vertices[1] = 1)
                .starts_with("FILE: row 1 (counted from 0), cell: expected")
        );
        assert!(
            error(2, |edges| edges[1] = 1)
                .starts_with("FILE: row 1 (counted from 0), cell: expected")
        );
        assert!(error(3, |operators| operators[5] = 255).contains("row 1 (counted from 0), cell"));
        assert!(error(4, |params| params.truncate(1)).ends_with("rows in every array, found 1"));
        assert!(
            error(5, |accuracies| accuracies[0] = 100_001).contains("at most 100000 and 10000")
        );
        let missing = read("FILE", &archive(&arrays()[1..])).unwrap_err().to_string();
        assert!(
            missing
                .starts_with("FILE, array hash: expected a file `hash.npy` in the archive, found"),
            "{missing}"
        );
        assert!(read("FILE", b"no archive").is_err());
    }
}
