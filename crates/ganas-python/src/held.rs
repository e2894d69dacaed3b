//! A session held by one process: the process's threads take turns to use it, and its forks cannot
//! use it.

use std::mem::ManuallyDrop;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ganas::{Error, Session};
use pyo3::prelude::*;
use tempfile::TempDir;

use crate::errors::{Raise, forked};

/// The number of the process that first opened a study; 0 if no study was opened yet. In a fork of
/// that process, the library's threads and locks are not usable.
static AT_WORK: AtomicU32 = AtomicU32::new(0);

/// Returns an error if this process was forked from one that has opened a study.
pub(crate) fn begin_here(py: Python<'_>) -> PyResult<()> {
    let here = process::id();
    match AT_WORK.compare_exchange(0, here, Ordering::SeqCst, Ordering::SeqCst) {
        Ok(_) => Ok(()),
        Err(there) if there == here => Ok(()),
        Err(there) => {
            let message = format!(
                "this process was forked from process {there}, which has opened studies: start this process with `multiprocessing.get_context(\"spawn\")` or `\"forkserver\"` instead"
            );
            Err(forked(py, &message, there))
        }
    }
}

/// A session, until it is closed, and the number of the process that opened it.
pub(crate) struct SessionGuard {
    held: Mutex<Option<OpenSession>>,
    process: u32,
}

/// The state that only the process that opened the session may drop: dropping it in a fork would
/// close the store of that process.
struct OpenSession {
    session: Session,
    /// The temporary folder of a study that is not kept; dropped after the session.
    _temporary: Option<TempDir>,
}

impl SessionGuard {
    pub(crate) fn new(mut session: Session, temporary: Option<TempDir>) -> Self {
        if temporary.is_some() {
            session.study.disable_resume();
        }
        let held = OpenSession { session, _temporary: temporary };
        Self { held: Mutex::new(Some(held)), process: process::id() }
    }

    /// Returns an error if this process is a fork of the one that opened the study.
    pub(crate) fn check_process(&self, py: Python<'_>) -> PyResult<()> {
        let here = process::id();
        if self.process == here {
            return Ok(());
        }
        let message = format!(
            "expected process {}, which opened the study, found its fork {here}: measure `trial.arch` in the fork, but ask and tell in the process that opened the study",
            self.process
        );
        Err(forked(py, &message, self.process))
    }

    /// Calls a function on the session after releasing the interpreter's lock.
    pub(crate) fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Session) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.check_process(py)?;
        py.detach(|| self.work(work)).raise(py)
    }

    /// Calls a function on the session. The caller must not hold the interpreter's lock, because
    /// this method may wait for another thread.
    pub(crate) fn work<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match &mut *self.lock() {
            Some(held) => work(&mut held.session),
            None => Err(closed()),
        }
    }

    /// Ends this process's use of the session.
    pub(crate) fn close(&self) {
        let held = self.lock().take();
        drop(held);
    }

    fn lock(&self) -> MutexGuard<'_, Option<OpenSession>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed() -> Error {
    Error::Usage(
        "expected an open study, found a closed one; reopen its directory with `ganas.Study.open`"
            .into(),
    )
}

impl Drop for SessionGuard {
    fn drop(&mut self) {
        if self.process != process::id() {
            // The process that it was forked from still uses it.
            let held = self.held.get_mut().unwrap_or_else(PoisonError::into_inner).take();
            let _ = ManuallyDrop::new(held);
        }
    }
}
