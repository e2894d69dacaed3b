//! Runs every command of the README, in one folder and in order.

use std::fs;

use crate::snippets::{blocks, commands, run};

const README: &str = include_str!("../../../../README.md");

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

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let files = blocks(README, "toml");
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
    for command in commands(README).into_iter().chain(["ganas search benchmark.toml"]) {
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
    let shown =
        blocks(README, "text").into_iter().find(|block| block.contains("on nasbench201")).unwrap();
    let output = run(folder.path(), "ganas search");
    let printed = String::from_utf8(output.stdout).unwrap();
    let without_seconds = |text: &str| -> Vec<String> {
        let lines = text.trim().lines().map(str::trim_end);
        lines.filter(|line| !line.starts_with("  time  ")).map(str::to_owned).collect()
    };
    assert_eq!(without_seconds(&printed), without_seconds(shown));
}
