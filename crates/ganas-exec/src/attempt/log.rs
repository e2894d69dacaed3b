//! The log of a command's output stream.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::files::create;
use crate::error::{At, ExecError};

/// A log in two files, each of at most half the size limit. Once the newer file is full, it
/// replaces the older one, so that the end of the log is kept even if this process is killed.
#[derive(Debug)]
pub(crate) struct LogFile {
    pub(crate) path: PathBuf,
    file: File,
    half: u64,
    written: u64,
}

impl LogFile {
    /// Creates an empty log; `limit` is the maximum size of both files together, in bytes.
    pub(crate) fn create(path: PathBuf, limit: u64) -> Result<Self, ExecError> {
        let file = create(&path)?;
        Ok(Self { path, file, half: limit / 2, written: 0 })
    }

    /// Appends bytes to the log.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<(), ExecError> {
        while self.half > 0 && !bytes.is_empty() {
            if self.written >= self.half {
                fs::rename(&self.path, former(&self.path)).at("rename", &self.path)?;
                self.file = create(&self.path)?;
                self.written = 0;
            }
            let room = usize::try_from(self.half - self.written).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.file.write_all(now).at("write", &self.path)?;
            self.written += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }
}

/// Returns the path of the older of the log's two files.
fn former(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_bounded_and_keeps_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = LogFile::create(folder.path().join("log"), 100).unwrap();
        log.write(&b"epoch of training\n".repeat(1000)).unwrap();
        log.write(b"the end\n").unwrap();
        let read = |name| fs::read(folder.path().join(name)).unwrap();
        assert!(read("log").len() <= 50 && read("log.1").len() <= 50);
        assert!(read("log").ends_with(b"the end\n"));
        let mut parts = LogFile::create(folder.path().join("parts"), 100).unwrap();
        parts.write(&[b'a'; 30]).unwrap();
        parts.write(&[b'b'; 40]).unwrap();
        assert_eq!((read("parts.1").len(), read("parts").len()), (50, 20));
    }
}
