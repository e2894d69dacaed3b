//! Importing: a published file becomes a table of ours.

use std::path::Path;

use crate::folder::write_whole;
use crate::formats::table::Table;
use crate::{BenchError, ImportReport, Progress, data_folder, entry};

/// Turns a published file into a table of ours, in the folder `to` or else the user's data folder.
///
/// Which files a benchmark takes is in its [`Entry::import_help`](crate::Entry::import_help). What
/// was imported is used whenever the benchmark is opened with that folder. A table that is compiled in
/// is only made with `to`.
///
/// The file is read and checked to its end before anything is written, and the table appears whole or
/// not at all. The same file gives the same bytes.
///
/// # Errors
/// If there is no such benchmark, the file is not one of these or says something else than the table
/// that is compiled in, or the table cannot be written.
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

/// Writes a table whole; `benchmark` is what it is of.
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
