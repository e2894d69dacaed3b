//! Reads archives and folders that contain one pickle per architecture.

use std::io::{BufReader, Read};
use std::path::{Component, Path, PathBuf};

use bzip2::bufread::MultiBzDecoder;
use rayon::prelude::*;
use tar::{Archive, Entry, EntryType};

use super::hashing::Hashing;
use super::node::Node;
use super::record::ArchRecord;
use crate::benchmarks::nasbench201::NasBench201Table;
use crate::formats::pickle::{Limits, Pickle};
use crate::formats::table::sha256;
use crate::regular_file::open_regular;
use crate::{BenchError, Progress};

/// Number of records unpacked in parallel.
const BATCH: usize = 256;
/// Maximum size of a compressed record in bytes; the published ones are below 100 kB.
const MAX_PACKED_BYTES: u64 = 8 << 20;

/// The records, and the SHA-256 of their source.
type Records = (Vec<ArchRecord>, String);

/// A record in its published form.
struct Member {
    /// The file, with the member if it is an archive, for errors.
    label: String,
    index: usize,
    packed: Vec<u8>,
}

/// Reads a folder of records.
pub(super) fn read_folder(
    folder: &Path,
    order: &NasBench201Table,
    progress: &mut Progress<'_>,
) -> Result<Records, BenchError> {
    let files = list(folder)?;
    if files.is_empty() {
        return Err(no_records(folder));
    }
    let (mut records, mut sums) = (Vec::new(), String::new());
    for batch in files.chunks(BATCH) {
        let members: Vec<Member> = batch.iter().map(read_file).collect::<Result<_, _>>()?;
        let batch_sums: Vec<String> =
            members.par_iter().map(|member| sha256(&member.packed)).collect();
        for (sum, (index, _)) in batch_sums.iter().zip(batch) {
            sums.extend([sum, "  ", &format!("{index:06}.pickle.pbz2"), "\n"]);
        }
        unpack_all(members, order, &mut records)?;
        progress(records.len() as u64, files.len() as u64);
    }
    Ok((records, sha256(sums.as_bytes())))
}

/// Reads a tar archive of a folder of records.
pub(super) fn read_tar(
    path: &Path,
    order: &NasBench201Table,
    progress: &mut Progress<'_>,
) -> Result<Records, BenchError> {
    let (hashing, length) = Hashing::open(path)?;
    let mut archive = Archive::new(BufReader::with_capacity(1 << 20, hashing));
    let (mut records, mut batch) = (Vec::new(), Vec::new());
    let mut position = 0;
    for entry in archive.entries().map_err(BenchError::io(path, "read"))? {
        let mut entry = entry.map_err(BenchError::io(path, "read"))?;
        let Some((name, index)) = record_of(path, &entry)? else { continue };
        let label = format!("{}: {name}", path.display());
        position = entry.raw_file_position() + entry.size();
        let packed = read_packed(&label, &mut entry)?;
        if packed.len() as u64 != entry.size() {
            return Err(BenchError::UnknownFile {
                file: label,
                expected: format!("a member of {} bytes", entry.size()),
                found: format!("the end of the archive after {} bytes", packed.len()),
            });
        }
        batch.push(Member { label, index, packed });
        if batch.len() == BATCH {
            unpack_all(std::mem::take(&mut batch), order, &mut records)?;
            progress(position, length);
        }
    }
    unpack_all(batch, order, &mut records)?;
    progress(position, length);
    if records.is_empty() {
        return Err(no_records(path));
    }
    let hashing = archive.into_inner().into_inner();
    Ok((records, hashing.finish().map_err(BenchError::io(path, "read"))?))
}

/// Lists the record files of a folder, in the order of their numbers.
fn list(folder: &Path) -> Result<Vec<(usize, PathBuf)>, BenchError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(BenchError::io(folder, "read"))? {
        let path = entry.map_err(BenchError::io(folder, "read"))?.path();
        let index = path.file_name().and_then(|name| index_of(name.to_str()?));
        files.extend(index.map(|index| (index, path)));
    }
    files.sort();
    Ok(files)
}

fn read_file((index, path): &(usize, PathBuf)) -> Result<Member, BenchError> {
    let label = path.display().to_string();
    let mut file = open_regular(path).map_err(BenchError::io(path, "read"))?;
    Ok(Member { packed: read_packed(&label, &mut file)?, label, index: *index })
}

/// Returns the name and number of a record in an archive, or `None` if the member is not a record.
fn record_of(
    path: &Path,
    entry: &Entry<'_, impl Read>,
) -> Result<Option<(String, usize)>, BenchError> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let refused = |found: &str| BenchError::Member {
        file: path.display().to_string(),
        member: name.clone(),
        found: found.into(),
    };
    for component in Path::new(&name).components() {
        match component {
            Component::Normal(_) | Component::CurDir => {}
            Component::ParentDir => return Err(refused("a path with `..`")),
            Component::RootDir | Component::Prefix(_) => return Err(refused("an absolute path")),
        }
    }
    match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous => {}
        EntryType::Directory | EntryType::XGlobalHeader => return Ok(None),
        EntryType::Symlink | EntryType::Link => return Err(refused("a link")),
        _ => return Err(refused("neither a file nor a folder")),
    }
    let index = name.rsplit('/').next().and_then(index_of);
    Ok(index.map(|index| (name, index)))
}

/// Returns the number in the name of a record: `000011.pickle.pbz2` or `11.pickle.pbz2`.
fn index_of(name: &str) -> Option<usize> {
    let digits = name.strip_suffix(".pickle.pbz2")?;
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn read_packed(label: &str, reader: &mut impl Read) -> Result<Vec<u8>, BenchError> {
    let mut packed = Vec::new();
    let io = |source| BenchError::Io { file: label.into(), doing: "read", source };
    reader.take(MAX_PACKED_BYTES + 1).read_to_end(&mut packed).map_err(io)?;
    if packed.len() as u64 > MAX_PACKED_BYTES {
        return Err(BenchError::UnknownFile {
            file: label.into(),
            expected: format!("a record of at most {MAX_PACKED_BYTES} bytes"),
            found: "more".into(),
        });
    }
    Ok(packed)
}

/// Unpacks records in parallel and adds them in order.
fn unpack_all(
    members: Vec<Member>,
    order: &NasBench201Table,
    records: &mut Vec<ArchRecord>,
) -> Result<(), BenchError> {
    let unpacked: Vec<_> = members.into_par_iter().map(|member| member.unpack(order)).collect();
    for record in unpacked {
        records.push(record?);
    }
    Ok(())
}

impl Member {
    fn unpack(&self, order: &NasBench201Table) -> Result<ArchRecord, BenchError> {
        let limits = Limits::default();
        let mut bytes = Vec::new();
        // One byte more than the pickle reader accepts, so that it reports data that is too long.
        MultiBzDecoder::new(&self.packed[..])
            .take(limits.bytes as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| BenchError::Io {
                file: self.label.clone(),
                doing: "unpack",
                source,
            })?;
        let pickle = Pickle::read(&bytes, &limits)
            .map_err(|source| BenchError::Pickle { file: self.label.clone(), source })?;
        let record = format!("architecture {}", self.index);
        let root = Node::root(pickle.values(), pickle.root(), &self.label, &record);
        ArchRecord::read(&root, self.index, order)
    }
}

fn no_records(path: &Path) -> BenchError {
    BenchError::UnknownFile {
        file: path.display().to_string(),
        expected: "records named like 000011.pickle.pbz2".into(),
        found: "none".into(),
    }
}
