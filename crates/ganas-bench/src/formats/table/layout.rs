//! The layout of a table's bytes, the table's header, and its checksums.

use std::fmt::Write as _;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version of the table format that is written and read.
pub const FORMAT_VERSION: u32 = 1;

pub(super) const MAGIC: [u8; 8] = *b"\x89GANAS\r\n";

/// Number of bytes before the header.
pub(super) const PRELUDE: usize = 64;
/// Each checksum covers this many bytes of the data.
pub(super) const BLOCK: usize = 1 << 16;
/// Sections begin at multiples of this many bytes.
pub(super) const ALIGNMENT: usize = 64;
/// The positions of the prelude's fields.
pub(super) const VERSION: Range<usize> = 8..12;
pub(super) const HEADER_LENGTH: Range<usize> = 12..16;
pub(super) const DATA_LENGTH: Range<usize> = 16..24;
pub(super) const SUMMED_PRELUDE: Range<usize> = 0..32;
pub(super) const HEADER_SUM: Range<usize> = 32..64;

/// What a table contains, and where its numbers come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Name of the benchmark, such as `nasbench201`.
    pub benchmark: String,
    /// The part of the benchmark that the table contains, such as `validation`.
    pub part: String,
    /// A description of the numbers, in one phrase.
    pub contents: String,
    /// A description of the source of the numbers.
    pub source: String,
    /// SHA-256 of the file that was imported, as 64 hexadecimal digits.
    pub source_sha256: String,
    /// Licence of the numbers and of their source.
    pub licence: String,
}

/// A table's header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// What the table contains, and where its numbers come from.
    pub provenance: Provenance,
    /// The table's sections, in the order in which their data is stored.
    pub sections: Vec<SectionHeader>,
}

/// The header's description of a section. A section consists of rows of numbers of one type, with a
/// fixed number of columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionHeader {
    /// Name of the section, such as `cifar10.validation`.
    pub name: String,
    /// Type of the section's numbers.
    pub element: Element,
    /// Number of columns. Each row has one number per column.
    pub columns: u64,
    /// Number of rows.
    pub rows: u64,
}

impl SectionHeader {
    /// Returns the size of the section in bytes, without padding, or `None` if it overflows.
    pub(super) fn length(&self) -> Option<usize> {
        let row = usize::try_from(self.columns).ok()?.checked_mul(self.element.width())?;
        usize::try_from(self.rows).ok()?.checked_mul(row)
    }
}

/// The type of a section's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Element {
    /// An unsigned integer of 1 byte.
    U8,
    /// An unsigned integer of 2 bytes.
    U16,
    /// An unsigned integer of 4 bytes.
    U32,
    /// An IEEE 754 floating-point number of 4 bytes.
    F32,
    /// An 8-byte IEEE 754 floating-point number.
    F64,
}

impl Element {
    /// Returns the size in bytes of a number of this type.
    pub const fn width(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// A Rust type of numbers that a section of a table can store.
pub trait Number: Copy {
    /// The [`Element`] that represents this type in a table's header.
    const ELEMENT: Element;
    /// Returns the number that the first bytes encode in little-endian order, or zero if there are
    /// too few bytes.
    fn read(bytes: &[u8]) -> Self;
    /// Appends the number's bytes in little-endian order.
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
