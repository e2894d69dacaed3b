//! Ctrl-C: the first ends a work in good order, the second ends the process.

use std::process;
use std::thread;
use std::time::Duration;

use ganas::Cancel;

use crate::output::{self, Failure, INTERRUPTED, Outcome, Progress};

/// How long a study that is kept may take to end. Everything is stored at any time, so nothing is lost
/// then but an evaluation under way, which is made again.
pub(crate) const PATIENCE: Duration = Duration::from_millis(1_700);

/// Sets `cancel` when the process is asked to end, and ends it if that takes longer than `patience`, or
/// when it is asked again. The bar goes away then, too.
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
                output::note("ending, to show what is found; Ctrl-C again ends at once");
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

#[expect(clippy::exit, reason = "whoever is at work cannot be asked to return any more")]
fn end(progress: &Progress) -> ! {
    progress.clear();
    process::exit(INTERRUPTED.into())
}
