//! Every command of the README is run as it stands there, in one folder and in order.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const README: &str = include_str!("../../../README.md");

/// Commands that are not ours, or that need what a test has not: each is told apart by its beginning.
const NOT_RUN: [&str; 2] = ["cargo run --release -- search", "cargo xtask ci"];

/// A study file as the README describes one without a command.
const BENCHMARK: &str =
    "benchmark = \"nasbench201\"\ndataset = \"cifar100\"\nstrategy = \"evolution\"\nbudget = 60\n";

/// What the commands need that the README does not show: a training script, and known values.
const TRAIN: &str = r#"
import json, sys
request = json.load(open(sys.argv[1]))
value = sum(request["choices"])
result = {"trial": request["trial"], "objective": value, "metrics": {"latency_ms": 10 + value % 3}}
json.dump(result, open(sys.argv[2], "w"))
"#;
const KNOWN: &str = "arch,value\n\
    |none~0|+|none~0|none~1|+|none~0|none~1|none~2|,1\n";

/// The blocks of the README in that language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    let blocks = README.split(&*begin).skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

/// The commands of all console blocks, without comments.
fn commands() -> Vec<&'static str> {
    let lines = blocks("console").into_iter().flat_map(str::lines);
    let commands = lines.map(|line| line.strip_prefix("$ ").expect("a command a line"));
    commands.map(|command| command.split("  #").next().unwrap().trim()).collect()
}

fn run(folder: &Path, command: &str) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_ganas")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([binary].into_iter().chain(std::env::split_paths(&path)));
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder).env("PATH", path.unwrap());
    // A user's own imports must not change what is tested.
    shell.env("GANAS_DATA", folder.join("no-imports")).output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let files = blocks("toml");
    let [study, space] = files[..] else { panic!("two files") };
    file("study.toml", study);
    file("benchmark.toml", BENCHMARK);
    file("mine.toml", space);
    file("train.py", TRAIN);
    file("known.csv", KNOWN);
    folder
}

#[test]
fn every_command_runs() {
    let folder = folder();
    let mut run_of_ours = 0;
    for command in commands().into_iter().chain(["ganas search benchmark.toml"]) {
        if NOT_RUN.iter().any(|start| command.starts_with(start)) {
            continue;
        }
        assert!(command.starts_with("ganas "), "{command}: neither ours nor known to be not run");
        let output = run(folder.path(), command);
        let stderr = String::from_utf8(output.stderr).unwrap();
        // The README says that these need imported data, and that they say what to import.
        let needs_data = command.contains("nasbench101-surrogate") || command.contains("improve");
        if needs_data {
            assert!(stderr.contains("ganas bench import"), "{command}: {stderr}");
        } else {
            assert!(output.status.success(), "{command}: {stderr}");
            run_of_ours += 1;
        }
    }
    assert!(run_of_ours > 12, "{run_of_ours}");
}

#[test]
fn the_summary_is_what_a_search_prints() {
    let folder = folder();
    let shown = blocks("text").into_iter().find(|block| block.contains("on nasbench201")).unwrap();
    let output = run(folder.path(), "ganas search");
    let printed = String::from_utf8(output.stdout).unwrap();
    let without_seconds = |text: &str| -> Vec<String> {
        let lines = text.trim().lines().map(str::trim_end);
        lines.map(|line| line.split(" queries in ").next().unwrap().to_owned()).collect()
    };
    assert_eq!(without_seconds(&printed), without_seconds(shown));
}
