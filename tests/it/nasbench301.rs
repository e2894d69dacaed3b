//! The DARTS space and the surrogates of its benchmark, against published and golden numbers.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ganas_bench::gbdt::{Forest, read_xgboost};
use ganas_bench::nasbench301::{FeatureEncoder, Surrogate};
use ganas_bench::{Benchmark, import};
use ganas_graph::spaces::Darts;
use ganas_graph::spaces::darts::Network;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::{Evaluation, TestOracle};
use serde_json::Value;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::{evaluating, shared_data};

/// Networks trained by OnceNAS-Bench, with their costs. Its genotypes may have `none`.
const TRAINED: &str = "nb301/darts_trained_545_oncenas.csv";

/// The records' costs are of the CIFAR-10 network with 36 channels and 20 cells, its auxiliary
/// classifier left out; their FLOPs are counted by the rule of `thop`.
#[test]
fn costs_are_the_recorded_ones() {
    let Some(path) = shared_data::path(TRAINED) else { return };
    let space = Darts::with_none(Network::darts_cifar10());
    let mut reader = csv::Reader::from_path(path).unwrap();
    let mut count = 0;
    for row in reader.records().map(Result::unwrap) {
        let arch = space.parse(&row[0]).unwrap();
        assert_eq!(space.parse(&row[1]).unwrap(), arch, "both notations");
        let millionths = |text: &str| (text.parse::<f64>().unwrap() * 1e6).round();
        let cost = space.network_cost(&arch);
        assert!((cost.thop_flops() as f64 - millionths(&row[2])).abs() < 0.5, "{row:?}: {cost:?}");
        assert!((cost.parameters as f64 - millionths(&row[3])).abs() < 0.5, "{row:?}: {cost:?}");
        count += 1;
    }
    assert_eq!(count, 545);
}

/// The stand-in's models, in the layout of the published archives, and what the original libraries
/// predict with them.
const MODELS: &str = "nb301/nb_models";
const GOLDEN: &str = "nb301/golden_predictions.json";
const VARIANTS: &str = "nb301/format_variants";

fn golden() -> Option<(PathBuf, Value)> {
    let (models, path) = (shared_data::path(MODELS)?, shared_data::path(GOLDEN)?);
    Some((models, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()))
}

/// The stand-in, imported.
fn imported(models: &Path) -> (TempDir, Surrogate) {
    let folder = tempfile::tempdir().unwrap();
    let report =
        import("nasbench301-standin", models, Some(folder.path()), &mut |_, _| {}).unwrap();
    assert_eq!(
        (report.benchmark.as_str(), report.part.as_str()),
        ("nasbench301-standin", "surrogate")
    );
    assert!(report.contents.contains("5 XGBoost models (xgb_vdev)"), "{report:?}");
    let surrogate = Surrogate::read(&report.table).unwrap();
    (folder, surrogate)
}

fn examples(golden: &Value) -> Vec<&Value> {
    let examples = golden["golden"].as_array().unwrap();
    [&golden["readme_example"]].into_iter().chain(examples).collect()
}

fn arch(example: &Value) -> Arch {
    Darts::default().parse(example["genotype"].as_str().unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn predictions_are_those_of_the_original_libraries() {
    let Some((models, golden)) = golden() else { return };
    let (_folder, surrogate) = imported(&models);
    let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    let examples = examples(&golden);
    let archs: Vec<_> = examples.iter().map(|example| arch(example)).collect();
    let many = surrogate.predict_many(&archs);
    for ((example, arch), many) in examples.iter().zip(&archs).zip(many) {
        let found = surrogate.predict(arch);
        let members: Vec<f64> = found.members.iter().copied().map(f64::from).collect();
        assert_eq!(bits(&members), bits(&numbers(&example["xgb_members"])), "{example}");
        let summary = [f64::from(found.mean), f64::from(found.deviation)];
        let expected = ["xgb_mean", "xgb_std"].map(|name| example[name].as_f64().unwrap());
        assert_eq!(bits(&summary), bits(&expected), "{example}");
        let seconds = surrogate.train_seconds(arch).unwrap();
        let expected = example["lgb_runtime_s"].as_f64().unwrap();
        assert!((seconds / expected - 1.0).abs() < 1e-12, "{seconds} {example}");
        assert_eq!(many, found, "many at once are the same");
    }
    assert_eq!(archs.len(), 201);
}

#[test]
fn features_are_those_of_the_configuration_space() {
    let Some((_, golden)) = golden() else { return };
    let example = &golden["readme_example"];
    let features = FeatureEncoder::new().encode(&Darts::default().cells(&arch(example)));
    for (found, expected) in features.into_iter().zip(numbers(&example["features"])) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}

#[test]
fn all_variants_of_a_booster_are_read() {
    let (Some((_, golden)), Some(folder)) = (golden(), shared_data::path(VARIANTS)) else { return };
    for (variant, column) in [
        ("xgb_pickle_proto2", "variant_binary"),
        ("xgb_pickle_proto4", "variant_binary"),
        ("xgb_jsonhandle_proto3", "variant_json"),
    ] {
        let path = folder.join(variant).join("surrogate_model.model");
        let bytes = std::fs::read(path).unwrap();
        let model = read_xgboost(&bytes).unwrap();
        let forest = Forest::new(&model);
        for example in examples(&golden) {
            let features = FeatureEncoder::new().encode(&Darts::default().cells(&arch(example)));
            #[expect(clippy::cast_possible_truncation, reason = "as the model sees it")]
            let found = forest.predict(&features.map(|feature| feature as f32));
            let expected = example[column].as_f64().unwrap();
            assert_eq!(f64::from(found).to_bits(), expected.to_bits(), "{variant}: {example}");
        }
        // The model without the pickle around it is the same.
        let start = bytes.windows(4).position(|window| window == b"binf");
        if let Some(start) = start.filter(|_| variant == "xgb_pickle_proto4") {
            let length = u64::from_le_bytes(*bytes[start - 8..].first_chunk().unwrap());
            let plain = &bytes[start..start + usize::try_from(length).unwrap()];
            assert_eq!(read_xgboost(plain).unwrap(), model);
        }
    }
}

#[test]
fn searches_see_the_models_mean() {
    let Some((models, golden)) = golden() else { return };
    let (folder, surrogate) = imported(&models);
    let open = |name: &str, query: &str| {
        let opened = Benchmark::open_with(name, None, query.parse().unwrap(), Some(folder.path()));
        opened.map_err(|error| error.to_string())
    };
    let arch = arch(&golden["readme_example"]);
    let value = |query: &str| {
        let benchmark = open("nasbench301-standin", query).unwrap();
        let Evaluation::Measured(found) =
            evaluating::evaluate(&benchmark, &*benchmark.space, &arch)
        else {
            panic!("an architecture of the space");
        };
        assert_eq!(found.train_seconds, surrogate.train_seconds(&arch));
        assert_eq!((benchmark.test(&arch).unwrap(), benchmark.optimum().unwrap()), (None, None));
        assert_eq!(benchmark.record(&arch).unwrap().unwrap().validation_runs.len(), 5);
        found.value
    };
    assert!((value("mean") - 94.235_534_667_968_75).abs() < 1e-12);
    assert!((value("repeat=2") - f64::from(surrogate.predict(&arch).members[2])).abs() < 1e-12);
    let drawn = ["random=1", "random=2", "random=1"].map(value);
    assert!((drawn[0] - drawn[2]).abs() < 1e-12 && (drawn[0] - drawn[1]).abs() > 1e-6, "{drawn:?}");
    assert!(open("nasbench301-standin", "repeat=5").is_err());

    let error = open("nasbench301", "").unwrap_err();
    assert!(error.contains("with `ganas bench import nasbench301 FILE`, where FILE is"), "{error}");
    let to = Some(folder.path());
    let error = import("nasbench301", &models, to, &mut |_, _| {}).unwrap_err().to_string();
    assert!(error.contains("`xgb_vdev`, which must be imported as nasbench301-standin"), "{error}");
}

/// The same models give the same numbers from a zip archive.
#[test]
fn an_archive_is_read_as_its_folder() {
    let Some((models, golden)) = golden() else { return };
    let (folder, surrogate) = imported(&models);
    let archive = folder.path().join("models.zip");
    let mut writer = ZipWriter::new(std::fs::File::create(&archive).unwrap());
    let mut folders = vec![models.clone()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(models.parent().unwrap()).unwrap().to_str().unwrap();
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(&std::fs::read(&path).unwrap()).unwrap();
        }
    }
    writer.finish().unwrap();
    let (mut heard, to) = (0, folder.path().join("other"));
    let mut hear = |done, _| heard = done;
    let report = import("nasbench301-standin", &archive, Some(&to), &mut hear).unwrap();
    assert_eq!(heard, std::fs::metadata(&archive).unwrap().len());
    let other = Surrogate::read(&report.table).unwrap();
    let arch = arch(&golden["readme_example"]);
    assert_eq!(other.predict(&arch), surrogate.predict(&arch));
}
