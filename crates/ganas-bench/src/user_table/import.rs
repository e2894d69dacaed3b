//! Import of a user's table.

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

/// A user's table to import, with the space of its architectures.
#[derive(Debug, Clone, Copy)]
pub struct TableImport<'a> {
    /// The CSV file.
    pub file: &'a Path,
    /// The file that describes the space, in TOML.
    pub space: &'a Path,
    /// Name of the benchmark; that of the space by default.
    pub name: Option<&'a str>,
    /// Whether lower values are better.
    pub minimise: bool,
}

/// Makes a benchmark from a user's table, and stores it in the folder `to` or else in the user's
/// data folder. The benchmark is opened by name like any other, and replaces an earlier one of the
/// user's with the same name.
///
/// The first line of the file names the columns, in any order. An architecture is given either in
/// the column `arch`, in the space's notation, or in one column per decision, named as in
/// [`SearchSpace::named_choices`], with an empty field for a decision that is not made. The column
/// `value` contains the objective; `test`, `train_seconds` and `fidelity` are optional. A column
/// named like a constant of the space must contain that constant or nothing. Every other column is
/// a metric.
///
/// A query returns the value at the highest fidelity unless it asks for a lower integer fidelity.
/// Rows with the same fidelity and the same or isomorphic architectures are averaged.
/// Architectures that have no value at the highest fidelity, or are not in the table, are outside
/// the benchmark.
///
/// The file is read and checked completely before anything is written, and the table is written
/// atomically. The table contains the description of the space, so it can be opened without other
/// files.
///
/// # Errors
/// [`BenchError::Record`] with the line and column of an error in the table, [`BenchError::Space`]
/// with the position of an error in the description, [`BenchError::OwnName`] for an invalid name,
/// or another error if a file cannot be read or written.
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
    let (rows, notes) = read::read(&source, &bytes, &space)?.merged();
    drop(bytes);
    let complete = is_complete(&space, &rows.hashes);
    let (extras, fidelities) = (rows.extras.clone(), rows.fidelities.clone());
    let about = About { space_file: label, minimise, extras, complete, fidelities };
    let provenance = Provenance {
        benchmark: name.into(),
        part: "table".into(),
        contents: contents_line(&space, &about, &rows, &notes),
        source,
        source_sha256,
        licence: "that of the imported file".into(),
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
    let extras: Vec<_> = about.extras.iter().filter(|name| !name.contains('@')).cloned().collect();
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
