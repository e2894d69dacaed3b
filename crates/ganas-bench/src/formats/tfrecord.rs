//! Reads and writes TFRecord, the format of TensorFlow's record files.
//!
//! ```text
//! u64  length            little endian, like all numbers here
//! u32  masked CRC-32C of the eight bytes of the length
//!      data              as many bytes
//! u32  masked CRC-32C of the data
//! ```
//!
//! These four parts make up one record. A file consists of such records, one directly after
//! another. A checksum is masked by rotating it right by 15 bits and adding 0xa282ead8.
//!
//! Source: `tensorflow/core/lib/io/record_writer.h`.

use std::io::{self, Read};

use thiserror::Error;

/// Maximum size of a record's data in bytes. It is many times the size of the data in a benchmark's
/// record, but small enough that a wrong length does not make the reader allocate much memory.
pub const MAX_BYTES: u64 = 1 << 24;

const HEADER: usize = 12;
const FOOTER: usize = 4;

/// The reason why a file could not be read as a sequence of records.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TfRecordError {
    /// The file could not be read.
    #[error("record {record} (counted from 0) at byte {offset}: could not read: {source}")]
    Io {
        /// Number of the record, from 0.
        record: u64,
        /// Offset of the start of the record, in bytes from the start of the file.
        offset: u64,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The file ends in the middle of a record.
    #[error(
        "record {record} (counted from 0) at byte {offset}: expected {expected} bytes of {part}, found {found}"
    )]
    Cut {
        /// Number of the record, from 0.
        record: u64,
        /// Offset of the start of the record, in bytes from the start of the file.
        offset: u64,
        /// The part of the record within which the file ends.
        part: &'static str,
        /// The number of bytes that the incomplete part should have.
        expected: u64,
        /// The number of bytes of the incomplete part that are in the file.
        found: u64,
    },
    /// A checksum in the file does not match the bytes that it covers.
    #[error(
        "record {record} (counted from 0) at byte {offset}: {part}: expected checksum {expected:08x}, found {found:08x}"
    )]
    Checksum {
        /// Number of the record, from 0.
        record: u64,
        /// Offset of the start of the record, in bytes from the start of the file.
        offset: u64,
        /// The part of the record that is damaged.
        part: &'static str,
        /// The masked checksum in the file.
        expected: u32,
        /// The masked checksum of the actual bytes.
        found: u32,
    },
    /// The length stated for a record exceeds the limit.
    #[error(
        "record {record} (counted from 0) at byte {offset}: expected a length of at most {MAX_BYTES} bytes, found {found}"
    )]
    TooLong {
        /// Number of the record, from 0.
        record: u64,
        /// Offset of the start of the record, in bytes from the start of the file.
        offset: u64,
        /// The length stated in the file, in bytes.
        found: u64,
    },
}

/// A reader of records that holds only one record in memory at a time.
///
/// ```
/// use ganas_bench::tfrecord::{RecordReader, write_record};
/// let mut file = Vec::new();
/// write_record(&mut file, b"one");
/// write_record(&mut file, b"");
/// let mut reader = RecordReader::new(&file[..]);
/// let first = reader.next_record()?.expect("two records");
/// assert_eq!((first.number, first.offset, first.data), (0, 0, &b"one"[..]));
/// assert_eq!(reader.next_record()?.expect("two records").offset, 19);
/// assert!(reader.next_record()?.is_none());
/// # Ok::<(), ganas_bench::tfrecord::TfRecordError>(())
/// ```
#[derive(Debug)]
pub struct RecordReader<R> {
    source: R,
    data: Vec<u8>,
    record: u64,
    offset: u64,
}

/// A record with correct checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Number of the record, counted from 0.
    pub number: u64,
    /// Offset of the record's first byte from the start of the file.
    pub offset: u64,
    /// Contents of the record.
    pub data: &'a [u8],
}

impl<R: Read> RecordReader<R> {
    /// Creates a reader of `source`, which must be at the start of a file. The source should be
    /// buffered, because the reader makes many small reads.
    pub const fn new(source: R) -> Self {
        Self { source, data: Vec::new(), record: 0, offset: 0 }
    }

    /// Returns the next record, or `None` at the end of the file.
    ///
    /// # Errors
    /// If the file cannot be read or ends in the middle of a record, if a checksum does not match,
    /// or if a record is too long. After an error, the results of further calls are meaningless.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, TfRecordError> {
        let mut header = [0; HEADER];
        let filled = self.fill(&mut header)?;
        if filled == 0 {
            return Ok(None);
        }
        self.whole("the length and its checksum", HEADER, filled)?;
        let (length, sum) = header.split_at(8);
        self.check("length", length, sum)?;
        let length = u64::from_le_bytes(first_bytes(length));
        if length > MAX_BYTES {
            let (record, offset) = (self.record, self.offset);
            return Err(TfRecordError::TooLong { record, offset, found: length });
        }
        let wanted = usize::try_from(length).unwrap_or(usize::MAX) + FOOTER;
        let mut data = std::mem::take(&mut self.data);
        data.resize(wanted, 0);
        let filled = self.fill(&mut data)?;
        self.whole("the data and its checksum", wanted, filled)?;
        let (content, sum) = data.split_at(wanted - FOOTER);
        self.check("data", content, sum)?;
        self.data = data;
        let (number, offset) = (self.record, self.offset);
        self.record += 1;
        self.offset += (HEADER + wanted) as u64;
        Ok(Some(Record { number, offset, data: &self.data[..wanted - FOOTER] }))
    }

    /// Returns the total size in bytes of the records read so far, which is also the offset of the
    /// next record.
    pub const fn position(&self) -> u64 {
        self.offset
    }

    /// Returns the source.
    pub fn into_inner(self) -> R {
        self.source
    }

    /// Reads until `buffer` is full or the file ends; returns the number of bytes read.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, TfRecordError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.source.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    let (record, offset) = (self.record, self.offset);
                    return Err(TfRecordError::Io { record, offset, source });
                }
            }
        }
        Ok(filled)
    }

    fn whole(&self, part: &'static str, wanted: usize, found: usize) -> Result<(), TfRecordError> {
        if wanted == found {
            return Ok(());
        }
        let (expected, found) = (wanted as u64, found as u64);
        Err(TfRecordError::Cut { record: self.record, offset: self.offset, part, expected, found })
    }

    fn check(&self, part: &'static str, bytes: &[u8], sum: &[u8]) -> Result<(), TfRecordError> {
        let (expected, found) = (u32::from_le_bytes(first_bytes(sum)), masked_sum(bytes));
        if expected == found {
            return Ok(());
        }
        let (record, offset) = (self.record, self.offset);
        Err(TfRecordError::Checksum { record, offset, part, expected, found })
    }
}

/// Appends a record.
pub fn write_record(to: &mut Vec<u8>, data: &[u8]) {
    let length = (data.len() as u64).to_le_bytes();
    for part in [&length[..], data] {
        to.extend(part);
        to.extend(masked_sum(part).to_le_bytes());
    }
}

/// Returns the masked CRC-32C of `bytes`, which is the checksum that the format stores.
///
/// ```
/// use ganas_bench::tfrecord::masked_sum;
/// // CRC-32C of these nine bytes is e3069283.
/// assert_eq!(masked_sum(b"123456789"), 0xe306_9283_u32.rotate_right(15).wrapping_add(0xa282_ead8));
/// ```
pub fn masked_sum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Returns the first `N` bytes; `bytes` must have at least that many.
fn first_bytes<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns three records and their ends.
    fn three() -> (Vec<u8>, [usize; 3]) {
        let mut file = Vec::new();
        let ends = [&b"first"[..], b"", b"the third"].map(|data| {
            write_record(&mut file, data);
            file.len()
        });
        (file, ends)
    }

    /// Returns the number of valid records, and the error after them.
    fn read(file: &[u8]) -> (u64, Option<TfRecordError>) {
        let mut reader = RecordReader::new(file);
        let mut count = 0;
        loop {
            match reader.next_record() {
                Ok(Some(record)) => assert_eq!(record.number, count),
                Ok(None) => return (count, None),
                Err(error) => return (count, Some(error)),
            }
            count += 1;
        }
    }

    /// A source that is interrupted before every read.
    struct Interrupted<'a>(&'a [u8], bool);

    impl Read for Interrupted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 { Err(io::ErrorKind::Interrupted.into()) } else { self.0.read(buffer) }
        }
    }

    #[test]
    fn interrupted_reads_are_repeated() {
        let (file, ends) = three();
        let mut reader = RecordReader::new(Interrupted(&file, false));
        for end in ends {
            assert!(reader.next_record().unwrap().is_some());
            assert_eq!(reader.position(), end as u64);
        }
        assert!(reader.next_record().unwrap().is_none());
    }

    #[test]
    fn every_flipped_bit_is_noticed_in_its_record() {
        let (file, ends) = three();
        for bit in 0..file.len() * 8 {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let (sound, error) = read(&damaged);
            let record = ends.iter().filter(|end| **end <= bit / 8).count() as u64;
            assert_eq!(sound, record, "bit {bit}");
            assert!(matches!(error, Some(TfRecordError::Checksum { .. })), "bit {bit}: {error:?}");
        }
    }

    #[test]
    fn a_cut_file_is_noticed_unless_it_is_cut_between_records() {
        let (file, ends) = three();
        for length in 0..file.len() {
            let (sound, error) = read(&file[..length]);
            assert_eq!(sound, ends.iter().filter(|end| **end <= length).count() as u64);
            let between = length == 0 || ends.contains(&length);
            assert_eq!(error.is_none(), between, "{length} bytes: {error:?}");
        }
        let text = read(&file[..30]).1.unwrap().to_string();
        assert_eq!(
            text,
            "record 1 (counted from 0) at byte 21: expected 12 bytes of the length and its checksum, found 9"
        );
    }

    #[test]
    fn a_huge_length_reserves_nothing() {
        let length = (1_u64 << 40).to_le_bytes();
        let file = [&length[..], &masked_sum(&length).to_le_bytes()].concat();
        let (_, error) = read(&file);
        assert!(matches!(error, Some(TfRecordError::TooLong { found, .. }) if found == 1 << 40));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(file in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&file);
        }

        #[test]
        fn records_come_back(records in proptest::collection::vec(".{0,40}", 0..8)) {
            let mut file = Vec::new();
            for record in &records {
                write_record(&mut file, record.as_bytes());
            }
            let mut reader = RecordReader::new(&file[..]);
            for record in &records {
                prop_assert_eq!(reader.next_record().unwrap().unwrap().data, record.as_bytes());
            }
            prop_assert!(reader.next_record().unwrap().is_none());
        }
    }
}
