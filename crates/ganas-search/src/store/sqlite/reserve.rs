//! Room on the disk for results that come when it has become full.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file that takes up room, to be given back when the disk is full.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
}

/// Room for the results of a few dozen evaluations.
const BYTES: usize = 512 * 1024;

impl Reserve {
    /// Takes the room, if there is any: a study may begin without.
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

    /// Gives the room back.
    pub(super) fn release(&self) {
        // Whether there is room is seen by the next write.
        let _ = fs::remove_file(&self.path);
    }
}
