//! The thread that submits attempts to the scheduler in batches.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use log::{debug, warn};

use super::batches::{Batch, Batches};
use super::scheduler::{Scheduler, Submission};
use super::state::{EngineState, Outcome, Submitted, WaitingAttempt};
use crate::attempt::{Attempt, JobName, Record};
use crate::error::{EngineError, ExecError};

/// How long a batch waits for another attempt to arrive, and the longest time that its first
/// attempt waits.
const GATHERING: (Duration, Duration) = (Duration::from_millis(30), Duration::from_millis(500));

/// The first and the longest wait before resubmitting a batch that was not accepted. Each wait is
/// twice as long as the previous one.
const WAITS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_mins(1));

/// Submits attempts on its own thread.
#[derive(Debug)]
pub(super) struct Submitter {
    pub(super) shared: Arc<EngineState>,
    pub(super) scheduler: Arc<dyn Scheduler>,
    pub(super) batches: Arc<Mutex<Batches>>,
    /// Maximum number of tasks in a batch.
    pub(super) most: usize,
    pub(super) shell: &'static str,
    /// The environment variable that tells a job the number of its task.
    pub(super) task: &'static str,
}

impl Submitter {
    /// Submits attempts until the evaluator is dropped.
    pub(super) fn run(&self) {
        while let Some(all_waiting) = self.gather() {
            self.submit(all_waiting);
        }
    }

    /// Collects the attempts of a batch until no more arrive, the batch is full, or the first one
    /// has waited long enough. Returns `None` if the engine has stopped.
    fn gather(&self) -> Option<Vec<WaitingAttempt>> {
        let mut state = self.shared.wait(None, |state| !state.queue.is_empty());
        let (started, mut count) = (Instant::now(), 0);
        while state.queue.len() > count
            && state.queue.len() < self.most
            && started.elapsed() < GATHERING.1
        {
            count = state.queue.len();
            drop(state);
            self.shared.pause(GATHERING.0);
            state = self.shared.lock();
        }
        let many = self.most.min(state.queue.len());
        let stopped = state.stopped;
        let all_waiting: Vec<_> = state.queue.drain(..many).collect();
        (!stopped).then_some(all_waiting)
    }

    /// Creates a batch from the attempts and submits it. If the scheduler answers that it may accept
    /// the batch later, submits the batch again. Stops doing so when no worker waits for its attempts
    /// any longer, or when the engine has stopped.
    fn submit(&self, all_waiting: Vec<WaitingAttempt>) {
        if all_waiting.is_empty() {
            return;
        }
        let attempts = || all_waiting.iter().map(|waiting| &waiting.attempt);
        let batch = match self.prepare(attempts()) {
            Ok(batch) => batch,
            Err(error) => return refuse(&all_waiting, &folder_trouble(&error)),
        };
        let (mut doubt, mut since) = (None, Instant::now());
        let mut wait = WAITS.0;
        loop {
            debug!("submitting batch {} (number of attempts: {})", batch.number, all_waiting.len());
            match self.scheduler.submit(batch.number, &batch.folder, all_waiting.len()) {
                Submission::Taken => {
                    let batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Err(error) = batches.note_taken(batch.number) {
                        warn!(
                            "batch {} was submitted, but this could not be recorded: {error}",
                            batch.number
                        );
                    }
                    break;
                }
                Submission::Unknown(error) => {
                    (doubt, since) = (error, Instant::now());
                    break;
                }
                Submission::Refused(error) => return refuse(&all_waiting, &error),
                Submission::Later(said) => {
                    warn!("batch {} will be submitted again in {wait:?}: {said}", batch.number);
                    let all_given_up = || all_waiting.iter().all(WaitingAttempt::is_given_up);
                    let paused = self.shared.wait(Some(wait), |_| all_given_up());
                    let stopped = paused.stopped;
                    drop(paused);
                    if stopped || all_given_up() {
                        return;
                    }
                    wait = (wait * 2).min(WAITS.1);
                }
            }
        }
        let submitted = all_waiting.into_iter().enumerate().map(|(task, waiting)| Submitted {
            waiting,
            job: JobName { engine: self.scheduler.name(), batch: batch.number, task },
            doubt: doubt.clone(),
            since,
        });
        self.shared.change(|state| state.submitted.extend(submitted));
    }

    /// Creates a batch of the attempts, and records in each attempt's record which job makes the
    /// attempt.
    fn prepare<'a>(
        &self,
        attempts: impl Iterator<Item = &'a Attempt> + Clone,
    ) -> Result<Batch, ExecError> {
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = batches.create(attempts.clone(), (self.shell, self.task))?;
        for (task, attempt) in attempts.enumerate() {
            let job = JobName { engine: self.scheduler.name(), batch: batch.number, task };
            Record::open(attempt.record.clone())?.note_job(&job)?;
        }
        Ok(batch)
    }
}

/// Ends the study with `error`, because the scheduler rejected a batch or the batch could not be
/// written. Removes the records of those attempts that have not begun.
fn refuse(all_waiting: &[WaitingAttempt], error: &EngineError) {
    let forget = |attempt: &Attempt| {
        // An attempt that began nevertheless is taken over when the study resumes.
        if attempt.prevent_start()? {
            Record::open(attempt.record.clone())?.forget()
        } else {
            Ok(())
        }
    };
    for waiting in all_waiting {
        waiting.tell(forget(&waiting.attempt).and(Err(error.clone().into())));
    }
}

fn folder_trouble(error: &ExecError) -> EngineError {
    EngineError {
        doing: "recording a batch of jobs".into(),
        expected: "a writable study folder".into(),
        found: error.to_string(),
        advice: "Nothing was submitted; fix the problem, then resume".into(),
    }
}

/// If an attempt is still in the queue, removes it and returns the outcome to report
/// for the attempt. Otherwise returns `None`.
pub(super) fn withdraw(shared: &EngineState, attempt: &Attempt) -> Option<Outcome> {
    shared.change(|state| {
        let is_it = |waiting: &WaitingAttempt| waiting.attempt.record == attempt.record;
        let at = state.queue.iter().position(is_it)?;
        state.queue.swap_remove(at);
        Some(Outcome::NotBegun)
    })
}
