//! The launcher. It runs attempts on this machine or on an engine (Slurm or Ray), depending on the
//! settings.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ganas_search::Cancel;

use crate::attempt::{Attempt, Ending, JobName, Progress, Record, RecordContents};
use crate::engine::{Engine, Outcome};
use crate::error::ExecError;
use crate::local;
use crate::ray::{self, Ray};
use crate::settings::CommandSettings;
use crate::slurm::{self, Slurm};

/// A launcher of attempts.
#[derive(Debug)]
pub(crate) enum Launcher {
    /// Runs attempts as processes on this machine.
    Local(local::Launcher),
    /// Runs attempts as jobs of an engine (Slurm or Ray). The engine is not started until it is
    /// needed, because a study can be read without it.
    Engine(Mutex<Option<Arc<Engine>>>),
}

/// What a launcher needs to know about a study in order to make an attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup<'a> {
    /// The study's folder.
    pub(crate) study: &'a Path,
    pub(crate) settings: &'a CommandSettings,
    /// The command's working directory.
    pub(crate) directory: &'a Path,
    pub(crate) cancel: &'a Cancel,
}

impl Launcher {
    /// Returns the launcher that the settings select.
    pub(crate) fn new(settings: &CommandSettings) -> Self {
        if settings.has_engine() {
            Self::Engine(Mutex::default())
        } else {
            Self::Local(local::Launcher::start())
        }
    }

    /// Runs the command of a new attempt for the worker numbered `worker`. Returns the outcome of
    /// the attempt, and its record if that is still open. The outcome is an error if the command
    /// cannot be started, exits with an error or leaves no result, or if the engine fails.
    pub(crate) fn run(
        &self,
        (attempt, record): (&Attempt, Record),
        it: Setup<'_>,
        worker: usize,
        progress: &mut Progress<'_>,
    ) -> (Result<Outcome, ExecError>, Option<Record>) {
        match self {
            Self::Local(launcher) => {
                let attempt = (attempt, &record);
                let worker = (worker, it.cancel);
                let run = launcher.run(attempt, it.settings, it.directory, worker, progress);
                (run.map(Outcome::Ended), Some(record))
            }
            Self::Engine(engine) => {
                // Many attempts may wait, and need no open file to do so.
                drop(record);
                let run = |engine: Arc<Engine>| {
                    engine.run(attempt, it.settings, it.directory, it.cancel, progress)
                };
                (started(engine, it).and_then(run), None)
            }
        }
    }

    /// Ends or awaits an attempt from an earlier run that has no recorded ending. Returns the
    /// outcome of the attempt, or `None` if the outcome must be read from the attempt's files.
    ///
    /// # Errors
    /// If the attempt can be neither ended nor awaited, or if it failed.
    pub(crate) fn finish(
        &self,
        attempt: &Attempt,
        kept: &RecordContents,
        it: Setup<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<Option<Outcome>, ExecError> {
        match (self, kept.job) {
            (_, None) => {
                local::end_orphans(attempt, it.settings.grace())?;
                // The engine never received it.
                let is_new = matches!(self, Self::Engine(_)) && kept.group.is_none();
                Ok(is_new.then_some(Outcome::NotBegun))
            }
            (Self::Engine(engine), Some(job)) => {
                let engine = started(engine, it)?;
                if job.engine == engine.name() {
                    return engine.follow(attempt, job, it.cancel, progress).map(Some);
                }
                elsewhere(attempt, job)
            }
            (Self::Local(_), Some(job)) => elsewhere(attempt, job),
        }
    }
}

/// Prevents an attempt from beginning that was submitted to an engine that the settings no longer
/// select, and returns a cancelled outcome. If the attempt has already begun, returns `None` if its
/// record shows that its command has ended, and otherwise an error, because the command may still
/// be running.
fn elsewhere(attempt: &Attempt, job: JobName) -> Result<Option<Outcome>, ExecError> {
    if attempt.prevent_start()? {
        return Ok(Some(Outcome::Ended(Ending::Cancelled)));
    }
    let has_ended = attempt.recorded()?.is_some_and(|kept| kept.ended.is_some());
    if has_ended {
        return Ok(None);
    }
    let Attempt { trial, number: attempt, .. } = *attempt;
    Err(ExecError::OtherEngine { trial, attempt, job: job.to_string() })
}

/// Returns the engine, starting it if needed.
fn started(slot: &Mutex<Option<Arc<Engine>>>, it: Setup<'_>) -> Result<Arc<Engine>, ExecError> {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(engine) = &*slot {
        return Ok(engine.clone());
    }
    let engine = if let Some(ray) = &it.settings.ray {
        let scheduler = |prefix| Ok(Ray::of(it.settings, ray, prefix));
        Engine::start(it.study, it.settings, ray::pace(ray), scheduler)?
    } else {
        let slurm = it.settings.slurm.clone().unwrap_or_default();
        let scheduler = |prefix| Slurm::find(it.settings, &slurm, prefix);
        Engine::start(it.study, it.settings, slurm::pace(&slurm), scheduler)?
    };
    Ok(slot.insert(Arc::new(engine)).clone())
}
