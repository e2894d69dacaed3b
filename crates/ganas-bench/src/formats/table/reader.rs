//! Tables in memory, which are verified as a whole.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use super::frame::Frame;
use super::layout::{Header, Number, sha256};
use super::section::Section;
use crate::BenchError;
use crate::regular_file::read_regular;

/// A table in memory that has been verified completely.
pub struct Table {
    origin: String,
    bytes: Cow<'static, [u8]>,
    header: Header,
    /// The offsets of the sections.
    starts: Vec<usize>,
}

impl Table {
    /// Opens the table stored in `bytes`, and verifies every byte. Error messages name `origin` as
    /// the table's source.
    ///
    /// # Errors
    /// [`BenchError::NotATable`], [`BenchError::TableFormat`] or [`BenchError::DamagedTable`].
    ///
    /// # Complexity
    /// Computes the SHA-256 of all bytes once.
    pub fn open(origin: &str, bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, BenchError> {
        let bytes = bytes.into();
        let frame = Frame { origin, bytes: &bytes };
        let parts = frame.parts()?;
        let (header, starts) = frame.header(&parts)?;
        (0..parts.blocks()).try_for_each(|block| frame.verify_block(&parts, block))?;
        Ok(Self { origin: origin.to_owned(), bytes, header, starts })
    }

    /// Reads a table file and verifies it.
    ///
    /// # Errors
    /// Those of [`Table::open`], and an error if the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, BenchError> {
        let bytes = read_regular(path).map_err(BenchError::io(path, "read"))?;
        Self::open(&path.display().to_string(), bytes)
    }

    /// Returns the name that error messages use for the table, usually the path of its file.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the table's header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the bytes of the whole table.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the size of the whole table in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the SHA-256 of the whole table, as printed by `sha256sum`.
    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }

    /// Returns the section with the given name, type and shape.
    ///
    /// # Errors
    /// [`BenchError::OtherTable`] if there is no section with this name, type and shape.
    pub fn section<T: Number>(
        &self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Section<T>, BenchError> {
        Section::find(&self.header, &self.starts, rows, columns, name)
            .map_err(|(expected, found)| self.other(expected, found))
    }

    /// Returns the number in the given row and column of a section.
    ///
    /// # Panics
    /// If the section has no such row or column.
    pub fn get<T: Number>(&self, section: Section<T>, row: usize, column: usize) -> T {
        T::read(&self.bytes[section.place(row, column, 1)])
    }

    /// Returns the contents of a section of bytes.
    pub(crate) fn section_bytes(&self, section: Section<u8>) -> &[u8] {
        let (rows, columns) = (section.rows(), section.columns());
        if rows == 0 {
            return &[];
        }
        let start = section.place(0, 0, columns).start;
        &self.bytes[start..start + rows * columns]
    }

    /// Returns the number of rows of the named section, if it exists.
    pub(crate) fn rows(&self, name: &str) -> Option<usize> {
        let section = self.header.sections.iter().find(|section| section.name == name)?;
        usize::try_from(section.rows).ok()
    }

    /// Returns the error for an undamaged table whose contents are not those expected.
    pub(crate) fn other(&self, expected: String, found: String) -> BenchError {
        BenchError::OtherTable { file: self.origin.clone(), expected, found }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.bytes.len();
        let mut fields = formatter.debug_struct("Table");
        fields.field("origin", &self.origin).field("size", &size).finish_non_exhaustive()
    }
}
