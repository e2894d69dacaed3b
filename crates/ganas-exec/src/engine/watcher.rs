//! The thread that watches all attempts whose jobs were submitted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::state::EngineState;
use super::watched::{Step, WatchContext, Watched};

/// Shortest and longest time between two passes over the records of all watched attempts. Between
/// these limits, the time is [`TIMES`] times the duration of a pass, so as not to overload a slow
/// file system.
const LOOKS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
const TIMES: u32 = 20;

/// Watches attempts until the evaluator is dropped.
pub(super) fn run(shared: &EngineState, context: &WatchContext) {
    let (mut all, mut wait) = (Vec::<Watched>::new(), LOOKS.0);
    loop {
        let (listed, trouble) = {
            let busy = !all.is_empty();
            let time = busy.then_some(wait);
            let mut state = shared.wait(time, |state| !busy && !state.submitted.is_empty());
            if state.stopped {
                return;
            }
            all.extend(state.submitted.drain(..).map(Watched::new));
            (state.listed.clone(), state.trouble.clone())
        };
        let started = Instant::now();
        let (mut to_end, mut poll_soon) = (Vec::new(), false);
        all.retain_mut(|watched| {
            let waiting = &watched.submitted.waiting;
            if waiting.is_given_up() {
                return false;
            }
            if let Some(error) = &trouble {
                waiting.tell(Err(error.clone().into()));
                return false;
            }
            match watched.look(context, listed.as_ref().map(Arc::as_ref)) {
                Step::Wait => {}
                Step::PollSoon => poll_soon = true,
                Step::End => to_end.push(watched.submitted.job),
                Step::Tell(reply) => {
                    watched.submitted.waiting.tell(reply);
                    return false;
                }
            }
            true
        });
        wait = (started.elapsed() * TIMES).clamp(LOOKS.0, LOOKS.1);
        shared.change(|state| {
            state.watched = all.len();
            state.poll_soon |= poll_soon;
            state.to_end.extend(to_end);
        });
    }
}
