//! Tests of NAS-Bench-301, from made-up models to query results.

use std::io::Write as _;
use std::path::Path;

use ganas_graph::spaces::Darts;
use ganas_graph::{Arch, moves};
use ganas_search::TestOracle;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::names::{NAME, STAND_IN};
use super::{FEATURES, FeatureEncoder, Prediction, Surrogate};
use crate::formats::table::{Provenance, Table, TableWriter};
use crate::{Benchmark, ImportReport, QuerySettings, import};

/// Returns an accuracy model with one tree, which predicts `value` or one more.
fn xgboost(value: f32, features: usize) -> Vec<u8> {
    let tree = json!({
        "left_children": [1, -1, -1],
        "right_children": [2, -1, -1],
        "split_indices": [10, 0, 0],
        "split_conditions": [3.0, value, value + 1.0],
    });
    let model = json!({ "version": [1, 1, 1], "learner": {
        "gradient_booster": { "name": "gbtree", "model": { "tree_info": [0], "trees": [tree] } },
        "learner_model_param":
            { "base_score": "0", "num_class": "0", "num_feature": features.to_string() },
        "objective": { "name": "reg:squarederror" },
    }});
    model.to_string().into_bytes()
}

const LIGHTGBM: &str = "tree\nversion=v3\nnum_class=1\nnum_tree_per_iteration=1\n\
    max_feature_idx=55\nobjective=regression\n\nTree=0\nnum_leaves=1\nleaf_value=1234.5\n\n\
    end of trees\n";

fn config(model: &str) -> Vec<u8> {
    format!("{{\"model\": \"{model}\", \"param:bananas_enc\": false}}").into_bytes()
}

/// Files of an archive.
type Members = Vec<(String, Vec<u8>)>;

fn member(folder: &str, kind: &str, model: Vec<u8>) -> Members {
    let file = |name: &str, bytes| (format!("{folder}/{name}"), bytes);
    vec![
        file("surrogate_model.model", model),
        file("model_config.json", config(kind)),
        file("data_config.json", b"{\"seed\": 6}".to_vec()),
    ]
}

/// Returns three members for accuracy and one for training time.
fn ensemble(name: &str) -> Members {
    let accuracy = [0_u8, 1, 2].map(|number| {
        let folder = format!("nb_models/{name}/{number}/stamp");
        member(&folder, "xgb", xgboost(90.0 + f32::from(number), FEATURES))
    });
    let runtime = member("nb_models/lgb_runtime_vx/0/stamp", "lgb_time", LIGHTGBM.into());
    [accuracy.concat(), runtime].concat()
}

fn write_folder(files: &Members) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

fn write_archive(files: &Members, path: &Path) {
    let mut writer = ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in files {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap();
}

fn import_folder(folder: &TempDir, name: &str) -> Result<ImportReport, crate::BenchError> {
    import(name, &folder.path().join("nb_models"), Some(folder.path()), &mut |_, _| {})
}

/// Returns the error of importing these files.
fn error(files: &Members) -> String {
    import_folder(&write_folder(files), STAND_IN).unwrap_err().to_string()
}

fn arch() -> Arch {
    moves::sample(&Darts::default(), &mut ChaCha8Rng::seed_from_u64(4))
}

#[test]
fn what_was_imported_is_a_benchmark() {
    let folder = write_folder(&ensemble("xgb_vdev"));
    let report = import_folder(&folder, STAND_IN).unwrap();
    assert_eq!(
        report.contents,
        "validation accuracy on CIFAR-10 after 100 epochs, predicted by 3 XGBoost models \
         (xgb_vdev); training time in seconds, predicted by 1 LightGBM models"
    );
    let open = |query: &str| {
        let query = query.parse::<QuerySettings>().unwrap();
        Benchmark::open_with(STAND_IN, Some("cifar10"), query, Some(folder.path())).unwrap()
    };
    let value = |query: &str| {
        let found = open(query).measure(&arch()).unwrap().expect("an architecture of the space");
        assert_eq!(found.train_seconds, Some(1234.5));
        found.value
    };
    assert!((value("repeat=1") - value("mean")).abs() < 1e-12);
    assert!((value("repeat=2") - value("repeat=0") - 2.0).abs() < 1e-12);
    assert!((value("random=3") - value("mean")).abs() > 1e-9);
    let benchmark = open("");
    assert_eq!(benchmark.record(&arch()).unwrap().unwrap().validation_runs.len(), 3);
    assert_eq!((benchmark.test(&arch()).unwrap(), benchmark.optimum().unwrap()), (None, None));
    assert_eq!(benchmark.tables()[0].part, "surrogate");
    assert!(benchmark.verify(&mut |_, _| {}).is_ok());

    // An architecture of another space.
    let other = ganas_graph::spaces::NasBench201::default();
    let other = moves::sample(&other, &mut ChaCha8Rng::seed_from_u64(0));
    assert_eq!(benchmark.measure(&other).unwrap(), None);
}

#[test]
fn an_archive_is_the_same_as_its_folder() {
    let files = ensemble("xgb_vdev");
    let folder = write_folder(&files);
    let archive = folder.path().join("models.zip");
    write_archive(&files, &archive);
    let imported = import_folder(&folder, STAND_IN).unwrap();
    let one = Surrogate::read(&imported.table).unwrap().predict(&arch());
    let mut heard = 0;
    let report =
        import(STAND_IN, &archive, Some(folder.path()), &mut |done, _| heard = done).unwrap();
    assert_eq!(Surrogate::read(&report.table).unwrap().predict(&arch()), one);
    assert_eq!(heard, std::fs::metadata(&archive).unwrap().len());
    assert_eq!(
        report.source_sha256,
        crate::formats::table::sha256(&std::fs::read(&archive).unwrap())
    );
}

#[test]
fn one_member_has_no_noise() {
    let files = member("nb_models/xgb_vdev/0", "xgb", xgboost(90.0, FEATURES));
    let folder = write_folder(&files);
    let surrogate = Surrogate::read(&import_folder(&folder, STAND_IN).unwrap().table).unwrap();
    let prediction = surrogate.predict(&arch());
    assert_eq!(prediction.members, [prediction.mean]);
    let noisy = prediction.with_noise(1, surrogate.canonical(&arch()), 2);
    assert!((noisy - f64::from(prediction.mean)).abs() < 1e-12);
    assert_eq!(surrogate.train_seconds(&arch()), None);
}

#[test]
fn noise_depends_on_seed_architecture_and_query_alone() {
    let prediction = Prediction { members: vec![], mean: 90.0, deviation: 0.5 };
    let hash = |text: &str| ganas_graph::ArchHash::of(text.as_bytes());
    let draw = |seed, text, query| prediction.with_noise(seed, hash(text), query).to_bits();
    assert_eq!(draw(1, "a", 0), draw(1, "a", 0));
    for other in [draw(2, "a", 0), draw(1, "b", 0), draw(1, "a", 1)] {
        assert_ne!(draw(1, "a", 0), other);
    }
    let draws: Vec<f64> =
        (0..10_000).map(|query| prediction.with_noise(7, hash("a"), query)).collect();
    let mean = draws.iter().sum::<f64>() / 1e4;
    let deviation = (draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 1e4).sqrt();
    assert!((mean - 90.0).abs() < 0.02 && (deviation - 0.5).abs() < 0.02, "{mean} {deviation}");
}

#[test]
fn the_published_models_and_no_others_go_by_the_benchmarks_name() {
    let published = write_folder(&ensemble("xgb_v1.0"));
    assert_eq!(import_folder(&published, NAME).unwrap().benchmark, NAME);
    let error = import_folder(&published, STAND_IN).unwrap_err().to_string();
    assert!(error.contains("found `xgb_v1.0`, which must be imported as nasbench301"), "{error}");
    let other = write_folder(&ensemble("xgb_v2.0"));
    let error = import_folder(&other, NAME).unwrap_err().to_string();
    assert!(
        error.contains("expected the published models, in a folder named xgb_v0.9 or xgb_v1.0")
    );
    // A table under the other benchmark's name.
    let table = published.path().join("nasbench301.table");
    std::fs::rename(table, published.path().join("nasbench301-standin.table")).unwrap();
    let open = |name| {
        let folder = Some(published.path());
        Benchmark::open_with(name, None, QuerySettings::default(), folder).unwrap_err().to_string()
    };
    assert!(open(STAND_IN).contains("models of nasbench301-standin, found models of nasbench301"));
    assert!(open(NAME).contains("with `ganas bench import nasbench301 FILE`"));
}

#[test]
fn a_wrong_member_is_named() {
    let changed = |change: &dyn Fn(&mut Members)| {
        let mut files = ensemble("xgb_vdev");
        change(&mut files);
        error(&files)
    };
    let replaced = |name: &str, bytes: &[u8]| {
        changed(&|files| {
            let file = files.iter_mut().find(|(file, _)| file.ends_with(name)).unwrap();
            file.1 = bytes.to_vec();
        })
    };
    let without = |part: &str| changed(&|files| files.retain(|(file, _)| !file.contains(part)));

    let missing = without("xgb_vdev/1/");
    assert!(
        missing.contains(
            "member `nb_models/xgb_vdev/1`: expected a member, found only 2 other members"
        ),
        "{missing}"
    );
    let no_model = without("1/stamp/surrogate");
    assert!(no_model.contains("member `xgb_vdev/1/stamp`: expected a model"), "{no_model}");
    assert!(without("2/stamp/data_config").contains("expected a file `data_config.json`"));
    let kind = replaced("1/stamp/model_config.json", &config("svm"));
    assert!(
        kind.contains("member `xgb_vdev/1/stamp`: expected a model of type xgb, lgb_time or gnn_gin, found `svm`"),
        "{kind}"
    );
    let paths =
        replaced("1/stamp/model_config.json", b"{\"model\":\"xgb\",\"param:bananas_enc\":true}");
    assert!(paths.contains("one with path encodings"), "{paths}");
    assert!(replaced("1/stamp/model_config.json", b"{").contains("expected a `model_config.json`"));
    assert!(replaced("1/stamp/data_config.json", b"{}").contains("missing field `seed`"));
    let few = replaced("1/stamp/surrogate_model.model", &xgboost(90.0, 55));
    assert!(few.contains("member `xgb_vdev/1/stamp`: expected 56 features, found 55"), "{few}");
    let whole = xgboost(90.0, FEATURES);
    let cut = replaced("1/stamp/surrogate_model.model", &whole[..whole.len() / 2]);
    assert!(cut.contains("nb_models: xgb_vdev/1/stamp: XGBoost model: JSON"), "{cut}");
    let evil =
        replaced("1/stamp/surrogate_model.model", b"\x80\x03cos\nsystem\nX\x02\0\0\0id\x85R.");
    assert!(evil.contains("xgb_vdev/1/stamp: pickle: at byte 2"), "{evil}");
    assert!(evil.contains("found `os.system`"), "{evil}");
}

#[test]
fn graph_networks_are_recognised_and_left_out() {
    let network = member("nb_models/gnn_gin_v1.0/0/stamp", "gnn_gin", b"PK".to_vec());
    let refused = error(&network);
    assert!(refused.contains("graph networks (gnn_gin), which ganas cannot read"), "{refused}");
    let folder = write_folder(&[ensemble("xgb_vdev"), network].concat());
    let report = import_folder(&folder, STAND_IN).unwrap();
    assert!(report.contents.ends_with("; 1 graph networks left out"), "{report:?}");
}

#[test]
fn other_folders_are_explained() {
    let two = error(&[ensemble("xgb_vdev"), ensemble("xgb_vother")].concat());
    assert!(two.contains("`nb_models/xgb_vdev` and `nb_models/xgb_vother`"), "{two}");
    let none = error(&vec![("nb_models/readme".into(), vec![])]);
    assert!(
        none.contains("in files named `…surrogate_model.model`, found no file of that name"),
        "{none}"
    );
    let time = error(&member("nb_models/lgb_runtime_vx/0", "lgb_time", LIGHTGBM.into()));
    assert!(time.contains("found only models of training time"), "{time}");
    let folder = tempfile::tempdir().unwrap();
    let nowhere = import_folder(&folder, STAND_IN).unwrap_err().to_string();
    assert!(nowhere.contains("could not read"), "{nowhere}");
}

#[test]
fn archives_that_lead_elsewhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("models.zip");
    let error = || import(STAND_IN, &path, Some(folder.path()), &mut |_, _| {}).unwrap_err();
    for name in ["../surrogate_model.model", "/etc/surrogate_model.model", "a\\..\\b"] {
        write_archive(&[ensemble("xgb_vdev"), vec![(name.into(), vec![])]].concat(), &path);
        let error = error().to_string();
        assert!(
            error.contains("only members whose paths stay inside the archive"),
            "{name}: {error}"
        );
    }
    let mut writer = ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = SimpleFileOptions::default();
    writer.add_symlink("a/surrogate_model.model", "/etc/passwd", options).unwrap();
    writer.finish().unwrap();
    assert!(error().to_string().contains("expected a file, found a link"));
    std::fs::write(&path, b"no archive").unwrap();
    assert!(error().to_string().contains("not a readable zip archive"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was written");
}

fn provenance() -> Provenance {
    let text = || "test".to_owned();
    Provenance {
        benchmark: text(),
        part: text(),
        contents: text(),
        source: text(),
        source_sha256: text(),
        licence: text(),
    }
}

proptest! {
    #[test]
    fn arbitrary_archives_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("models.zip");
        std::fs::write(&path, [b"PK\x03\x04", &bytes[..]].concat()).unwrap();
        let imported = import(STAND_IN, &path, Some(folder.path()), &mut |_, _| {});
        prop_assert!(imported.is_err());
    }

    /// Tables with correct checksums and arbitrary numbers.
    #[test]
    fn arbitrary_tables_never_panic(
        trees in prop::collection::vec(0..4_u32, 0..4),
        nodes in prop::collection::vec(0..6_u32, 0..8),
        rows in prop::collection::vec((prop_oneof![0..60_u16, Just(u16::MAX)], 0..9_u32), 0..30),
    ) {
        let mut writer = TableWriter::new(provenance());
        writer.section("accuracy.base", 1, trees.iter().copied());
        writer.section("accuracy.trees", 1, trees);
        writer.section("accuracy.nodes", 1, nodes);
        writer.section("accuracy.feature", 1, rows.iter().map(|row| row.0));
        writer.section("accuracy.value", 1, rows.iter().map(|row| row.1));
        writer.section("accuracy.left", 1, rows.iter().map(|row| row.1));
        let table = Table::open("any.table", writer.finish()).unwrap();
        if let Ok(surrogate) = Surrogate::from_table(table) {
            surrogate.predict(&arch());
        }
    }

    #[test]
    fn edges_in_use_are_features(seed: u64) {
        let space = Darts::default();
        let arch = moves::sample(&space, &mut ChaCha8Rng::seed_from_u64(seed));
        let encoder = FeatureEncoder::new();
        let features = encoder.encode(&space.cells(&arch));
        let inactive = features.iter().filter(|value| **value < 0.0 && **value >= -1.0).count();
        prop_assert_eq!(inactive, 2 * (14 - 8));
        // The order of a node's edges does not matter.
        let mut cells = space.cells(&arch);
        cells[1].swap(6, 7);
        prop_assert_eq!(encoder.encode(&cells).map(f64::to_bits), features.map(f64::to_bits));
    }
}
