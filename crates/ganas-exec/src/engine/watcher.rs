//! Watches all attempts whose jobs the scheduler has, on its own thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::desk::Desk;
use super::watched::{Judge, Step, Watched};

/// Shortest and longest time between two passes over all records. In between, the time scales with
/// the duration of a pass, so as not to overload a slow file system.
const LOOKS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
const TIMES: u32 = 20;

/// Runs until the evaluator is dropped.
pub(super) fn run(desk: &Desk, judge: &Judge) {
    let (mut all, mut wait) = (Vec::<Watched>::new(), LOOKS.0);
    loop {
        let (listed, trouble) = {
            let busy = !all.is_empty();
            let time = busy.then_some(wait);
            let mut state = desk.wait(time, |state| !busy && !state.posted.is_empty());
            if state.stopped {
                return;
            }
            all.extend(state.posted.drain(..).map(Watched::new));
            (state.listed.clone(), state.trouble.clone())
        };
        let started = Instant::now();
        let (mut to_end, mut hurry) = (Vec::new(), false);
        all.retain_mut(|watched| {
            let order = &watched.posted.order;
            if order.is_given_up() {
                return false;
            }
            if let Some(error) = &trouble {
                order.tell(Err(error.clone().into()));
                return false;
            }
            match watched.look(judge, listed.as_ref().map(Arc::as_ref)) {
                Step::Wait => {}
                Step::Hurry => hurry = true,
                Step::End => to_end.push(watched.posted.job),
                Step::Tell(reply) => {
                    watched.posted.order.tell(reply);
                    return false;
                }
            }
            true
        });
        wait = (started.elapsed() * TIMES).clamp(LOOKS.0, LOOKS.1);
        desk.change(|state| {
            state.watched = all.len();
            state.hurry |= hurry;
            state.to_end.extend(to_end);
        });
    }
}
