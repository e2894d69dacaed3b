//! A study's folder, and a Slurm made of shell scripts.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use ganas_exec::{CommandEvaluator, CommandSettings, SlurmSettings};
use ganas_graph::{Arch, spaces::NasBench201};
use ganas_search::{Cancel, Evaluation, EvaluationError, Evaluator, Job, Reporter, TrialId};
use tempfile::TempDir;

const PROGRAMS: [(&str, &str); 4] = [
    ("sbatch", include_str!("fake/sbatch")),
    ("squeue", include_str!("fake/squeue")),
    ("scancel", include_str!("fake/scancel")),
    ("task", include_str!("fake/task")),
];

/// Leaves a line in the file `runs` of the study's folder, then answers.
pub(crate) const ANSWER: &str = r#"echo "$1" >> "$3/../../../runs"
printf '{"trial": %d, "objective": 0.5}' "$1" > "$2.half" && mv "$2.half" "$2""#;

/// A study and its cluster.
pub(crate) struct Cluster {
    pub(crate) folder: TempDir,
    pub(crate) settings: CommandSettings,
    pub(crate) cancel: Cancel,
}

impl Cluster {
    /// The command is a shell's script; its arguments are the trial's number, result and folder.
    pub(crate) fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fake = folder.path().join("fake");
        fs::create_dir_all(fake.join("jobs")).unwrap();
        for (name, text) in PROGRAMS {
            fs::write(fake.join(name), text).unwrap();
            fs::set_permissions(fake.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::create_dir(folder.path().join("study")).unwrap();
        let settings = settings(folder.path(), script);
        Self { folder, settings, cancel: Cancel::default() }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut CommandSettings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The same folder, in a later life.
    pub(crate) fn again(self) -> Self {
        Self { cancel: Cancel::default(), ..self }
    }

    pub(crate) fn evaluator(&self) -> CommandEvaluator {
        let study = self.folder.path().join("study");
        CommandEvaluator::new(self.settings.clone(), "test", &study, &study).unwrap()
    }

    /// Evaluates trials at the same time.
    pub(crate) fn evaluate(&self, trials: usize) -> Vec<Result<Evaluation, EvaluationError>> {
        evaluate(&self.evaluator(), trials, &self.cancel)
    }

    pub(crate) fn one(&self) -> Result<Evaluation, EvaluationError> {
        self.evaluate(1).pop().unwrap()
    }

    /// Evaluates one trial whose reports somebody hears.
    pub(crate) fn heard(&self, reporter: &dyn Reporter) -> Evaluation {
        let space = NasBench201::default();
        let arch = Arch::from_choices(&space, &[1, 0, 0, 0, 0, 0]).unwrap();
        let job = Job::first(&space, &arch, TrialId(0), 5, &self.cancel);
        self.evaluator().evaluate(&Job { reporter: Some(reporter), ..job }).unwrap()
    }

    pub(crate) fn value(&self) -> f64 {
        match self.one().unwrap() {
            Evaluation::Measured(measurement) => measurement.value,
            other => panic!("expected a measurement, found {other:?}"),
        }
    }

    pub(crate) fn reason(&self) -> String {
        match self.one().unwrap() {
            Evaluation::Failed { reason, .. } => reason,
            other => panic!("expected a failure, found {other:?}"),
        }
    }

    /// The error that ends the study.
    pub(crate) fn error(&self) -> String {
        let error = self.one().unwrap_err();
        std::error::Error::source(&error).map_or(error.to_string(), ToString::to_string)
    }

    /// Evaluates one trial on a thread, and does something meanwhile.
    pub(crate) fn during(&self, meanwhile: impl FnOnce()) -> Evaluation {
        thread::scope(|scope| {
            let running = scope.spawn(|| self.one().unwrap());
            meanwhile();
            running.join().unwrap()
        })
    }

    /// Starts the trial and goes away while its job runs.
    pub(crate) fn leave(self) -> Self {
        let left = self.during(|| {
            until(|| self.attempt(1).join("ready").exists());
            self.cancel.set();
        });
        assert_eq!(left, Evaluation::Cancelled);
        self.again()
    }

    pub(crate) fn attempt(&self, number: u32) -> PathBuf {
        self.study(&format!("trials/000000/attempt-{number}"))
    }

    pub(crate) fn study(&self, name: &str) -> PathBuf {
        self.folder.path().join("study").join(name)
    }

    pub(crate) fn fake(&self, name: &str) -> PathBuf {
        self.folder.path().join("fake").join(name)
    }

    /// Sets something up in the cluster, or writes what it says.
    pub(crate) fn set(&self, name: &str, text: &str) {
        fs::write(self.fake(name), text).unwrap();
    }

    pub(crate) fn unset(&self, name: &str) {
        fs::remove_file(self.fake(name)).unwrap();
    }

    /// The lines of a file, as many as there are.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        text.lines().map(ToOwned::to_owned).collect()
    }

    /// Has the first job's first task end in a state, with all its processes.
    pub(crate) fn strike(&self, state: &str) {
        let process = fs::read_to_string(self.fake("jobs/100/0.process")).unwrap();
        signal("KILL", &format!("-{}", process.trim()));
        self.set("jobs/100/0.state", &format!("{state}\n"));
    }
}

pub(crate) fn settings(folder: &Path, script: &str) -> CommandSettings {
    let number = r#"number=$(basename "$(dirname "$2")" | sed 's/^0*\(.\)/\1/')
        set -- "$number" "$1" "$2";"#;
    let script = format!("{number} {script}");
    let words = ["/bin/sh", "-c", &script, "sh", "{result}", "{trial_dir}"];
    let mut settings = CommandSettings::new(words.map(ToOwned::to_owned).into());
    settings.backoff_seconds = 0.0;
    let path = format!("{}:{}", folder.join("fake").display(), std::env::var("PATH").unwrap());
    let fake = folder.join("fake").display().to_string();
    settings.environment.extend([("PATH".into(), path), ("FAKE".into(), fake)]);
    let slurm = SlurmSettings { poll_seconds: 0.1, ..SlurmSettings::default() };
    settings.slurm = Some(slurm.into());
    settings
}

pub(crate) fn evaluate(
    evaluator: &CommandEvaluator,
    trials: usize,
    cancel: &Cancel,
) -> Vec<Result<Evaluation, EvaluationError>> {
    let space = NasBench201::default();
    let arch = Arch::from_choices(&space, &[1, 0, 0, 0, 0, 0]).unwrap();
    let (space, arch) = (&space, &arch);
    let evaluate = move |trial: usize| {
        let trial = TrialId(trial.try_into().unwrap());
        evaluator.evaluate(&Job::first(space, arch, trial, 5, cancel))
    };
    thread::scope(|scope| {
        let running: Vec<_> =
            (0..trials).map(|trial| scope.spawn(move || evaluate(trial))).collect();
        running.into_iter().map(|it| it.join().unwrap()).collect()
    })
}

pub(crate) fn signal(name: &str, process: &str) {
    assert!(Command::new("kill").args(["-s", name, "--", process]).status().unwrap().success());
}

pub(crate) fn until(holds: impl Fn() -> bool) {
    assert!(comes_to_hold(holds), "waited for too long");
}

/// Waits until it holds, for a minute; false if it does not.
pub(crate) fn comes_to_hold(holds: impl Fn() -> bool) -> bool {
    let started = Instant::now();
    while !holds() {
        if started.elapsed() > Duration::from_mins(1) {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
    true
}
