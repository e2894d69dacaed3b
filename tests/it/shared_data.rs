//! Real benchmark data, outside the repository.
//!
//! Tests that need it pass without it and say what they skipped.

use std::path::PathBuf;

/// Path of a file or folder below `GANAS_SHARED_DATA` (default: `../shared/data` beside the
/// repository); `None`, with a note, if it is not there.
#[expect(clippy::print_stdout, reason = "says why a test did nothing")]
pub(crate) fn path(relative: &str) -> Option<PathBuf> {
    let root = std::env::var_os("GANAS_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let path = root.join(relative);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there (set GANAS_SHARED_DATA)", path.display());
    None
}
