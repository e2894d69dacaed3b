//! Studies on an engine, and their results.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::lab::Lab;

/// A study and its folder.
#[derive(Debug)]
pub(super) struct Study<'c> {
    pub(super) folder: PathBuf,
    lab: &'c Lab,
}

/// The properties of a study.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) budget: usize,
    pub(super) workers: usize,
    /// Duration of a command in seconds.
    pub(super) sleep: f64,
    /// Whether trials are asked one by one instead of in rounds.
    pub(super) asynchronous: bool,
    /// Whether commands make eight reports, `sleep` seconds apart, and some are stopped.
    pub(super) stopping: bool,
    /// Additional lines for the engine's table; if unset, commands run on this machine.
    pub(super) engine: Option<&'static str>,
}

/// Writes a value that depends only on the architecture, and a line for each command that begins.
const ANSWER: &str = r#"
echo "$GANAS_TRIAL_DIR $$" >> "$GANAS_TRIAL_DIR/../../../../runs"
trial=$(basename "$(dirname "$GANAS_TRIAL_DIR")" | sed 's/^0*\(.\)/\1/')
sum=$(grep -o '"arch": *"[^"]*"' "$GANAS_REQUEST" | cksum | cut -d' ' -f1)
if [ -n "$2" ]; then
    for step in $(seq "$2"); do
        sleep "$1"
        echo "{\"step\": $step, \"objective\": $((sum % 1000 * step)), \"train_seconds\": $step}" >> "$GANAS_PROGRESS"
    done
else
    sleep "$1"
fi
echo "{\"trial\": $trial, \"objective\": $((sum % 1000))}" > "$GANAS_RESULT.half"
mv "$GANAS_RESULT.half" "$GANAS_RESULT"
"#;

impl<'c> Study<'c> {
    pub(super) fn new(lab: &'c Lab, name: &str, kind: Kind) -> Result<Self> {
        let folder = lab.place(name)?;
        let Kind { budget, workers, sleep, asynchronous, stopping, engine } = kind;
        let (steps, rule) =
            if stopping { (", \"8\"", "[stopping]\nsteps = 8\n") } else { ("", "") };
        let table = engine.map(|it| format!("{}{it}\n", lab.table)).unwrap_or_default();
        let study = format!(
            "space = \"nasbench201\"\nstrategy = \"random\"\nbudget = {budget}\nseed = 3\n\
             workers = {workers}\nasynchronous = {asynchronous}\n{rule}[evaluator]\n\
             command = [\"sh\", \"answer.sh\", \"{sleep}\"{steps}]\n\
             retries = 3\nmax_interruptions = 1000\n{table}"
        );
        fs::write(folder.join("study.toml"), study).context("writing study.toml")?;
        fs::write(folder.join("answer.sh"), ANSWER).context("writing answer.sh")?;
        Ok(Self { folder, lab })
    }

    /// Returns the command that begins or resumes it.
    pub(super) fn command(&self) -> Command {
        let mut command = self.lab.program(&self.lab.ganas.path().to_string_lossy(), &[]);
        if self.folder.join("study/study.db").exists() {
            command.args(["resume", "study"]);
        } else {
            command.args(["search", "study.toml"]);
        }
        command.args(["--json", "--history"]).current_dir(&self.folder);
        command.stdin(Stdio::null());
        command
    }

    /// Begins or resumes it.
    pub(super) fn start(&self) -> Result<Child> {
        self.start_with(&mut self.command())
    }

    /// Begins or resumes it with an extended command. The output goes to the file `said`.
    pub(super) fn start_with(&self, command: &mut Command) -> Result<Child> {
        let said = fs::File::create(self.folder.join("said")).context("creating a log")?;
        command.stdout(Stdio::null()).stderr(said).spawn().context("starting ganas")
    }

    /// Returns the end of the last process's output.
    pub(super) fn said(&self) -> String {
        let text = fs::read_to_string(self.folder.join("said")).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    pub(super) fn output(&self) -> Result<Output> {
        self.command().output().context("starting ganas")
    }

    /// Waits for it to end and returns its history.
    pub(super) fn history(&self) -> Result<Value> {
        let output = self.output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "ganas: {}\n{said}", output.status);
        let report: Value =
            serde_json::from_slice(&output.stdout).context("reading the JSON report")?;
        ensure!(report["failed"] == 0, "{} trials failed", report["failed"]);
        Ok(report["history"].clone())
    }

    /// Returns the runs of commands: the attempt and the process of each.
    pub(super) fn runs(&self) -> Vec<(PathBuf, String)> {
        let text = fs::read_to_string(self.folder.join("runs")).unwrap_or_default();
        let run = |line: &str| line.split_once(' ').map(|(path, it)| (path.into(), it.to_owned()));
        text.lines().filter_map(run).collect()
    }

    /// Fails if a command was run twice in one attempt or, unless `again` is set, if a trial has
    /// more than one attempt that ran.
    pub(super) fn check_runs(&self, again: bool) -> Result<usize> {
        let mut attempts = BTreeMap::<PathBuf, usize>::new();
        let mut trials = BTreeMap::<PathBuf, usize>::new();
        for (path, _) in self.runs() {
            let trial = path.parent().unwrap_or(Path::new("")).to_owned();
            *attempts.entry(path).or_default() += 1;
            *trials.entry(trial).or_default() += 1;
        }
        let twice = |all: BTreeMap<PathBuf, usize>| all.into_iter().find(|(_, count)| *count > 1);
        let runs = attempts.len();
        if let Some((path, count)) = twice(attempts) {
            anyhow::bail!("{} ran {count} times", path.display());
        }
        if let Some((path, count)) = twice(trials).filter(|_| !again) {
            anyhow::bail!("{} was made {count} times", path.display());
        }
        Ok(runs)
    }
}

/// Returns the history of an undisturbed study on this machine.
pub(super) fn alone(lab: &Lab, name: &str, kind: Kind) -> Result<Value> {
    let kind = Kind { sleep: 0.0, engine: None, workers: 2, ..kind };
    Study::new(lab, name, kind)?.history()
}
