//! Reads files with a single pickle of all architectures. Because such a pickle may contain
//! gigabytes, only one architecture is unpacked at a time.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use bzip2::bufread::MultiBzDecoder;
use zip::ZipArchive;

use super::hashing::Hashing;
use super::layout::is_pickle;
use super::node::Node;
use super::record::ArchRecord;
use crate::benchmarks::nasbench201::NasBench201Table;
use crate::formats::pickle::{EntryReader, Limits, Pickle, PickleError, Value};
use crate::regular_file::open_regular;
use crate::{BenchError, Progress};

/// The first bytes of a file saved by PyTorch before 1.6: pickles of a magic number and a version.
pub(super) const TORCH_START: &[u8] =
    b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";

/// Bytes read from the file at a time.
const PIECE: usize = 1 << 18;
/// Number of records between progress reports.
const STRIDE: usize = 64;

/// The records, and the SHA-256 of their source.
type Records = (Vec<ArchRecord>, String);

/// Reads a pickle compressed with bzip2.
pub(super) fn read_packed(
    path: &Path,
    order: &NasBench201Table,
    progress: &mut Progress<'_>,
) -> Result<Records, BenchError> {
    let (hashing, length) = Hashing::open(path)?;
    let unpacked = MultiBzDecoder::new(BufReader::with_capacity(PIECE, hashing));
    let mut reader = BufReader::with_capacity(PIECE, unpacked);
    let place = Place::new(path, None, order, length);
    let position = |entries: &Entries<'_, MultiBzDecoder<BufReader<Hashing<File>>>>| {
        entries.get_ref().get_ref().get_ref().get_ref().count
    };
    let records = place.entries(&mut reader, position, progress)?;
    place.expect_end(&mut reader)?;
    let hashing = reader.into_inner().into_inner().into_inner();
    Ok((records, hashing.finish().map_err(BenchError::io(path, "read"))?))
}

/// Reads a file saved by PyTorch before 1.6: pickles of a magic number, a version, the saving
/// system, the object, and a list of tensor keys, which must be empty.
pub(super) fn read_torch(
    path: &Path,
    order: &NasBench201Table,
    progress: &mut Progress<'_>,
) -> Result<Records, BenchError> {
    let (hashing, length) = Hashing::open(path)?;
    let mut reader = BufReader::with_capacity(PIECE, hashing);
    let place = |part| Place::new(path, Some(part), order, length);
    reader.read_exact(&mut [0; TORCH_START.len()]).map_err(BenchError::io(path, "read"))?;
    place("pickle 3 of 5").small(&mut reader)?;
    let position = |entries: &Entries<'_, Hashing<File>>| entries.get_ref().get_ref().count;
    let records = place("pickle 4 of 5").entries(&mut reader, position, progress)?;
    let place = place("pickle 5 of 5");
    let keys = place.small(&mut reader)?;
    if *keys.value(keys.root()) != Value::List(Vec::new()) {
        return Err(place.unknown("no tensors after the results", "some"));
    }
    place.expect_end(&mut reader)?;
    Ok((records, reader.into_inner().finish().map_err(BenchError::io(path, "read"))?))
}

/// Reads a file saved by PyTorch 1.6 or later, which is a zip archive.
pub(super) fn read_torch_zip(
    path: &Path,
    order: &NasBench201Table,
    progress: &mut Progress<'_>,
) -> Result<Records, BenchError> {
    let (hashing, length) = Hashing::open(path)?;
    let sum = hashing.finish().map_err(BenchError::io(path, "read"))?;
    let file = open_regular(path).map_err(BenchError::io(path, "read"))?;
    let label = path.display().to_string();
    let wrong_zip = |source| BenchError::Zip { file: label.clone(), source };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(wrong_zip)?;
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.map(Cow::into_owned))
        .collect::<Result<_, _>>()
        .map_err(wrong_zip)?;
    let mut pickles = names.iter().filter(|name| is_pickle(name));
    let (Some(name), None) = (pickles.next(), pickles.next()) else {
        return Err(Place::new(path, None, order, length)
            .unknown("one member `data.pkl`", "another number"));
    };
    let member = archive.by_name(name).map_err(wrong_zip)?;
    let refused = |found: &str| BenchError::Member {
        file: label.clone(),
        member: name.clone(),
        found: found.into(),
    };
    if member.enclosed_name().is_none() {
        return Err(refused("a path that leads outside the archive"));
    }
    if member.is_symlink() {
        return Err(refused("a link"));
    }
    let length = member.size();
    let mut reader = BufReader::with_capacity(PIECE, member);
    let place = Place::new(path, Some(name), order, length);
    let records = place.entries(&mut reader, |entries| entries.position() as u64, progress)?;
    place.expect_end(&mut reader)?;
    Ok((records, sum))
}

/// A reader of a pickle in a buffered stream.
type Entries<'a, R> = EntryReader<&'a mut BufReader<R>>;

/// The file that is being read.
struct Place<'a> {
    /// The file and its part, for errors.
    label: String,
    order: &'a NasBench201Table,
    /// Total size in bytes, for progress.
    length: u64,
}

impl<'a> Place<'a> {
    fn new(path: &Path, part: Option<&str>, order: &'a NasBench201Table, length: u64) -> Self {
        let file = path.display();
        let label = part.map_or_else(|| file.to_string(), |part| format!("{file}: {part}"));
        Self { label, order, length }
    }

    /// Reads a small pickle.
    fn small(&self, reader: &mut impl BufRead) -> Result<Pickle, BenchError> {
        Pickle::read_from(reader, &Limits::default()).map_err(|error| self.pickle(error))
    }

    /// Reads the records of the next pickle.
    fn entries<R: Read>(
        &self,
        reader: &mut BufReader<R>,
        position: impl Fn(&Entries<'_, R>) -> u64,
        progress: &mut Progress<'_>,
    ) -> Result<Vec<ArchRecord>, BenchError> {
        let mut entries = EntryReader::new(reader, &Limits::long(), "arch2infos");
        let mut records = Vec::new();
        while let Some((key, value)) = entries.next_entry().map_err(|error| self.pickle(error))? {
            let index = match *entries.values().value(key) {
                Value::Integer(index) => usize::try_from(index).unwrap_or(usize::MAX),
                _ => return Err(self.unknown("numbers as keys of `arch2infos`", "something else")),
            };
            let record = format!("architecture {index}");
            let node = Node::root(entries.values(), value, &self.label, &record);
            records.push(ArchRecord::read(&node, index, self.order)?);
            if records.len().is_multiple_of(STRIDE) {
                progress(position(&entries), self.length);
            }
        }
        if records.is_empty() {
            return Err(self.unknown("results in `arch2infos`", "none"));
        }
        progress(self.length, self.length);
        Ok(records)
    }

    fn expect_end(&self, reader: &mut impl BufRead) -> Result<(), BenchError> {
        match reader.fill_buf() {
            Ok([]) => Ok(()),
            Ok(_) => Err(self.unknown("the end of the file after the results", "more bytes")),
            Err(source) => Err(BenchError::Io { file: self.label.clone(), doing: "read", source }),
        }
    }

    fn pickle(&self, source: PickleError) -> BenchError {
        BenchError::Pickle { file: self.label.clone(), source }
    }

    fn unknown(&self, expected: &str, found: &str) -> BenchError {
        let file = self.label.clone();
        BenchError::UnknownFile { file, expected: expected.into(), found: found.into() }
    }
}
