//! NAS-Bench-201 against all of its published numbers.

use std::collections::HashMap;
use std::path::Path;

use csv::StringRecord;
use flate2::read::GzDecoder;
use ganas_bench::{Benchmark, QuerySettings, import};
use ganas_graph::spaces::{Head, NasBench201};
use ganas_graph::{SearchSpace, moves};
use ganas_search::{Evaluation, TestOracle};

use crate::{evaluating, shared_data};

const FILE: &str = "nb201/nb201.csv.gz";

/// The rows of the published numbers, by column.
struct Published {
    columns: HashMap<String, usize>,
    rows: Vec<StringRecord>,
}

impl Published {
    fn read(path: &Path) -> Self {
        let file = GzDecoder::new(std::fs::File::open(path).unwrap());
        let mut reader = csv::Reader::from_reader(file);
        let headers = reader.headers().unwrap().clone();
        let columns = headers.iter().map(str::to_owned).zip(0..).collect();
        Self { columns, rows: reader.records().map(Result::unwrap).collect() }
    }

    fn text<'a>(&self, row: &'a StringRecord, column: &str) -> &'a str {
        &row[self.columns[column]]
    }

    fn number(&self, row: &StringRecord, column: &str) -> f64 {
        self.text(row, column).parse().unwrap()
    }
}

#[test]
fn an_index_is_the_published_architecture() {
    let Some(path) = shared_data::path(FILE) else { return };
    let (published, space) = (Published::read(&path), NasBench201::default());
    assert_eq!(published.rows.len(), 15_625);
    for row in &published.rows {
        let arch = space.parse(published.text(row, "index")).unwrap();
        assert_eq!(space.display(&arch), published.text(row, "arch_str"));
    }
}

#[test]
fn test_accuracies_are_shown_once_imported() {
    let Some(path) = shared_data::path(FILE) else { return };
    let folder = tempfile::tempdir().unwrap();
    let open = |dataset| {
        Benchmark::open_with(
            "nasbench201",
            Some(dataset),
            QuerySettings::default(),
            Some(folder.path()),
        )
        .unwrap()
    };
    let before = open("cifar10");
    let any = moves::enumerate(&*before.space).next().unwrap();
    assert_eq!(before.test(&any).unwrap(), None);
    let report = import("nasbench201", &path, Some(folder.path()), &mut |_, _| {}).unwrap();
    assert_eq!((report.benchmark.as_str(), report.part.as_str()), ("nasbench201", "test"));
    assert!(report.bytes < 200_000, "{report:?}");

    let published = Published::read(&path);
    let known = [
        ("cifar10", "c10", 94.3733, 6_111),
        ("cifar100", "c100", 73.5133, 9_930),
        ("imagenet16-120", "in", 47.3111, 857),
    ];
    for (dataset, prefix, best, index) in known {
        let benchmark = open(dataset);
        assert_eq!(benchmark.tables().len(), 2);
        let mut found = (0.0, 0);
        for (row, number) in published.rows.iter().zip(0..) {
            let arch = benchmark.space.parse(published.text(row, "arch_str")).unwrap();
            let test = benchmark.test(&arch).unwrap().unwrap();
            let expected = published.number(row, &format!("{prefix}_test_200_mean"));
            assert!((test - expected).abs() < 1e-9, "{dataset} {number}: {test}");
            if test > found.0 {
                found = (test, number);
            }
        }
        assert!((found.0 - best).abs() < 1e-9 && found.1 == index, "{dataset}: {found:?}");
    }
}

#[test]
fn searches_see_the_published_validation_accuracies() {
    let Some(path) = shared_data::path(FILE) else { return };
    let published = Published::read(&path);
    for (dataset, prefix) in [("cifar10", "c10"), ("cifar100", "c100"), ("imagenet16-120", "in")] {
        let benchmark =
            Benchmark::open_with("nasbench201", Some(dataset), QuerySettings::default(), None)
                .unwrap();
        for row in &published.rows {
            let arch = benchmark.space.parse(published.text(row, "arch_str")).unwrap();
            let Evaluation::Measured(found) =
                evaluating::evaluate(&benchmark, &*benchmark.space, &arch)
            else {
                panic!("the table is complete");
            };
            let runs: Vec<f64> = (0..3)
                .map(|run| published.text(row, &format!("{prefix}_val_200_s{run}")))
                .filter(|text| !text.is_empty())
                .map(|text| text.parse().unwrap())
                .collect();
            let mean = runs.iter().sum::<f64>() / runs.len() as f64;
            assert!((found.value - mean).abs() < 1e-4, "{dataset} {arch:?}: {found:?}");
            let seconds = published.number(row, &format!("{prefix}_train_s_200"));
            assert!((found.train_seconds.unwrap() - seconds).abs() < 1.1e-3, "{found:?}");
        }
    }
}

#[test]
fn costs_are_the_published_ones() {
    let Some(path) = shared_data::path(FILE) else { return };
    let published = Published::read(&path);
    let space = NasBench201::new(Head::Cifar10);
    let mut recorded_differently = 0;
    for row in &published.rows {
        let arch = space.parse(published.text(row, "arch_str")).unwrap();
        let [params, flops] = space.cost(&arch)[..] else { panic!("two metrics") };
        assert!((params - published.number(row, "params_m")).abs() < 1e-9, "{row:?}");
        assert!((flops - published.number(row, "flops_m")).abs() < 1e-9, "{row:?}");
        let off = (params - published.number(row, "params_m_recorded")).abs();
        if off > 1e-9 {
            assert!((off - 0.028).abs() < 1e-9 || (off - 0.243_04).abs() < 1e-9, "{row:?}");
            recorded_differently += 1;
        }
    }
    assert_eq!(recorded_differently, 150);
}

#[test]
fn classes_are_the_published_ones() {
    let Some(path) = shared_data::path(FILE) else { return };
    let published = Published::read(&path);
    let space = NasBench201::default();
    let mut lowest = HashMap::new();
    for (row, index) in published.rows.iter().zip(0_usize..) {
        let arch = space.parse(published.text(row, "arch_str")).unwrap();
        let found = *lowest.entry(space.canonical(&arch)).or_insert(index);
        assert_eq!(found.to_string(), published.text(row, "canonical_index"), "{row:?}");
    }
    assert_eq!(lowest.len(), 6_466);
}
