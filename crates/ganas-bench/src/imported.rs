//! What imports have in common: what they make, how they report, and reading a file whole.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::BenchError;
use crate::formats::table::sha256;
use crate::regular::read_regular;

/// Most bytes of a file that is read as a whole.
const MOST_BYTES: u64 = 1 << 30;

/// Hears how much of a long piece of work is done, and how much there is.
pub type Progress<'a> = dyn FnMut(u64, u64) + 'a;

/// What an import made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Name of the benchmark.
    pub benchmark: String,
    /// Which part of it was imported, such as `validation`, `test` or `all`.
    pub part: String,
    /// What the numbers are, and of how many architectures.
    pub contents: String,
    /// The table that was written.
    pub table: PathBuf,
    /// Bytes of the table.
    pub bytes: usize,
    /// SHA-256 of the table, 64 hexadecimal digits.
    pub sha256: String,
    /// SHA-256 of the file that was imported.
    pub source_sha256: String,
}

/// A published file that was read: the table that it becomes.
#[derive(Debug)]
pub(crate) struct Imported {
    /// File name of the table.
    pub(crate) table_file: &'static str,
    /// The table.
    pub(crate) bytes: Vec<u8>,
    /// Is it compiled in, so that there is no use in writing it to the user's data folder?
    pub(crate) compiled_in: bool,
}

/// A file of at most a GiB, and its SHA-256.
pub(crate) fn read_small(file: &Path) -> Result<(Vec<u8>, String), BenchError> {
    let size = std::fs::metadata(file).map_err(BenchError::io(file, "read"))?.len();
    if size > MOST_BYTES {
        return Err(BenchError::UnknownFile {
            file: file.display().to_string(),
            expected: format!("a file of at most {MOST_BYTES} bytes"),
            found: format!("{size} bytes"),
        });
    }
    let bytes = read_regular(file).map_err(BenchError::io(file, "read"))?;
    let sum = sha256(&bytes);
    Ok((bytes, sum))
}
