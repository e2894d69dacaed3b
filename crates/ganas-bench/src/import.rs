//! Imports published files as benchmark tables.

use std::path::Path;

use crate::folder::write_whole;
use crate::formats::table::Table;
use crate::{BenchError, ImportReport, Progress, data_folder, entry};

/// Converts a published file to a benchmark table, and writes the table to the folder `to`. If `to`
/// is `None`, the table is written to the user's data folder.
///
/// [`Entry::import_help`](crate::Entry::import_help) lists the files that a benchmark accepts. The
/// imported table is used whenever the benchmark is opened with the folder that contains the table.
/// A table that is compiled into the program can be imported only if `to` is given.
///
/// The file is read and checked completely before anything is written, and the table is written
/// atomically. The same published file always yields the same table, byte for byte.
///
/// # Errors
/// [`BenchError::CompiledIn`] if the table is compiled in and `to` is `None`. Other errors if there
/// is no such benchmark, if the file cannot be read, if the benchmark does not accept the file, if
/// the file contradicts the compiled-in table, or if the table cannot be written.
pub fn import(
    name: &str,
    file: &Path,
    to: Option<&Path>,
    progress: &mut Progress<'_>,
) -> Result<ImportReport, BenchError> {
    let entry = entry(name)?;
    let benchmark = entry.name;
    let imported = (entry.import)(file, progress)?;
    let folder = match to {
        Some(folder) => folder.to_owned(),
        None if imported.compiled_in => return Err(BenchError::CompiledIn { benchmark }),
        None => data_folder()?,
    };
    let path = folder.join(imported.table_file);
    let table = Table::open(&path.display().to_string(), imported.bytes)?;
    write(benchmark, &path, &table)
}

/// Writes a table atomically; `benchmark` is the name of its benchmark.
pub(crate) fn write(
    benchmark: &str,
    path: &Path,
    table: &Table,
) -> Result<ImportReport, BenchError> {
    write_whole(path, table.bytes())?;
    let provenance = &table.header().provenance;
    Ok(ImportReport {
        benchmark: benchmark.into(),
        part: provenance.part.clone(),
        contents: provenance.contents.clone(),
        table: path.into(),
        bytes: table.size(),
        sha256: table.sha256(),
        source_sha256: provenance.source_sha256.clone(),
    })
}
