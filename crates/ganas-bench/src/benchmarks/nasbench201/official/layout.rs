//! Recognises the published file layouts.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zip::ZipArchive;

use super::whole::TORCH_START;
use crate::BenchError;
use crate::regular_file::open_regular;

/// The layouts in which records are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Folder,
    Tar,
    Packed,
    Torch,
    TorchZip,
}

/// The position of a tar archive's magic bytes.
const TAR_MAGIC: std::ops::Range<usize> = 257..262;

impl Layout {
    /// Returns the layout of a file or folder, or `None` if it has none of these layouts.
    pub(crate) fn of(path: &Path) -> Result<Option<Self>, BenchError> {
        let metadata = std::fs::metadata(path).map_err(BenchError::io(path, "read"))?;
        if metadata.is_dir() {
            return Ok(Some(Self::Folder));
        }
        let file = open_regular(path).map_err(BenchError::io(path, "read"))?;
        let mut start = Vec::new();
        (&file).take(512).read_to_end(&mut start).map_err(BenchError::io(path, "read"))?;
        Ok(if start.starts_with(b"BZh") {
            Some(Self::Packed)
        } else if start.starts_with(TORCH_START) {
            Some(Self::Torch)
        } else if start.get(TAR_MAGIC) == Some(b"ustar") {
            Some(Self::Tar)
        } else if start.starts_with(b"PK\x03\x04") && has_pickle(&file) {
            Some(Self::TorchZip)
        } else {
            None
        })
    }

    /// Describes the file for a table's provenance.
    pub(crate) const fn source(self) -> &'static str {
        match self {
            Self::Folder | Self::Tar => "NATS-Bench archive of records",
            Self::Packed => "NATS-Bench file",
            Self::Torch | Self::TorchZip => "NAS-Bench-201 file",
        }
    }
}

/// Returns true if the file is an archive that contains a pickle saved by PyTorch.
fn has_pickle(file: &File) -> bool {
    ZipArchive::new(std::io::BufReader::new(file))
        .is_ok_and(|archive| archive.file_names().flatten().any(|name| is_pickle(&name)))
}

/// Returns true if a member's name is that of the pickle in an archive saved by PyTorch.
pub(super) fn is_pickle(member: &str) -> bool {
    member.ends_with("/data.pkl")
}
