//! Whether a process of an attempt still runs: it has a locked file as its stdin.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;

use crate::attempt::Attempt;
use crate::error::{At, ExecError};

/// The stdin of an attempt's command: nothing to read, and locked until all who inherited it have
/// ended.
pub(crate) fn stdin(attempt: &Attempt) -> Result<File, ExecError> {
    let path = attempt.alive();
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
    let file = file.at("creating", &path)?;
    match file.try_lock() {
        // Where there are no locks, the number of the process group has to do.
        Err(TryLockError::Error(error)) if error.kind() != ErrorKind::Unsupported => {
            Err(error).at("locking", &path)
        }
        _ => Ok(file),
    }
}

/// Does a process have the attempt's stdin? `None` where there are no locks.
pub(crate) fn is_locked(attempt: &Attempt) -> Result<Option<bool>, ExecError> {
    let path = attempt.alive();
    let file = match OpenOptions::new().read(true).write(true).open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(false)),
        opened => opened.at("opening", &path)?,
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(false)),
        Err(TryLockError::WouldBlock) => Ok(Some(true)),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).at("locking", &path),
    }
}
