//! A trial run of a command before its study begins.

use std::fs;

use crate::{answering, failure, folder, ganas, text};

#[test]
fn a_trial_run_shows_request_and_result_and_keeps_nothing() {
    let folder = answering(r#"{"trial": TRIAL, "objective": 2.5, "metrics": {"size": 3}}"#, "");
    let printed = text(&folder, "try study.toml");
    assert!(printed.starts_with("request (without `choices`, "), "{printed}");
    let whole = text(&folder, "try study.toml --whole");
    assert!(whole.starts_with("request\n{") && whole.contains("\"decisions\""), "{whole}");
    assert!(
        printed.contains("\"space\": \"nasbench201\"") && printed.contains("\"study\": \"study\"")
    );
    assert!(printed.contains("\"objective\": 2.5") && printed.contains("\"size\": 3"), "{printed}");
    let mut files: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["answer.sh", "study.toml"]);
    let arch = |printed: String| {
        printed.lines().find(|line| line.contains("\"arch\"")).unwrap().to_owned()
    };
    assert_eq!(arch(printed.clone()), arch(text(&folder, "try study.toml --seed 0")));
    assert_ne!(arch(printed), arch(text(&folder, "try study.toml --seed 1")));
}

#[test]
fn what_would_be_wrong_is_said() {
    let answer = r#"{"trial": TRIAL, "objective": 2.5, "metrics": {"size": 3}}"#;
    let names = answering(
        answer,
        "max = [\"sise=9\"]\nobjectives = [{ metric = \"sice\", direction = \"minimise\" }]",
    );
    let output = ganas(&names, "try study.toml");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("\"objective\": 2.5"));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("unknown metric `sise` (did you mean `size`?)"), "{error}");
    assert!(error.contains("unknown objective `sice` (did you mean `size`?)"), "{error}");
    let broken = answering(answer, "");
    let script = "echo 'No module named x' >&2; exit 3\n";
    fs::write(broken.path().join("answer.sh"), script).unwrap();
    let error = String::from_utf8(ganas(&broken, "try study.toml").stderr).unwrap();
    assert!(error.contains("the command ended with exit status 3"), "{error}");
    assert!(error.contains("End of stderr.log:\n  No module named x"), "{error}");
}

#[test]
fn what_is_no_study_of_a_command_is_not_tried() {
    let benchmark = folder("benchmark = \"nasbench201\"\n");
    assert!(failure(&benchmark, "try study.toml", 2).contains("whose evaluator is a command"));
    assert!(failure(&benchmark, "try other.toml", 1).contains("could not read other.toml"));
    let misspelt = answering("", "strateg = \"random\"");
    assert!(
        failure(&misspelt, "try study.toml", 2)
            .contains("unknown key `strateg` (did you mean `strategy`?)")
    );
    assert!(!misspelt.path().join("study").exists());
}
