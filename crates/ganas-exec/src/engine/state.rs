//! The state shared by the worker threads and the threads that submit jobs, list jobs and watch
//! attempts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::scheduler::{ListError, Listing};
use crate::attempt::{Attempt, Ending, JobName};
use crate::error::{EngineError, ExecError};

/// An attempt that a worker is waiting for.
#[derive(Debug)]
pub(super) struct WaitingAttempt {
    pub(super) attempt: Attempt,
    pub(super) reply: Sender<Reply>,
    /// Whether the worker has stopped waiting.
    pub(super) given_up: Arc<AtomicBool>,
    /// Whether the study wants the attempt stopped, in which case the command's exit status is
    /// irrelevant.
    pub(super) stopped: Arc<AtomicBool>,
}

/// The answer to a worker that is waiting for an attempt.
pub(super) type Reply = Result<Outcome, ExecError>;

/// The outcome of an attempt.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The attempt ended.
    Ended(Ending),
    /// The attempt did not begin and will never begin. This does not count as a failure of the
    /// attempt.
    NotBegun,
    /// No worker is waiting for the attempt any more. The attempt's record does not say that it
    /// ended, so it may still be running.
    Left,
}

/// An attempt whose job was submitted. The next listing may show that the scheduler did not accept
/// the job.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) waiting: WaitingAttempt,
    pub(super) job: JobName,
    /// The error in the scheduler's answer to the submission. It ends the study if the scheduler
    /// does not have the job.
    pub(super) doubt: Option<EngineError>,
    /// The earliest time at which a listing can contain the job. Listings requested earlier are
    /// ignored.
    pub(super) since: Instant,
}

/// A listing of the scheduler's jobs, with the time at which it was requested.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) jobs: Listing,
    pub(super) asked: Instant,
}

/// Number of consecutive invalid listings after which the study ends.
const MAX_INVALID_LISTINGS: u32 = 10;

/// The shared state, and a signal to the threads that wait for it to change.
#[derive(Debug, Default)]
pub(super) struct EngineState {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// Orders to be submitted.
    pub(super) queue: Vec<WaitingAttempt>,
    /// Submitted attempts that the watcher has not taken yet.
    pub(super) submitted: Vec<Submitted>,
    /// Jobs to be terminated.
    pub(super) to_end: Vec<JobName>,
    /// Whether the scheduler is being asked to terminate jobs.
    pub(super) is_ending: bool,
    /// Number of attempts that are being watched.
    pub(super) watched: usize,
    /// Whether to request a listing before the usual interval has passed.
    pub(super) poll_soon: bool,
    pub(super) listed: Option<Arc<Listed>>,
    invalid_listings: u32,
    /// Number of consecutive requests for a listing that the scheduler did not answer.
    unanswered: u64,
    /// The error that ends the study.
    pub(super) trouble: Option<EngineError>,
    pub(super) stopped: bool,
}

impl WaitingAttempt {
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::SeqCst)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Sends the reply to the worker, which may no longer be waiting.
    pub(super) fn tell(&self, reply: Reply) {
        let _ = self.reply.send(reply);
    }
}

impl EngineState {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and notifies all waiters.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.news.notify_all();
        changed
    }

    /// Waits until `wanted` returns true or the engine stops, but no longer than `time` if that is
    /// given. Returns the locked state.
    pub(super) fn wait(
        &self,
        time: Option<Duration>,
        wanted: impl Fn(&State) -> bool,
    ) -> MutexGuard<'_, State> {
        let started = Instant::now();
        let mut state = self.lock();
        while !state.stopped && !wanted(&state) {
            let left = time.map(|time| time.saturating_sub(started.elapsed()));
            if left.is_some_and(|left| left.is_zero()) {
                break;
            }
            let left = left.unwrap_or(Duration::from_mins(1));
            let waited = self.news.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }

    /// Waits for `time`, or until the engine stops. Returns false if the engine has stopped.
    pub(super) fn pause(&self, time: Duration) -> bool {
        !self.wait(Some(time), |_| false).stopped
    }
}

impl State {
    /// Returns true if any attempt is watched, or submitted and about to be watched.
    pub(super) fn is_watching(&self) -> bool {
        self.watched > 0 || !self.submitted.is_empty()
    }

    /// Handles the scheduler's answer to the request, sent at `asked`, for a listing.
    pub(super) fn record_listing(&mut self, asked: Instant, answer: Result<Listing, ListError>) {
        match answer {
            Ok(jobs) => {
                if self.unanswered > 0 {
                    log::warn!("the scheduler is responding again");
                }
                self.listed = Some(Arc::new(Listed { jobs, asked }));
                (self.invalid_listings, self.unanswered) = (0, 0);
            }
            Err(ListError::Absent(said)) => {
                if self.unanswered == 0 {
                    log::warn!("the scheduler is not responding ({said}); waiting for it");
                }
                self.unanswered += 1;
            }
            Err(ListError::Invalid(error)) => {
                self.invalid_listings += 1;
                log::warn!("asking the scheduler again: {error}");
                if self.invalid_listings >= MAX_INVALID_LISTINGS {
                    self.trouble = Some(error);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_listed_for_an_engine_without_jobs() {
        assert!(!State::default().is_watching());
        assert!(State { watched: 1, ..State::default() }.is_watching());
    }

    #[test]
    fn unanswered_requests_are_counted_until_an_answer() {
        let mut state = State::default();
        let absent = || Err(ListError::Absent("connection refused".into()));
        state.record_listing(Instant::now(), absent());
        state.record_listing(Instant::now(), absent());
        assert_eq!(state.unanswered, 2);
        assert!(state.trouble.is_none() && state.listed.is_none());
        let asked = Instant::now();
        state.record_listing(asked, Ok(Listing::default()));
        assert_eq!(state.unanswered, 0);
        assert_eq!(state.listed.unwrap().asked, asked);
    }
}
