//! Benchmarks that users make themselves. Each of them is a table of results for a search space
//! that is described in a file.

use std::path::{Path, PathBuf};

use ganas_search::UnknownName;

use crate::formats::table::Table;
use crate::source::{Opened, Request};
use crate::{BenchError, registry};

mod cells;
mod columns;
mod contents;
mod import;
mod read;
mod results;
mod rows;
#[cfg(test)]
mod tests;

pub use import::{TableImport, import_table};

/// Name of the only data set of a benchmark made from a user's table. The values of such a
/// benchmark are in the table's own unit, while those of all other benchmarks are percentages.
pub const OWN_DATASET: &str = "table";

/// To import a user's table, `ganas bench import` takes this word instead of a benchmark's name.
pub const TABLE: &str = "table";

/// Folder of the users' tables within the data folder.
const FOLDER: &str = "tables";
const EXTENSION: &str = "table";
/// Maximum number of characters of a name.
const MAX_NAME_LENGTH: usize = 64;

/// Returns the path of a user's benchmark, which need not exist.
///
/// # Errors
/// [`BenchError::OwnName`] if the name is invalid.
pub(crate) fn path(name: &str, folder: &Path) -> Result<PathBuf, BenchError> {
    let wrong = |expected: &str| BenchError::OwnName {
        expected: expected.into(),
        found: name.chars().take(MAX_NAME_LENGTH).collect(),
    };
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !begins || name.len() > MAX_NAME_LENGTH || !name.chars().all(is_letter) {
        return Err(wrong(
            "a name of at most 64 lower-case letters, digits, `-` and `_`, starting with a letter or digit",
        ));
    }
    if name == TABLE || registry().iter().any(|entry| entry.name == name) {
        return Err(wrong("a name that no other benchmark has"));
    }
    Ok(folder.join(FOLDER).join(format!("{name}.{EXTENSION}")))
}

/// Returns the path of the user's benchmark with that name; `None` if there is none.
pub(crate) fn find(name: &str, folder: Option<&Path>) -> Option<PathBuf> {
    path(name, folder?).ok().filter(|path| path.is_file())
}

/// Returns the names of all imported tables, in alphabetical order.
pub(crate) fn names(folder: Option<&Path>) -> Vec<String> {
    let files = folder.and_then(|folder| folder.join(FOLDER).read_dir().ok());
    let name = |file: PathBuf| Some(file.file_stem()?.to_str()?.to_owned());
    let names = files.into_iter().flatten().filter_map(|file| name(file.ok()?.path()));
    let mut names: Vec<_> = names.filter(|name| find(name, folder).is_some()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns the only data set of a user's benchmark; any other name is an error.
pub(crate) fn dataset(name: Option<&str>) -> Result<&'static str, UnknownName> {
    match name {
        None | Some(OWN_DATASET) => Ok(OWN_DATASET),
        Some(found) => {
            let valid = vec![OWN_DATASET.into()];
            Err(UnknownName { what: "data set", found: found.into(), valid })
        }
    }
}

/// Adds the user's benchmarks to the valid names in an error about a benchmark's name.
pub(crate) fn with_names(unknown: UnknownName, folder: Option<&Path>) -> UnknownName {
    let valid = unknown.valid.into_iter().chain(names(folder)).collect();
    UnknownName { valid, ..unknown }
}

/// Opens an imported table.
pub(crate) fn open(name: &str, path: &Path, request: &Request<'_>) -> Result<Opened, BenchError> {
    let contents = contents::Contents::new(Table::read(path)?)?;
    // A highest fidelity that is no number of epochs can only be queried by default.
    let fidelities = &contents.about.fidelities;
    let (epochs, whole): (Vec<_>, Vec<_>) =
        fidelities.iter().filter_map(|&it| Some((rows::epochs(it)?, it))).unzip();
    let place = request.query.check(name, &epochs, 1)?;
    let queried = request.query.epochs.map(|_| whole[place]);
    let lower = queried.filter(|it| fidelities.last() != Some(it));
    let results = results::Results::new(contents, lower);
    Ok(Opened { space: Box::new(results.space().clone()), source: Box::new(results) })
}
