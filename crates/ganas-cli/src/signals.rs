//! Ctrl-C: the first ends a study with everything stored, the second ends the process.

use std::process;
use std::thread;
use std::time::Duration;

use ganas::Cancel;

use crate::output::{Failure, INTERRUPTED, Outcome};

/// How long a study may take to end. Everything is stored at any time, so nothing is lost then but an
/// evaluation under way, which is made again.
const PATIENCE: Duration = Duration::from_millis(1_700);

/// Sets `cancel` when the process is asked to end, and ends it if that takes too long.
pub(crate) fn set_on_interrupt(cancel: &Cancel) -> Outcome {
    let cancel = cancel.clone();
    let on_signal = move || {
        if cancel.is_set() {
            end();
        }
        cancel.set();
        thread::spawn(|| {
            thread::sleep(PATIENCE);
            end();
        });
    };
    ctrlc::set_handler(on_signal).map_err(Failure::Signals)
}

#[expect(clippy::exit, reason = "whoever is at work cannot be asked to return any more")]
fn end() -> ! {
    process::exit(INTERRUPTED.into())
}
