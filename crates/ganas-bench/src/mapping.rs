//! The one place with unsafe code: a file as a slice of memory.

use std::fs::File;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

use crate::BenchError;
use crate::regular::open_regular;

/// A file mapped into memory for reading, or bytes that are there already.
#[derive(Debug)]
pub(crate) enum Mapping {
    /// A file.
    File(Mmap),
    /// Bytes in memory.
    Memory(Vec<u8>),
}

impl Mapping {
    /// Maps a file of ours.
    pub(crate) fn open(path: &Path) -> Result<Self, BenchError> {
        let file = open_regular(path).map_err(BenchError::io(path, "read"))?;
        map(&file).map(Self::File).map_err(BenchError::io(path, "map"))
    }
}

/// The system may change the bytes of a mapping when the file changes, which a shared slice must
/// never see.
#[expect(unsafe_code, reason = "mapping a file is unsafe; the argument is at the call")]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: The mapping is read-only and lives as long as the slices borrowed from it.
    // What is left is that nobody writes to the file or cuts it while it is mapped. Tables are
    // written to another file and renamed into place (`folder::write_whole`), never changed in
    // place: a new import leaves the mapped file as it is, without a name. A program other than ours
    // that writes into the user's data folder could still break this, as it could break an
    // executable that runs. Then nothing but plain numbers is at stake: whatever the bytes are is a
    // valid `u8`, no length or offset is read from the mapping twice and trusted the second time,
    // and all access is bounds-checked. A file that is cut ends the process by signal.
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
