//! The exclusive right to write to a study.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process;
use std::thread;
use std::time::Duration;

use crate::StoreError;

/// The exclusive right to write to a study's folder: a locked file that contains the id of the
/// process.
///
/// The operating system releases the lock when the process ends, for whatever reason.
#[derive(Debug)]
pub(super) struct Lock {
    /// The lock file, which is locked while it is open.
    _file: File,
}

/// Name of the lock file in a study's folder.
pub(super) const NAME: &str = "study.lock";

impl Lock {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process is writing to the folder.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(NAME);
        let io = |source| StoreError::Io { path: path.clone(), source };
        // A command of the study may have replaced it with a link.
        if path.is_symlink() {
            let found = std::io::Error::other("expected a file, found a symbolic link; remove it");
            return Err(io(found));
        }
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match patiently(|| file.try_lock()) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { folder: folder.to_owned(), pid: read(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(io)?;
        writeln!(file, "{}", process::id()).and_then(|()| file.flush()).map_err(io)?;
        Ok(Self { _file: file })
    }
}

/// Returns the id of the process that is writing to a folder, if any.
pub(super) fn holder(folder: &Path) -> Option<u32> {
    let path = folder.join(NAME);
    // Opening a pipe would wait for a writer.
    let mut file = path.is_file().then(|| File::open(path).ok()).flatten()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => read(&mut file),
        _ => None,
    }
}

fn read(file: &mut File) -> Option<u32> {
    let mut pid = String::new();
    // An unreadable id is unknown.
    let _ = file.read_to_string(&mut pid);
    pid.trim().parse().ok()
}

/// Tries to take a lock several times, since a process that calls [`holder`] takes it for a moment.
fn patiently(lock: impl Fn() -> Result<(), TryLockError>) -> Result<(), TryLockError> {
    for _ in 0..5 {
        match lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
            other => return other,
        }
    }
    lock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_learns_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let Err(StoreError::Locked { pid, .. }) = Lock::take(folder.path()) else { panic!() };
        assert_eq!(pid, Some(process::id()));
        drop(first);
        Lock::take(folder.path()).unwrap();
    }

    #[test]
    fn what_a_dead_process_left_is_free() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(NAME), "4194304\n").unwrap();
        Lock::take(folder.path()).unwrap();
    }
}
