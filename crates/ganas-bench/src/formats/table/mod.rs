//! The container format of benchmark tables.
//!
//! A table is one file: numbers in columns of fixed width, located by arithmetic, so that a small
//! table can be compiled in and a large one memory-mapped or read piece by piece without parsing.
//! The same content yields the same bytes.
//!
//! ```text
//! offset  bytes  what
//!      0      8  magic: 89 "GANAS" 0d 0a (damaged by a transfer in text mode)
//!      8      4  format version, u32
//!     12      4  length of the header, u32
//!     16      8  length of the data, u64
//!     24      8  zero
//!     32     32  SHA-256 of bytes 0..32 and of everything from 64 to the data
//!     64      …  header: JSON, what the table is, where it is from and which sections it has
//!      …   32 n  SHA-256 of each block of 65,536 bytes of the data; the last may be shorter
//!      …      …  zeros up to a multiple of 64
//!      …      …  data: the sections in the header's order, each filled up to a multiple of 64
//! ```
//!
//! All numbers are little endian. Every byte is covered by a checksum, and the checksums of the
//! data by the header's, so a damaged byte causes an error and never a wrong number.
//! [`Table::open`] verifies all of it, in about a millisecond per megabyte. [`MappedTable`] is for
//! large files: it leaves them on disk and verifies each block on first use.

mod frame;
mod layout;
mod mapped;
mod reader;
mod section;
mod writer;

pub use layout::{Element, FORMAT_VERSION, Header, Number, Provenance, SectionHeader};
pub use mapped::MappedTable;
pub use reader::Table;
pub use section::Section;
pub use writer::TableWriter;

pub(crate) use layout::{hexadecimal, sha256};

#[cfg(test)]
mod tests;
