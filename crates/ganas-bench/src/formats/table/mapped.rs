//! Large tables that stay on disk.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::frame::{Frame, Parts};
use super::layout::{BLOCK, Header, Number, sha256};
use super::section::Section;
use crate::BenchError;
use crate::mapping::Mapping;

/// A large table that stays on disk. Each part is read and verified when it is first used.
///
/// When the table is opened, only its header and its list of block checksums are verified. Each
/// block of 65,536 bytes is verified once, when a number in the block is first read. A damaged byte
/// therefore causes an error and never a wrong number.
pub struct MappedTable {
    origin: String,
    bytes: Mapping,
    parts: Parts,
    header: Header,
    /// The offsets of the sections.
    starts: Vec<usize>,
    /// One bit per block: whether it was verified.
    verified: Box<[AtomicU64]>,
}

impl MappedTable {
    /// Opens a table file.
    ///
    /// # Errors
    /// If the file cannot be read, is not a table or has another format, or if its header is
    /// damaged.
    ///
    /// # Complexity
    /// Computes the SHA-256 of the header and of the block checksums. There is a checksum of 32
    /// bytes for each block of 65,536 bytes.
    pub fn open(path: &Path) -> Result<Self, BenchError> {
        Self::new(&path.display().to_string(), Mapping::open(path)?)
    }

    /// Opens a table from bytes in memory. Error messages name `origin` as the table's source.
    ///
    /// # Errors
    /// As for [`MappedTable::open`].
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

    /// Returns the name that error messages use for the table, usually the path of its file.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the table's header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the size of the whole table in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the SHA-256 of the whole table, as printed by `sha256sum`. This requires reading the
    /// whole table.
    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }

    /// Returns the number of blocks. Each block has its own checksum.
    pub fn blocks(&self) -> usize {
        self.parts.blocks()
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

    /// Returns `N` consecutive numbers of row `row`, starting at column `column`.
    ///
    /// # Errors
    /// [`BenchError::DamagedTable`] if a block that contains the numbers is damaged.
    ///
    /// # Panics
    /// If the section has no such row, or too few columns.
    pub fn get<T: Number, const N: usize>(
        &self,
        section: Section<T>,
        row: usize,
        column: usize,
    ) -> Result<[T; N], BenchError> {
        let bytes = self.verified(section.place(row, column, N))?;
        Ok(std::array::from_fn(|number| T::read(&bytes[number * T::ELEMENT.width()..])))
    }

    /// Verifies a block, even if it was verified before.
    ///
    /// # Errors
    /// [`BenchError::DamagedTable`] if the block is damaged.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn verify_block(&self, block: usize) -> Result<(), BenchError> {
        assert!(block < self.blocks(), "no block {block}");
        Frame { origin: &self.origin, bytes: &self.bytes }.verify_block(&self.parts, block)?;
        self.verified[block / 64].fetch_or(1 << (block % 64), Ordering::Relaxed);
        Ok(())
    }

    /// Returns the bytes of a range after verifying all of it. Relaxed ordering suffices for the
    /// bits in `verified`, because the bytes of the blocks that they mark are never written.
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

    /// Returns the error for an undamaged table whose contents are not those expected.
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
