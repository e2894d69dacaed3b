//! The published files of NAS-Bench-201: real records if available, and generated ones.

use ganas_bench::nasbench201::official::{ArchRecord, TrainingSet, Trial, read_official};
use ganas_bench::{Accuracy, Benchmark, Record, import};
use ganas_graph::spaces::NasBench201;
use ganas_graph::{SearchSpace as _, moves};
use ganas_search::{Evaluation, TestOracle as _};
use serde_json::Value;

use crate::python_pickle::{Python, dict, text};
use crate::{evaluating, shared_data};
use files::{
    NATS, TORCH, count, packed, record, seeds, strings, tar, timed, torch, torch_zip, whole, write,
};

mod files;

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
            same(mean(trials, |trial| trial.test.map(Accuracy::percent)), &means[test_name(set)]);
            same(mean(trials, |trial| trial.latency_seconds), &means["latency_s"]);
            if set != TrainingSet::Cifar10 {
                let validation = |trial: &Trial| trial.validation.map(Accuracy::percent);
                same(mean(trials, validation), &means["x-valid"]);
            }
            for trial in trials {
                let golden = &golden["trials"][name][trial.seed.to_string()];
                let last = &golden["eval_acc_last"];
                same(trial.test.map(Accuracy::percent), &last[test_name(set)]);
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

/// The generated record of a number.
fn check_generated(found: &ArchRecord, string: &str) {
    assert_eq!(NasBench201::default().display(&found.arch), string);
    for (set, epochs) in TrainingSet::ALL.into_iter().flat_map(|set| [(set, 12), (set, 200)]) {
        let trials = found.trials(set, epochs);
        assert_eq!(trials.iter().map(|trial| trial.seed).collect::<Vec<_>>(), seeds(set, epochs));
        for trial in trials {
            let close = |accuracy: Option<Accuracy>, images: u16| {
                let expected = count(found.index, trial.seed, epochs, images);
                let images = accuracy.unwrap().fraction() * f64::from(images);
                assert!((images - f64::from(expected)).abs() < 1e-2, "{images} {expected}");
            };
            close(trial.test, set.test_images());
            if let Some(images) = set.validation_images() {
                close(trial.validation, images);
            }
            let timed = timed(set, epochs, trial.seed);
            assert_eq!(trial.train_seconds, timed.then(|| f64::from(epochs) / 2.0));
            assert_eq!(trial.latency_seconds, Some(0.015));
            assert_eq!((trial.params_millions, trial.flops_millions), (0.129_306, 15.647_37));
        }
    }
}

#[test]
fn all_layouts_are_read_alike() {
    let (folder, strings) = (tempfile::tempdir().unwrap(), strings());
    let indices = [3, 7, 15_000];
    let records = |names| indices.map(|index| (index, record(index, &strings[index], names)));
    let members: Vec<Vec<u8>> =
        records(NATS).iter().map(|(_, record)| packed(&record.pickle(4))).collect();
    write(folder.path(), "simple/000003.pickle.pbz2", &members[0]);
    write(folder.path(), "simple/7.pickle.pbz2", &members[1]);
    write(folder.path(), "simple/015000.pickle.pbz2", &members[2]);
    write(folder.path(), "simple/meta.pickle.pbz2", b"is not read");
    let archive = tar(&[
        ("simple/015000.pickle.pbz2", &members[2]),
        ("simple/meta.pickle.pbz2", b"is not read"),
        ("./simple/7.pickle.pbz2", &members[1]),
        ("simple/000003.pickle.pbz2", &members[0]),
    ]);
    let nats = whole(records(NATS).into()).pickle(4);
    let torch_whole = whole(records(TORCH).into()).pickle(2);
    let paths = [
        folder.path().join("simple"),
        write(folder.path(), "simple.tar", &archive),
        write(folder.path(), "whole.pickle.pbz2", &packed(&nats)),
        write(folder.path(), "legacy.pth", &torch(&torch_whole)),
        write(folder.path(), "new.pth", &torch_zip("archive/data.pkl", &torch_whole)),
    ];
    for path in paths {
        let mut told = (0, 0);
        let official = read_official(&path, &mut |done, all| told = (done, all)).unwrap();
        assert_eq!(official.records.len(), 3, "{path:?}");
        for (found, index) in official.records.iter().zip(indices) {
            assert_eq!(found.index, index);
            check_generated(found, &strings[index]);
        }
        assert!(told.0 > 0 && told.0 <= told.1, "{path:?}: {told:?}");
        assert_eq!(official.sha256.len(), 64);
    }
}

/// Imports a file and gives the error; nothing may be written.
#[track_caller]
fn refused(name: &str, bytes: &[u8], expected: &[&str]) {
    let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = write(folder.path(), name, bytes);
    let path = if name.contains('/') { path.parent().unwrap().to_owned() } else { path };
    let error =
        import("nasbench201", &path, Some(to.path()), &mut |_, _| {}).unwrap_err().to_string();
    for part in expected {
        assert!(error.contains(part), "expected `{part}` in: {error}");
    }
    assert_eq!(std::fs::read_dir(to.path()).unwrap().count(), 0, "nothing is written");
}

/// A folder with one record that was changed.
#[track_caller]
fn refused_record(change: impl FnOnce(&mut Python), expected: &[&str]) {
    let mut record = record(7, &strings()[7], NATS);
    change(&mut record);
    let in_record = ["000007.pickle.pbz2: architecture 7"];
    let bytes = packed(&record.pickle(4));
    refused("simple/000007.pickle.pbz2", &bytes, &[&in_record, expected].concat());
}

#[test]
fn records_that_are_not_as_published_are_refused() {
    fn first(record: &mut Python) -> &mut Python {
        let Python::Dict(results) = record.at("200").at("all_results") else { panic!() };
        &mut results[0].1
    }
    refused_record(|record| record.remove("12"), &["a field `12` or `less`, found none"]);
    refused_record(|record| *record = Python::Int(5), &["expected a dictionary, found 5"]);
    refused_record(|record| record.at("200").remove("arch_str"), &["`200`", "a field `arch_str`"]);
    refused_record(
        |record| *record.at("200").at("arch_index") = Python::Int(8),
        &["`200`, `arch_index`: expected 7, found 8"],
    );
    let other = strings()[8].clone();
    refused_record(
        |record| *record.at("12").at("arch_str") = text(&other),
        &["`arch_str`: expected the architecture with index 7", "(index 8)"],
    );
    refused_record(
        |record| *record.at("12").at("arch_str") = text("|conv~0|"),
        &["`arch_str`: expected an architecture"],
    );
    let place = "200 epochs, cifar10-valid, seed 777";
    refused_record(|record| first(record).remove("eval_acc1es"), &[place, "a field `eval_acc1es`"]);
    refused_record(
        |record| *first(record).at("eval_acc1es") = Python::List(Vec::new()),
        &[place, "`eval_acc1es`: expected a dictionary, found a list"],
    );
    refused_record(
        |record| *first(record).at("eval_acc1es").at("x-valid@199") = text("high"),
        &[place, "`x-valid@199`: expected a number, found `high`"],
    );
    refused_record(
        |record| *first(record).at("eval_acc1es").at("x-valid@199") = Python::Float(100.5),
        &["expected a percentage, found 100.5"],
    );
    refused_record(
        |record| *first(record).at("epochs") = Python::Int(199),
        &["`epochs`: expected 200, found 199"],
    );
    refused_record(
        |record| *first(record).at("train_times") = dict([("a", Python::Int(1))]),
        &["`train_times`: expected a time for each of 200 epochs, found 1"],
    );
    refused_record(
        |record| *first(record).at("params") = Python::Global("collections", "OrderedDict"),
        &["`params`: expected a number"],
    );
}

#[test]
fn broken_files_are_refused() {
    let string = &strings()[7];
    let pickle = record(7, string, NATS).pickle(4);
    let good = packed(&pickle);
    let name = "simple/000007.pickle.pbz2";
    let forbidden = packed(&Python::Global("os", "system").pickle(4));
    refused(name, &forbidden, &["000007.pickle.pbz2: pickle: at byte 16", "found `os.system`"]);
    refused(name, &packed(&pickle[..900]), &["000007.pickle.pbz2: pickle: at byte", "the end"]);
    refused(name, &good[..good.len() / 2], &["could not unpack ", "000007.pickle.pbz2: "]);
    refused(name, b"no bzip2", &["could not unpack ", "000007.pickle.pbz2: "]);
    refused(name, &good, &["expected results for all 15625 architectures, found 1"]);
    refused("simple/else", b"", &["expected records named like 000011.pickle.pbz2, found none"]);
    for (member, found) in [
        ("../000007.pickle.pbz2", "a path with `..`"),
        ("/etc/000007.pickle.pbz2", "an absolute path"),
    ] {
        refused("a.tar", &tar(&[(member, &good)]), &[&format!("a.tar: member `{member}`"), found]);
    }
    let archive = tar(&[("simple/000007.pickle.pbz2", &forbidden)]);
    refused("a.tar", &archive, &["a.tar: simple/000007.pickle.pbz2: pickle: at byte 16"]);
    let cut = tar(&[("simple/000007.pickle.pbz2", &good)]);
    refused(
        "a.tar",
        &cut[..1024],
        &[
            "a.tar: simple/000007.pickle.pbz2: expected a member of",
            "the end of the archive after 512 bytes",
        ],
    );
    let twice = tar(&[("7.pickle.pbz2", &good), ("000007.pickle.pbz2", &good)]);
    refused("a.tar", &twice, &["architecture 7", "expected one record, found two"]);
    refused("a.tar", &tar(&[("readme", b"text")]), &["expected records named like", "found none"]);
    refused("else.bin", b"something else", &["else.bin"]);
}

#[test]
fn links_in_archives_are_refused() {
    let mut builder = ::tar::Builder::new(Vec::new());
    let mut header = ::tar::Header::new_ustar();
    header.set_entry_type(::tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "simple/000007.pickle.pbz2", "/etc/passwd").unwrap();
    refused("a.tar", &builder.into_inner().unwrap(), &["member `simple/000007", "found a link"]);
}

#[test]
fn broken_whole_files_are_refused() {
    let strings = strings();
    let records = |names| [7, 8].map(|index| (index, record(index, &strings[index], names)));
    let good = whole(records(TORCH).into()).pickle(2);
    let cut = &good[..good.len() - 2000];
    refused("a.pth", &torch(cut), &["a.pth: pickle 4 of 5: pickle: at byte"]);
    let mut tensors = torch(&good);
    tensors.truncate(tensors.len() - Python::List(Vec::new()).pickle(2).len());
    let with = [tensors.clone(), Python::List(vec![text("0")]).pickle(2)].concat();
    refused("a.pth", &with, &["pickle 5 of 5: expected no tensors after the results, found some"]);
    refused("a.pth", &tensors, &["a.pth: pickle 5 of 5: pickle: at byte 0", "found the end"]);
    let trailing = [torch(&good), b"tensor".to_vec()].concat();
    refused(
        "a.pth",
        &trailing,
        &["expected the end of the file after the results, found more bytes"],
    );
    refused("a.pth", &torch(&good), &["expected results for all 15625 architectures, found 2"]);
    let none = dict([("arch2infos", Python::None)]).pickle(4);
    refused("a.pbz2", &packed(&none), &["expected results in `arch2infos`, found none"]);
    let swapped = whole(vec![(7, record(8, &strings[8], NATS))]).pickle(4);
    refused("a.pbz2", &packed(&swapped), &["architecture 7", "`arch_index`: expected 7, found 8"]);
    let forbidden = dict([("arch2infos", Python::Global("os", "system"))]).pickle(2);
    let zip = torch_zip("archive/data.pkl", &forbidden);
    refused("a.pth", &zip, &["a.pth: archive/data.pkl: pickle: at byte", "found `os.system`"]);
    refused("a.pth", &torch_zip("../data.pkl", &good), &["member `../data.pkl`", "leads outside"]);
}

/// A file of generated records of all architectures, imported into a folder.
fn imported() -> (tempfile::TempDir, Vec<String>) {
    let (folder, strings) = (tempfile::tempdir().unwrap(), strings());
    let records = strings.iter().enumerate();
    let records = records.map(|(index, string)| (index, record(index, string, TORCH)));
    let path = write(folder.path(), "all.pth", &torch(&whole(records.collect()).pickle(2)));
    let report = import("nasbench201", &path, Some(folder.path()), &mut |_, _| {}).unwrap();
    assert_eq!(report.part, "all");
    assert!(report.contents.ends_with("203125 training runs of 12 and 200 epochs"), "{report:?}");
    assert!(report.bytes < 10_000_000, "{report:?}");
    (folder, strings)
}

#[test]
fn an_imported_file_answers_every_query() {
    let (folder, strings) = imported();
    let open = |dataset, query: &str| {
        let query = query.parse().unwrap();
        Benchmark::open_with("nasbench201", Some(dataset), query, Some(folder.path()))
            .map_err(|error| error.to_string())
    };
    let part = |count: u16, images: u16| f64::from(count) / f64::from(images) * 100.0;
    let close =
        |found: f64, expected: f64| assert!((found - expected).abs() < 1e-8, "{found} {expected}");
    let (index, epochs) = (284, 200);
    let at = |seed, images| part(count(index, seed, epochs, images), images);
    let mean = |seeds: [u16; 2], images| f64::midpoint(at(seeds[0], images), at(seeds[1], images));

    let benchmark = open("cifar10", "").unwrap();
    assert_eq!(benchmark.tables().len(), 1, "the compiled-in table has made way");
    let arch = benchmark.space.parse(&strings[index]).unwrap();
    let record = benchmark.record(&arch).unwrap().unwrap();
    assert_eq!(record.official_index, Some(index));
    close(record.validation.percent(), mean([777, 888], 25_000));
    close(record.test.unwrap().percent(), mean([777, 999], 10_000));
    close(benchmark.test(&arch).unwrap().unwrap(), mean([777, 999], 10_000));
    assert_eq!(record.validation_runs.len(), 2);
    assert_eq!(record.latency_seconds, Some(0.015));
    assert_eq!(record.train_seconds, None, "these have none");
    let Evaluation::Measured(measured) = evaluating::evaluate(&benchmark, &*benchmark.space, &arch)
    else {
        panic!()
    };
    close(measured.value, record.validation.percent());
    assert_eq!(benchmark.rank(measured.value).unwrap(), record.rank);

    let first = open("cifar100", "repeat=0").unwrap().record(&arch).unwrap().unwrap();
    close(first.validation.percent(), at(777, 5_000));
    assert_eq!(first.train_seconds, Some(100.0));
    let second = open("cifar10", "repeat=1").unwrap().record(&arch).unwrap().unwrap();
    close(second.validation.percent(), at(888, 25_000));
    close(second.test.unwrap().percent(), at(999, 10_000));
    let short = open("imagenet16-120", "epochs=12").unwrap();
    let record = short.record(&arch).unwrap().unwrap();
    close(record.validation.percent(), part(count(index, 111, 12, 3_000), 3_000));
    close(record.test.unwrap().percent(), record.validation.percent());
    assert_eq!(record.train_seconds, Some(6.0));

    let drawn = |query| {
        let benchmark = open("cifar10", query).unwrap();
        moves::enumerate(&*benchmark.space)
            .step_by(100)
            .map(|arch| benchmark.record(&arch).unwrap().unwrap())
            .collect::<Vec<_>>()
    };
    let firsts = |records: &[Record]| {
        records.iter().filter(|record| record.validation == record.validation_runs[0]).count()
    };
    let (one, again, other) = (drawn("random=1"), drawn("random=1"), drawn("random=2"));
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert!((50..107).contains(&firsts(&one)), "{}", firsts(&one));
    let error = |dataset, query| open(dataset, query).unwrap_err();
    let none = "nasbench201 has no results for 36 epochs; expected 12 or 200 epochs";
    assert_eq!(error("cifar10", "epochs=36"), none);
    assert!(error("cifar10", "repeat=2").contains("expected a repeat below 2"));
    assert!(error("cifar100", "repeat=1,epochs=12").contains("expected a repeat below 1"));
    let verified = benchmark.verify(&mut |_, _| {}).unwrap();
    assert!(verified.complete && verified.architectures == Some(15_625));
    // One architecture in 15,625 has the costs that all generated records have, and its like.
    assert!(verified.checks.last().unwrap().contains("differ from the values that ganas computes"));
}

#[test]
fn the_compiled_in_table_is_read_run_by_run() {
    let opened =
        |query: &str| Benchmark::open_with("nasbench201", None, query.parse().unwrap(), None);
    let open = |query: &str| opened(query).unwrap();
    let (mean, first, second) = (open(""), open("repeat=0"), open("repeat=1,epochs=200"));
    for arch in moves::enumerate(&*mean.space).step_by(500) {
        let record = mean.record(&arch).unwrap().unwrap();
        let of = |benchmark: &Benchmark| benchmark.record(&arch).unwrap().unwrap().validation;
        assert_eq!([of(&first), of(&second)], record.validation_runs[..2]);
    }
    let error = |query: &str| opened(query).unwrap_err().to_string();
    let expected = "nasbench201 has no results for 12 epochs; expected 200 epochs; `ganas bench import nasbench201 FILE` adds";
    assert!(error("epochs=12").starts_with(expected));
    assert!(error("repeat=3").contains("expected a repeat below 3"));
}
