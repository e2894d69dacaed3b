//! The layout of a table's bytes, its header, and checksums.

use std::fmt::Write as _;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The format that this version writes and reads.
pub const FORMAT_VERSION: u32 = 1;

pub(super) const MAGIC: [u8; 8] = *b"\x89GANAS\r\n";

/// Number of bytes before the header.
pub(super) const PRELUDE: usize = 64;
/// Number of bytes of the data that each checksum covers.
pub(super) const BLOCK: usize = 1 << 16;
/// Sections begin at multiples of this many bytes.
pub(super) const ALIGNMENT: usize = 64;
/// The positions of the prelude's fields.
pub(super) const VERSION: Range<usize> = 8..12;
pub(super) const HEADER_LENGTH: Range<usize> = 12..16;
pub(super) const DATA_LENGTH: Range<usize> = 16..24;
pub(super) const SUMMED_PRELUDE: Range<usize> = 0..32;
pub(super) const HEADER_SUM: Range<usize> = 32..64;

/// The identity of a table and the source of its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Name of the benchmark, such as `nasbench201`.
    pub benchmark: String,
    /// The part of the benchmark, such as `validation`.
    pub part: String,
    /// A description of the numbers, in a sentence.
    pub contents: String,
    /// The source of the numbers.
    pub source: String,
    /// SHA-256 of the file that was imported, 64 hexadecimal digits.
    pub source_sha256: String,
    /// Licence of the numbers, and of their source.
    pub licence: String,
}

/// A table's header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The identity and source of the table.
    pub provenance: Provenance,
    /// Its sections, in the order of the data.
    pub sections: Vec<SectionHeader>,
}

/// A section: rows of numbers of one type, with a fixed number of columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionHeader {
    /// Name, such as `cifar10.validation`.
    pub name: String,
    /// Type of the numbers.
    pub element: Element,
    /// Numbers per row.
    pub columns: u64,
    /// Number of rows.
    pub rows: u64,
}

impl SectionHeader {
    /// Returns the size of the section in bytes, without padding; `None` if it overflows.
    pub(super) fn length(&self) -> Option<usize> {
        let row = usize::try_from(self.columns).ok()?.checked_mul(self.element.width())?;
        usize::try_from(self.rows).ok()?.checked_mul(row)
    }
}

/// Types of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Element {
    /// A byte.
    U8,
    /// Unsigned, 2 bytes.
    U16,
    /// Unsigned, 4 bytes.
    U32,
    /// IEEE 754, 4 bytes.
    F32,
    /// IEEE 754, 8 bytes.
    F64,
}

impl Element {
    /// Returns the number of bytes per number.
    pub const fn width(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// A type of numbers that a section can contain.
pub trait Number: Copy {
    /// The element type that represents it in a header.
    const ELEMENT: Element;
    /// Reads a little-endian number from the first bytes; returns zero if there are too few.
    fn read(bytes: &[u8]) -> Self;
    /// Appends the number's bytes, little endian.
    fn write(self, to: &mut Vec<u8>);
}

macro_rules! number {
    ($($number:ty => $element:ident),*) => {$(
        impl Number for $number {
            const ELEMENT: Element = Element::$element;

            fn read(bytes: &[u8]) -> Self {
                bytes.first_chunk().map_or(Self::default(), |bytes| Self::from_le_bytes(*bytes))
            }

            fn write(self, to: &mut Vec<u8>) {
                to.extend(self.to_le_bytes());
            }
        }
    )*};
}

number!(u8 => U8, u16 => U16, u32 => U32, f32 => F32, f64 => F64);

/// Returns the checksum of the prelude and of the bytes that follow it up to the data.
pub(super) fn header_sum(prelude: &[u8], rest: &[u8]) -> [u8; 32] {
    let mut sum = Sha256::new();
    sum.update(&prelude[SUMMED_PRELUDE]);
    sum.update(rest);
    sum.finalize().into()
}

/// Returns the checksum of a block.
pub(super) fn sum(block: &[u8]) -> [u8; 32] {
    Sha256::digest(block).into()
}

/// Returns the SHA-256 of `bytes` as printed by `sha256sum`.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&sum(bytes))
}

/// Returns `bytes` as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
