//! A study killed at any moment submits nothing twice and loses nothing.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use ganas_exec::CommandEvaluator;
use ganas_search::{Cancel, Evaluation};

use crate::cluster::*;

const FOLDER: &str = "CLUSTER_FOLDER";
const TRIALS: usize = 6;
const SCRIPT: &str = r#"echo "$1" >> "$3/../../../runs"; sleep 0.4
printf '{"trial": %d, "objective": 0.5}' "$1" > "$2.half" && mv "$2.half" "$2""#;

/// The study to be killed: this program again, started by the test below.
#[test]
#[ignore = "it is run by the other test, which kills it"]
fn study() {
    let folder = env::var(FOLDER).unwrap();
    let folder = Path::new(&folder);
    let study = folder.join("study");
    let settings = settings(folder, SCRIPT);
    let evaluator = CommandEvaluator::new(settings, "killed", &study, &study).unwrap();
    for evaluation in evaluate(&evaluator, TRIALS, &Cancel::default()) {
        assert!(matches!(evaluation.unwrap(), Evaluation::Measured(_)));
    }
    fs::write(folder.join("done"), "").unwrap();
}

fn start(folder: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "killed::study", "--ignored"]).env(FOLDER, folder);
    command.stdout(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_study_that_is_killed_at_any_moment_runs_each_command_once() {
    for kill in 0..8 {
        let cluster = Cluster::new(SCRIPT);
        let folder = cluster.folder.path();
        for life in 0..3 {
            let mut study = start(folder);
            thread::sleep(Duration::from_millis(10 + 45 * kill + 70 * life));
            study.kill().unwrap();
            study.wait().unwrap();
        }
        assert!(start(folder).wait().unwrap().success());
        assert!(folder.join("done").exists());
        let mut runs = cluster.lines("study/runs");
        runs.sort();
        assert_eq!(runs, ["0", "1", "2", "3", "4", "5"], "killed after {kill}");
    }
}
