//! Which attempts at a trial are made: after those of an earlier life, retries with waits between.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ganas_search::{Cancel, Evaluation, EvaluationError, Evaluator, Job, StudyFolder, TrialId};
use log::debug;

use crate::attempt::{Attempt, Ending, Record, Task, TrialFolder, utf8};
use crate::error::{At, ExecError};
use crate::local::{self, Launcher};
use crate::settings::CommandSettings;
use crate::slots::Slots;

/// Evaluates architectures by a user's command, as the crate's documentation says.
///
/// It may be asked from several threads at once, for different trials.
#[derive(Debug)]
pub struct CommandEvaluator {
    settings: CommandSettings,
    study: String,
    folder: PathBuf,
    place: StudyFolder,
    directory: PathBuf,
    launcher: Launcher,
    slots: Slots,
}

impl CommandEvaluator {
    /// An evaluator for the study called `study` whose files are in `folder`, and whose study file,
    /// which the settings come from, is in `origin`.
    ///
    /// # Errors
    /// [`ExecError::Setting`] if a setting is out of its range; [`ExecError::File`] if the folder or
    /// the command's directory is not there; [`ExecError::NotUtf8`].
    pub fn new(
        settings: CommandSettings,
        study: &str,
        folder: &Path,
        origin: &Path,
    ) -> Result<Self, ExecError> {
        settings.check()?;
        let folder = folder.canonicalize().at("opening", folder)?;
        utf8(&folder)?;
        let directory = origin.join(&settings.directory);
        let directory = directory.canonicalize().at("opening", &directory)?;
        std::fs::read_dir(&directory).at("opening", &directory)?;
        let place = StudyFolder::open(&folder)?;
        let (study, launcher) = (study.into(), Launcher::start());
        let slots = Slots::default();
        Ok(Self { settings, study, folder, place, directory, launcher, slots })
    }

    /// Is the program there? Whoever only reads a study need not have it.
    ///
    /// # Errors
    /// [`ExecError::Start`].
    pub fn check_program(&self) -> Result<(), ExecError> {
        self.settings.program(&self.directory).map(|_| ())
    }

    /// Takes the result of an earlier attempt, or makes attempts until one gives a result or there
    /// were enough of them.
    fn trial(&self, job: &Job<'_>) -> Result<Evaluation, ExecError> {
        self.place.check()?;
        let below = self.folder_below(job)?;
        let below = below.as_deref().map(utf8).transpose()?;
        let task = Task::new(&self.study, self.settings.fidelity, below, job);
        let folder = TrialFolder::open(&self.folder, job.trial)?;
        let (mut last, mut failures, mut interruptions) = (job.attempts_before, 0, 0);
        let mut failed = None;
        for attempt in folder.attempts()? {
            last = last.max(attempt.number);
            match self.earlier(&attempt, &task)? {
                None | Some(Ending::Cancelled) => {}
                Some(Ending::Interrupted) => interruptions += 1,
                Some(failure @ Ending::Failed { .. }) => {
                    failures += 1;
                    failed = Some(failure);
                }
                Some(result) => {
                    let Attempt { trial, number, .. } = attempt;
                    debug!("trial {trial}: what attempt {number} gave before is taken");
                    return Ok(result.evaluation(number));
                }
            }
        }
        let allowed = self.settings.max_interruptions;
        if interruptions > allowed {
            return Err(ExecError::Interrupted { times: interruptions, allowed });
        }
        let worker = self.slots.take();
        loop {
            match failed.take() {
                Some(failure) if failures > self.settings.retries => {
                    return Ok(failure.evaluation(failures));
                }
                Some(_) => {
                    let backoff = self.settings.backoff(failures);
                    debug!("trial {}: the next attempt is made in {backoff:?}", job.trial);
                    wait(backoff, job.cancel);
                }
                None => {}
            }
            if job.cancel.is_set() {
                return Ok(Evaluation::Cancelled);
            }
            self.place.check()?;
            last += 1;
            let (attempt, record) = folder.create(last, &task)?;
            match self.attempt((&attempt, &record), worker.number, job.cancel)? {
                failure @ Ending::Failed { .. } => {
                    failures += 1;
                    failed = Some(failure);
                }
                result => return Ok(result.evaluation(last)),
            }
        }
    }

    /// The folder of the attempt that measured the same architecture at the rung below, if it is still
    /// there.
    fn folder_below(&self, job: &Job<'_>) -> Result<Option<PathBuf>, ExecError> {
        let Some(after) = job.rung.and_then(|rung| rung.after) else { return Ok(None) };
        for attempt in TrialFolder::open(&self.folder, after)?.attempts()?.into_iter().rev() {
            let ending = attempt.kept()?.and_then(|kept| kept.ending);
            let is_folder = attempt.folder.symlink_metadata().is_ok_and(|it| it.is_dir());
            if is_folder && matches!(ending, Some(Ending::Measured { .. })) {
                return Ok(Some(attempt.folder));
            }
        }
        Ok(None)
    }

    /// What an attempt gave that was made before we were started, if it was one at this task and came
    /// to an end.
    fn earlier(&self, attempt: &Attempt, task: &Task) -> Result<Option<Ending>, ExecError> {
        let Some(mut kept) = attempt.kept()? else { return Ok(None) };
        if kept.ending.is_none() {
            local::end_leftovers(attempt, self.settings.grace())?;
            kept = attempt.kept()?.unwrap_or_default();
        }
        if !kept.asked.take().is_some_and(|request| task.is_of(&request)) {
            return Ok(None);
        }
        if kept.ending.is_some() {
            return Ok(kept.ending);
        }
        let left_behind = attempt.left_behind(&kept);
        Record::open(attempt.record.clone())?.note_ending(&left_behind)?;
        Ok(Some(left_behind))
    }

    /// Runs the command once.
    fn attempt(
        &self,
        (attempt, record): (&Attempt, &Record),
        worker: usize,
        cancel: &Cancel,
    ) -> Result<Ending, ExecError> {
        let Attempt { trial, number, .. } = attempt;
        let (settings, directory) = (&self.settings, &self.directory);
        let (command, shown) = (&settings.command, directory.display());
        debug!("trial {trial}, attempt {number}: worker {worker} runs {command:?} in {shown}");
        let run = self.launcher.run((attempt, record), settings, directory, (worker, cancel));
        let run = match run {
            Ok(Ending::Measured { .. } | Ending::Infeasible { .. } | Ending::Cancelled) => run,
            failed => record.check_room().and(failed),
        };
        let ending = match run {
            Ok(ending) => ending,
            Err(error) if error.is_of_the_study() => {
                record.forget()?;
                return Err(error);
            }
            Err(error @ ExecError::File { .. }) => {
                let reason = format!("the command removed what it had been given: {error}");
                Ending::failed(reason)
            }
            Err(error) => Ending::failed(error.to_string()),
        };
        debug!("trial {trial}, attempt {number} ended: {ending:?}");
        record.note_ending(&ending)?;
        Ok(ending)
    }
}

impl Evaluator for CommandEvaluator {
    /// # Errors
    /// If the trial was known before the study, if the study's folder cannot be read or written, or if
    /// a process of an earlier attempt cannot be ended. What is wrong with the command or its result
    /// is [`Evaluation::Failed`].
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        self.trial(job).or_else(|error| {
            // Whatever a command did, it may come of the folder's move.
            let error = self.place.check().err().map_or(error, ExecError::from);
            if error.is_of_the_study() {
                return Err(EvaluationError { arch: job.arch.clone(), source: error.into() });
            }
            let attempts = job.attempts_before.saturating_add(1);
            Ok(Evaluation::Failed { reason: error.to_string(), attempts, train_seconds: None })
        })
    }
}

/// Sets aside what is on record of a trial of the study in `folder` that failed after so many attempts,
/// so that it is made again; its files stay, in folders whose names say so.
///
/// # Errors
/// If a folder cannot be renamed.
pub fn set_aside(folder: &Path, trial: TrialId, attempts: u32) -> Result<(), ExecError> {
    let folder = folder.canonicalize().at("opening", folder)?;
    TrialFolder::open(&folder, trial)?.set_aside(attempts)
}

/// Waits, unless it is cancelled.
fn wait(time: Duration, cancel: &Cancel) {
    let started = Instant::now();
    while let Some(left) = time.checked_sub(started.elapsed()).filter(|left| !left.is_zero()) {
        if cancel.is_set() {
            return;
        }
        thread::sleep(left.min(Duration::from_millis(50)));
    }
}
