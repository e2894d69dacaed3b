//! Tests from made-up files to query results.

use std::path::Path;

use ganas_graph::spaces::NasBench101;
use ganas_graph::spaces::nasbench101::ModelSpec;
use ganas_search::{Records as _, TestOracle as _};

use super::fixture::{self, Made};
use super::{NasBench101Table, Variant};
use crate::{BenchError, Benchmark, ImportReport, QuerySettings};

/// Returns the seven cells with up to three vertices.
fn cells() -> Vec<ModelSpec> {
    let mut cells: Vec<_> = ModelSpec::all().take_while(|spec| spec.vertices() <= 3).collect();
    cells.sort_unstable();
    cells
}

/// Returns the number of correct images for repeat r of cell c after e epochs: 100 c + 10 r + e.
fn images(cell: usize, repeat: usize, epochs: u32) -> u16 {
    u16::try_from(100 * cell + 10 * repeat).unwrap() + u16::try_from(epochs).unwrap()
}

/// Returns all training runs, sorted by repeat: the records of a file may have any order in which
/// the repeats of a cell are in sequence.
fn records() -> Vec<Made> {
    let mut records = Vec::new();
    for repeat in 0..3 {
        for (cell, spec) in cells().iter().enumerate() {
            records.extend([4, 108].map(|e| Made::new(spec, e, images(cell, repeat, e))));
        }
    }
    records
}

fn import_into(folder: &Path, bytes: &[u8]) -> Result<ImportReport, BenchError> {
    let file = folder.join("made.tfrecord");
    std::fs::write(&file, bytes).unwrap();
    crate::import("nasbench101", &file, Some(&folder.join("data")), &mut |_, _| {})
}

fn open(folder: &Path, query: &str) -> Result<Benchmark, BenchError> {
    let query: QuerySettings = query.parse()?;
    Benchmark::open_with("nasbench101", None, query, Some(&folder.join("data")))
}

fn percent(images: f64) -> f64 {
    images / 99.84
}

#[test]
fn queries_give_what_the_settings_say() {
    let folder = tempfile::tempdir().unwrap();
    let report = import_into(folder.path(), &fixture::file(&records())).unwrap();
    assert!(report.contents.contains("3 training runs of each of 7 cells"), "{}", report.contents);
    assert!(report.contents.contains("4, 108 epochs"), "{}", report.contents);
    let value = |query: &str, cell: usize| {
        let benchmark = open(folder.path(), query).unwrap();
        let arch = NasBench101::default().encode(&cells()[cell]);
        benchmark.measure(&arch).unwrap().expect("the table has the cell")
    };
    let is = |found: f64, images: f64| (found - percent(images)).abs() < 1e-5;
    assert!(is(value("", 3).value, 418.0), "the mean of 300, 310, 320 after 108 epochs");
    assert!(is(value("epochs=4", 3).value, 314.0));
    assert!(is(value("repeat=0", 3).value, 408.0));
    assert!(is(value("repeat=2,epochs=4", 6).value, 624.0));
    assert!((value("", 0).train_seconds.unwrap() - 108.0 * 16.5).abs() < 1e-9);
    let drawn: Vec<_> = (0..20).map(|seed| value(&format!("random={seed}"), 1).value).collect();
    for images in [208.0, 218.0, 228.0] {
        assert!(drawn.iter().any(|found| is(*found, images)), "{images}: {drawn:?}");
    }
    assert!(is(value("random=3", 1).value, value("random=3", 1).value * 99.84));
    assert!(open(folder.path(), "epochs=12").is_err());
    assert!(open(folder.path(), "repeat=3").is_err());
}

#[test]
fn cells_that_the_file_does_not_have_are_out_of_domain() {
    let folder = tempfile::tempdir().unwrap();
    import_into(folder.path(), &fixture::file(&records())).unwrap();
    let benchmark = open(folder.path(), "").unwrap();
    let arch = NasBench101::default().inception();
    assert_eq!(benchmark.measure(&arch).unwrap(), None);
    assert_eq!(benchmark.record(&arch).unwrap(), None);
    assert_eq!(benchmark.test(&arch).unwrap(), None);
    let smallest = benchmark.space.parse("0100:input,output").unwrap();
    assert_eq!(benchmark.test(&smallest).unwrap(), Some(50.0));
    assert!((benchmark.optimum().unwrap().unwrap() - percent(718.0)).abs() < 1e-5);
    assert_eq!(benchmark.rank(percent(600.0)).unwrap(), Some(3));
    let record = benchmark.record(&smallest).unwrap().unwrap();
    assert_eq!((record.validation_runs.len(), record.rank), (3, Some(7)));
    let verification = benchmark.verify(&mut |done, total| assert!(done <= total)).unwrap();
    assert_eq!((verification.architectures, verification.complete), (Some(7), false));
}

#[test]
fn equal_files_give_equal_tables() {
    let folder = tempfile::tempdir().unwrap();
    let first = import_into(folder.path(), &fixture::file(&records())).unwrap();
    assert_eq!(import_into(folder.path(), &fixture::file(&records())).unwrap(), first);
    let mut reordered = records();
    reordered[..14].reverse();
    let other = import_into(folder.path(), &fixture::file(&reordered)).unwrap();
    assert_ne!(other.source_sha256, first.source_sha256);
    let table = |report: &ImportReport| report.bytes;
    assert_eq!(table(&other), table(&first), "cells are sorted");
}

/// Returns the error for a file whose record 5 was changed.
fn error_of(change: impl FnOnce(&mut Vec<Made>)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut records = records();
    change(&mut records);
    let error = import_into(folder.path(), &fixture::file(&records)).unwrap_err();
    assert!(!folder.path().join("data").exists(), "nothing is written");
    let path = folder.path().join("made.tfrecord").display().to_string();
    error.to_string().replace(&path, "FILE")
}

#[test]
fn wrong_records_are_named_by_file_number_and_offset() {
    let start = fixture::file(&records()[..5]).len();
    let other = cells()[6].hash().to_string();
    let error = error_of(|records| records[5].hash.clone_from(&other));
    let hash = cells()[2].hash();
    assert_eq!(
        error,
        format!(
            "FILE: record 5 (counted from 0) at byte {start}, module hash: expected {hash}, \
             the hash of the cell, found {other}"
        )
    );
    let error = error_of(|records| records[5].epochs = 5);
    assert!(error.contains("record 5 (counted from 0) at byte"), "{error}");
}

#[test]
fn counts_are_checked() {
    let error = error_of(|records| records.push(records[0].clone()));
    assert!(error.contains("record 42 (counted from 0) at byte"), "{error}");
    assert!(error.contains("expected at most 3 records of a cell at 4 epochs"), "{error}");
    let error = error_of(|records| drop(records.pop()));
    let hash = cells()[6].hash();
    assert!(error.contains(&format!("all records of cell {hash}, 108 epochs")), "{error}");
    assert!(error.ends_with("expected 3 repeats, as for the other cells, found 2"), "{error}");
    let error = error_of(Vec::clear);
    assert!(error.ends_with("found an empty file"), "{error}");
}

#[test]
fn a_file_of_another_kind_is_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let error = import_into(folder.path(), b"PK\x03\x04 and so on, a zip archive").unwrap_err();
    let text = error.to_string();
    assert!(text.contains("expected a TFRecord file such as nasbench_only108.tfrecord"), "{text}");
}

#[test]
fn what_was_not_imported_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for variant in Variant::ALL {
        let query = QuerySettings::default();
        let error = Benchmark::open_with(variant.name(), None, query, Some(folder.path()));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("`ganas bench import "), "{error}");
        assert!(error.contains(variant.table_file()), "{error}");
    }
    let error = Benchmark::open_with(
        "nasbench101",
        Some("cifar100"),
        QuerySettings::default(),
        Some(folder.path()),
    );
    assert!(error.unwrap_err().to_string().contains("did you mean `cifar10`?"));
}

/// Returns the table of the made-up file.
fn table_bytes() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let report = import_into(folder.path(), &fixture::file(&records())).unwrap();
    std::fs::read(report.table).unwrap()
}

fn answers(bytes: Vec<u8>) -> Result<Vec<String>, BenchError> {
    let table = NasBench101Table::from_bytes(Variant::Published, "damaged", bytes)?;
    let one = |spec: &ModelSpec| {
        let row = table.find(spec.hash())?.expect("a cell of the table");
        let (training, params) = (table.training(row, 1, 2)?, table.params(row)?);
        Ok(format!("{training:?} {params} {:?} {:?}", table.spec(row)?, table.hash(row)?))
    };
    cells().iter().map(one).collect()
}

#[test]
fn no_damaged_byte_gives_a_number() {
    let bytes = table_bytes();
    assert_eq!(answers(bytes.clone()).unwrap().len(), 7);
    for offset in (0..bytes.len()).step_by(3) {
        let mut damaged = bytes.clone();
        damaged[offset] ^= 1 << (offset % 8);
        assert!(answers(damaged).is_err(), "byte {offset}");
    }
    for length in (0..bytes.len()).step_by(7) {
        assert!(answers(bytes[..length].to_vec()).is_err(), "{length} bytes");
    }
}

#[test]
fn an_architecture_whose_record_is_damaged_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let table = import_into(folder.path(), &fixture::file(&records())).unwrap().table;
    let mut bytes = std::fs::read(&table).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&table, bytes).unwrap();
    let benchmark = open(folder.path(), "").unwrap();
    let arch = NasBench101::default().encode(&cells()[3]);
    let error = benchmark.recorded(&arch).unwrap_err();
    assert_eq!(error.arch, arch);
    assert_eq!(error.source.to_string(), benchmark.measure(&arch).unwrap_err().to_string());
    assert!(error.source.to_string().contains("damaged table"), "{}", error.source);
}

#[test]
fn a_table_of_another_benchmark_is_refused() {
    let error = NasBench101Table::from_bytes(Variant::Subset, "other", table_bytes()).unwrap_err();
    let text = error.to_string();
    assert_eq!(text, "other: expected a table with nasbench101-subset results, found nasbench101");
}
