//! Runs attempts at trials as jobs of a scheduler, such as Slurm or Ray. The jobs continue to run
//! when this process ends.
//!
//! The outcome of an attempt is read from its files rather than from the scheduler's reports. The
//! name of an attempt's job is recorded before the job is submitted. The job first creates the
//! attempt's marker, a file that can be created only once. A job that is submitted twice or
//! restarted therefore runs the command only once. If this process creates the marker first, no job
//! runs the command. A command's supervisor (its parent process) records how the command ended. The
//! scheduler's reports matter only for attempts without such a record.

mod batches;
mod lister;
mod outcome;
mod scheduler;
mod state;
mod submitter;
mod watched;
mod watcher;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ganas_search::Cancel;

use self::batches::Batches;
pub(crate) use self::scheduler::{Cause, ListError, Listing, Scheduler, State, Submission};
pub(crate) use self::state::Outcome;
use self::state::{EngineState, Submitted, WaitingAttempt};
use self::submitter::{Submitter, withdraw};
use self::watched::WatchContext;
use crate::attempt::{Attempt, Ending, EngineName, JobName, Paths, Progress, script, shell};
use crate::error::{At, ExecError};
use crate::settings::CommandSettings;

/// Polling and batching parameters of an engine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Time between two listings of the scheduler's jobs.
    pub(crate) poll: Duration,
    /// Maximum number of tasks in a batch.
    pub(crate) most: usize,
    /// The environment variable that tells a job the number of its task.
    pub(crate) task: &'static str,
}

/// Runs attempts as jobs of a scheduler.
#[derive(Debug)]
pub(crate) struct Engine {
    shared: Arc<EngineState>,
    name: EngineName,
}

/// Interval at which a worker checks whether the attempt that it is waiting for was cancelled.
const LOOK: Duration = Duration::from_millis(100);

/// Interval for reading the reports of a job's command.
const LOOK_FOR_REPORTS: Duration = Duration::from_secs(1);

/// Longest time to wait while the scheduler is being asked to end jobs that are no longer wanted.
const PATIENCE: Duration = Duration::from_secs(20);

impl Engine {
    /// Starts the engine's threads. `scheduler` creates the scheduler; its argument is the prefix
    /// of the names of the study's jobs.
    ///
    /// # Errors
    /// If the scheduler is missing or not supported, or if the study's folder cannot be used.
    pub(crate) fn start(
        study: &Path,
        settings: &CommandSettings,
        pace: Pace,
        scheduler: impl FnOnce(String) -> Result<Arc<dyn Scheduler>, ExecError>,
    ) -> Result<Self, ExecError> {
        let batches = Batches::open(study)?;
        let scheduler = scheduler(batches.name.clone())?;
        scheduler.check()?;
        let (shared, batches) = (Arc::<EngineState>::default(), Arc::new(Mutex::new(batches)));
        let names: Vec<_> = settings.variables().map(|(name, _)| name).collect();
        let submitter = Submitter {
            shared: shared.clone(),
            scheduler: scheduler.clone(),
            batches: batches.clone(),
            most: pace.most,
            shell: shell(names.iter().map(std::ffi::OsString::as_os_str)),
            task: pace.task,
        };
        let name = scheduler.name();
        let context =
            WatchContext { settings: settings.clone(), scheduler: scheduler.clone(), batches };
        let (lister, watcher) = (shared.clone(), shared.clone());
        thread::spawn(move || submitter.run());
        thread::spawn(move || lister::run(&lister, &scheduler, pace.poll));
        thread::spawn(move || watcher::run(&watcher, &context));
        Ok(Self { shared, name })
    }

    /// Returns the name of the engine.
    pub(crate) fn name(&self) -> EngineName {
        self.name
    }

    /// Submits a new attempt as a job and waits for the outcome of the attempt.
    ///
    /// # Errors
    /// If the command exits with an error or leaves no result, if the job is terminated, or if the
    /// scheduler fails.
    pub(crate) fn run(
        &self,
        attempt: &Attempt,
        settings: &CommandSettings,
        directory: &Path,
        cancel: &Cancel,
        progress: &mut Progress<'_>,
    ) -> Result<Outcome, ExecError> {
        let paths = Paths::of(attempt)?;
        let words = settings.command.iter().enumerate();
        let words = words.map(|(at, word)| if at == 0 { word.clone() } else { paths.fill(word) });
        let set = settings.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let text = script(attempt, words, directory, set.chain(paths.variables()))?;
        let path = attempt.script();
        fs::write(&path, text).at("write", &path)?;
        self.wait(attempt, None, (cancel, progress), |shared, waiting| {
            shared.change(|state| state.queue.push(waiting));
        })
    }

    /// Waits for the outcome of an attempt from an earlier run, which was submitted as `job`.
    ///
    /// # Errors
    /// As for [`Self::run`].
    pub(crate) fn follow(
        &self,
        attempt: &Attempt,
        job: JobName,
        cancel: &Cancel,
        progress: &mut Progress<'_>,
    ) -> Result<Outcome, ExecError> {
        self.wait(attempt, Some(job), (cancel, progress), |shared, waiting| {
            let submitted = Submitted { waiting, job, doubt: None, since: Instant::now() };
            shared.change(|state| {
                state.submitted.push(submitted);
                state.poll_soon = true;
            });
        })
    }

    fn wait(
        &self,
        attempt: &Attempt,
        job: Option<JobName>,
        (cancel, progress): (&Cancel, &mut Progress<'_>),
        enqueue: impl FnOnce(&EngineState, WaitingAttempt),
    ) -> Result<Outcome, ExecError> {
        let (reply, replies) = mpsc::channel();
        let (given_up, stopped) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let waiting = WaitingAttempt {
            attempt: attempt.clone(),
            reply,
            given_up: given_up.clone(),
            stopped: stopped.clone(),
        };
        enqueue(&self.shared, waiting);
        loop {
            match replies.recv_timeout(LOOK) {
                Ok(reply) => return reply,
                Err(mpsc::RecvTimeoutError::Timeout) if !cancel.is_set() => {}
                Err(_) => break,
            }
            if !stopped.load(Ordering::SeqCst) && progress.look(LOOK_FOR_REPORTS) {
                stopped.store(true, Ordering::SeqCst);
                let job = job.or(attempt.recorded()?.and_then(|kept| kept.job));
                self.shared.change(|state| state.to_end.extend(job));
            }
        }
        if let Some(outcome) = withdraw(&self.shared, attempt) {
            return Ok(outcome);
        }
        given_up.store(true, Ordering::SeqCst);
        if !cancel.is_permanent() {
            return Ok(Outcome::Left);
        }
        // It may have been submitted since it was passed to us.
        let job = job.or(attempt.recorded()?.and_then(|kept| kept.job));
        attempt.prevent_start()?;
        self.shared.change(|state| state.to_end.extend(job));
        let ended =
            self.shared.wait(Some(PATIENCE), |state| state.to_end.is_empty() && !state.is_ending);
        drop(ended);
        Ok(Outcome::Ended(Ending::Cancelled))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.change(|state| state.stopped = true);
    }
}
