//! What a table of a benchmark says of itself.

use serde::Serialize;

use crate::formats::table::{FORMAT_VERSION, MappedTable, Provenance, Table};

/// A table of a benchmark: what it holds and how to tell it from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableInfo {
    /// Which part of the benchmark it is, such as `validation` or `test`.
    pub part: String,
    /// What the numbers are.
    pub contents: String,
    /// The file, or that it is compiled in.
    pub file: String,
    /// Version of the table format.
    pub format: u32,
    /// Bytes of the file.
    pub bytes: usize,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
    /// Where the numbers were taken from.
    pub source: String,
    /// SHA-256 of what they were taken from.
    pub source_sha256: String,
    /// Licence of the numbers.
    pub licence: String,
}

impl TableInfo {
    pub(crate) fn of(table: &Table) -> Self {
        Self::new(table.origin(), &table.header().provenance, table.size(), table.sha256())
    }

    pub(crate) fn of_mapped(table: &MappedTable) -> Self {
        Self::new(table.origin(), &table.header().provenance, table.size(), table.sha256())
    }

    fn new(file: &str, provenance: &Provenance, bytes: usize, sha256: String) -> Self {
        let provenance = provenance.clone();
        Self {
            part: provenance.part,
            contents: provenance.contents,
            file: file.into(),
            format: FORMAT_VERSION,
            bytes,
            sha256,
            source: provenance.source,
            source_sha256: provenance.source_sha256,
            licence: provenance.licence,
        }
    }
}
