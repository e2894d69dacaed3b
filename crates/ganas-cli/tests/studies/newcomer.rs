//! The first steps of a new user, and their typical mistakes.

use std::fs;

use tempfile::TempDir;

use super::{failure, folder, ganas, json, text};

/// A study of stages and parameters whose command is this script of a shell.
fn study(script: &str, more: &str) -> TempDir {
    let folder = folder(&format!(
        "space = \"space.toml\"\nstrategy = \"random\"\nbudget = 4\n{more}[evaluator]\n\
         command = [\"sh\", \"train.sh\", \"{{request}}\", \"{{result}}\"]\n"
    ));
    let space = "name = \"mine\"\n[chain]\nresolution = [32]\nclasses = 10\n\
                 stem = { width = [16] }\n[[chain.stages]]\nwidth = [16, 32, 48, 64]\n\
                 kernel = [3, 5, 7]\nexpansion = [2]\ndepth = [1, 2, 3]\n[[parameters]]\n\
                 name = \"rate\"\nlow = 0.1\nhigh = 0.9\n";
    fs::write(folder.path().join("space.toml"), space).unwrap();
    fs::write(folder.path().join("train.sh"), script).unwrap();
    folder
}

const RIGHT: &str = "trial=$(tr -d ' \\n' < $1 | sed 's/.*\"trial\":\\([0-9]*\\).*/\\1/')\n\
                     echo \"{\\\"trial\\\": $trial, \\\"objective\\\": $trial.5}\" > $2\n";

/// Whatever is printed has no line that a terminal would break, but for paths and architectures alone.
fn fits(text: &str) {
    for line in text.lines() {
        let words = line.split_whitespace().map(|word| word.chars().count());
        let longest = words.max().unwrap_or(0);
        assert!(line.chars().count() <= 80 || longest > 60, "{line}");
    }
}

#[test]
fn a_study_file_stands_for_its_study() {
    let folder = study(RIGHT, "");
    let missing = failure(&folder, "status study.toml", 2);
    assert!(missing.contains("start the study with `ganas search study.toml`"), "{missing}");
    let done = text(&folder, "search study.toml");
    assert!(done.contains("  files       study/trials/000003/attempt-1\n"), "{done}");
    assert!(!done.contains("training's files"), "{done}");
    fits(&done);
    for command in ["status", "trials", "export --format json"] {
        let (command, rest) = command.split_once(' ').unwrap_or((command, ""));
        let by = |study: &str| text(&folder, &format!("{command} {study} {rest}"));
        let without_time = |text: String| {
            text.lines().filter(|it| !it.contains(" s ago")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(without_time(by("study.toml")), without_time(by("study")), "{command}");
    }
    assert_eq!(json(&folder, "resume study.toml --budget 5 --json")["queries"], 5);
    for command in ["status", "trials", "resume"] {
        let error = failure(&folder, &format!("{command} nosuch"), 2);
        assert!(error.contains("nosuch: there is no such study folder or study file"), "{error}");
    }
    let error = failure(&folder, "search study", 2);
    assert!(error.contains("found a study folder; resume it with `ganas resume study`"), "{error}");
    fits(&text(&folder, "trials study"));
    fits(&text(&folder, "search --help"));
}

#[test]
fn long_architectures_have_a_line_of_their_own() {
    let folder = study(RIGHT, "");
    let path = folder.path().join("space.toml");
    let space = fs::read_to_string(&path).unwrap();
    let stage = "[[chain.stages]]\nwidth = [16, 32]\nkernel = [3, 5]\nexpansion = [2, 3]\n";
    fs::write(
        &path,
        space.replace("[[parameters]]", &format!("{}[[parameters]]", stage.repeat(8))),
    )
    .unwrap();
    text(&folder, "search study.toml");
    let trials = text(&folder, "trials study");
    assert!(trials.lines().all(|line| line.chars().count() <= 80), "{trials}");
    assert!(trials.contains("…\n") && trials.contains("`--csv` and `--json` show"), "{trials}");
}

#[test]
fn a_network_says_what_it_was_trained_with() {
    let folder = study(RIGHT, "");
    text(&folder, "search study.toml");
    let code = text(&folder, "export study --trial 2 --format pytorch");
    let docstring = code.split("\"\"\"").nth(1).unwrap();
    assert!(docstring.contains("Trial 2 of the study study, value 2.5."), "{docstring}");
    let described = json(&folder, "export study --trial 2 --format json");
    let choices = described["choices_by_name"].as_object().unwrap();
    assert!(choices.len() >= 5, "{choices:?}");
    for (name, value) in choices {
        assert!(docstring.contains(&format!("\n    {name} = {value}\n")), "{name}: {docstring}");
    }
}

#[test]
fn a_study_that_failed_says_why_and_how_it_goes_on() {
    let folder = study("echo the disk is full >&2; exit 3\n", "max_failures = 2\n");
    failure(&folder, "search study.toml", 1);
    let status = text(&folder, "status study");
    assert!(status.contains("state      ended: too many evaluations failed"), "{status}");
    assert!(status.contains("failed     trial 1, the last to fail: "), "{status}");
    assert!(status.contains("/study/trials/000001/attempt-1/stderr.log\n"), "{status}");
    assert!(status.contains("`ganas resume study --retry-failed`"), "{status}");
}

#[test]
fn a_cost_that_is_misspelt_is_asked_about_before_anything_is_paid() {
    let folder = study(RIGHT, "");
    let error = failure(&folder, "search study.toml --max parms=3", 2);
    assert!(
        error.contains("`parms` is not a cost of the search space (did you mean `params`?)"),
        "{error}"
    );
    assert!(!folder.path().join("study").exists(), "nothing was begun");
    // A name of its own may be one of the command's metrics: its first result tells.
    let error = failure(&folder, "search study.toml --max energy=3", 1);
    assert!(error.contains("\nerror: unknown metric `energy`"), "{error}");
    assert!(error.contains("remove the folder study, or pass another one to `--dir`"), "{error}");
    let status = text(&folder, "status study");
    assert!(status.contains("1 to be rerun") && !status.contains("1 running"), "{status}");
    fs::remove_dir_all(folder.path().join("study")).unwrap();
    let file = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    let limited = file.replace("budget = 4\n", "budget = 4\nmax = [\"energy=3\"]\n");
    fs::write(folder.path().join("study.toml"), limited).unwrap();
    let error = failure(&folder, "search study.toml", 1);
    assert!(error.contains("and run `ganas resume study`"), "{error}");
    fs::write(folder.path().join("study.toml"), file).unwrap();
    assert_eq!(json(&folder, "resume study --json")["stop_reason"], "budget");
}

#[test]
fn files_of_other_kinds_are_told_so() {
    let folder = study(RIGHT, "");
    fs::write(folder.path().join("fit.py"), "import sys\nprint(sys.argv)\n").unwrap();
    let error = failure(&folder, "search fit.py", 2);
    assert!(error.contains("expected a study file in TOML, such as study.toml"), "{error}");
    let error = failure(&folder, "space check fit.py", 2);
    assert!(error.contains("expected a search space in TOML, such as space.toml"), "{error}");
}

#[test]
fn mistakes_in_a_study_file_are_told_with_what_is_right() {
    for (from, to, expected) in [
        ("{result}", "{results}", "did you mean `{result}`?"),
        (
            "[evaluator]",
            "objectives = \"params\"\n[evaluator]",
            "tables that start with `[[objectives]]`",
        ),
        ("[evaluator]", "[evaluator]\ntimeout = 3", "did you mean `timeout_seconds`?"),
        ("[evaluator]", "[evaluator]\ngrace = 3", "did you mean `grace_seconds`?"),
        ("\"sh\"", "\"no-such-program\"", "no such program in PATH"),
        ("space = \"space.toml\"\n", "", "error: study.toml: expected a `space` to search"),
    ] {
        let folder = study(RIGHT, "");
        let path = folder.path().join("study.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace(from, to)).unwrap();
        let error = failure(&folder, "search study.toml", 2);
        assert!(error.contains(expected), "{from} → {to}: {error}");
    }
}

/// The time left is that of the trials which the study has, from the first line on.
#[test]
fn a_resumed_study_knows_how_long_trials_take() {
    let folder = study(&format!("sleep 1\n{RIGHT}"), "");
    text(&folder, "search study.toml");
    fs::write(folder.path().join("train.sh"), "exit 1\n").unwrap();
    let output = ganas(&folder, "resume study --budget 9 --max-failures 1");
    let said = String::from_utf8(output.stderr).unwrap();
    let failed = said.lines().find(|line| line.contains("failed after")).unwrap();
    assert!(!failed.contains("time left unknown"), "{failed}");
    let study = study("exit 1\n", "max_failures = 3\n");
    let output = ganas(&study, "search study.toml");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains(" left\n"), "failures alone tell nothing: {said}");
}
