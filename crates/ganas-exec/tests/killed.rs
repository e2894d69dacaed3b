//! The fate of a command whose study, or whose supervisor, is killed.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use ganas_exec::{CommandEvaluator, CommandSettings};
use ganas_graph::{Arch, spaces::NasBench201};
use ganas_search::{Cancel, Evaluator, Job, TrialId};
use tempfile::TempDir;

const FOLDER: &str = "STUDY_FOLDER";
const SCRIPT: &str = "STUDY_SCRIPT";

/// The study to be killed: this program again, started by the tests below. It says in a file what
/// came of the trial.
#[test]
#[ignore = "it is run by the other tests, which kill it"]
fn study() {
    let (folder, script) = (env::var(FOLDER).unwrap(), env::var(SCRIPT).unwrap());
    let folder = Path::new(&folder);
    let words = ["/bin/sh", "-c", &script, "sh", "{result}", "{trial_dir}"];
    let mut settings = CommandSettings::new(words.map(ToOwned::to_owned).into());
    settings.max_interruptions = 2;
    let evaluator = CommandEvaluator::new(settings, "killed", folder, folder).unwrap();
    let space = NasBench201::default();
    let arch = Arch::from_choices(&space, &[0; 6]).unwrap();
    let (space, arch, cancel) = (&space, &arch, &Cancel::default());
    let trial = TrialId(0);
    let job = Job::first(space, arch, trial, 0, cancel);
    let evaluation = evaluator.evaluate(&job).unwrap();
    fs::write(folder.join("evaluation"), format!("{evaluation:?}")).unwrap();
}

/// A study of one trial, whose command is a shell's script.
struct Study {
    folder: TempDir,
    script: &'static str,
}

impl Study {
    fn new(script: &'static str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), script }
    }

    fn start(&self) -> Child {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "study", "--ignored"]);
        command.env(FOLDER, self.folder.path()).env(SCRIPT, self.script);
        command.stdout(Stdio::null()).spawn().unwrap()
    }

    fn attempt(&self, number: u32) -> PathBuf {
        self.folder.path().join(format!("trials/000000/attempt-{number}"))
    }

    /// A whole line of the first attempt's record.
    fn recorded(&self, word: &str) -> Option<String> {
        let text = fs::read_to_string(self.folder.path().join("attempts/000000/1")).ok()?;
        let line = text.split_inclusive('\n').find(|line| line.starts_with(word))?;
        line.strip_suffix('\n').map(ToOwned::to_owned)
    }

    /// Runs it to its end; what came of the trial.
    fn finish(&self) -> String {
        assert!(self.start().wait().unwrap().success());
        fs::read_to_string(self.folder.path().join("evaluation")).unwrap()
    }

    /// Starts it and stops it while its command runs.
    fn stop(&self) -> Child {
        let study = self.start();
        until(|| self.recorded("group").is_some() && self.attempt(1).join("ready").exists());
        signal("STOP", &study.id().to_string());
        study
    }
}

fn signal(name: &str, process: &str) {
    assert!(Command::new("kill").args(["-s", name, "--", process]).status().unwrap().success());
}

fn kill(mut study: Child) {
    study.kill().unwrap();
    study.wait().unwrap();
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

/// Two processes, of which the first attempt's never end by themselves.
const LONG: &str = r#"
sleep 300 & echo "$$ $!" > "$2/processes"; mv "$2/processes" "$2/ready"
case $2 in *-1) wait ;; esac
echo '{"trial": 0, "objective": 1}' > "$1"
"#;

/// All processes of the first attempt have ended, and the second gave the value.
fn check_replaced(study: &Study) {
    for process in fs::read_to_string(study.attempt(1).join("ready")).unwrap().split_whitespace() {
        until(|| has_ended(process));
    }
    assert!(study.finish().contains("value: 1.0"));
    assert!(study.attempt(2).exists());
}

#[test]
fn a_killed_study_takes_its_commands_with_it() {
    let study = Study::new(LONG);
    kill(study.stop());
    check_replaced(&study);
}

#[test]
fn what_still_runs_of_an_earlier_life_is_ended_first() {
    let study = Study::new(LONG);
    let driver = study.stop();
    let guard = guard_of(driver.id());
    signal("KILL", &guard);
    until(|| has_ended(&guard));
    kill(driver);
    let processes = fs::read_to_string(study.attempt(1).join("ready")).unwrap();
    assert!(!has_ended(processes.split_whitespace().next().unwrap()), "nobody has ended it");
    assert!(study.finish().contains("value: 1.0"));
    check_replaced(&study);
}

/// The guard among the children of a process.
fn guard_of(process: u32) -> String {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let children = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("children")));
    let children: String = children.map(|children| children.unwrap() + " ").collect();
    let is_guard = |child: &&str| {
        let line = fs::read_to_string(format!("/proc/{child}/cmdline")).unwrap_or_default();
        line.contains("ganas-guard")
    };
    children.split_whitespace().find(is_guard).unwrap().to_owned()
}

#[test]
fn a_result_so_far_is_not_the_last() {
    let study = Study::new(
        r#"
        echo '{"trial": 0, "objective": 2}' > "$1"
        case $2 in *-1) echo > "$2/ready"; sleep 300 ;; esac
        echo '{"trial": 0, "objective": 6}' > "$1"
        "#,
    );
    kill(study.stop());
    assert!(study.finish().contains("value: 6.0"));
}

#[test]
fn a_final_result_counts_however_its_command_ended() {
    let study = Study::new(
        r#"
        echo '{"trial": 0, "objective": 2, "final": true}' > "$1"
        echo > "$2/ready"; sleep 300
        "#,
    );
    kill(study.stop());
    assert!(study.finish().contains("value: 2.0"));
    assert!(!study.attempt(2).exists());
}

/// Ends with the status in `$2/go`, once that is there; the second attempt gives another value.
const WAITS: &str = r#"
case $2 in *-2) echo '{"trial": 0, "objective": 9}' > "$1"; exit ;; esac
trap 'echo "{\"trial\": 0, \"objective\": -1}" > "$1"; exit 0' TERM
echo '{"trial": 0, "objective": 2}' > "$1"
echo > "$2/ready"
until [ -s "$2/go" ]; do sleep 0.01; done
exit $(cat "$2/go")
"#;

/// The command ends while the study cannot see it, which then is killed.
fn ends_unseen(status: &str) -> (Study, String) {
    let study = Study::new(WAITS);
    let driver = study.stop();
    fs::write(study.attempt(1).join("go"), status).unwrap();
    until(|| study.recorded("ended").is_some());
    kill(driver);
    let evaluation = study.finish();
    (study, evaluation)
}

#[test]
fn a_command_that_ended_well_unseen_is_not_run_again() {
    let (study, evaluation) = ends_unseen("0");
    assert!(evaluation.contains("value: 2.0"), "{evaluation}");
    assert!(!study.attempt(2).exists());
}

#[test]
fn a_command_that_ended_badly_unseen_has_failed() {
    let (study, evaluation) = ends_unseen("1");
    assert!(evaluation.contains("Failed") && evaluation.contains("exit status 1"), "{evaluation}");
    assert!(!study.attempt(2).exists());
}

#[test]
fn what_a_command_writes_when_asked_to_end_is_not_its_result() {
    let study = Study::new(WAITS);
    let driver = study.stop();
    let group = study.recorded("group").unwrap();
    signal("TERM", &format!("-{}", group.split(' ').nth(1).unwrap()));
    until(|| study.recorded("ended").is_some());
    assert_eq!(study.recorded("ended").unwrap(), "ended 0 0 asked");
    kill(driver);
    assert!(study.finish().contains("value: 9.0"));
}

#[test]
fn a_command_that_kills_the_study_each_time_fails_in_the_end() {
    let study = Study::new("kill -9 $(cut -d' ' -f4 /proc/$PPID/stat); sleep 300");
    for _ in 0..3 {
        assert!(!study.start().wait().unwrap().success());
    }
    let evaluation = study.finish();
    assert!(
        evaluation.contains("expected at most 2 (`max_interruptions`), found 3"),
        "{evaluation}"
    );
    assert!(!study.attempt(4).exists());
}
