//! Studies of the built `ganas`, killed at random moments, resume and produce the same history as
//! uninterrupted ones.
//!
//! `GANAS_KILLS` is the minimum number of kills, 20 by default.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// A command whose values follow from the architecture alone. By the same token some of its first
/// attempts kill themselves, some answers are garbage, and some networks are infeasible. Every answer
/// that can be used is noted in a log.
const TRAIN: &str = r#"
arch=$(grep -o '"arch": *"[^"]*"' "$GANAS_REQUEST")
sum=$(echo "$arch" | cksum | cut -d' ' -f1)
trial=$(basename "$(dirname "$GANAS_TRIAL_DIR")" | sed 's/^0*\(.\)/\1/')
answer="{\"trial\": $trial, \"objective\": $((sum % 1000)), \"metrics\": {\"size\": $((sum % 7))}, \"final\": true}"
case $((sum % 11)) in
    0) if ! [ -e "$LOG.$trial" ]; then : > "$LOG.$trial"; kill -9 $$; fi ;;
    1) echo "{\"trial\": $trial, \"objective\": NaN}" > "$GANAS_RESULT"; exit ;;
    2) answer="{\"trial\": $trial, \"infeasible\": \"too large\", \"final\": true}" ;;
esac
echo "$answer" > "$GANAS_RESULT.new" && mv "$GANAS_RESULT.new" "$GANAS_RESULT"
echo "$trial" >> "$LOG"
"#;

/// A study of the command.
fn with_command(strategy: &str, workers: usize) -> String {
    format!(
        r#"
        space = "nasbench201"
        strategy = "{strategy}"
        budget = 24
        seed = 5
        workers = {workers}
        max = ["size=5", "params=1.2"]
        max_failures = 1000
        [evaluator]
        command = ["sh", "train.sh"]
        retries = 1
        max_interruptions = 1000
        backoff_seconds = 0
        "#
    )
}

/// A study of a benchmark.
fn with_benchmark(strategy: &str) -> String {
    format!("space = \"nasbench201\"\nstrategy = \"{strategy}\"\nbudget = 70\nseed = 2\n")
}

fn ganas(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganas"));
    command.args(arguments).current_dir(folder).env("LOG", folder.join("log"));
    command.env("GANAS_DATA", folder.join("no-imports"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = ganas(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a study found, without what a clock measured or what tells how often it was disturbed.
fn history(folder: &Path) -> Value {
    let mut report = json(folder, &["resume", "study", "--json", "--history"]);
    let report = report.as_object_mut().unwrap();
    report.retain(|name, _| !name.starts_with("seconds"));
    let mut trials = json(folder, &["trials", "study", "--json"]);
    for trial in trials["trials"].as_array_mut().unwrap() {
        let trial = trial.as_object_mut().unwrap();
        // The reason of a failure names the attempt's folder.
        let varies = ["attempts", "started", "ended", "reason"];
        trial.retain(|name, _| !varies.contains(&name.as_str()));
    }
    serde_json::json!({ "report": report, "trials": trials })
}

fn write(folder: &Path, study: &str) {
    fs::write(folder.join("study.toml"), study).unwrap();
    fs::write(folder.join("train.sh"), TRAIN).unwrap();
}

/// Kills a study until it ends before it is killed; gives how often it was.
fn torment(folder: &Path, longest: Duration, rng: &mut impl Rng) -> usize {
    let mut kills = 0;
    loop {
        let arguments: &[&str] = if folder.join("study/study.db").exists() {
            &["resume", "study"]
        } else {
            &["search", "study.toml"]
        };
        let mut child = ganas(folder, arguments).spawn().unwrap();
        // A study that is killed before it gets anywhere would go on for ever.
        let longest = longest * (1 + kills / 20);
        let moment = Instant::now() + rng.random_range(Duration::ZERO..longest);
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                let output = child.wait_with_output().unwrap();
                assert!(status.success(), "{output:?}");
                return kills as usize;
            }
            if Instant::now() >= moment {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
}

fn check_store(folder: &Path) {
    let store = rusqlite::Connection::open(folder.join("study/study.db")).unwrap();
    let found: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
}

/// No trial has answered twice.
fn check_log(folder: &Path) {
    let mut answers = BTreeMap::new();
    for trial in fs::read_to_string(folder.join("log")).unwrap_or_default().lines() {
        *answers.entry(trial.to_owned()).or_insert(0) += 1;
    }
    assert!(answers.values().all(|count| *count == 1), "{answers:?}");
}

#[test]
fn a_killed_study_ends_as_if_it_had_not_been() {
    let wanted = env::var("GANAS_KILLS").map_or(20, |kills| kills.parse().unwrap());
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let studies = [
        with_command("local-search", 1),
        with_benchmark("ganas"),
        with_command("random", 3),
        with_benchmark("evolution"),
        with_command("ganas", 2),
        with_benchmark("reinforce"),
    ];
    let mut kills = 0;
    let mut undisturbed = BTreeMap::new();
    for number in 0.. {
        let which = number % studies.len();
        let (expected, took) = undisturbed.entry(which).or_insert_with(|| {
            let folder = tempfile::tempdir().unwrap();
            write(folder.path(), &studies[which]);
            let started = Instant::now();
            let output = ganas(folder.path(), &["search", "study.toml"]).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            (history(folder.path()), started.elapsed())
        });
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &studies[which]);
        kills += torment(folder.path(), (*took / 3).max(Duration::from_millis(60)), &mut rng);
        check_store(folder.path());
        check_log(folder.path());
        assert_eq!(history(folder.path()), *expected, "study {number}: {}", studies[which]);
        if kills >= wanted && number + 1 >= studies.len() {
            break;
        }
    }
}
