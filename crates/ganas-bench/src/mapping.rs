//! Maps files into memory. This is the only module of the workspace with unsafe code.

use std::fs::File;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

use crate::BenchError;
use crate::regular_file::open_regular;

/// A file mapped into memory for reading, or bytes in memory.
#[derive(Debug)]
pub(crate) enum Mapping {
    /// A file.
    File(Mmap),
    /// Bytes in memory.
    Memory(Vec<u8>),
}

impl Mapping {
    /// Maps a file with one of our tables.
    pub(crate) fn open(path: &Path) -> Result<Self, BenchError> {
        let file = open_regular(path).map_err(BenchError::io(path, "read"))?;
        map(&file).map(Self::File).map_err(BenchError::io(path, "map"))
    }
}

/// Maps a file. If the file changes, the system may change the mapped bytes, which must never
/// happen to a shared slice.
#[expect(
    unsafe_code,
    reason = "mapping a file is unsafe; a comment at the call argues why it is sound"
)]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: The mapping is read-only and lives as long as the slices borrowed from it. It remains
    // to ensure that nobody writes to or truncates the file while it is mapped. Tables are written
    // to another file and renamed into place (`folder::write_whole`), never changed in place: a new
    // import leaves the mapped file unchanged, without a name. Another program that writes into the
    // user's data folder could still violate this, just as it could corrupt a running executable.
    // Even then only plain numbers are at risk: any byte is a valid `u8`, no length or offset is
    // read from the mapping twice and trusted the second time, and all access is bounds-checked. If
    // the file is truncated, a signal ends the process.
    unsafe { Mmap::map(file) }
}

impl Deref for Mapping {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::File(file) => file,
            Self::Memory(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for Mapping {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes)
    }
}
