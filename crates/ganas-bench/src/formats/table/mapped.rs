//! Large tables, left on disk.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::frame::{Frame, Parts};
use super::layout::{BLOCK, Header, Number, sha256};
use super::section::Section;
use crate::BenchError;
use crate::mapping::Mapping;

/// A large table, left on disk: a part of it is read, and verified, when it is first asked for.
///
/// Opening verifies the header only, under whose checksum the checksums of all blocks are. Each
/// block of 65,536 bytes is verified when a number of it is first read, once in the table's life, so
/// a damaged byte is an error and never a wrong number.
pub struct MappedTable {
    origin: String,
    bytes: Mapping,
    parts: Parts,
    header: Header,
    /// Where each section begins.
    starts: Vec<usize>,
    /// A bit for each block: was it verified?
    verified: Box<[AtomicU64]>,
}

impl MappedTable {
    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be read, is no table, of another format, or its header is damaged.
    ///
    /// # Complexity
    /// One SHA-256 of the header and of 32 bytes for each 65,536 of the file.
    pub fn open(path: &Path) -> Result<Self, BenchError> {
        Self::new(&path.display().to_string(), Mapping::open(path)?)
    }

    /// From bytes in memory, which errors call `origin`.
    ///
    /// # Errors
    /// As [`MappedTable::open`].
    pub fn from_bytes(origin: &str, bytes: Vec<u8>) -> Result<Self, BenchError> {
        Self::new(origin, Mapping::from(bytes))
    }

    fn new(origin: &str, bytes: Mapping) -> Result<Self, BenchError> {
        let frame = Frame { origin, bytes: &bytes };
        let parts = frame.parts()?;
        let (header, starts) = frame.header(&parts)?;
        let words = parts.blocks().div_ceil(64);
        let verified = (0..words).map(|_| AtomicU64::new(0)).collect();
        Ok(Self { origin: origin.into(), bytes, parts, header, starts, verified })
    }

    /// What the table is called in errors: its file.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What the table is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number of bytes of the whole table.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// SHA-256 of the whole table, as `sha256sum` prints it. Reads all of it.
    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }

    /// Number of blocks, each under a checksum of its own.
    pub fn blocks(&self) -> usize {
        self.parts.blocks()
    }

    /// Finds a section by its name and type, and by its shape.
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

    /// `N` numbers of a row, from a column on.
    ///
    /// # Errors
    /// [`BenchError::DamagedTable`] if the block that holds them is not what was written.
    ///
    /// # Panics
    /// If the section has no such row or columns.
    pub fn get<T: Number, const N: usize>(
        &self,
        section: Section<T>,
        row: usize,
        column: usize,
    ) -> Result<[T; N], BenchError> {
        let bytes = self.verified(section.place(row, column, N))?;
        Ok(std::array::from_fn(|number| T::read(&bytes[number * T::ELEMENT.width()..])))
    }

    /// Verifies a block, whether it was before or not.
    ///
    /// # Errors
    /// [`BenchError::DamagedTable`].
    ///
    /// # Panics
    /// If there is no such block.
    pub fn verify_block(&self, block: usize) -> Result<(), BenchError> {
        assert!(block < self.blocks(), "no block {block}");
        Frame { origin: &self.origin, bytes: &self.bytes }.verify_block(&self.parts, block)?;
        self.verified[block / 64].fetch_or(1 << (block % 64), Ordering::Relaxed);
        Ok(())
    }

    /// The bytes of a range, all of which is verified. Relaxed order is enough: the bit says
    /// something of bytes that nobody writes.
    fn verified(&self, range: Range<usize>) -> Result<&[u8], BenchError> {
        let first = (range.start - self.parts.data.start) / BLOCK;
        let last = (range.end - 1 - self.parts.data.start) / BLOCK;
        for block in first..=last {
            if self.verified[block / 64].load(Ordering::Relaxed) >> (block % 64) & 1 == 0 {
                self.verify_block(block)?;
            }
        }
        Ok(&self.bytes[range])
    }

    /// The error that this is a sound table of something else.
    pub(crate) fn other(&self, expected: String, found: String) -> BenchError {
        BenchError::OtherTable { file: self.origin.clone(), expected, found }
    }
}

impl fmt::Debug for MappedTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("MappedTable");
        fields.field("origin", &self.origin).field("size", &self.size()).finish_non_exhaustive()
    }
}
