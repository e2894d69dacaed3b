//! NAS-Bench-101's tables, from files outside the repository.

use std::path::Path;

use ganas_bench::{BenchError, Benchmark, ImportReport, import};
use ganas_search::baselines::RandomSearch;
use ganas_search::{StudyOutcome, StudySettings, TestOracle as _};
use serde_json::Value;

use crate::{evaluating, shared_data};

const OFFICIAL: &str = "nb101_official_fixture";

fn import_into(name: &str, file: &Path, folder: &Path) -> Result<ImportReport, Box<BenchError>> {
    import(name, file, Some(folder), &mut |_, _| {}).map_err(Box::new)
}

fn open(name: &str, query: &str, folder: &Path) -> Benchmark {
    Benchmark::open_with(name, None, query.parse().unwrap(), Some(folder)).unwrap()
}

fn search(benchmark: &Benchmark, settings: StudySettings) -> StudyOutcome {
    evaluating::search(&benchmark.space, Box::new(RandomSearch), benchmark, settings).unwrap()
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= f64::EPSILON * expected.abs()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A cell in our notation.
fn cell(adjacency: &str, operations: &str) -> String {
    format!("{adjacency}:{}", operations.replace(';', ","))
}

#[test]
fn the_published_record_is_read_exactly() {
    let Some(folder) = shared_data::path(OFFICIAL) else { return };
    let data = tempfile::tempdir().unwrap();
    let file = folder.join("official_one_record.tfrecord");
    import_into("nasbench101", &file, data.path()).unwrap();
    let benchmark = open("nasbench101", "", data.path());
    let operations = "input;conv3x3-bn-relu;maxpool3x3;conv3x3-bn-relu;conv3x3-bn-relu;\
                      conv1x1-bn-relu;output";
    let adjacency = "0100110001000000010010000010000001000000010000000";
    let arch = benchmark.space.parse(&cell(adjacency, operations)).unwrap();
    let record = benchmark.record(&arch).unwrap().unwrap();
    assert!(near(record.validation.fraction(), 0.348_958_343_267_440_8), "{record:?}");
    assert!(near(record.test.unwrap().fraction(), 0.350_460_737_943_649_3), "{record:?}");
    assert!(near(record.train_seconds.unwrap(), 89.903_999_328_613_28), "{record:?}");
    benchmark.verify(&mut |_, _| {}).unwrap();
}

#[test]
fn files_in_the_published_layout_are_read() {
    let Some(folder) = shared_data::path(OFFICIAL) else { return };
    let models = json(&folder.join("fixture_expected_repeat0.json"));
    for (file, count, budgets) in [
        ("nasbench_fixture.tfrecord", 300, &[4, 12, 36, 108][..]),
        ("nasbench_fixture_only108.tfrecord", 100, &[108]),
    ] {
        let data = tempfile::tempdir().unwrap();
        import_into("nasbench101", &folder.join(file), data.path()).unwrap();
        for epochs in budgets {
            let query = format!("repeat=0,epochs={epochs}");
            let benchmark = open("nasbench101", &query, data.path());
            assert_eq!(benchmark.verify(&mut |_, _| {}).unwrap().architectures, Some(count));
            let known = models.as_array().unwrap().iter().filter(|model| {
                let text = |field: &str| model[field].as_str().unwrap();
                let arch = benchmark.space.parse(&cell(text("adjacency"), text("ops"))).unwrap();
                let Some(record) = benchmark.record(&arch).unwrap() else { return false };
                let expected = model["val_repeat0"][epochs.to_string()].as_f64().unwrap();
                assert!(near(record.validation.fraction(), expected), "{model}");
                let seconds = model["train_time_108_repeat0"].as_f64().unwrap();
                assert!(*epochs < 108 || near(record.train_seconds.unwrap(), seconds), "{model}");
                assert_eq!(record.validation_runs.len(), 3);
                true
            });
            assert_eq!(known.count(), count, "{file}");
        }
    }
}

#[test]
fn another_tables_file_in_the_layout_is_read() {
    let Some(folder) = shared_data::path(OFFICIAL) else { return };
    let data = tempfile::tempdir().unwrap();
    let file = folder.join("ecnas_4v_official_layout.tfrecord");
    import_into("nasbench101", &file, data.path()).unwrap();
    let benchmark = open("nasbench101", "random=1", data.path());
    assert_eq!(benchmark.rank(0.0).unwrap(), Some(92), "91 cells of up to four vertices");
}

#[test]
fn every_broken_file_is_refused_where_it_breaks() {
    let Some(folder) = shared_data::path(OFFICIAL).map(|path| path.join("corrupt")) else { return };
    let expected = json(&folder.join("expected.json"));
    for (name, expected) in expected.as_object().unwrap() {
        let data = tempfile::tempdir().unwrap();
        let to = data.path().join("new");
        let result = import_into("nasbench101", &folder.join(name), &to);
        if expected["expect"] == "ok" {
            assert!(result.is_ok(), "{name}: {result:?}");
            continue;
        }
        let error = result.unwrap_err().to_string();
        assert!(error.contains(name), "{name}: {error}");
        assert!(!to.exists(), "{name}: nothing is written");
        let place = format!(": record {} (counted from 0) at byte ", expected["bad_record_index"]);
        assert!(name == "empty.tfrecord" || error.contains(&place), "{name}: {error}");
        println!("{}", error.replace(&folder.display().to_string(), "…"));
    }
}

#[test]
#[ignore = "slow without optimisation: run with --release"]
fn the_surrogate_is_a_whole_space_with_a_known_optimum() {
    let Some(file) = shared_data::path("nb101/nb101_surrogate.npz") else { return };
    let data = tempfile::tempdir().unwrap();
    let report = import_into("nasbench101-surrogate", &file, data.path()).unwrap();
    assert!(report.contents.contains("423624 cells; no measured results"), "{report:?}");
    let benchmark = open("nasbench101-surrogate", "", data.path());
    assert_eq!(benchmark.optimum().unwrap(), Some(94.721));
    assert_eq!(benchmark.predictor(), Some("nasbench101-surrogate"), "nothing of it is measured");
    let best = benchmark
        .space
        .parse(
            "010101001100000010000001000001000000:input,conv3x3-bn-relu,conv3x3-bn-relu,\
             conv3x3-bn-relu,conv1x1-bn-relu,output",
        )
        .unwrap();
    assert_eq!(benchmark.test(&best).unwrap(), None);
    let outcome = search(&benchmark, StudySettings::new(500, 1));
    let plain: Vec<_> = outcome.history.trials().iter().map(|t| t.measurement.clone()).collect();
    assert!(plain.iter().all(|found| found.train_seconds.is_some() && found.value > 60.0));

    let noisy = open("nasbench101-surrogate", "random=5", data.path());
    let again = open("nasbench101-surrogate", "random=5", data.path());
    let (mut sum, mut squares) = (0.0, 0.0);
    for trial in outcome.history.trials() {
        let found = noisy.measure(&trial.arch).unwrap().unwrap();
        assert_eq!(again.measure(&trial.arch).unwrap().as_ref(), Some(&found));
        let noise = found.value - trial.measurement.value;
        if noise > -10.0 {
            (sum, squares) = (sum + noise, squares + noise * noise);
        }
    }
    let deviation = (squares / 500.0).sqrt();
    assert!((0.18..0.22).contains(&deviation) && sum.abs() / 500.0 < 0.03, "{deviation} {sum}");
    assert!(
        Benchmark::open_with(
            "nasbench101-surrogate",
            None,
            "repeat=1".parse().unwrap(),
            Some(data.path())
        )
        .is_err()
    );
}

#[test]
fn on_the_subset_what_is_not_known_costs_no_query() {
    let Some(file) = shared_data::path("nb101/nb101_real_30001.csv.gz") else { return };
    let data = tempfile::tempdir().unwrap();
    import_into("nasbench101-subset", &file, data.path()).unwrap();
    let benchmark = open("nasbench101-subset", "", data.path());
    assert!((benchmark.optimum().unwrap().unwrap() - 94.911_859).abs() < 1e-5);
    let outcome = search(&benchmark, StudySettings::new(30, 3));
    assert_eq!(outcome.history.trials().len(), 30, "about one cell in 14 is known");
    for trial in outcome.history.trials() {
        let record = benchmark.record(&trial.arch).unwrap().unwrap();
        assert!(record.rank.is_some() && record.train_seconds.is_some() && record.test.is_none());
    }
    let early = open("nasbench101-subset", "epochs=4", data.path());
    let first = &outcome.history.trials()[0].arch;
    assert_eq!(early.record(first).unwrap().unwrap().train_seconds, None);
}

#[test]
#[ignore = "slow without optimisation: run with --release"]
fn stand_ins_are_verified() {
    for (name, file, count) in [
        ("nasbench101-subset", "nb101/nb101_real_30001.csv.gz", 30_001),
        ("nasbench101-surrogate", "nb101/nb101_surrogate.npz", 423_624),
    ] {
        let Some(file) = shared_data::path(file) else { return };
        let data = tempfile::tempdir().unwrap();
        import_into(name, &file, data.path()).unwrap();
        let verification = open(name, "", data.path()).verify(&mut |_, _| {}).unwrap();
        assert_eq!(verification.architectures, Some(count));
        assert_eq!(verification.complete, count == 423_624);
    }
}
