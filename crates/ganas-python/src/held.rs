//! A session that one process holds: its threads one after the other, and its forks not at all.

use std::mem::ManuallyDrop;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ganas::{Error, Session};
use pyo3::prelude::*;
use tempfile::TempDir;

use crate::errors::{Raise, forked};

/// The process that opened a study first: what a fork leaves of its threads and locks is not whole.
static AT_WORK: AtomicU32 = AtomicU32::new(0);

/// Refuses to begin a study where a fork has cut this process from what ganas needs.
pub(crate) fn begin_here(py: Python<'_>) -> PyResult<()> {
    let here = process::id();
    match AT_WORK.compare_exchange(0, here, Ordering::SeqCst, Ordering::SeqCst) {
        Ok(_) => Ok(()),
        Err(there) if there == here => Ok(()),
        Err(there) => {
            let message = format!(
                "expected a process of its own for a study, found a fork of the process {there}, which has studies: begin this one by `multiprocessing.get_context(\"spawn\")` or \"forkserver\""
            );
            Err(forked(py, &message, there))
        }
    }
}

/// A session, as long as it is not closed, and the process that opened it.
pub(crate) struct Holder {
    held: Mutex<Option<Held>>,
    process: u32,
}

/// What only the process that opened it may drop: a forked one would end the other's store.
struct Held {
    session: Session,
    /// The folder of a study that is not kept; it goes after the session.
    _temporary: Option<TempDir>,
}

impl Holder {
    pub(crate) fn new(mut session: Session, temporary: Option<TempDir>) -> Self {
        if temporary.is_some() {
            session.study.forgo_resuming();
        }
        let held = Held { session, _temporary: temporary };
        Self { held: Mutex::new(Some(held)), process: process::id() }
    }

    /// Refuses to work where a fork has cut the study from what it needs.
    pub(crate) fn check_process(&self, py: Python<'_>) -> PyResult<()> {
        let here = process::id();
        if self.process == here {
            return Ok(());
        }
        let message = format!(
            "expected the process {} that opened the study, found its fork {here}: have this one measure `trial.arch`, and let that one ask and tell",
            self.process
        );
        Err(forked(py, &message, self.process))
    }

    /// Works on the session, without the interpreter's lock.
    pub(crate) fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Session) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.check_process(py)?;
        py.detach(|| self.work(work)).raise(py)
    }

    /// Works on the session; whoever has the interpreter's lock must not wait for another here.
    pub(crate) fn work<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match &mut *self.lock() {
            Some(held) => work(&mut held.session),
            None => Err(closed()),
        }
    }

    /// Ends the process's work on the session.
    pub(crate) fn close(&self) {
        let held = self.lock().take();
        drop(held);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed() -> Error {
    Error::Usage(
        "expected an open study, found one that was closed; `ganas.Study.open` opens its directory again".into(),
    )
}

impl Drop for Holder {
    fn drop(&mut self) {
        if self.process != process::id() {
            // What the process that was forked still works with.
            let held = self.held.get_mut().unwrap_or_else(PoisonError::into_inner).take();
            let _ = ManuallyDrop::new(held);
        }
    }
}
