//! The files that NAS-Bench-201 is published as: real records where they are, and generated ones.

use ganas_bench::nasbench201::official::{ArchRecord, TrainingSet, Trial, read_official};
use serde_json::Value;

use crate::shared_data;

const FOLDER: &str = "nb201_official_samples/NATS-tss-v1_0-3ffb9-simple";
const GOLDEN: &str = "nb201_official_samples/golden_values.json";

/// Is it the number, to the last digits that a JSON file or a percentage keeps?
#[track_caller]
fn same(found: Option<f64>, expected: &Value) {
    let (found, expected) = (found.unwrap(), expected.as_f64().unwrap());
    assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found} {expected}");
}

fn mean(trials: &[Trial], number: impl Fn(&Trial) -> Option<f64>) -> Option<f64> {
    let numbers: Option<Vec<f64>> = trials.iter().map(number).collect();
    numbers.map(|numbers| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

/// Name of the test set that goes with a training set.
fn test_name(set: TrainingSet) -> &'static str {
    match set {
        TrainingSet::Cifar10Half | TrainingSet::Cifar10 => "ori-test",
        _ => "x-test",
    }
}

fn compare_with_golden(record: &ArchRecord, golden: &Value) {
    for epochs in [12, 200] {
        let golden = &golden[epochs.to_string()];
        assert_eq!(golden["arch_index"], record.index);
        for set in TrainingSet::ALL {
            let trials = record.trials(set, epochs);
            let name = set.name();
            let seeds: Vec<u16> = trials.iter().map(|trial| trial.seed).collect();
            assert_eq!(golden["dataset_seed"][name], serde_json::json!(seeds));
            let means = &golden["mean"][name];
            same(
                mean(trials, |trial| trial.test.map(|test| test.percent())),
                &means[test_name(set)],
            );
            same(mean(trials, |trial| trial.latency_seconds), &means["latency_s"]);
            if set != TrainingSet::Cifar10 {
                let validation =
                    |trial: &Trial| trial.validation.map(|accuracy| accuracy.percent());
                same(mean(trials, validation), &means["x-valid"]);
            }
            for trial in trials {
                let golden = &golden["trials"][name][trial.seed.to_string()];
                let last = &golden["eval_acc_last"];
                same(trial.test.map(|test| test.percent()), &last[test_name(set)]);
                same(trial.train_seconds, &golden["train_time_total"]);
                same(Some(trial.params_millions), &golden["params_m"]);
                same(Some(trial.flops_millions), &golden["flop_m"]);
                if let Some(seconds) = trial.validation_seconds {
                    same(Some(seconds), &golden["eval_time_last"]["x-valid"]);
                }
            }
        }
    }
}

#[test]
fn real_records_are_read_exactly() {
    let (Some(folder), Some(golden)) = (shared_data::path(FOLDER), shared_data::path(GOLDEN))
    else {
        return;
    };
    let golden: Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    let official = read_official(&folder, &mut |_, _| {}).unwrap();
    let indices: Vec<usize> = official.records.iter().map(|record| record.index).collect();
    assert_eq!(indices, [0, 11, 284]);
    for record in &official.records {
        compare_with_golden(record, &golden[record.index.to_string()]);
    }
}
