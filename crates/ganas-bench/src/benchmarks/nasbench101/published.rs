//! Reads the published record files, record by record.

use std::io::{self, BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::collection::Collection;
use super::contents::Contents;
use super::record::{Training, WrongRecord};
use crate::formats::table::hexadecimal;
use crate::formats::tfrecord::{RecordReader, TfRecordError};
use crate::regular_file::open_regular;
use crate::{BenchError, Progress};

/// Minimum number of bytes between two progress reports.
const STEP: u64 = 1 << 20;

/// Reads `nasbench_full.tfrecord` or `nasbench_only108.tfrecord` completely, holding only one
/// record and the kept data in memory; returns the contents and the file's SHA-256.
///
/// Only the results at the end of each training run are kept, not those from halfway through.
pub(super) fn read_file(
    file: &Path,
    progress: &mut Progress<'_>,
) -> Result<(Contents, String), BenchError> {
    let label = file.display().to_string();
    let source = open_regular(file).map_err(BenchError::io(file, "read"))?;
    let total = source.metadata().map_err(BenchError::io(file, "read"))?.len();
    read(&label, source, &mut |done| progress(done, total))
}

/// Like [`read_file`], but from any source; `progress` receives the number of bytes read.
pub(super) fn read(
    label: &str,
    source: impl Read,
    progress: &mut dyn FnMut(u64),
) -> Result<(Contents, String), BenchError> {
    let mut records =
        RecordReader::new(BufReader::with_capacity(1 << 18, ChecksumReader::new(source)));
    let mut collection = Collection::default();
    let mut next_report = 0;
    loop {
        if records.position() >= next_report {
            progress(records.position());
            next_report = records.position() + STEP;
        }
        let record = match records.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => break,
            Err(source) => return Err(unreadable(label.into(), source)),
        };
        let (number, offset) = (record.number, record.offset);
        Training::read(record.data)
            .and_then(|training| collection.add(&training))
            .map_err(|wrong| at(label, number, offset, wrong))?;
    }
    progress(records.position());
    if collection.len() == 0 {
        return Err(unknown(label.into(), "an empty file".into()));
    }
    let sha256 = records.into_inner().into_inner().finish();
    Ok((collection.finish(label)?, sha256))
}

fn at(file: &str, number: u64, offset: u64, wrong: WrongRecord) -> BenchError {
    BenchError::Record {
        file: file.into(),
        record: format!("record {number} (counted from 0) at byte {offset}"),
        field: wrong.field.into(),
        expected: wrong.expected,
        found: wrong.found,
    }
}

/// Converts an error. If the checksum of the first record's length is wrong, the file is not a
/// TFRecord file.
fn unreadable(file: String, source: TfRecordError) -> BenchError {
    match source {
        TfRecordError::Checksum { record: 0, part: "length", .. } => {
            unknown(file, format!("something else ({source})"))
        }
        source => BenchError::TfRecord { file, source },
    }
}

fn unknown(file: String, found: String) -> BenchError {
    let expected = "a TFRecord file such as nasbench_only108.tfrecord".into();
    BenchError::UnknownFile { file, expected, found }
}

/// A reader that computes a checksum of the bytes that pass through.
#[derive(Debug)]
struct ChecksumReader<R> {
    source: R,
    sum: Sha256,
}

impl<R: Read> ChecksumReader<R> {
    fn new(source: R) -> Self {
        Self { source, sum: Sha256::new() }
    }

    fn finish(self) -> String {
        hexadecimal(&self.sum.finalize())
    }
}

impl<R: Read> Read for ChecksumReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.sum.update(&buffer[..read]);
        Ok(read)
    }
}
