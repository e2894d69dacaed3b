//! Makes a benchmark from a user's table of results.

use std::io::Read as _;
use std::path::Path;

use ganas_graph::spaces::described::{self, DescribedSpace, MAX_BYTES};
use ganas_graph::{SearchSpace, moves};

use super::contents::{About, Contents, is_complete};
use super::rows::Rows;
use super::{contents, path, read};
use crate::formats::table::{Provenance, Table};
use crate::import::write;
use crate::imported::read_small;
use crate::regular_file::open_regular;
use crate::{BenchError, ImportReport, data_folder};

/// What [`import_table`] imports: a user's table of results, together with the search space of its
/// architectures.
#[derive(Debug, Clone, Copy)]
pub struct TableImport<'a> {
    /// The CSV file that contains the table.
    pub file: &'a Path,
    /// The TOML file that describes the search space.
    pub space: &'a Path,
    /// Name of the benchmark. If it is `None`, the benchmark has the name of the search space.
    pub name: Option<&'a str>,
    /// Whether lower values of the objective are better.
    pub minimise: bool,
}

/// Makes a benchmark from a user's table in a CSV file, and stores the benchmark in the folder
/// `to`. If `to` is `None`, the benchmark is stored in the user's data folder. The benchmark can be
/// opened by its name like any other. It replaces the user's earlier benchmark of the same name, if
/// there is one.
///
/// The first line of the CSV file names the columns, in any order. Architectures are given in one
/// of two ways. Either the column `arch` contains them in the notation of the search space, or
/// there is one column for each decision. In the second case, each of these columns has the name
/// that [`SearchSpace::named_choices`] gives to the decision. A field is empty if its row's
/// architecture does not need the decision. The column `value` contains the objective. Three
/// columns are optional: `test` (the test result), `train_seconds` (the training time) and
/// `fidelity` (for example, the number of training epochs). If a column has the name of a constant
/// in the description of the space, each field of the column must be empty or contain the value of
/// that constant. Every other column is a metric.
///
/// A query returns an architecture's value at the highest fidelity in the table, unless the query
/// settings select a lower one. A lower fidelity can be selected only if it is a whole number below
/// 2³². Of the lower fidelities that are whole numbers below 2³², at most the 31 highest are
/// stored, and fewer if they would need more than 2²⁷ numbers. If several rows have the same
/// fidelity and contain the same architecture or isomorphic ones, their values are averaged. An
/// architecture belongs to the benchmark only if the table contains its value at the highest
/// fidelity.
///
/// The CSV file is read and checked completely before anything is written, and the table is written
/// atomically. The stored table includes the description of the space, so no other file is needed
/// to open the benchmark.
///
/// # Errors
/// [`BenchError::Record`] for an error in the table, with the line and column of the error.
/// [`BenchError::Space`] for an error in the description of the space, with the position of the
/// error. [`BenchError::OwnName`] if the benchmark's name is not valid. A different [`BenchError`]
/// if a file cannot be read or written.
pub fn import_table(
    options: TableImport<'_>,
    to: Option<&Path>,
) -> Result<ImportReport, BenchError> {
    let TableImport { file, space: space_file, name, minimise } = options;
    let description = read_description(space_file)?;
    let label = space_file.display().to_string();
    let space = described::read(&description, &label)
        .map_err(|error| BenchError::Space(Box::new(error)))?;
    let folder = to.map_or_else(data_folder, |folder| Ok(folder.to_owned()))?;
    let name = name.unwrap_or_else(|| space.name());
    let path = path(name, &folder)?;
    let (bytes, source_sha256) = read_small(file)?;
    let source = file.display().to_string();
    let rows = read::read(&source, &bytes, &space)?;
    drop(bytes);
    rows.check_names(&source)?;
    let (rows, notes) = rows.merged();
    let complete = is_complete(&space, &rows.hashes);
    let (extras, fidelities) = (rows.extras.clone(), rows.fidelities.clone());
    let about = About { space_file: label, minimise, extras, complete, fidelities };
    let provenance = Provenance {
        benchmark: name.into(),
        part: "table".into(),
        contents: contents_line(&space, &about, &rows, &notes),
        source,
        source_sha256,
        licence: "the licence of the imported file".into(),
    };
    let bytes = contents::write(provenance, &about, &description, &rows);
    drop(rows);
    // A table that cannot be opened again must not be written.
    let contents = Contents::new(Table::open(&path.display().to_string(), bytes)?)?;
    write(name, &path, &contents.table)
}

/// Describes the contents of the table in one line.
fn contents_line(space: &DescribedSpace, about: &About, rows: &Rows, notes: &[String]) -> String {
    let part = if about.complete { "all" } else { "a part" };
    let better = if about.minimise { "lower is better" } else { "higher is better" };
    let count = rows.hashes.len();
    let points = if moves::enumerates_all(space) {
        ""
    } else {
        "; nothing is known about other values of its numeric parameters"
    };
    let line =
        format!("values ({better}) of {count} architectures, {part} of {}{points}", space.name());
    let extras: Vec<_> = about.top_extras().collect();
    let extras = (!extras.is_empty()).then(|| format!("also {}", extras.join(", ")));
    let lower: Vec<_> = about.fidelities.iter().rev().skip(1).rev().map(f64::to_string).collect();
    let lower = (!lower.is_empty()).then(|| format!("also at fidelity {}", lower.join(", ")));
    [line]
        .into_iter()
        .chain(extras)
        .chain(lower)
        .chain(notes.iter().cloned())
        .collect::<Vec<_>>()
        .join("; ")
}

fn read_description(file: &Path) -> Result<String, BenchError> {
    let mut text = String::new();
    open_regular(file)
        .and_then(|open| open.take(MAX_BYTES as u64 + 1).read_to_string(&mut text))
        .map_err(BenchError::io(file, "read"))?;
    Ok(text)
}
