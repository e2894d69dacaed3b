//! Comparisons kept in a folder.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::journal::interrupted_at;
use crate::{command, failure, folder, json};

const COMPARE: &str = "compare nasbench201 --strategies evolution,nsga2 --seeds 3 --budgets 20,60 \
                       --objective params=minimise";

/// The result of a comparison, without what a clock measured.
fn compared(folder: &TempDir, arguments: &str) -> Value {
    let mut found = json(folder, &format!("{arguments} --json"));
    for row in found["rows"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().retain(|name, _| !name.starts_with("seconds"));
    }
    found
}

/// Starts a command, and kills it after a time unless it has ended; says whether it was killed.
fn killed(mut command: Command, after: Duration) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(after);
    let is_killed = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait().unwrap();
    is_killed
}

#[test]
fn what_was_killed_goes_on_to_the_same_result() {
    let folder = folder("");
    let whole = compared(&folder, COMPARE);
    let mut kills = 0;
    for step in 1.. {
        let jobs = 1 + step % 2;
        let again = command(&folder, &format!("{COMPARE} --dir kept --jobs {jobs}"));
        if !killed(again, Duration::from_millis(15 * step)) {
            break;
        }
        kills += 1;
    }
    assert!(kills > 2, "it was killed {kills} times");
    assert_eq!(compared(&folder, &format!("{COMPARE} --dir kept")), whole);
    assert_eq!(json(&folder, "status kept/nsga2/seed-2 --json")["stop_reason"], "budget");
}

#[test]
fn strategies_and_seeds_may_be_added() {
    let folder = folder("");
    let of = "compare nasbench201 --budgets 30 --strategies";
    json(&folder, &format!("{of} random --seeds 1 --json --dir kept"));
    let more = format!("{of} evolution,random --seeds 2 --budgets 10");
    let found = compared(&folder, &format!("{more} --dir kept"));
    assert_eq!(found, compared(&folder, &more));
    assert_eq!(found["rows"][1]["budget"], 30);
}

#[test]
fn an_interrupted_comparison_says_how_it_goes_on() {
    let folder = folder("");
    let long = "compare nasbench201 --strategies random,ganas --seeds 2 --budgets 3000 --jobs 1";
    for (kept, expected) in [
        (
            "",
            "their results are not kept; `--dir DIR` keeps results, and the same command then continues from them",
        ),
        (" --dir kept", "run the same command again to continue with the searches in kept"),
    ] {
        let arguments = format!("{long}{kept}");
        let (code, _, said) =
            interrupted_at(&folder, &arguments, "seed 1: the search has ended", 1);
        assert_eq!(code, 130, "{said}");
        assert!(said.contains("interrupted after 2 of 4 searches; "), "{said}");
        assert!(said.contains(expected), "{said}");
    }
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap()).collect();
    assert_eq!(names.len(), 2, "nothing is written without --dir: {names:?}");
}

#[test]
fn another_comparison_is_refused() {
    let folder = folder("");
    let begun = "compare nasbench201 --strategies random --seeds 1 --budgets 5 --dir kept";
    json(&folder, &format!("{begun} --json"));
    for (changed, what) in [
        (
            "--dataset cifar100",
            "`dataset` differs: it is \"cifar10\" in the existing comparison, and \"cifar100\" in this one",
        ),
        (
            "--distinct string",
            "`distinct` differs: it is \"isomorphism\" in the existing comparison, and \"string\" in this one",
        ),
        (
            "--max params=1",
            "`max` differs: it is not set in the existing comparison, and [\"params=1\"] in this one",
        ),
        ("--min params=1", "`min` differs: it is not set in"),
        (
            "--objective params=minimise",
            "`objectives` differs: it is not set in the existing comparison, and [{\"direction\":",
        ),
        ("--budgets 6", "the largest budget differs: it is 5 in the existing comparison, and 6 in"),
        ("--query random=1", "`query` differs: it is \"mean\" in"),
        (
            "--strategies evolution --budgets 3,7",
            "the largest budget differs: it is 5 in the existing comparison, and 7 in",
        ),
    ] {
        let rest = begun.replace("--budgets 5", "");
        let rest = if changed.contains("--strategies") {
            rest.replace("--strategies random", "")
        } else {
            rest
        };
        let budgets = if changed.contains("--budgets") { "" } else { "--budgets 5" };
        let error = failure(&folder, &format!("{rest} {budgets} {changed}"), 2);
        assert!(error.contains("kept: "), "{error}");
        assert!(error.contains(what), "{changed}: {error}");
        assert!(error.contains("to start another, pass another folder to `--dir`"), "{error}");
    }
    let error = failure(&folder, &begun.replace("kept", "."), 2);
    assert!(error.contains("found files but no comparison.json"), "{error}");
}

#[test]
fn a_search_that_was_changed_since_is_refused() {
    let folder = folder("");
    let begun = "compare nasbench201 --strategies random --seeds 1 --budgets 5 --dir kept --json";
    json(&folder, begun);
    json(&folder, "resume kept/random/seed-0 --budget 9 --json");
    let error = failure(&folder, begun, 2);
    assert!(error.contains("strategy random, seed 0: kept/random/seed-0: expected the search"));
    fs::remove_dir_all(folder.path().join("kept/random/seed-0")).unwrap();
    json(&folder, begun);
}

#[test]
fn what_is_damaged_is_refused_with_its_place() {
    let folder = folder("");
    let begun = "compare nasbench201 --strategies random --seeds 2 --budgets 5 --dir kept --json";
    json(&folder, begun);
    let store = folder.path().join("kept/random/seed-1/study.db");
    let mut bytes = fs::read(&store).unwrap();
    let place = bytes.windows(7).position(|seven| seven == b"conv_3x").unwrap();
    bytes[place + 5] ^= 2;
    fs::write(&store, bytes).unwrap();
    let error = failure(&folder, begun, 1);
    assert!(error.contains("strategy random, seed 1: kept/random/seed-1/study.db: "), "{error}");
    assert!(error.contains("the store is damaged ("), "{error}");
    assert!(
        error.contains("To repeat this search instead, remove the folder kept/random/seed-1"),
        "{error}"
    );
    let described = folder.path().join("kept/comparison.json");
    let text = fs::read_to_string(&described).unwrap();
    fs::write(&described, text.replace("\"mean\"", "7")).unwrap();
    let error = failure(&folder, begun, 1);
    assert!(error.contains(
        "kept/comparison.json: expected the options with which the comparison was started"
    ));
    assert!(error.contains("line "), "{error}");
}
