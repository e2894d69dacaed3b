//! Temporary folders of studies that are not kept.

use std::path::PathBuf;

use ganas::Error;
use tempfile::TempDir;

/// The directory of in-memory files on Linux.
const IN_MEMORY: &str = "/dev/shm";

/// Creates a temporary folder for a study that is not kept. Unless `TMPDIR` is set, the folder is
/// in memory if possible.
pub(crate) fn temporary() -> Result<(TempDir, PathBuf), Error> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("ganas-");
    let in_memory = std::env::var_os("TMPDIR").is_none().then(|| builder.tempdir_in(IN_MEMORY));
    let made = in_memory.and_then(Result::ok).map_or_else(|| builder.tempdir(), Ok);
    let wrong =
        |source| Error::File { doing: "making a folder in", path: std::env::temp_dir(), source };
    let made = made.map_err(wrong)?;
    let folder = made.path().join("study");
    Ok((made, folder))
}
