//! The description of a benchmark's table.

use serde::Serialize;

use crate::formats::table::{FORMAT_VERSION, MappedTable, Provenance, Table};

/// The description of a benchmark's table: its contents, its source and its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableInfo {
    /// The part of the benchmark that the table contains, such as `validation` or `test`.
    pub part: String,
    /// A description of the numbers in the table.
    pub contents: String,
    /// Path of the table's file. For a table that is compiled into the program, the file's name,
    /// followed by `(compiled in)`.
    pub file: String,
    /// Version of the table format.
    pub format: u32,
    /// Size of the table in bytes.
    pub bytes: usize,
    /// SHA-256 of the table, as 64 hexadecimal digits.
    pub sha256: String,
    /// A description of the source of the numbers.
    pub source: String,
    /// SHA-256 of the file from which the table was imported, as 64 hexadecimal digits.
    pub source_sha256: String,
    /// Licence of the data in the table.
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
