//! The container format of benchmark tables.
//!
//! A table is one file that contains numbers in columns of fixed width, so the position of each
//! number can be calculated and no parsing is needed. A small table can therefore be compiled into
//! a program, and a large table can be memory-mapped or read piece by piece. Tables with the same
//! content consist of the same bytes.
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
//! data are themselves covered by the checksum of the header. A damaged byte therefore causes an
//! error and never a wrong number. [`Table::open`] verifies the whole table, which takes about a
//! millisecond per megabyte. [`MappedTable`] is for large files. It leaves them on disk and
//! verifies each block when it is first used.

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
