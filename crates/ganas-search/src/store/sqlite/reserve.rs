//! Reserves disk space for results that arrive when the disk is full.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file that reserves disk space, which the store releases when the disk is full.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
}

/// Size of the reserve in bytes: enough for the results of a few dozen evaluations.
const BYTES: usize = 512 * 1024;

impl Reserve {
    /// Reserves the space if the disk has enough room; a study may start without a reserve.
    pub(super) fn take(folder: &Path) -> Self {
        let path = folder.join("study.reserve");
        if fs::metadata(&path).map_or(0, |file| file.len()) != BYTES as u64 {
            // Bytes that no file system stores as a hole.
            let filled: Vec<u8> = (1..=u8::MAX).cycle().take(BYTES).collect();
            let written = File::create(&path)
                .and_then(|mut file| file.write_all(&filled).and(file.sync_all()));
            if written.is_err() {
                let _ = fs::remove_file(&path);
            }
        }
        Self { path }
    }

    /// Releases the space.
    pub(super) fn release(&self) {
        // If it fails, the next write reports the lack of space.
        let _ = fs::remove_file(&self.path);
    }
}
