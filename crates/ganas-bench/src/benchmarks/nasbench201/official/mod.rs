//! Reads the published files of NAS-Bench-201 and its successor NATS-Bench, in their original form.
//!
//! | file | layout |
//! |---|---|
//! | `NATS-tss-v1_0-3ffb9-simple/` or its tar archive | a bzip2-compressed pickle per network |
//! | `NATS-tss-v1_0-3ffb9.pickle.pbz2` | one bzip2-compressed pickle of all networks |
//! | `NAS-Bench-201-v1_1-096897.pth` | one pickle of all networks, saved by PyTorch before 1.6 |
//! | the same file, saved again by PyTorch 1.6 or later | a zip archive that contains that pickle |
//!
//! Once a record has been unpacked and read, only a small part of it is kept. At most a few hundred
//! unpacked records are in memory at once. Records of an archive are unpacked in parallel. The
//! measured time per record on one core was 6 ms for the archive and 8 ms for the compressed file,
//! nearly all of it spent on bzip2. It was 1.5 ms for PyTorch's files, which are not compressed.
//! The measured memory use was 47 MB for 300 records of the archive. It was 375 MB for a pickle of
//! 15,625 records (6.3 GB), most of it for values that later parts of the pickle may refer to.
//!
//! Source: `nats_bench/api_utils.py` of D-X-Y/NATS-Bench, `nas_201_api/api_201.py` of
//! D-X-Y/NAS-Bench-201, `torch/serialization.py` of PyTorch.

mod hashing;
mod layout;
mod members;
mod node;
mod record;
mod whole;

use std::path::Path;

use super::NasBench201Table;
use crate::{BenchError, Progress};

pub use record::{ArchRecord, EPOCHS, TrainingSet, Trial};

pub(super) use layout::Layout;
pub(super) use record::MAX_TRIALS;

/// The contents of a published file.
#[derive(Debug)]
pub struct Official {
    /// The records, in order of their architectures' numbers in the published files. There is at
    /// most one for each architecture.
    pub records: Vec<ArchRecord>,
    /// A description of the kind of published file that was read.
    pub source: &'static str,
    /// SHA-256 of the file. For a folder, it is the SHA-256 of the lines that `sha256sum` prints
    /// for the record files in it.
    pub sha256: String,
}

/// Returns the records of all architectures in a published file or folder.
///
/// # Errors
/// If the file has none of the published layouts, or if its contents do not have the published
/// form. The error states where the problem is: the file, the archive member, and the field or the
/// offset in the unpacked pickle.
pub fn read_official(path: &Path, progress: &mut Progress<'_>) -> Result<Official, BenchError> {
    let order = NasBench201Table::embedded()?;
    let layout = Layout::of(path)?.ok_or_else(|| BenchError::UnknownFile {
        file: path.display().to_string(),
        expected: "a NATS-Bench or NAS-Bench-201 file or folder".into(),
        found: "something else".into(),
    })?;
    let (mut records, sha256) = match layout {
        Layout::Folder => members::read_folder(path, &order, progress)?,
        Layout::Tar => members::read_tar(path, &order, progress)?,
        Layout::Packed => whole::read_packed(path, &order, progress)?,
        Layout::Torch => whole::read_torch(path, &order, progress)?,
        Layout::TorchZip => whole::read_torch_zip(path, &order, progress)?,
    };
    records.sort_by_key(|record| record.index);
    for pair in records.windows(2) {
        if pair[0].index == pair[1].index {
            return Err(BenchError::Record {
                file: path.display().to_string(),
                record: format!("architecture {}", pair[0].index),
                field: "all fields".into(),
                expected: "one record".into(),
                found: "two".into(),
            });
        }
    }
    Ok(Official { records, source: layout.source(), sha256 })
}
