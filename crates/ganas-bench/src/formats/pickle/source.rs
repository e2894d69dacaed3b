//! The source of a pickle's bytes: memory or a stream.

use std::io::{BufRead, Read as _};

use super::PickleError;

pub(super) struct Source<R> {
    reader: R,
    /// Bytes read so far.
    pub(super) position: usize,
    /// Number of bytes after which reading must end.
    pub(super) end: usize,
    /// Offset of the current opcode, for errors.
    pub(super) start: usize,
    /// Buffer for data that spans two pieces of a stream.
    joined: Vec<u8>,
}

impl<R: BufRead> Source<R> {
    pub(super) const fn new(reader: R, end: usize) -> Self {
        Self { reader, position: 0, end, start: 0, joined: Vec::new() }
    }

    pub(super) const fn reader(&self) -> &R {
        &self.reader
    }

    /// Returns the number of bytes that may still be read.
    pub(super) const fn left(&self) -> usize {
        self.end - self.position
    }

    pub(super) fn take<const N: usize>(&mut self, what: &str) -> Result<[u8; N], PickleError> {
        if self.left() >= N
            && let Ok(ready) = self.reader.fill_buf()
            && let Some(&bytes) = ready.first_chunk()
        {
            self.reader.consume(N);
            self.position += N;
            return Ok(bytes);
        }
        self.joined.clear();
        let mut bytes = [0; N];
        self.fill(N, what)?;
        bytes.copy_from_slice(&self.joined);
        Ok(bytes)
    }

    /// Passes the next `length` bytes to `make`; returns its result.
    pub(super) fn with<T>(
        &mut self,
        length: usize,
        what: &str,
        make: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, PickleError> {
        let whole = || format!("{what} of {length} bytes");
        if length > self.left() {
            let found = self.nothing_left();
            return Err(self.wrong(&whole(), found));
        }
        if let Ok(ready) = self.reader.fill_buf()
            && let Some(bytes) = ready.get(..length)
        {
            let made = make(bytes);
            self.reader.consume(length);
            self.position += length;
            return Ok(made);
        }
        self.joined.clear();
        self.fill(length, &whole())?;
        Ok(make(&self.joined))
    }

    /// Returns the text before the next line feed, which may have at most `most` bytes.
    pub(super) fn line(&mut self, most: usize) -> Result<String, PickleError> {
        let mut line = Vec::new();
        loop {
            match self.take("a name that ends with a line feed")? {
                [b'\n'] => return Ok(String::from_utf8_lossy(&line).into_owned()),
                _ if line.len() == most => {
                    let expected = format!("a name of at most {most} bytes");
                    return Err(self.wrong(&expected, "a longer one".into()));
                }
                [byte] => line.push(byte),
            }
        }
    }

    /// Returns the next byte without consuming it.
    pub(super) fn next_byte(&mut self) -> Result<Option<u8>, PickleError> {
        match self.reader.fill_buf() {
            Ok(ready) => Ok(ready.first().copied().filter(|_| self.left() > 0)),
            Err(error) => Err(self.wrong("more bytes", error.to_string())),
        }
    }

    pub(super) fn wrong(&self, expected: &str, found: String) -> PickleError {
        PickleError { offset: self.start, expected: expected.into(), found }
    }

    /// Reads `length` bytes into `joined`, which grows only as they arrive: a wrong length reserves
    /// no memory.
    fn fill(&mut self, length: usize, what: &str) -> Result<(), PickleError> {
        let most = length.min(self.left()) as u64;
        match self.reader.by_ref().take(most).read_to_end(&mut self.joined) {
            Err(error) => Err(self.wrong(what, error.to_string())),
            Ok(count) => {
                self.position += count;
                if count == length {
                    return Ok(());
                }
                let found = self.nothing_left();
                Err(self.wrong(what, found))
            }
        }
    }

    /// Describes why there is nothing more to read.
    fn nothing_left(&mut self) -> String {
        let left = self.left();
        match self.reader.fill_buf() {
            Ok(ready) if ready.len() > left => {
                format!("more data than the limit of {} bytes allows", self.end)
            }
            _ => format!("the end of the data after {left} bytes"),
        }
    }
}
