//! Studies whose commands report intermediate results.

use super::*;

/// Reports eight steps, whose values follow from the architecture, and answers.
const TRAIN: &str = r#"
trial=$(basename "$(dirname "$GANAS_TRIAL_DIR")" | sed 's/^0*\(.\)/\1/')
sum=$(grep -o '"arch": *"[^"]*"' "$GANAS_REQUEST" | cksum | cut -d' ' -f1)
for step in 1 2 3 4 5 6 7 8; do
    echo "{\"step\": $step, \"objective\": $((sum % 1000 * step)), \"train_seconds\": $step}" >> "$GANAS_PROGRESS"
    sleep 0.0$((sum % 7))
done
echo "{\"trial\": $trial, \"objective\": $((sum % 1000 * 8)), \"train_seconds\": 8}" > "$GANAS_RESULT"
"#;

fn reporting(more: &str) -> TempDir {
    let study = format!(
        "space = \"nasbench201\"\nstrategy = \"ganas\"\nbudget = 7\nseed = 5\n{more}\n\
         [stopping]\nsteps = 8\n[evaluator]\ncommand = [\"sh\", \"train.sh\"]\n"
    );
    let folder = folder(&study);
    fs::write(folder.path().join("train.sh"), TRAIN).unwrap();
    folder
}

/// The history of a study, whatever the number of its workers.
fn history(folder: &TempDir, arguments: &str) -> Value {
    json(folder, &format!("search study.toml --json --history {arguments}"))["history"].clone()
}

#[test]
fn equal_seeds_stop_equal_trials_whoever_is_faster() {
    let alone = reporting("");
    let one = history(&alone, "--workers 1");
    let stopped = one.as_array().unwrap().iter().filter(|query| query["step"].is_u64()).count();
    assert!(stopped > 0 && one.as_array().unwrap().len() > 7, "{one}");
    assert_eq!(history(&reporting(""), "--workers 5"), one);

    let status = text(&alone, "status study");
    assert!(status.contains("of 7 full evaluations") && status.contains("stopped"), "{status}");
    let trials = json(&alone, "trials study --json")["trials"].clone();
    let is_stopped = |trial: &&Value| trial["state"] == "stopped";
    let trial = trials.as_array().unwrap().iter().find(is_stopped).unwrap();
    let last = trial["reports"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["step"], &last["objective"]), (&trial["step"], &trial["value"]));
    let rows = text(&alone, "trials study --reports");
    assert!(rows.starts_with("trial,step,objective,train_seconds\n0,1,"), "{rows}");
}

#[test]
fn a_stopped_trial_that_violates_a_limit_is_pruned_in_optuna() {
    let folder = reporting("min = [\"size=400\"]");
    let metrics = "\\\"metrics\\\": {\\\"size\\\": $((sum % 1000))}, \\\"train_seconds\\\"";
    let script = TRAIN.replace("\\\"train_seconds\\\"", metrics);
    fs::write(folder.path().join("train.sh"), script).unwrap();
    text(&folder, "search study.toml --quiet");
    let trials = json(&folder, "trials study --json")["trials"].clone();
    let journal = text(&folder, "trials study --format optuna-journal");
    let pruned: Vec<bool> = journal
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["state"].clone())
        .filter(|state| !state.is_null())
        .map(|state| state == 2)
        .collect();
    let stopped = trials.as_array().unwrap().iter().map(|trial| trial["step"].is_u64());
    assert_eq!(pruned, stopped.collect::<Vec<_>>());
    let both = |trial: &&Value| trial["state"] == "infeasible" && trial["step"].is_u64();
    assert!(trials.as_array().unwrap().iter().any(|trial| both(&trial)), "{trials}");
}

#[test]
fn a_study_that_is_killed_while_trainings_report_comes_to_the_same_history() {
    let right = history(&reporting(""), "--workers 3");
    let folder = reporting("workers = 3");
    for life in 1..=4 {
        let words = if life == 1 { "search study.toml" } else { "resume study" };
        let mut process = command(&folder, words).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(300 * life));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let report = json(&folder, "resume study --json --history");
    assert_eq!(report["history"], right);
}

#[test]
fn mistakes_about_stopping_are_shown_in_their_line() {
    let folder = reporting("");
    let path = folder.path().join("study.toml");
    let study = fs::read_to_string(&path).unwrap();
    for (from, to, expected) in [
        ("steps = 8", "steps = 1", "stopping.steps: expected a number from 2"),
        ("steps = 8", "steps = 8\nfirst = 8", "stopping.first: expected a step that is at least 1"),
        ("steps = 8", "steps = 8\nrule = \"successive-halving\"", "requires `[fidelity]`"),
        ("steps = 8", "steps = 8\nrules = \"asha\"", "unknown key `rules`"),
        ("[stopping]", "[fidelity]\nname = \"e\"\nrungs = [1, 8]\n[stopping]", "found both"),
    ] {
        fs::write(&path, study.replacen(from, to, 1)).unwrap();
        let error = failure(&folder, "search study.toml", 2);
        assert!(error.contains(expected), "{error}");
        assert!(error.contains("study.toml:"), "{error}");
    }
    let error = failure(&folder, "search nasbench201 --stopping 8", 2);
    assert!(error.contains("expected a command or a program that reports"), "{error}");
}

#[test]
fn a_dry_run_tells_what_was_reported() {
    let folder = reporting("");
    let said = text(&folder, "try study.toml");
    assert!(said.contains("8 during training; the last one: {\"objective\":"), "{said}");
    let path = folder.path().join("study.toml");
    let study = fs::read_to_string(&path).unwrap();
    fs::write(&path, study.replace("steps = 8", "steps = 5")).unwrap();
    let error = failure(&folder, "try study.toml", 1);
    assert!(
        error.contains("at least 8, the last step that the training run reported, found 5"),
        "{error}"
    );
    fs::write(folder.path().join("train.sh"), "echo '{\"trial\": 0, \"objective\": 1}'").unwrap();
    let error = failure(&folder, "try study.toml", 1);
    assert!(error.contains("expected reports during training"), "{error}");
}
