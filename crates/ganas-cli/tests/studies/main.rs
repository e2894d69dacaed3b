//! Studies of the built `ganas` in folders, and their errors.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod again;
mod amended;
mod compared;
mod dry_run;
mod journal;
mod newcomer;
mod shown;
mod stopping;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

fn command(folder: &TempDir, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganas"));
    command.args(arguments.split_whitespace()).current_dir(folder.path());
    command.env("GANAS_DATA", folder.path().join("no-imports"));
    command
}

fn ganas(folder: &TempDir, arguments: &str) -> Output {
    command(folder, arguments).output().unwrap()
}

fn text(folder: &TempDir, arguments: &str) -> String {
    let output = ganas(folder, arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &TempDir, arguments: &str) -> Value {
    serde_json::from_str(&text(folder, arguments)).unwrap()
}

fn failure(folder: &TempDir, arguments: &str, code: i32) -> String {
    let output = ganas(folder, arguments);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn folder(study: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("study.toml"), study).unwrap();
    folder
}

/// A study whose command answers with `answer`, in which `TRIAL` is the trial.
fn answering(answer: &str, more: &str) -> TempDir {
    let study = format!(
        "space = \"nasbench201\"\nstrategy = \"random\"\nbudget = 6\n{more}\n[evaluator]\n\
         command = [\"sh\", \"answer.sh\"]\n"
    );
    let folder = folder(&study);
    let script = format!(
        "trial=$(basename \"$(dirname \"$GANAS_TRIAL_DIR\")\" | sed 's/^0*\\(.\\)/\\1/')\n\
         echo '{answer}' | sed \"s/TRIAL/$trial/g\"\n"
    );
    fs::write(folder.path().join("answer.sh"), script).unwrap();
    folder
}

#[test]
fn a_study_of_a_command_is_kept_beside_its_file() {
    let folder = answering(r#"{"trial": TRIAL, "objective": 2, "metrics": {"size": TRIAL}}"#, "");
    let report = json(&folder, "search study.toml --json");
    assert_eq!(report["dataset"], Value::Null);
    assert_eq!(report["queries"], 6);
    let status = json(&folder, "status study --json");
    assert_eq!((&status["queries"], &status["stop_reason"]), (&6.into(), &"budget".into()));
    assert_eq!(status["writer"], Value::Null);
    let trials = text(&folder, "trials study --csv");
    let mut lines = trials.lines();
    assert!(lines.next().unwrap().ends_with("ended,reason,metrics.size"));
    assert!(lines.next().unwrap().starts_with("0,0,measured,|"));
    assert!(
        failure(&folder, "search study.toml", 2).contains("resume it with `ganas resume study`")
    );
    let more = json(&folder, "resume study --budget 9 --json");
    assert_eq!(more["queries"], 9);
    assert_eq!(json(&folder, "status study --json")["budget"], 9);
}

#[test]
fn objectives_have_a_front_and_may_be_minimised() {
    let objectives =
        "minimise = true\nobjectives = [{ metric = \"size\", direction = \"maximise\" }]";
    let answer = r#"{"trial": TRIAL, "objective": TRIAL, "metrics": {"size": TRIAL}}"#;
    let folder = answering(answer, objectives);
    let report = json(&folder, "search study.toml --json");
    assert_eq!(report["best"]["validation"], 0.0);
    let front = report["pareto"].as_array().unwrap();
    assert_eq!(front.len(), 6, "the larger the worse and the better");
    assert_eq!(front[5]["objectives"]["size"], 5.0);
    assert_eq!(json(&folder, "status study --json")["best"]["trial"], 0);
}

#[test]
fn failures_end_the_study_and_say_why() {
    let folder = answering("garbage", "max_failures = 3");
    let error = failure(&folder, "search study.toml", 1);
    assert!(
        error.contains("because 3 of 3 evaluations failed, and `max_failures` is 3"),
        "{error}"
    );
    assert!(error.contains("last failure, trial 2: "), "{error}");
    let again = failure(&folder, "resume study", 1);
    assert!(again.contains("because 3 of 3 evaluations failed"), "{again}");
    let more = failure(&folder, "resume study --max-failures 8", 1);
    assert!(more.contains("because 8 of 8 evaluations failed"), "a failure is no query: {more}");
    let trials = json(&folder, "trials study --json");
    let trials = trials["trials"].as_array().unwrap();
    assert!(trials.iter().all(|trial| trial["value"].is_null() && trial["query"].is_null()));
    assert_eq!(json(&folder, "status study --json")["queries"], 0);
}

#[test]
fn what_is_measured_may_be_limited_on_a_benchmark() {
    let folder = tempfile::tempdir().unwrap();
    let limited = "search --strategy random --budget 40 --json --max train_seconds=2000";
    let report = json(&folder, limited);
    assert_eq!(report["queries"], 40);
    assert!(report["infeasible"].as_u64().unwrap() > 3);
    assert_eq!(report["constraints"][0], "train_seconds <= 2000 s");
    let wrong = failure(&folder, "search --max train_second=1", 2);
    assert!(wrong.contains("did you mean `train_seconds`?"), "{wrong}");
}

#[test]
fn known_and_given_architectures_begin_a_study() {
    let folder = tempfile::tempdir().unwrap();
    let arch = |operator: &str| {
        format!(
            "|{operator}~0|+|{operator}~0|{operator}~1|+|{operator}~0|{operator}~1|{operator}~2|"
        )
    };
    let known = format!("arch,value\n{},99.5\n", arch("skip_connect"));
    fs::write(folder.path().join("known.csv"), &known).unwrap();
    let given = arch("nor_conv_3x3");
    let search = format!("search --strategy random --budget 5 --from known.csv --from {given}");
    let report = json(&folder, &format!("{search} --json --history --dir one"));
    assert_eq!((&report["queries"], &report["queries_to_best"]), (&5.into(), &0.into()));
    let history = report["history"].as_array().unwrap();
    assert_eq!((&history[0]["source"], &history[1]["source"]), (&"known".into(), &"given".into()));

    text(&folder, "search --strategy random --budget 5 --dir two");
    let added = text(&folder, "import-trials two known.csv");
    assert_eq!(added, "added 1 architecture\n");
    assert!(text(&folder, "import-trials two known.csv").starts_with("added no architectures:"));
    assert_eq!(json(&folder, "resume two --json")["queries_to_best"], 0);
    fs::write(folder.path().join("trials.csv"), text(&folder, "trials two --csv")).unwrap();
    let all =
        json(&folder, "search --strategy random --budget 1 --from trials.csv --json --history");
    assert_eq!(all["history"].as_array().unwrap().len(), 7);
    fs::write(folder.path().join("wrong.csv"), "arch,value\nnone,1\n").unwrap();
    assert!(failure(&folder, "import-trials two wrong.csv", 2).contains("wrong.csv, line 2: "));
}

#[test]
fn mistakes_in_a_study_file_are_shown_in_their_line() {
    let error = |study: &str| failure(&folder(study), "search study.toml", 2);
    let unknown = error("space = \"nasbench201\"\nbudgt = 5\n");
    assert!(
        unknown.starts_with("error: unknown key `budgt` (did you mean `budget`?); expected one of"),
        "{unknown}"
    );
    assert!(unknown.contains("study.toml:2:1") && unknown.contains("2 | budgt = 5"), "{unknown}");
    let timeout = error("space = \"darts\"\n[evaluator]\ncommand = [\"true\"]\ntime_out = 5\n");
    assert!(timeout.contains("unknown key `time_out`"), "{timeout}");
    assert!(timeout.contains("study.toml:4:1"), "{timeout}");
    let space = error("space = \"drats\"\n[evaluator]\ncommand = [\"true\"]\n");
    assert!(space.contains("did you mean `darts`?") && space.contains(":1:9"), "{space}");
    let strategy = error("space = \"nasbench201\"\nstrategy = \"gans\"\n");
    assert!(strategy.contains("did you mean `ganas`?") && strategy.contains(":2:12"));
    assert!(error("budget = 5\n").contains("or an `[evaluator]` table"));
    assert!(error("[evaluator]\ncommand = [\"true\"]\n").contains("expected a `space`"));
    let misspelt = error("space = \"darts\"\n[evaluator]\ncomand = [\"true\"]\n");
    assert!(
        misspelt.contains("a `command` or a `benchmark` in `[evaluator]`, found neither"),
        "{misspelt}"
    );
    let both = error("benchmark = \"nasbench201\"\ntarget = 1.0\nuntil_optimum = true\n");
    assert!(both.contains("found both") && both.contains(":3:17"), "{both}");
    assert!(error("space = \"nasbench201\"\nworkers = 0\n").contains("at least 1 worker"));
    let other = error("space = \"darts\"\n[evaluator]\nbenchmark = \"nasbench201\"\n");
    assert!(other.contains("expected the benchmark's space (nasbench201)"), "{other}");
    let broken = error("space = \"nasbench201\"\nbudget = \n");
    assert!(broken.contains("study.toml:2:"), "{broken}");
}

#[test]
fn mistakes_that_are_no_matter_of_form_are_shown_in_their_line() {
    let check = |study: &str, place: &str, expected: &str| {
        let folder = folder(study);
        let error = failure(&folder, "search study.toml", 2);
        assert!(error.contains(&format!("study.toml:{place}")), "{study}: {error}");
        assert!(error.contains(expected), "{study}: {error}");
        assert!(!folder.path().join("study").exists(), "{study}: a folder was left");
    };
    let of_study = |line: &str, place, expected| {
        let rest = "[evaluator]\ncommand = [\"true\"]";
        check(&format!("space = \"nasbench201\"\n{line}\n{rest}\n"), place, expected);
    };
    of_study("max_train_seconds = 0.0", "2:21", "more than 0 seconds, found 0");
    of_study("until_optimum = true", "2:17", "expected a benchmark whose optimum is known");
    of_study("max = [\"a=1\", \"params=x\"]", "2:15", "expected a number (its unit is M)");
    of_study("min = [\"params\"]", "2:8", "expected METRIC=LIMIT");
    of_study("from = [\"none.csv\"]", "2:9", "could not read none.csv");
    of_study("from = [\"nonsense\"]", "2:9", "nonsense");
    of_study("budget = 0", "2:10", "at least 1 query");
    of_study("workers = 2000", "2:11", "at most 1024 workers");
    let of_evaluator = |line: &str, place, expected| {
        check(&format!("space = \"nasbench201\"\n[evaluator]\n{line}\n"), place, expected);
    };
    of_evaluator("command = []", "3:11", "expected a program");
    of_evaluator("timeout_seconds = 0.0\ncommand = [\"true\"]", "3:19", "more than 0 seconds");
    of_evaluator("grace_seconds = -1.0\ncommand = [\"true\"]", "3:17", "at least 0 seconds");
    of_evaluator("command = [\"true\"]\ndirectory = \"nowhere\"", "4:13", "No such file");
    of_evaluator("command = [\"true\"]\nenvironment = { GANAS_A = \"\" }", "4:15", "GANAS_");
    of_evaluator("benchmark = \"nasbench201\"\ndataset = \"cifar\"", "4:11", "unknown data set");
    of_evaluator("benchmark = \"nasbench21\"", "3:13", "did you mean `nasbench201");
    let objective =
        "space = \"nasbench201\"\n[[objectives]]\nmetric = \"parms\"\ndirection = \"minimise\"\n";
    check(objective, "3:10", "did you mean `params`?");
}

#[test]
fn what_is_given_beside_a_study_file_is_not_shown_in_it() {
    let folder = folder("space = \"nasbench201\"\nbudget = 5\nmax = [\"params=1\"]\n");
    let error = failure(&folder, "search study.toml --budget 0", 2);
    assert!(error.starts_with("error: expected a budget of at least 1 query"), "{error}");
    let error = failure(&folder, "search study.toml --max parms=1", 2);
    assert!(error.starts_with("error: unknown metric `parms`"), "{error}");
    let report = json(&folder, "search study.toml --strategy random --max flops=100 --json");
    assert_eq!(report["constraints"].as_array().unwrap().len(), 2, "limits are added");
}

#[test]
fn an_objective_that_the_first_result_lacks_ends_the_study() {
    let answer = r#"{"trial": TRIAL, "objective": 1, "metrics": {"size": 2}}"#;
    let objective = |metric: &str| {
        answering(
            answer,
            &format!("objectives = [{{ metric = \"{metric}\", direction = \"minimise\" }}]"),
        )
    };
    let said = failure(&objective("sise"), "search study.toml", 1);
    assert!(said.contains("unknown objective `sise` (did you mean `size`?)"), "{said}");
    assert!(said.contains("expected one of: params, flops, size"), "{said}");
    let output = ganas(&objective("size"), "search study.toml --json");
    assert!(output.status.success(), "{output:?}");
    assert!(!String::from_utf8(output.stderr).unwrap().contains("warning"));
}

#[test]
fn what_cannot_be_done_is_not_written_down() {
    let folder = tempfile::tempdir().unwrap();
    text(&folder, "search --strategy random --budget 5 --dir study");
    failure(&folder, "resume study --budget 0", 2);
    let too_many = failure(&folder, "resume study --budget 8 --workers 1000000", 2);
    assert!(too_many.contains("expected at most 1024 workers, found 1000000"), "{too_many}");
    let status = json(&folder, "status study --json");
    assert_eq!((&status["budget"], &status["stop_reason"]), (&5.into(), &"budget".into()));
    assert_eq!(json(&folder, "resume study --workers 1024 --json")["queries"], 5);
}

#[test]
fn a_target_ends_a_search() {
    let folder = tempfile::tempdir().unwrap();
    let report = json(&folder, "search --strategy random --budget 500 --target 85 --json");
    assert_eq!(report["stop_reason"], "target");
    assert!(report["queries"].as_u64().unwrap() < 500);
    assert!(report["best"]["validation"].as_f64().unwrap() >= 85.0);
}

#[test]
fn a_folder_without_a_study_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["resume none", "status none", "trials none"] {
        assert!(
            failure(&folder, command, 2).contains("there is no such study folder"),
            "{command}"
        );
    }
    fs::create_dir(folder.path().join("broken")).unwrap();
    fs::write(folder.path().join("broken/study.db"), "garbage".repeat(1_000)).unwrap();
    assert!(failure(&folder, "status broken", 1).contains("is damaged"));
    let no_folder = folder.path().join("study.toml");
    fs::write(no_folder, "space = \"darts\"\n[evaluator]\ncommand = [\"no/such\"]\n").unwrap();
    let error = failure(&folder, "search study.toml", 2);
    assert!(
        error.contains("could not start `no/such`") && error.contains("study.toml:3:11"),
        "{error}"
    );
    assert!(!folder.path().join("study").exists(), "what cannot begin leaves nothing");
}

/// A study whose command, a shell's, takes its time once it has noted that it has begun.
fn slow(before: &str) -> TempDir {
    folder(&format!(
        "space = \"nasbench201\"\nstrategy = \"random\"\nbudget = 3\nworkers = 2\n[evaluator]\n\
         command = [\"sh\", \"-c\", \"{before} echo begun >> begun; sleep 60\"]\n"
    ))
}

fn wait_for(file: &Path) {
    for _ in 0..3_000 {
        if fs::metadata(file).is_ok_and(|file| file.len() > 0) {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{} is not there after 30 s", file.display());
}

fn interrupt(process: u32) {
    let sent = Command::new("kill").args(["-INT", &process.to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn an_interrupted_study_says_how_to_go_on_and_a_second_writer_who_is_at_work() {
    let folder = slow("");
    let mut command = command(&folder, "search study.toml");
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&folder.path().join("begun"));
    let refused = failure(&folder, "resume study", 1);
    assert!(refused.contains(&format!("process {} is using this study", child.id())), "{refused}");
    assert!(refused.contains("resume with more `workers`"), "{refused}");
    assert_eq!(json(&folder, "status study --json")["writer"], child.id());
    let status = text(&folder, "status study");
    assert!(status.contains("left       unknown"), "nothing has ended: {status}");
    interrupt(child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("trial 0, random: started"), "{said}");
    assert!(
        said.ends_with("\ninterrupted after 0 queries; run `ganas resume study` to continue\n"),
        "{said}"
    );
    let status = json(&folder, "status study --json");
    assert_eq!(status["states"], serde_json::json!({ "pending": 3 }));
    assert_eq!((&status["writer"], &status["stop_reason"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_second_interrupt_ends_the_process() {
    let folder = slow("trap '' TERM;");
    let mut child = command(&folder, "search study.toml").spawn().unwrap();
    wait_for(&folder.path().join("begun"));
    interrupt(child.id());
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
