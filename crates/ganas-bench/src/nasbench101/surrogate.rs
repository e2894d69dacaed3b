use ganas_graph::ArchHash;
use ganas_graph::spaces::nasbench101::ModelSpec;

use super::contents::{Budget, Cell, Contents, Numbers};
use crate::BenchError;
use crate::npy::{Archive, NpyError};

/// Vertices between input and output, at most.
const INNER: usize = 5;
/// Stands for no vertex.
const ABSENT: u64 = 255;

/// Reads the surrogate's archive: module hash, cell, parameters, predicted validation accuracy after
/// 108 epochs (in 1e-5), seconds (in 0.1) and probability of failure (in 1e-4) of each cell.
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
            return Err(wrong("surrogate_val_108_e5, _p_fail_e4", "a fraction of 1", found));
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

/// A cell of the archive, if it is a pruned one.
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

/// The table rounds to the units of the archive when it is read.
#[expect(clippy::cast_possible_truncation, reason = "seven digits are more than the archive has")]
fn single(number: f64) -> f32 {
    number as f32
}

fn place(row: usize) -> String {
    format!("row {row}")
}

fn in_file(file: &str, array: &str) -> impl Fn(NpyError) -> BenchError + use<> {
    let (file, array) = (file.to_owned(), array.to_owned());
    move |source| BenchError::Npy {
        file: file.clone(),
        array: array.clone(),
        source: source.into(),
    }
}
