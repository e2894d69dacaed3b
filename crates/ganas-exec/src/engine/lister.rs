//! The thread that asks the scheduler for the states of the study's jobs, with one request for all
//! of them. The same thread asks the scheduler to end jobs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::scheduler::Scheduler;
use super::state::{EngineState, State};

/// Maximum polling interval while a listing is wanted soon.
const FAST_POLL: Duration = Duration::from_secs(1);

/// Interval for checking whether a listing is due.
const LOOK: Duration = Duration::from_millis(100);

/// Lists the study's jobs and ends jobs, until the evaluator is dropped. Jobs are listed only while
/// attempts are watched: at intervals of `poll`, or of [`FAST_POLL`] if that is shorter and the
/// state asks for a listing soon.
pub(super) fn run(shared: &EngineState, scheduler: &Arc<dyn Scheduler>, poll: Duration) {
    let mut last: Option<Instant> = None;
    loop {
        let is_due = |state: &State| {
            let pace = if state.poll_soon { poll.min(FAST_POLL) } else { poll };
            state.is_watching() && last.is_none_or(|last| last.elapsed() >= pace)
        };
        let mut state = shared.wait(Some(LOOK), |state| !state.to_end.is_empty() || is_due(state));
        if state.stopped {
            return;
        }
        let jobs = std::mem::take(&mut state.to_end);
        if !jobs.is_empty() {
            state.is_ending = true;
            drop(state);
            scheduler.end(&jobs);
            shared.change(|state| state.is_ending = false);
        } else if is_due(&state) {
            state.poll_soon = false;
            drop(state);
            let asked = Instant::now();
            let answer = scheduler.list();
            last = Some(Instant::now());
            shared.change(|state| state.record_listing(asked, answer));
        }
    }
}
