//! Benchmarks of chains against real data.

use std::io::Read as _;
use std::path::Path;

use ganas_bench::{Benchmark, QuerySettings, import};
use ganas_graph::spaces::Chain;
use ganas_graph::{Arch, SearchSpace, moves};
use ganas_search::{Evaluation, TestOracle};
use serde_json::Value;
use tempfile::TempDir;

use crate::{evaluating, shared_data};

const ACCEL: &str = "accel_nb";
const OFA: &str = "ofa_mbv3";
const MACRO: &str = "nb_macro/nas_bench_macro.csv.gz";

fn imported(name: &str, path: &Path, query: &str) -> (TempDir, Benchmark) {
    let folder = tempfile::tempdir().unwrap();
    import(name, path, Some(folder.path()), &mut |_, _| {}).unwrap();
    let settings: QuerySettings = query.parse().unwrap();
    let benchmark = Benchmark::open_with(name, None, settings, Some(folder.path())).unwrap();
    (folder, benchmark)
}

fn value(benchmark: &Benchmark, arch: &Arch) -> f64 {
    let Evaluation::Measured(measurement) =
        evaluating::evaluate(benchmark, &*benchmark.space, arch)
    else {
        panic!("an architecture of the space");
    };
    measurement.value
}

fn golden(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("golden_predictions.json")).unwrap()).unwrap()
}

/// Lines of a packed CSV file.
fn lines(path: &Path) -> Vec<csv::StringRecord> {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
}

/// The records count by the rule of `thop`.
#[test]
fn costs_are_those_of_all_records_of_accel_nasbench() {
    let Some(folder) = shared_data::path(ACCEL) else { return };
    let space = Chain::built_in("mnasnet").unwrap();
    let (mut archs, lines) =
        (std::collections::BTreeSet::new(), lines(&folder.join("accel_nb_imagenet.csv.gz")));
    for line in &lines {
        let arch = space.parse(&line[1]).unwrap();
        assert_eq!(space.display(&arch), line[1]);
        let cost = space.network_cost(&arch);
        let millionths = |text: &str| (text.parse::<f64>().unwrap() * 1e6).round();
        let is = |count: u64, text: &str| (count as f64 - millionths(text)).abs() < 0.5;
        assert!(is(cost.thop_flops(), &line[5]), "{line:?}");
        assert!(is(cost.parameters, &line[6]), "{line:?}");
        archs.insert(arch);
    }
    assert_eq!((lines.len(), archs.len()), (5_138, 5_125));
}

#[test]
fn costs_and_twins_are_those_of_all_networks_of_nasbench_macro() {
    let Some(path) = shared_data::path(MACRO) else { return };
    let space = Chain::built_in("nasbench-macro").unwrap();
    let mut classes = std::collections::BTreeMap::new();
    let lines = lines(&path);
    for line in &lines {
        let arch = space.parse(&line[0]).unwrap();
        let cost = space.network_cost(&arch);
        assert_eq!(cost.parameters.to_string(), line[5]);
        assert_eq!(cost.multiply_adds.to_string(), line[6]);
        let results: Vec<_> = (1..=4).map(|column| line[column].to_owned()).collect();
        let first = classes.entry(space.canonical(&arch)).or_insert_with(|| results.clone());
        assert_eq!(first, &results, "one class has one result: {line:?}");
    }
    assert_eq!((lines.len() as u128, classes.len() as u128), (6_561, space.classes().unwrap()));
}

#[test]
fn nasbench_macro_gives_one_run_or_the_mean() {
    let Some(path) = shared_data::path(MACRO) else { return };
    let (_folder, benchmark) = imported("nasbench-macro", &path, "mean");
    let best = benchmark.space.named("best").unwrap();
    let optimum = benchmark.optimum().unwrap().unwrap();
    assert!((optimum - 93.1267).abs() < 1e-4);
    assert!((value(&benchmark, &best) - optimum).abs() < 1e-12);
    assert!((benchmark.test(&best).unwrap().unwrap() - optimum).abs() < 1e-12);
    assert_eq!(benchmark.rank(optimum).unwrap(), Some(1));
    let verification = benchmark.verify(&mut |_, _| {}).unwrap();
    assert_eq!(verification.architectures, Some(6_561));
    let (_folder, one) = imported("nasbench-macro", &path, "repeat=1");
    let record = one.record(&best).unwrap().unwrap();
    assert_eq!(record.validation, record.validation_runs[1]);
    assert!(
        (one.test(&best).unwrap().unwrap() - optimum).abs() < 1e-12,
        "the mean, whatever a query gives"
    );
    let worst = moves::enumerate(&*one.space).next().unwrap();
    assert!((value(&one, &worst) - 45.33).abs() < 1e-12);
}

#[test]
fn accel_nasbench_predicts_the_golden_values() {
    let Some(folder) = shared_data::path(ACCEL) else { return };
    let (_folder, benchmark) = imported("accel-nasbench", &folder, "mean");
    let golden = golden(&folder);
    let examples = golden["golden"].as_array().unwrap().iter().chain([&golden["efficientnet_b0"]]);
    let names = ["latency_zcu102", "latency_vck190", "throughput_a100", "throughput_tpuv3"];
    let mut count = 0;
    for example in examples {
        let arch = benchmark.space.parse(example["arch"].as_str().unwrap()).unwrap();
        let number = |name: &str| example[name].as_f64().unwrap();
        assert!((value(&benchmark, &arch) - number("val_top1")).abs() < 1e-9, "{example}");
        let costs = benchmark.space.cost(&arch);
        for (cost, name) in costs[3..].iter().zip(names) {
            assert!((cost - number(name)).abs() < 1e-9 * number(name), "{name} {cost} {example}");
        }
        count += 1;
    }
    assert_eq!(count, 251);
    let b0 = benchmark.space.named("efficientnet-b0").unwrap();
    assert!((value(&benchmark, &b0) - 66.055_662_128_759_6).abs() < 1e-9);
    assert!(benchmark.record(&b0).unwrap().unwrap().validation_runs.is_empty(), "never trained");
    let trained = benchmark.space.parse("6,3,1,0;4,5,2,0;6,3,3,0;6,5,3,0;6,5,2,0;1,3,2,0;1,3,2,0");
    let record = benchmark.record(&trained.unwrap()).unwrap().unwrap();
    assert!((record.validation_runs[0].percent() - 59.368).abs() < 1e-9);
}

/// The notation of our space for the original's four lists.
fn notation(example: &Value) -> String {
    let list = |name: &str| -> Vec<u64> {
        example[name].as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect()
    };
    let (kernels, expansions) = (list("ks"), list("e"));
    let stages = list("d").into_iter().enumerate().map(|(stage, depth)| {
        let layers = (4 * stage..).take(usize::try_from(depth).unwrap());
        let layers = layers.map(|slot| format!("/e{},k{}", expansions[slot], kernels[slot]));
        format!(";d{depth}{}", layers.collect::<String>())
    });
    format!("r{}{}", example["r"], stages.collect::<String>())
}

#[test]
fn once_for_all_predicts_the_golden_values() {
    let Some(folder) = shared_data::path(OFA) else { return };
    let (_folder, benchmark) = imported("ofa-mbv3", &folder, "mean");
    let golden = golden(&folder);
    let examples =
        golden["golden"].as_array().unwrap().iter().chain([&golden["published_example"]]);
    let (mut known, mut unknown) = (0, 0);
    for example in examples {
        let Ok(arch) = benchmark.space.parse(&notation(example)) else {
            assert!(example["note10_latency_ms"].is_null(), "{example}");
            unknown += 1;
            continue;
        };
        let accuracy = value(&benchmark, &arch) / 100.0;
        assert!((accuracy - example["pred_f32"].as_f64().unwrap()).abs() < 1e-6, "{example}");
        let latency = example["note10_latency_ms"].as_f64().unwrap();
        let found = benchmark.space.cost_of(&arch, 2);
        assert!((found - latency).abs() < 1e-9, "{found} {example}");
        known += 1;
    }
    assert_eq!(known + unknown, 201);
    assert!(known > 100, "{known}");
    let resolution = benchmark.space.parse("r112;d2").unwrap_err().to_string();
    assert!(resolution.contains("expected the resolution (`r160`"), "{resolution}");
}

/// Without the latency table, all resolutions are there.
#[test]
fn once_for_all_predicts_without_latencies() {
    let Some(folder) = shared_data::path(OFA) else { return };
    let file = folder.join("acc_predictor.safetensors");
    let (_folder, benchmark) = imported("ofa-mbv3", &file, "mean");
    for example in golden(&folder)["golden"].as_array().unwrap() {
        let arch = benchmark.space.parse(&notation(example)).unwrap();
        let accuracy = value(&benchmark, &arch) / 100.0;
        assert!((accuracy - example["pred_f32"].as_f64().unwrap()).abs() < 1e-6, "{example}");
    }
}
