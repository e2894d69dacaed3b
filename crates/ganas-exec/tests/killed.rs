//! What becomes of a command when the study that runs it is killed.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use ganas_exec::{CommandEvaluator, CommandSettings};
use ganas_graph::{Arch, spaces::NasBench201};
use ganas_search::{Cancel, Evaluator, Job, TrialId};

const FOLDER: &str = "STUDY_FOLDER";

/// Two processes, of which the first attempt's never end by themselves.
const SCRIPT: &str = r#"
sleep 300 & echo "$$ $!" > "$2/processes"
case $2 in *-1) wait ;; esac
echo '{"trial": 0, "objective": 1}' > "$1"
"#;

/// The study to be killed: this program again, started by the test below.
#[test]
#[ignore = "it is run by the other test, which kills it"]
fn study() {
    let folder = env::var(FOLDER).unwrap();
    let folder = Path::new(&folder);
    let words = ["/bin/sh", "-c", SCRIPT, "sh", "{result}", "{trial_dir}"];
    let settings = CommandSettings::new(words.map(ToOwned::to_owned).into());
    let evaluator = CommandEvaluator::new(settings, "killed", folder, folder).unwrap();
    let space = NasBench201::default();
    let arch = Arch::from_choices(&space, &[0; 6]).unwrap();
    let (space, arch, cancel) = (&space, &arch, &Cancel::default());
    let trial = TrialId(0);
    evaluator.evaluate(&Job { space, arch, trial, seed: 0, attempts_before: 0, cancel }).unwrap();
}

fn start(folder: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "study", "--ignored"]).env(FOLDER, folder);
    command.stdout(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_killed_study_takes_its_commands_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let attempt = folder.path().join("trials/000000/attempt-1");
    let mut study = start(folder.path());
    until(|| attempt.join("group").exists() && attempt.join("processes").exists());
    let read = || fs::read_to_string(attempt.join("processes")).unwrap();
    until(|| read().ends_with('\n'));
    study.kill().unwrap();
    study.wait().unwrap();
    for process in read().split_whitespace() {
        until(|| has_ended(process));
    }
    assert!(start(folder.path()).wait().unwrap().success());
    assert!(folder.path().join("trials/000000/attempt-2/result.json").exists());
}

fn until(holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_mins(1), "waited for too long");
        thread::sleep(Duration::from_millis(5));
    }
}

fn has_ended(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z ")
}
