//! Converts the files of NAS-Bench-201 to benchmark tables.

use std::path::Path;

use super::full_import::write_full;
use super::full_table::FULL_FILE;
use super::official::{Layout, read_official};
use super::table::{TEST_FILE, VALIDATION_FILE};
use super::test_results::read_test_results;
use super::wheel::read_wheel;
use crate::imported::{Imported, read_small};
use crate::{BenchError, Progress};

/// Converts any of the files that this benchmark accepts to a table.
pub(super) fn import(file: &Path, progress: &mut Progress<'_>) -> Result<Imported, BenchError> {
    let label = file.display().to_string();
    if Layout::of(file)?.is_some() {
        let bytes = write_full(&label, read_official(file, progress)?)?;
        return Ok(Imported { table_file: FULL_FILE, bytes, compiled_in: false });
    }
    let (bytes, source_sha256) = read_small(file)?;
    let is_wheel = bytes.starts_with(b"PK\x03\x04");
    let (table_file, table) = if is_wheel {
        (VALIDATION_FILE, read_wheel(&label, &bytes, source_sha256)?)
    } else {
        (TEST_FILE, read_test_results(&label, &bytes, source_sha256)?)
    };
    progress(bytes.len() as u64, bytes.len() as u64);
    Ok(Imported { table_file, bytes: table, compiled_in: is_wheel })
}
