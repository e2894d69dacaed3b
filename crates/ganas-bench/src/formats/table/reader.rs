//! Tables in memory, verified as a whole.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use super::frame::Frame;
use super::layout::{Header, Number, sha256};
use super::section::Section;
use crate::BenchError;
use crate::regular::read_regular;

/// A table, all of it verified.
pub struct Table {
    origin: String,
    bytes: Cow<'static, [u8]>,
    header: Header,
    /// Where each section begins.
    starts: Vec<usize>,
}

impl Table {
    /// Verifies `bytes`; `origin` is what errors call them.
    ///
    /// # Errors
    /// [`BenchError::NotATable`], [`BenchError::TableFormat`] and [`BenchError::DamagedTable`].
    ///
    /// # Complexity
    /// One SHA-256 of all bytes.
    pub fn open(origin: &str, bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, BenchError> {
        let bytes = bytes.into();
        let frame = Frame { origin, bytes: &bytes };
        let parts = frame.parts()?;
        let (header, starts) = frame.header(&parts)?;
        (0..parts.blocks()).try_for_each(|block| frame.verify_block(&parts, block))?;
        Ok(Self { origin: origin.to_owned(), bytes, header, starts })
    }

    /// Reads and verifies a file.
    ///
    /// # Errors
    /// As [`Table::open`], and if the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, BenchError> {
        let bytes = read_regular(path).map_err(BenchError::io(path, "read"))?;
        Self::open(&path.display().to_string(), bytes)
    }

    /// What the table is called in errors: its file.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What the table is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The whole table, as it is stored.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of bytes of the whole table.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// SHA-256 of the whole table, as `sha256sum` prints it.
    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }

    /// Finds a section by its name, type and shape.
    ///
    /// # Errors
    /// [`BenchError::OtherTable`] if there is none.
    pub fn section<T: Number>(
        &self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Section<T>, BenchError> {
        Section::find(&self.header, &self.starts, rows, columns, name)
            .map_err(|(expected, found)| self.other(expected, found))
    }

    /// One number.
    ///
    /// # Panics
    /// If the section has no such row or column.
    pub fn get<T: Number>(&self, section: Section<T>, row: usize, column: usize) -> T {
        T::read(&self.bytes[section.place(row, column, 1)])
    }

    /// The bytes of a section of them.
    pub(crate) fn section_bytes(&self, section: Section<u8>) -> &[u8] {
        let (rows, columns) = (section.rows(), section.columns());
        if rows == 0 {
            return &[];
        }
        let start = section.place(0, 0, columns).start;
        &self.bytes[start..start + rows * columns]
    }

    /// How many rows a section has, if there is one of that name.
    pub(crate) fn rows(&self, name: &str) -> Option<usize> {
        let section = self.header.sections.iter().find(|section| section.name == name)?;
        usize::try_from(section.rows).ok()
    }

    /// The error that this is a sound table of something else.
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
