//! Code shared by all functions that import benchmark results: the report on the outcome of an
//! import, the progress callback, and functions that read whole files.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::BenchError;
use crate::formats::table::sha256;
use crate::regular_file::read_regular;

/// Maximum size in bytes of a file that is read as a whole.
const MAX_BYTES: u64 = 1 << 30;

/// A callback for the progress of a long task. Its arguments are the amount of work done so far and
/// the total amount of work.
pub type Progress<'a> = dyn FnMut(u64, u64) + 'a;

/// The result of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Name of the benchmark.
    pub benchmark: String,
    /// The imported part of the benchmark, such as `validation`, `test` or `all`.
    pub part: String,
    /// A description of the imported numbers, in one phrase.
    pub contents: String,
    /// The path of the table that was written.
    pub table: PathBuf,
    /// Size of the table in bytes.
    pub bytes: usize,
    /// SHA-256 of the table, as 64 hexadecimal digits.
    pub sha256: String,
    /// SHA-256 of the file that was imported, as 64 hexadecimal digits.
    pub source_sha256: String,
}

/// The table made from a published file.
#[derive(Debug)]
pub(crate) struct Imported {
    /// File name of the table.
    pub(crate) table_file: &'static str,
    /// The bytes of the table.
    pub(crate) bytes: Vec<u8>,
    /// Whether the table is also compiled in, so that a copy in the user's data folder would be
    /// useless.
    pub(crate) compiled_in: bool,
}

/// Reads a file of at most 1 GiB; returns it with its SHA-256.
pub(crate) fn read_small(file: &Path) -> Result<(Vec<u8>, String), BenchError> {
    let size = std::fs::metadata(file).map_err(BenchError::io(file, "read"))?.len();
    if size > MAX_BYTES {
        return Err(BenchError::UnknownFile {
            file: file.display().to_string(),
            expected: format!("a file of at most {MAX_BYTES} bytes"),
            found: format!("{size} bytes"),
        });
    }
    let bytes = read_regular(file).map_err(BenchError::io(file, "read"))?;
    let sum = sha256(&bytes);
    Ok((bytes, sum))
}
