//! Handling of Ctrl-C: the first Ctrl-C ends the work in an orderly way, the second ends the
//! process.

use std::process;
use std::thread;
use std::time::Duration;

use ganas::Cancel;

use crate::output::{self, Failure, INTERRUPTED, Outcome, Progress};

/// Time that a stored study may take to end after Ctrl-C. Every result is stored as soon as it is
/// known, so only the running evaluations are lost, and these are repeated.
pub(crate) const PATIENCE: Duration = Duration::from_millis(1_700);

/// Installs a handler that sets `cancel` when the process is asked to end. The handler removes the
/// progress bar and ends the process if the work then takes longer than `patience`, or if the
/// process is asked again.
pub(crate) fn set_on_interrupt(
    cancel: &Cancel,
    patience: Option<Duration>,
    progress: &Progress,
) -> Outcome {
    let (cancel, progress) = (cancel.clone(), progress.clone());
    let on_signal = move || {
        if cancel.is_set() {
            end(&progress);
        }
        cancel.set();
        if patience.is_none() {
            progress.beside(|| {
                output::note(
                    "stopping; the results so far will be shown; press Ctrl-C again to stop at once",
                );
            });
        }
        if let Some(patience) = patience {
            let progress = progress.clone();
            thread::spawn(move || {
                thread::sleep(patience);
                end(&progress);
            });
        }
    };
    ctrlc::set_handler(on_signal).map_err(Failure::Signals)
}

#[expect(clippy::exit, reason = "code that is already running can no longer be asked to return")]
fn end(progress: &Progress) -> ! {
    progress.clear();
    process::exit(INTERRUPTED.into())
}
