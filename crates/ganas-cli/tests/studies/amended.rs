//! A study file edited between two runs of its study.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::{answering, failure, ganas, json};

const ANSWER: &str = r#"{"trial": TRIAL, "objective": TRIAL, "metrics": {"size": TRIAL}}"#;

fn change(folder: &TempDir, before: &str, now: &str) {
    let file = folder.path().join("study.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(before), "{text}");
    fs::write(file, text.replace(before, now)).unwrap();
}

#[test]
fn what_changes_no_result_may_be_changed_and_is_recorded() {
    let folder = answering(ANSWER, "");
    json(&folder, "search study.toml --json --budget 4");
    change(&folder, "budget = 6\n", "budget = 8\nworkers = 2\nmax_failures = 3\n");
    fs::rename(folder.path().join("answer.sh"), folder.path().join("other.sh")).unwrap();
    change(&folder, "\"answer.sh\"]", "\"other.sh\"]\nenvironment = { A = \"b\" }\n");
    assert_eq!(json(&folder, "resume study.toml --json")["queries"], 8);
    let status = json(&folder, "status study --json");
    let changes = status["changes"].as_array().unwrap();
    let keys: Vec<_> = changes.iter().map(|change| change["key"].as_str().unwrap()).collect();
    let expected =
        ["budget", "evaluator.command", "evaluator.environment", "max_failures", "workers"];
    assert_eq!(keys, expected);
    let budget = json!({ "key": "budget", "before": 6, "now": 8, "queries": 4 });
    assert_eq!(changes[0], budget);
    let names = (&changes[2]["before"], &changes[2]["now"]);
    assert_eq!(names, (&json!([]), &json!(["A"])), "values may be secrets");
    assert!(crate::text(&folder, "status study").contains("changed    workers, after 4 queries"));
}

#[test]
fn what_is_given_beside_the_file_stays_until_the_file_changes() {
    let folder = answering(ANSWER, "");
    let error = failure(&folder, "resume study.toml", 2);
    assert!(error.contains("start the study with `ganas search study.toml`"), "{error}");
    json(&folder, "search study.toml --json --budget 4");
    assert_eq!(json(&folder, "resume study.toml --json")["queries"], 4, "the file is as it was");
    change(&folder, "budget = 6", "budget = 7");
    assert_eq!(json(&folder, "resume study --json --as-kept")["queries"], 4);
    assert_eq!(json(&folder, "resume study --json")["queries"], 7, "the folder knows its file");
    fs::remove_file(folder.path().join("study.toml")).unwrap();
    assert_eq!(json(&folder, "resume study --json --budget 9")["queries"], 9);
}

#[test]
fn what_would_change_results_is_refused_with_its_line() {
    let folder = answering(ANSWER, "seed = 1");
    json(&folder, "search study.toml --json");
    for (before, now, expected) in [
        ("seed = 1", "seed = 5", "it was 1, and is now 5. Restore the old value"),
        ("\"random\"", "\"evolution\"", "`strategy` cannot be changed"),
        ("seed = 1", "seed = 1\nminimise = true", "it was not set, and is now true. Remove it"),
        ("\"nasbench201\"", "\"darts\"", "`space` cannot be changed"),
        ("seed = 1", "seed = 1\nmax = [\"params=1\"]", "`max` cannot be changed"),
        (
            "\"answer.sh\"]",
            "\"answer.sh\"]\nfidelity = 2.0",
            "it was not set, and is now 2.0. Remove it",
        ),
    ] {
        change(&folder, before, now);
        for resume in ["resume study.toml", "resume study"] {
            let error = failure(&folder, resume, 2);
            assert!(error.contains(expected), "{now}: {error}");
            assert!(error.contains("--dir DIR`") && error.contains("study.toml:"), "{error}");
        }
        change(&folder, now, before);
    }
    let status = json(&folder, "status study --json");
    assert_eq!((&status["changes"], &status["queries"]), (&json!([]), &6.into()));
    change(&folder, "seed = 1", "sed = 1");
    assert!(
        failure(&folder, "resume study", 2).contains("unknown key `sed` (did you mean `seed`?)")
    );
    change(&folder, "sed = 1", "seed = 1");
    change(&folder, "budget = 6", "budget = 5");
    let error = failure(&folder, "resume study", 2);
    assert!(
        error.contains("at least 6 queries, because the study has already used 6; found 5"),
        "{error}"
    );
}

#[test]
fn a_limit_on_what_no_result_has_ends_a_study_at_its_first_result_and_may_be_mended() {
    let folder = answering(
        ANSWER,
        "max = [\"sise=9\"]\nobjectives = [{ metric = \"sice\", direction = \"maximise\" }]",
    );
    let error = failure(&folder, "search study.toml", 1);
    assert!(error.contains("unknown metric `sise` (did you mean `size`?)"), "{error}");
    assert!(!error.contains("trial 1,"), "{error}");
    change(&folder, "sise", "size");
    change(&folder, "sice", "size");
    let report = json(&folder, "resume study --json");
    assert_eq!((&report["queries"], &report["failed"]), (&6.into(), &0.into()));
    assert_eq!(report["pareto"].as_array().unwrap().len(), 1);
    let trials = json(&folder, "trials study --json");
    assert_eq!(trials["trials"][0]["attempts"], 2);
    let second = folder.path().join("study/trials/000000/attempt-2");
    assert!(!second.exists(), "what was evaluated is not evaluated again");
}

#[test]
fn an_objective_that_is_added_later_must_be_measured_too() {
    let folder = answering(ANSWER, "");
    ganas(&folder, "search study.toml");
    change(
        &folder,
        "budget = 6",
        "budget = 8\nobjectives = [{ metric = \"sise\", direction = \"minimise\" }]",
    );
    let error = failure(&folder, "resume study.toml", 1);
    assert!(error.contains("unknown objective `sise` (did you mean `size`?)"), "{error}");
    change(&folder, "sise", "size");
    assert_eq!(json(&folder, "resume study.toml --json")["queries"], 8);
}

#[test]
fn ten_failures_in_a_row_end_a_study_with_the_end_of_the_log() {
    let folder = answering(ANSWER, "");
    let script = "echo first >&2; echo 'No module named x' >&2; exit 1\n";
    fs::write(folder.path().join("answer.sh"), script).unwrap();
    change(&folder, "budget = 6", "budget = 40");
    let error = failure(&folder, "search study.toml", 1);
    assert!(error.contains("because the last 10 evaluations all failed"), "{error}");
    assert!(
        error.contains("last failure, trial 9: the command ended with exit status 1"),
        "{error}"
    );
    let log = "trials/000009/attempt-1/stderr.log:\n  first\n  No module named x\n";
    assert!(error.contains(log), "{error}");
    assert!(error.contains("`ganas resume study --retry-failed`"), "{error}");
    let status = json(&folder, "status study --json");
    assert_eq!((&status["queries"], &status["states"]["failed"]), (&0.into(), &10.into()));
}

#[test]
fn a_worker_needs_a_device() {
    let folder = answering(ANSWER, "workers = 3");
    change(&folder, "[evaluator]", "[evaluator]\ndevices = [\"0\", \"1\"]");
    let error = failure(&folder, "search study.toml", 2);
    assert!(error.contains("expected a device for each of 3 workers, found 2"), "{error}");
    assert!(error.contains("study.toml:6:"), "{error}");
    change(&folder, "workers = 3", "workers = 2");
    assert!(ganas(&folder, "search study.toml").status.success());
    let error = failure(&folder, "resume study --workers 3", 2);
    assert!(error.contains("expected a device for each of 3 workers"), "{error}");
}
