//! Computes the SHA-256 of a file while the file is read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::BenchError;
use crate::formats::table::hexadecimal;
use crate::regular_file::open_regular;

/// A reader that computes the SHA-256 of the bytes that pass through.
pub(super) struct Hashing<R> {
    reader: R,
    sum: Sha256,
    /// Bytes read so far.
    pub(super) count: u64,
}

impl Hashing<File> {
    /// Opens a file; returns it with its length.
    pub(super) fn open(path: &Path) -> Result<(Self, u64), BenchError> {
        let file = open_regular(path).map_err(BenchError::io(path, "read"))?;
        let length = file.metadata().map_err(BenchError::io(path, "read"))?.len();
        Ok((Self { reader: file, sum: Sha256::new(), count: 0 }, length))
    }
}

impl<R: Read> Hashing<R> {
    /// Reads to the end; returns the SHA-256 of everything as 64 hexadecimal digits.
    pub(super) fn finish(mut self) -> io::Result<String> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(hexadecimal(&self.sum.finalize()))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.sum.update(&buffer[..count]);
        self.count += count as u64;
        Ok(count)
    }
}
