//! Importing a user's table.

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
use crate::regular::open_regular;
use crate::{BenchError, ImportReport, data_folder};

/// A table of one's own, and the space that its architectures are of.
#[derive(Debug, Clone, Copy)]
pub struct TableImport<'a> {
    /// The CSV file.
    pub file: &'a Path,
    /// The file that describes the space, in TOML.
    pub space: &'a Path,
    /// Name of the benchmark; the space's unless given.
    pub name: Option<&'a str>,
    /// Is a lower value better?
    pub minimise: bool,
}

/// Makes a benchmark of a table, in the folder `to` or else the user's data folder. It is opened by its name
/// as all others are, and takes the place of an earlier one of that name.
///
/// The first line of the file names the columns, in any order: `arch`, the architecture in the space's
/// notation, or instead one column for each decision, by its name in [`SearchSpace::named_choices`], with an
/// empty cell where it is not decided; `value`, which is searched; and where they are known `test`,
/// `train_seconds` and `fidelity`. Every other column is a metric. Values are those at the highest fidelity; what
/// is known at lower ones that are whole numbers is given to queries that ask for it. Several rows of one architecture, or of some that are alike as graphs, count as their mean.
/// What the table does not hold is outside the benchmark.
///
/// The file is read and checked to its end before anything is written, and the table appears whole or not at
/// all. It holds the description of the space, so nothing else is needed to open it.
///
/// # Errors
/// [`BenchError::Record`] with line and column of what is wrong in the file, [`BenchError::Space`] with those
/// in the description, [`BenchError::OwnName`], or [`BenchError::Io`].
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
    // What cannot be opened again must not be written.
    let contents = Contents::new(Table::open(&path.display().to_string(), bytes)?)?;
    write(name, &path, &contents.table)
}

/// What the table holds, in a line.
fn contents_line(space: &DescribedSpace, about: &About, rows: &Rows, notes: &[String]) -> String {
    let part = if about.complete { "all" } else { "a part" };
    let better = if about.minimise { "lower is better" } else { "higher is better" };
    let count = rows.hashes.len();
    let points =
        if moves::enumerates_all(space) { "" } else { ", of whose numbers no others are known" };
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
