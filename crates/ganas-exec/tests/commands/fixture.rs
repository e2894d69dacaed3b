//! A study's folder with a command in it, and access to its files.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ganas_exec::{CommandEvaluator, CommandSettings};
use ganas_graph::{Arch, spaces::NasBench201};
use ganas_search::{Cancel, Evaluation, EvaluationError, Evaluator, Job, Reporter, Rung, TrialId};
use tempfile::TempDir;

/// A study's folder and what runs in it.
pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) settings: CommandSettings,
    pub(crate) cancel: Cancel,
    /// Attempts that the study has counted before.
    pub(crate) attempts_before: u32,
}

impl Fixture {
    /// The command is a shell's script; its arguments are request, result and folder.
    pub(crate) fn new(script: &str) -> Self {
        let words = ["/bin/sh", "-c", script, "sh", "{request}", "{result}", "{trial_dir}"];
        let mut settings = CommandSettings::new(words.map(ToOwned::to_owned).into());
        settings.backoff_seconds = 0.0;
        settings.grace_seconds = 0.1;
        let (folder, cancel) = (tempfile::tempdir().unwrap(), Cancel::default());
        Self { folder, settings, cancel, attempts_before: 0 }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut CommandSettings)) -> Self {
        change(&mut self.settings);
        self
    }

    pub(crate) fn try_run(&self, choice: u8) -> Result<Evaluation, EvaluationError> {
        self.try_trial(TrialId(7), choice)
    }

    pub(crate) fn try_trial(
        &self,
        trial: TrialId,
        choice: u8,
    ) -> Result<Evaluation, EvaluationError> {
        self.try_rung(trial, choice, None)
    }

    pub(crate) fn try_rung(
        &self,
        trial: TrialId,
        choice: u8,
        rung: Option<Rung>,
    ) -> Result<Evaluation, EvaluationError> {
        self.try_job(trial, choice, rung, None)
    }

    pub(crate) fn try_job(
        &self,
        trial: TrialId,
        choice: u8,
        rung: Option<Rung>,
        reporter: Option<&dyn Reporter>,
    ) -> Result<Evaluation, EvaluationError> {
        let path = self.folder.path();
        let evaluator = CommandEvaluator::new(self.settings.clone(), "test", path, path).unwrap();
        let space = NasBench201::default();
        let arch = Arch::from_choices(&space, &[choice, 0, 0, 0, 0, 0]).unwrap();
        let job = Job::first(&space, &arch, trial, 5, &self.cancel);
        evaluator.evaluate(&Job { rung, reporter, attempts_before: self.attempts_before, ..job })
    }

    pub(crate) fn run(&self) -> Evaluation {
        self.try_run(1).unwrap()
    }

    pub(crate) fn value(&self) -> f64 {
        match self.run() {
            Evaluation::Measured(measurement) => measurement.value,
            other => panic!("expected a measurement, found {other:?}"),
        }
    }

    pub(crate) fn reason(&self) -> String {
        match self.run() {
            Evaluation::Failed { reason, .. } => reason,
            other => panic!("expected a failure, found {other:?}"),
        }
    }

    pub(crate) fn attempt(&self, number: u32) -> PathBuf {
        self.file(&format!("trials/000007/attempt-{number}"))
    }

    pub(crate) fn record(&self, number: u32) -> PathBuf {
        self.file(&format!("attempts/000007/{number}"))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Writes a result by renaming, as asked.
pub(crate) const ANSWER: &str =
    r#"printf '{"trial": 7, "objective": 0.5}' > "$2.half" && mv "$2.half" "$2""#;

/// Leaves a line in the study's folder, then answers.
pub(crate) fn counted() -> String {
    format!("echo x >> \"$3/../../../runs\"; {ANSWER}")
}

/// The first line of a file that is about to be written.
pub(crate) fn wait_for(path: &Path) -> String {
    let read = || fs::read_to_string(path).unwrap_or_default();
    until(|| !read().is_empty());
    read().trim().into()
}

pub(crate) fn until(holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_mins(1), "waited for too long");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Does the process end, or become one that is only to be reaped?
pub(crate) fn ends(process: &str) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(30) {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}
