//! Reads text files that the user names.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ganas_bench::open_regular;

use crate::Error;

/// Maximum size of a study file in bytes.
pub(crate) const MAX_STUDY_BYTES: u64 = 1 << 20;

/// Reads the text of a regular file. Reads one byte more than `most` to detect a longer file.
///
/// # Errors
/// [`Error::File`].
pub(crate) fn read_text(path: &Path, most: u64) -> Result<String, Error> {
    let mut text = String::new();
    let read = |file: File| file.take(most + 1).read_to_string(&mut text);
    open_regular(path).and_then(read).map_err(|source| Error::file("read", path, source))?;
    Ok(text)
}
