//! Evaluates trials. The evaluator first looks for the results of attempts that an earlier run of
//! the study made. If there is no result, it makes new attempts, with a delay before each retry.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ganas_search::{Cancel, Evaluation, EvaluationError, Evaluator, Job, StudyFolder, TrialId};
use log::debug;

use crate::attempt::{Attempt, Ending, Progress, Record, Task, TrialFolder, utf8};
use crate::attempt_counts::AttemptCounts;
use crate::engine::Outcome;
use crate::error::{At, ExecError};
use crate::launcher::{Launcher, Setup};
use crate::settings::CommandSettings;
use crate::worker_numbers::WorkerNumbers;

/// An evaluator that runs a user's command, as described in the crate documentation.
///
/// Several threads may call the evaluator at once, for different trials.
#[derive(Debug)]
pub struct CommandEvaluator {
    settings: CommandSettings,
    study: String,
    folder: PathBuf,
    place: StudyFolder,
    directory: PathBuf,
    launcher: Launcher,
    workers: WorkerNumbers,
    /// Number of attempts that were left running on an engine.
    left: AtomicUsize,
}

impl CommandEvaluator {
    /// Creates an evaluator for the study named `study`, whose files are in `folder`. `origin` is
    /// the folder to which the command's working directory in the settings is relative: the folder
    /// that contains the study file.
    ///
    /// # Errors
    /// [`ExecError::Setting`] if a setting is not valid. [`ExecError::File`] if `folder` or the
    /// command's working directory cannot be opened. [`ExecError::NotUtf8`] if the path of `folder`
    /// is not UTF-8.
    pub fn new(
        settings: CommandSettings,
        study: &str,
        folder: &Path,
        origin: &Path,
    ) -> Result<Self, ExecError> {
        settings.check()?;
        let folder = folder.canonicalize().at("open", folder)?;
        utf8(&folder)?;
        let directory = origin.join(&settings.directory);
        let directory = directory.canonicalize().at("open", &directory)?;
        std::fs::read_dir(&directory).at("open", &directory)?;
        let place = StudyFolder::open(&folder)?;
        let (study, launcher) = (study.into(), Launcher::new(&settings));
        let (workers, left) = (WorkerNumbers::default(), AtomicUsize::new(0));
        Ok(Self { settings, study, folder, place, directory, launcher, workers, left })
    }

    /// Returns the number of attempts that were left running on an engine (Slurm or Ray) when their
    /// evaluation was cancelled. The jobs of these attempts continue to run. When their trials are
    /// evaluated again, the evaluator waits for the same jobs.
    pub fn jobs_left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }

    /// Checks that the command's program exists on this machine, unless an engine (Slurm or Ray)
    /// runs the command. [`CommandEvaluator::new`] does not perform this check, so that a study can
    /// be read on a machine without the program.
    ///
    /// # Errors
    /// [`ExecError::Start`] if the program does not exist or is not executable.
    pub fn check_program(&self) -> Result<(), ExecError> {
        if self.settings.has_engine() {
            return Ok(());
        }
        self.settings.program(&self.directory).map(|_| ())
    }

    /// Evaluates a trial: returns the result of an attempt from an earlier run, or makes attempts
    /// until one gives a result or the retries are used up.
    fn trial(&self, job: &Job<'_>) -> Result<Evaluation, ExecError> {
        self.place.check()?;
        let below = self.folder_below(job)?;
        let below = below.as_deref().map(utf8).transpose()?;
        let task = Task::new(&self.study, self.settings.fidelity, below, job);
        let folder = TrialFolder::open(&self.folder, job.trial)?;
        let (mut last, mut counts) = (job.attempts_before, AttemptCounts::default());
        for attempt in folder.attempts()? {
            last = last.max(attempt.number);
            match self.earlier(&attempt, &task, job)? {
                None => {}
                Some(Outcome::Left) => return Ok(self.left()),
                Some(outcome) => {
                    if let Some(result) = counts.count(outcome) {
                        let Attempt { trial, number, .. } = attempt;
                        debug!("trial {trial}: using the earlier result of attempt {number}");
                        return Ok(result.evaluation(number));
                    }
                }
            }
        }
        let worker = self.workers.take();
        loop {
            counts.check(self.settings.max_interruptions)?;
            if let Some(failure) = counts.failed.take() {
                if counts.failures > self.settings.retries {
                    // Earlier runs of the study have counted theirs.
                    let own = last.saturating_sub(job.attempts_before).max(1);
                    return Ok(failure.evaluation(own));
                }
                let backoff = self.settings.backoff(counts.failures);
                debug!("trial {}: the next attempt starts in {backoff:?}", job.trial);
                wait(backoff, job.cancel);
            }
            if job.cancel.is_set() {
                return Ok(Evaluation::Cancelled);
            }
            self.place.check()?;
            last += 1;
            match self.attempt(folder.create(last, &task)?, worker.number, job)? {
                Outcome::Left => return Ok(self.left()),
                Outcome::Ended(Ending::Cancelled) => return Ok(Evaluation::Cancelled),
                outcome => {
                    if let Some(result) = counts.count(outcome) {
                        return Ok(result.evaluation(last));
                    }
                }
            }
        }
    }

    /// Returns the folder of the attempt that measured the same architecture at the rung below, if
    /// that folder still exists.
    fn folder_below(&self, job: &Job<'_>) -> Result<Option<PathBuf>, ExecError> {
        let Some(after) = job.rung.and_then(|rung| rung.after) else { return Ok(None) };
        for attempt in TrialFolder::open(&self.folder, after)?.attempts()?.into_iter().rev() {
            let ending = attempt.recorded()?.and_then(|kept| kept.ending);
            let is_folder = attempt.folder.symlink_metadata().is_ok_and(|it| it.is_dir());
            if is_folder && matches!(ending, Some(Ending::Measured { .. })) {
                return Ok(Some(attempt.folder));
            }
        }
        Ok(None)
    }

    /// Ends or awaits an attempt from an earlier run of the study. Returns the outcome of the
    /// attempt, or `None` if the attempt has no record or was made for a different task.
    fn earlier(
        &self,
        attempt: &Attempt,
        task: &Task,
        job: &Job<'_>,
    ) -> Result<Option<Outcome>, ExecError> {
        let Some(mut kept) = attempt.recorded()? else { return Ok(None) };
        let is_ours = kept.asked.take().is_some_and(|request| task.is_of(&request));
        if kept.ending.is_none() {
            let never = Cancel::default();
            never.cancel_permanently();
            let cancel = if is_ours { job.cancel } else { &never };
            let mut progress = Progress::of(attempt, job.reporter.filter(|_| is_ours));
            let finished = self.launcher.finish(attempt, &kept, self.setup(cancel), &mut progress);
            if let Some(outcome) = finished.transpose() {
                let outcome = Self::note(attempt, with_stop(outcome, progress), None)?;
                return Ok(is_ours.then_some(outcome));
            }
            kept = attempt.recorded()?.unwrap_or_default();
        }
        if !is_ours {
            return Ok(None);
        }
        if let Some(ending) = kept.ending {
            report_again(attempt, &ending, job);
            return Ok(Some(Outcome::Ended(ending)));
        }
        let left_behind = attempt.left_behind(&kept);
        let is_result = matches!(left_behind, Ending::Measured { .. } | Ending::Stopped { .. });
        let reporter = job.reporter.filter(|_| is_result);
        let left_behind = Progress::of(attempt, reporter).finish().unwrap_or(left_behind);
        Record::open(attempt.record.clone())?.note_ending(&left_behind)?;
        Ok(Some(Outcome::Ended(left_behind)))
    }

    /// Runs the command once, and records how the attempt ended.
    fn attempt(
        &self,
        (attempt, record): (Attempt, Record),
        worker: usize,
        job: &Job<'_>,
    ) -> Result<Outcome, ExecError> {
        let Attempt { trial, number, .. } = &attempt;
        let (command, shown) = (&self.settings.command, self.directory.display());
        debug!("trial {trial}, attempt {number}: worker {worker} runs {command:?} in {shown}");
        let mut progress = Progress::of(&attempt, job.reporter);
        let setup = self.setup(job.cancel);
        let (run, record) = self.launcher.run((&attempt, record), setup, worker, &mut progress);
        Self::note(&attempt, with_stop(run, progress), record)
    }

    fn left(&self) -> Evaluation {
        self.left.fetch_add(1, Ordering::Relaxed);
        Evaluation::Cancelled
    }

    fn setup<'a>(&'a self, cancel: &'a Cancel) -> Setup<'a> {
        let (study, settings, directory) = (&self.folder, &self.settings, &self.directory);
        Setup { study, settings, directory, cancel }
    }

    /// Records how an attempt ended, unless it was left running on an engine. Opens the attempt's
    /// record if `record` is `None`.
    fn note(
        attempt: &Attempt,
        run: Result<Outcome, ExecError>,
        record: Option<Record>,
    ) -> Result<Outcome, ExecError> {
        let is_local = record.is_some();
        let run = match run {
            Ok(Outcome::Left) => return Ok(Outcome::Left),
            // Jobs of an engine may continue to run.
            Err(error) if error.is_of_the_study() && !is_local => return Err(error),
            run => run,
        };
        let record = record.map_or_else(|| Record::open(attempt.record.clone()), Ok)?;
        let is_failure = matches!(&run, Err(_) | Ok(Outcome::Ended(Ending::Failed { .. })));
        let run = if is_failure { record.check_room().and(run) } else { run };
        let begun = !matches!(run, Ok(Outcome::NotBegun));
        let ending = match run {
            Ok(Outcome::Ended(ending)) => ending,
            Ok(Outcome::NotBegun | Outcome::Left) => Ending::Cancelled,
            Err(error) if error.is_of_the_study() => {
                if is_local {
                    record.forget()?;
                }
                return Err(error);
            }
            Err(error @ ExecError::File { .. }) => {
                let reason = format!("the command removed files that it was given: {error}");
                Ending::failed(reason)
            }
            Err(error) => Ending::failed(error.to_string()),
        };
        let Attempt { trial, number, .. } = attempt;
        debug!("trial {trial}, attempt {number} ended: {ending:?}");
        record.note_ending(&ending)?;
        Ok(if begun { Outcome::Ended(ending) } else { Outcome::NotBegun })
    }
}

impl Evaluator for CommandEvaluator {
    /// # Errors
    /// If the trial's value was known before the study, if the study's folder cannot be read or
    /// written, if an engine fails, or if a process of an earlier attempt cannot be terminated.
    /// Errors of the command or its result are returned as [`Evaluation::Failed`].
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        self.trial(job).or_else(|error| {
            // Any error may be caused by the folder having moved.
            let error = self.place.check().err().map_or(error, ExecError::from);
            if error.is_of_the_study() {
                return Err(EvaluationError { arch: job.arch.clone(), source: error.into() });
            }
            let reason = error.to_string();
            Ok(Evaluation::Failed { reason, attempts: 1, train_seconds: None })
        })
    }
}

/// Returns the outcome of a run after processing its remaining reports. If the study stops the run
/// at one of these reports, that report is the result, whatever the command did afterwards. The
/// result therefore does not depend on timing.
fn with_stop(
    run: Result<Outcome, ExecError>,
    progress: Progress<'_>,
) -> Result<Outcome, ExecError> {
    match run {
        Ok(Outcome::NotBegun | Outcome::Left) => run,
        Err(error) if error.is_of_the_study() => Err(error),
        run => progress.finish().map_or(run, |stopped| Ok(Outcome::Ended(stopped))),
    }
}

/// If `result` shows that an attempt from an earlier run was measured or stopped, sends its reports
/// to the study again.
fn report_again(attempt: &Attempt, result: &Ending, job: &Job<'_>) {
    let until = match result {
        Ending::Measured { .. } | Ending::Stopped { step: None, .. } => None,
        Ending::Stopped { step, .. } => *step,
        _ => return,
    };
    Progress::of(attempt, job.reporter).repeat(until);
}

/// Sets aside the files of a failed trial of the study in `folder`, so that the trial can be
/// evaluated again. Renames the trial's folders. Their new names end with `failed-N`, where N is
/// the number of attempts at the trial, which is given as `attempts`. Folders that are missing or
/// empty are skipped, so an interrupted call can be repeated.
///
/// # Errors
/// If a folder cannot be renamed.
pub fn set_aside(folder: &Path, trial: TrialId, attempts: u32) -> Result<(), ExecError> {
    let folder = folder.canonicalize().at("open", folder)?;
    TrialFolder::below(&folder, trial)?.set_aside(attempts)
}

/// Waits for `time`, or until `cancel` is set.
fn wait(time: Duration, cancel: &Cancel) {
    let started = Instant::now();
    while let Some(left) = time.checked_sub(started.elapsed()).filter(|left| !left.is_zero()) {
        if cancel.is_set() {
            return;
        }
        thread::sleep(left.min(Duration::from_millis(50)));
    }
}
