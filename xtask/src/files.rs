//! Files that chores read and write.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::process::root;

/// Reads the text of a file.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

/// Writes JSON with a final newline, creating the folder if missing; a relative path starts at the
/// workspace's root.
pub(crate) fn write_json(path: &Path, value: &Value) -> Result<()> {
    let file = root().join(path);
    let folder = file.parent().expect("a file's path has a folder");
    let text = serde_json::to_string_pretty(value)? + "\n";
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&file, text))
        .with_context(|| format!("writing {}", path.display()))
}

/// Returns the SHA-256 of some bytes in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(bytes) {
        write!(digits, "{byte:02x}").expect("texts can be written to");
    }
    digits
}
