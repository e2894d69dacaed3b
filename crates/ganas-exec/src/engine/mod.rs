//! Runs attempts as jobs of a scheduler; the jobs outlive this process.
//!
//! The files on disk are authoritative. An attempt's job is recorded before it is submitted. The job
//! begins by creating the attempt's marker, which succeeds only once: a job submitted twice or
//! restarted does nothing, and whoever creates the marker before the job prevents it from ever
//! beginning. The end of an attempt is what its supervisor recorded. The scheduler is asked only
//! about jobs whose record has no end.

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
use self::state::{EngineState, Order, Submitted};
use self::submitter::{Submitter, withdraw};
use self::watched::WatchContext;
use crate::attempt::{Attempt, Ending, EngineName, JobName, Paths, Progress, script, shell};
use crate::error::{At, ExecError};
use crate::settings::CommandSettings;

/// Polling and batching parameters of an engine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Time between two listings.
    pub(crate) poll: Duration,
    /// Maximum number of tasks in a batch.
    pub(crate) most: usize,
    /// The variable in which a job finds its task number.
    pub(crate) task: &'static str,
}

/// Runs attempts as jobs of a scheduler.
#[derive(Debug)]
pub(crate) struct Engine {
    shared: Arc<EngineState>,
    name: EngineName,
}

/// Interval for checking whether an attempt is still wanted.
const LOOK: Duration = Duration::from_millis(100);

/// Interval for reading the reports of a job's command.
const LOOK_FOR_REPORTS: Duration = Duration::from_secs(1);

/// Time allowed for the scheduler to end jobs that are no longer wanted.
const PATIENCE: Duration = Duration::from_secs(20);

impl Engine {
    /// Starts the threads that submit and watch. `scheduler` creates the scheduler for jobs whose
    /// names begin with its argument.
    ///
    /// # Errors
    /// If the scheduler is missing or of an unexpected kind, or the study's folder cannot be used.
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

    /// Makes a new attempt and waits for its outcome.
    ///
    /// # Errors
    /// If the command exits with an error or leaves no result, or if the scheduler fails.
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
        fs::write(&path, text).at("writing", &path)?;
        self.wait(attempt, None, (cancel, progress), |shared, order| {
            shared.change(|state| state.queue.push(order));
        })
    }

    /// Waits for the outcome of an attempt from an earlier run.
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
        self.wait(attempt, Some(job), (cancel, progress), |shared, order| {
            let submitted = Submitted { order, job, doubt: None, since: Instant::now() };
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
        give: impl FnOnce(&EngineState, Order),
    ) -> Result<Outcome, ExecError> {
        let (reply, replies) = mpsc::channel();
        let (given_up, stopped) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let order = Order {
            attempt: attempt.clone(),
            reply,
            given_up: given_up.clone(),
            stopped: stopped.clone(),
        };
        give(&self.shared, order);
        loop {
            match replies.recv_timeout(LOOK) {
                Ok(reply) => return reply,
                Err(mpsc::RecvTimeoutError::Timeout) if !cancel.is_set() => {}
                Err(_) => break,
            }
            if !stopped.load(Ordering::SeqCst) && progress.look(LOOK_FOR_REPORTS) {
                stopped.store(true, Ordering::SeqCst);
                let job = job.or(attempt.kept()?.and_then(|kept| kept.job));
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
        let job = job.or(attempt.kept()?.and_then(|kept| kept.job));
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
