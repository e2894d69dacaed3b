//! What runs attempts, as the settings name it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ganas_search::Cancel;

use crate::attempt::{Attempt, Ending, JobName, Kept, Progress, Record};
use crate::engine::{Engine, Outcome};
use crate::error::ExecError;
use crate::local;
use crate::ray::{self, Ray};
use crate::settings::CommandSettings;
use crate::slurm::{self, Slurm};

/// What runs attempts.
#[derive(Debug)]
pub(crate) enum Launcher {
    /// This machine.
    Local(local::Launcher),
    /// An engine. It is started with the first trial: who only reads a study needs none.
    Engine(Mutex<Option<Arc<Engine>>>),
}

/// Whose attempt is made, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup<'a> {
    /// The study's folder.
    pub(crate) study: &'a Path,
    pub(crate) settings: &'a CommandSettings,
    /// Where the command runs.
    pub(crate) directory: &'a Path,
    pub(crate) cancel: &'a Cancel,
}

impl Launcher {
    /// That of the settings.
    pub(crate) fn new(settings: &CommandSettings) -> Self {
        if settings.has_engine() {
            Self::Engine(Mutex::default())
        } else {
            Self::Local(local::Launcher::start())
        }
    }

    /// Runs the command of a new attempt, as a worker's: what became of it, and the record if it is still
    /// open. It is an error if the command cannot be started, does not end well or gives no result, or
    /// if the engine is of no use.
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
                // Many may wait, and need no open file for that.
                drop(record);
                let run = |engine: Arc<Engine>| {
                    engine.run(attempt, it.settings, it.directory, it.cancel, progress)
                };
                (started(engine, it).and_then(run), None)
            }
        }
    }

    /// Ends or awaits what an earlier life left of an attempt that has no ending: its outcome, or `None` if
    /// its files say what became of it.
    ///
    /// # Errors
    /// If that is not possible, or if the attempt failed.
    pub(crate) fn finish(
        &self,
        attempt: &Attempt,
        kept: &Kept,
        it: Setup<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<Option<Outcome>, ExecError> {
        match (self, kept.job) {
            (_, None) => {
                local::end_leftovers(attempt, it.settings.grace())?;
                // An engine never heard of it.
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

/// What became of an attempt that another engine was given.
fn elsewhere(attempt: &Attempt, job: JobName) -> Result<Option<Outcome>, ExecError> {
    if attempt.revoke()? {
        return Ok(Some(Outcome::Ended(Ending::Cancelled)));
    }
    let has_ended = attempt.kept()?.is_some_and(|kept| kept.ended.is_some());
    if has_ended {
        return Ok(None);
    }
    let Attempt { trial, number: attempt, .. } = *attempt;
    Err(ExecError::OtherEngine { trial, attempt, job: job.to_string() })
}

/// The engine, started if it is not.
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
