//! Tests of `ganas improve`, on a predictor that is one small tree.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic; clippy knows only the tests themselves"
)]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

/// One percent more without squeeze-and-excitation in the first block, and one for a kernel of 5 there.
const MODEL: &str = "tree\nversion=v3\nnum_class=1\nnum_tree_per_iteration=1\n\
    max_feature_idx=27\nobjective=regression\n\nTree=0\nnum_leaves=3\nsplit_feature=3 1\n\
    threshold=0.5 3.5\ndecision_type=2 2\nleft_child=1 -1\nright_child=-2 -3\nleaf_value=67 66 68\n\n\
    end of trees\n";

const B0: &str = "1,3,1,1;6,3,2,1;6,5,2,1;6,3,3,1;6,5,3,1;6,5,4,1;6,3,1,1";

/// Runs `ganas` with the model imported into a folder that belongs to one test.
fn ganas(test: &str, arguments: &[&str]) -> Output {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ganas"));
        command.args(arguments).env("GANAS_DATA", &folder).output().unwrap()
    };
    if !folder.exists() {
        std::fs::create_dir_all(&folder).unwrap();
        let model = folder.join("lgb_val_top1.txt");
        std::fs::write(&model, MODEL).unwrap();
        let imported = run(&["bench", "import", "accel-nasbench", model.to_str().unwrap()]);
        assert!(imported.status.success(), "{imported:?}");
    }
    run(arguments)
}

fn improved(test: &str, more: &str) -> Value {
    let mut arguments =
        vec!["improve", "efficientnet-b0", "--strategy", "evolution", "--budget", "40", "--json"];
    arguments.extend(more.split_whitespace());
    let output = ganas(test, &arguments);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_is_found_is_better_and_costs_no_more() {
    let found = improved("better", "--seed 1");
    let (baseline, best) = (&found["baseline"], &found["best"]);
    assert_eq!((baseline["arch"].as_str(), &baseline["params"]), (Some(B0), &5_288_548.into()));
    assert_eq!(found["predictor"], "accel-nasbench (LightGBM)");
    assert_eq!(
        (&found["better"], &found["queries"], &found["seed"]),
        (&true.into(), &40.into(), &1.into())
    );
    assert!(best["predicted"].as_f64() > baseline["predicted"].as_f64());
    for cost in ["params", "macs"] {
        assert!(best[cost].as_u64() <= baseline[cost].as_u64(), "{best}");
    }
    assert!(best["latency_ms"].is_null() && found["seconds"].is_f64());
    let again = improved("better", "--seed 1");
    assert_eq!(again["best"], found["best"]);
}

#[test]
fn less_cost_at_equal_accuracy_is_better() {
    let found = improved("cost", "--goal cost");
    let (baseline, best) = (&found["baseline"], &found["best"]);
    assert!(best["predicted"].as_f64() >= baseline["predicted"].as_f64());
    assert!(best["params"].as_u64() < baseline["params"].as_u64(), "{found}");
    let both = improved("cost", "--goal pareto");
    assert_eq!((&both["goal"], &both["queries"]), (&"pareto".into(), &40.into()));
    let front = both["front"].as_array().unwrap();
    let network = |record: &Value| {
        let costs = ["params", "macs"].map(|cost| record[cost].as_u64().unwrap());
        (record["predicted"].as_f64().unwrap(), costs)
    };
    let front: Vec<_> = front.iter().map(network).collect();
    assert!(front.len() > 1, "accuracy and saving are at odds: {front:?}");
    assert!(front.windows(2).all(|pair| pair[0].0 >= pair[1].0));
    for (one, other) in front.iter().flat_map(|one| front.iter().map(move |other| (one, other))) {
        let beats = one.0 >= other.0 && one.1[0] <= other.1[0] && one.1[1] <= other.1[1];
        assert!(!beats || one == other, "{one:?} beats {other:?}");
    }
}

#[test]
fn every_table_of_accuracies_says_that_they_are_predicted() {
    let output = ganas("tables", &["improve", B0, "--strategy", "random", "--budget", "5"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let heads: Vec<_> = text
        .lines()
        .filter(|line| line.contains("baseline  ") || line.contains("params, M  "))
        .collect();
    assert!(heads.len() >= 3, "{text}");
    let predicted = text.matches("predicted by accel-nasbench (LightGBM)").count();
    assert_eq!(predicted, 3, "in the title and two tables: {text}");
    assert!(!text.contains("validation") && !text.contains("measured"), "{text}");
}

#[test]
fn wrong_baselines_are_explained() {
    let failure = |arguments: &[&str]| {
        let output = ganas("wrong", arguments);
        assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let unknown = failure(&["improve", "efficientnet-b9"]);
    assert!(
        unknown.contains("accel-nasbench (efficientnet-b0); ofa-mbv3 (mobilenetv3-large"),
        "{unknown}"
    );
    let outside = failure(&["improve", "1,7,1,1", "--evaluator", "accel-nasbench"]);
    assert!(outside.contains("at byte 2 of `1,7,1,1`: expected the stage kernel"), "{outside}");
    let missing = failure(&["improve", "mobilenetv3-large"]);
    assert!(missing.contains("`ganas bench import ofa-mbv3 FILE`"), "{missing}");
    let other = failure(&["improve", "efficientnet-b0", "--evaluator", "nasbench201"]);
    assert!(other.starts_with("error: "), "{other}");
}
