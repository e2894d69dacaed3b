//! Tests of the built `ganas` command.
//!
//! They are here because cargo tells only the tests of a binary's own package where it is.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic; clippy knows only the tests themselves"
)]

use std::fs;
use std::process::{Command, Output, Stdio};

use insta::assert_snapshot;
use serde_json::Value;

fn ganas(arguments: &str) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganas"));
    command.args(arguments.split_whitespace());
    // A user's own imports must not change what is tested.
    command.env("GANAS_DATA", concat!(env!("CARGO_TARGET_TMPDIR"), "/no-imports"));
    command
}

/// The standard error of a command that must end with `code` and print no result.
fn failure(arguments: &str, code: i32) -> String {
    let output = ganas(arguments);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// The JSON of a command that must succeed and say nothing else, without what a clock measured.
fn json(arguments: &str) -> Value {
    let quiet = if arguments.starts_with("search") { " --quiet" } else { "" };
    let output = ganas(&format!("{arguments}{quiet}"));
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    without_seconds(serde_json::from_slice(&output.stdout).unwrap())
}

fn without_seconds(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| !name.starts_with("seconds"));
            Value::Object(kept.map(|(name, value)| (name, without_seconds(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(without_seconds).collect(),
        other => other,
    }
}

#[test]
fn shells_complete_every_command_and_each_has_a_manual_page() {
    let help = String::from_utf8(ganas("--help").stdout).unwrap();
    let commands: Vec<_> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"search") && commands.contains(&"completions"), "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = ganas(&format!("completions {shell}"));
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(commands.iter().all(|command| script.contains(command)), "{shell}");
        assert!(script.contains("max-train-seconds"), "{shell}");
    }
    assert!(failure("completions tcsh", 2).contains("possible values: bash"));
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    assert!(ganas(&format!("manual {}", pages.display())).status.success());
    for command in commands.iter().filter(|command| **command != "help") {
        let page = fs::read_to_string(pages.join(format!("ganas-{command}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{command}");
    }
    let error = failure(&format!("manual {}", pages.join("ganas.1").display()), 2);
    assert!(
        error.contains("ganas.1: expected a folder for the manual pages, found a file"),
        "{error}"
    );
}

#[test]
fn unknown_names_list_the_valid_and_the_nearest() {
    assert_snapshot!(
        failure("search --max param=0.5 --strategy random", 2),
        @"error: unknown metric `param` (did you mean `params`?); expected one of: params, flops, train_seconds, latency_seconds"
    );
    let dataset = failure("search nasbench201 --dataset cifar11 --strategy random", 2);
    assert!(dataset.contains("`cifar11`") && dataset.contains("did you mean `cifar10`?"));
    assert!(dataset.contains("cifar100, imagenet16-120"), "{dataset}");
    let space = failure("search nasbench21 --strategy random", 2);
    assert!(space.contains("did you mean `nasbench201`?"), "{space}");
    assert_eq!(space, failure("compare nasbench21 --strategies random", 2));
    for taken in [
        "search darts",
        "compare darts --strategies random",
        "bench query darts x",
        "bench info darts",
    ] {
        let leads_on = failure(taken, 2);
        assert!(leads_on.contains("`darts` is a search space, not a benchmark"), "{leads_on}");
        assert!(leads_on.contains("`ganas search study.toml`"), "{leads_on}");
        assert!(leads_on.contains("nasbench301"), "{leads_on}");
    }
    for taken in ["space show nasbench301", "space sample nasbench301"] {
        assert!(failure(taken, 2).contains("search it with `ganas search nasbench301`"), "{taken}");
    }
    let strategy = failure("search --strategy randm", 2);
    assert!(strategy.contains("did you mean `random`?"), "{strategy}");
    let valid = "expected one of: ganas, ganas-paper, ganas-paper-2, gaussian-process, bananas, random, random-decisions, evolution, local-search, nsga2, reinforce";
    assert!(strategy.contains(valid), "{strategy}");
    let setting = failure("search --strategy ganas:truth_size=1", 2);
    assert!(setting.contains("truth_size: expected at least 2, found 1"), "{setting}");
}

#[test]
fn wrong_budgets_and_limits_are_explained() {
    assert_snapshot!(
        failure("search --budget 0 --strategy random", 2),
        @"error: expected a budget of at least 1 query, found 0"
    );
    assert_snapshot!(
        failure("search --budget 6467 --strategy random", 2),
        @"error: expected a budget of at most 6466 queries (nasbench201 has no more distinct architectures), found 6467"
    );
    assert_snapshot!(
        failure("search --min flops=many --strategy random", 2),
        @"error: limit on flops: expected a number (its unit is M), a number with a suffix (such as 500k, 4.6M or 0.39G), or @NAME for the value of a named architecture; found `many`"
    );
    assert_snapshot!(
        failure("search --max params=0.2 --min params=300k --strategy random", 2),
        @"error: no architecture can satisfy both params <= 0.2 M and params >= 0.3 M"
    );
    let error = failure("search --seed -1", 2);
    assert!(error.contains("expected a whole number of at least 0, found `-1`"), "{error}");
    let error = failure("search --seed 99999999999999999999999999999999999999999999", 2);
    assert!(error.contains("expected a whole number from 0 to 18446744073709551615"), "{error}");
    let error = failure("dashboard study --port 70000", 2);
    assert!(error.contains("expected a whole number from 0 to 65535, found `70000`"), "{error}");
    for option in ["--seeds 0", "--budgets 5,0", "--jobs 0"] {
        let error = failure(&format!("compare nasbench201 --strategies random {option}"), 2);
        assert!(error.contains("expected a whole number of at least 1, found `0`"), "{error}");
    }
}

#[test]
fn constraints_that_nothing_satisfies_say_what_they_rejected() {
    let error = failure("search --max params=0.01 --min flops=1 --strategy random --quiet", 1);
    assert!(error.starts_with(
        "error: no architecture satisfies the constraints: params <= 0.01 M rejected "
    ));
    assert!(error.contains("; flops >= 1 M rejected 0 of "), "{error}");
}

#[test]
fn equal_seeds_give_equal_json() {
    let arguments = "search --strategy random --budget 30 --json --history --seed";
    let first = json(&format!("{arguments} 3"));
    assert_eq!(first, json(&format!("{arguments} 3")));
    assert_ne!(first["history"], json(&format!("{arguments} 4"))["history"]);
}

#[test]
fn a_search_keeps_its_record() {
    let found = json("search --strategy random --budget 30 --max params=0.5 --json --history");
    let history = found["history"].as_array().unwrap();
    assert_eq!(history.len(), 30);
    let best = found["queries_to_best"].as_u64().unwrap();
    let at_best = &history[usize::try_from(best).unwrap() - 1];
    assert_eq!(at_best["arch"], found["best"]["arch"]);
    assert_eq!(at_best["validation"], found["best"]["validation"]);
    let last = found["improvements"].as_array().unwrap().last().unwrap();
    assert_eq!(last["query"], found["queries_to_best"]);
    assert_eq!(found["constraints"][0], "params <= 0.5 M");
    assert_eq!(found["best"]["test"], Value::Null, "nothing is imported");
    assert!(found["best"]["costs"][0]["value"].as_f64().unwrap() <= 0.5);
}

#[test]
fn the_contract_with_commands_is_printed() {
    let said = |arguments| String::from_utf8(ganas(arguments).stdout).unwrap();
    let text = said("contract");
    assert_eq!(text, include_str!("../../ganas-exec/src/contract.md"));
    assert!(said("search --help").contains("`ganas contract`"));
}

#[test]
fn a_search_can_stop_at_the_optimum() {
    let found = json("search --strategy random --budget 6466 --until-optimum --json");
    assert_eq!(found["stop_reason"], "target");
    assert_eq!(found["queries"], found["queries_to_best"]);
    assert_eq!(found["best"]["rank"], 1);
    assert_eq!(found["best"]["validation"], found["optimum"]["validation"]);
}

#[test]
fn a_comparison_is_the_same_at_any_number_of_jobs() {
    let arguments = "compare nasbench201 --dataset cifar100 --strategies random --seeds 4 \
                     --budgets 40,20 --json --jobs";
    let one = json(&format!("{arguments} 1"));
    assert_eq!(one, json(&format!("{arguments} 2")));
    let rows = one["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| &row["budget"]).collect::<Vec<_>>(), [20, 40]);
    assert!(rows[0]["validation_mean"].as_f64() <= rows[1]["validation_mean"].as_f64());
    assert_eq!(rows[0]["test_mean"], Value::Null, "nothing is imported");
    assert!(one["queries_to_optimum"]["random"]["missed"].is_u64());
}

#[test]
fn means_name_the_seeds_that_found_something() {
    let arguments = "compare nasbench201 --strategies random --seeds 6 --budgets 1,50 \
                     --max train_seconds=2000";
    let rows = json(&format!("{arguments} --json"))["rows"].clone();
    assert_eq!((&rows[0]["seeds"], &rows[1]["found"]), (&6.into(), &6.into()));
    let found = rows[0]["found"].as_u64().unwrap();
    assert!((1..6).contains(&found), "{rows}");
    let text = String::from_utf8(ganas(arguments).stdout).unwrap();
    assert!(text.contains(&format!("({found} of 6 seeds)")), "{text}");
}

#[test]
fn people_get_tables() {
    let search = ganas("search --strategy random --budget 5");
    let text = String::from_utf8(search.stdout).unwrap();
    assert!(
        text.starts_with("random on nasbench201, cifar10, seed 0\n\n  best        |"),
        "{text}"
    );
    assert!(text.contains("`ganas bench import --help` names the file"), "{text}");
    let said = String::from_utf8(search.stderr).unwrap();
    assert!(said.contains("strategy   random, seed 0") && !said.contains("trial"), "{said}");
    assert!(!said.contains('\u{1b}'), "no bar where stderr is no terminal: {said}");
    let compare = ganas("compare nasbench201 --strategies random --seeds 2 --budgets 5");
    let text = String::from_utf8(compare.stdout).unwrap();
    assert!(text.contains("mean ± standard error over 2 seeds\n\n  strategy  queries "), "{text}");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut child = command("search --strategy random --budget 5 --quiet")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
