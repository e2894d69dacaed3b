//! What workers, submitter and watcher share: the orders, and what the scheduler last said.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::scheduler::{Listing, Silence};
use crate::attempt::{Attempt, Ending, JobName};
use crate::error::{EngineError, ExecError};

/// An attempt that a worker waits for.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) attempt: Attempt,
    pub(super) reply: Sender<Reply>,
    /// The worker waits no longer.
    pub(super) given_up: Arc<AtomicBool>,
    /// The study wants it stopped: how its command ends says nothing more.
    pub(super) stopped: Arc<AtomicBool>,
}

/// What a worker hears.
pub(super) type Reply = Result<Outcome, ExecError>;

/// What became of an attempt.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It ended.
    Ended(Ending),
    /// It never began and never will; that is nobody's fault.
    NotBegun,
    /// Nobody waits for it any more, and it may go on: its record has no ending.
    Left,
}

/// An attempt whose job the scheduler has, or may have.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) order: Order,
    pub(super) job: JobName,
    /// What was wrong with the scheduler's answer, which ends the study if it does not have the job.
    pub(super) doubt: Option<EngineError>,
    /// Only a listing that was asked for later tells of it.
    pub(super) since: Instant,
}

/// A listing, and when it was asked for.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) jobs: Listing,
    pub(super) asked: Instant,
}

/// How often in a row the scheduler may answer what is no listing.
const MAX_RUBBISH: u32 = 10;

/// The shared state.
#[derive(Debug, Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// What is to be submitted.
    pub(super) queue: Vec<Order>,
    /// What is new to the watcher.
    pub(super) posted: Vec<Posted>,
    /// Jobs to be ended.
    pub(super) to_end: Vec<JobName>,
    /// Jobs are being ended.
    pub(super) is_ending: bool,
    /// How many attempts the watcher watches.
    pub(super) watched: usize,
    /// A listing is wanted soon.
    pub(super) hurry: bool,
    pub(super) listed: Option<Arc<Listed>>,
    rubbish: u32,
    /// How often in a row nobody answered.
    silences: u64,
    /// What ends the study.
    pub(super) trouble: Option<EngineError>,
    pub(super) stopped: bool,
}

impl Order {
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::SeqCst)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Tells the worker, who may be gone.
    pub(super) fn tell(&self, reply: Reply) {
        let _ = self.reply.send(reply);
    }
}

impl Desk {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and tells everybody.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.news.notify_all();
        changed
    }

    /// Waits until `wanted` holds or the work has ended, for `time` at most where that is given.
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

    /// Waits for `time`; `false` if the work has ended.
    pub(super) fn pause(&self, time: Duration) -> bool {
        !self.wait(Some(time), |_| false).stopped
    }
}

impl State {
    /// Is there a job to be told of?
    pub(super) fn is_watching(&self) -> bool {
        self.watched > 0 || !self.posted.is_empty()
    }

    /// Takes an answer of the scheduler.
    pub(super) fn heard(&mut self, asked: Instant, answer: Result<Listing, Silence>) {
        match answer {
            Ok(jobs) => {
                if self.silences > 0 {
                    log::warn!("the scheduler answers again");
                }
                self.listed = Some(Arc::new(Listed { jobs, asked }));
                (self.rubbish, self.silences) = (0, 0);
            }
            Err(Silence::Absent(said)) => {
                if self.silences == 0 {
                    log::warn!("the scheduler does not answer, and is waited for: {said}");
                }
                self.silences += 1;
            }
            Err(Silence::Rubbish(error)) => {
                self.rubbish += 1;
                log::warn!("the scheduler is asked again: {error}");
                if self.rubbish >= MAX_RUBBISH {
                    self.trouble = Some(error);
                }
            }
        }
    }
}
