//! Tests of users' tables: their benchmarks, and the errors of invalid ones.

mod mistakes;

use std::path::Path;

use ganas_graph::SearchSpace;
use ganas_search::{
    Cancel, Direction, Evaluation, Evaluator as _, Job, Records as _, Rung, TestOracle as _,
    TrialId,
};
use tempfile::TempDir;

use super::contents::{self, About};
use super::rows::Rows;
use super::*;
use crate::formats::table::Provenance;
use crate::{Benchmark, ImportReport, QuerySettings, Record, installed};

const SPACE: &str = r#"
name = "net"
[[parameters]]
name = "depth"
values = [1, 2, 3]
[[parameters]]
name = "norm"
values = ["batch", "none"]
when = "depth > 1"
[[parameters]]
name = "images"
value = 50000
[[forbidden]]
when = "depth == 3 and norm == 'none'"
[[costs]]
name = "params"
formula = "depth * 10"
"#;

/// Two nodes in any order, so that two notations are one class.
const CELLS: &str = r#"
name = "cells"
[[cells]]
name = "cell"
nodes = 2
operators = ["conv", "pool"]
operators_on = "nodes"
max_edges = 4
"#;

const FULL: &str = "depth,norm,value,test,train_seconds,latency\n\
                    1,,0.5,0.4,10,3\n2,batch,0.7,0.6,20,\n2,none,0.6,,20,5\n3,batch,0.8,0.7,30,6\n";

struct Tables(TempDir);

impl Tables {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn data(&self) -> std::path::PathBuf {
        self.0.path().join("data")
    }

    fn import_as(
        &self,
        space: &str,
        csv: impl AsRef<[u8]>,
        name: Option<&str>,
        minimise: bool,
    ) -> Result<ImportReport, BenchError> {
        let (space_file, file) = (self.0.path().join("my.toml"), self.0.path().join("my.csv"));
        std::fs::write(&space_file, space).unwrap();
        std::fs::write(&file, csv).unwrap();
        let options = TableImport { file: &file, space: &space_file, name, minimise };
        let report = import_table(options, Some(&self.data()));
        // The table does not need other files.
        std::fs::remove_file(space_file).unwrap();
        std::fs::remove_file(file).unwrap();
        report
    }

    fn import(&self, csv: impl AsRef<[u8]>) -> Result<ImportReport, BenchError> {
        self.import_as(SPACE, csv, None, false)
    }

    fn open(&self, name: &str) -> Result<Benchmark, BenchError> {
        Benchmark::open_with(name, None, QuerySettings::default(), Some(&self.data()))
    }

    /// Returns the error of an invalid table, after the file's name.
    fn error(&self, csv: impl AsRef<[u8]>) -> String {
        let error = self.import(csv).unwrap_err().to_string();
        error.split_once("my.csv: ").expect("it names the file").1.to_owned()
    }
}

fn value(benchmark: &Benchmark, arch: &str) -> Option<f64> {
    let arch = benchmark.space.parse(arch).unwrap();
    benchmark.measure(&arch).unwrap().map(|it| it.value)
}

#[test]
fn a_table_is_a_benchmark() {
    let tables = Tables::new();
    let report = tables.import(FULL).unwrap();
    assert_eq!(report.benchmark, "net");
    let expected = "values (higher is better) of 4 architectures, all of net; also test, train_seconds, latency";
    assert_eq!(report.contents, expected);
    let benchmark = tables.open("net").unwrap();
    let arch = benchmark.space.parse("depth=2,norm=batch").unwrap();
    let measurement = benchmark.measure(&arch).unwrap().unwrap();
    assert_eq!((measurement.value, measurement.train_seconds), (0.7, Some(20.0)));
    assert!(measurement.metrics.is_empty(), "its cell is empty");
    let latency = benchmark.space.parse("depth=3,norm=batch").unwrap();
    let metrics = benchmark.measure(&latency).unwrap().unwrap().metrics;
    assert_eq!(metrics.get("latency"), Some(&6.0));
    assert_eq!(benchmark.metrics(), ["train_seconds", "latency"]);
    assert_eq!(benchmark.test(&arch).unwrap(), Some(0.6));
    assert_eq!(benchmark.optimum().unwrap(), Some(0.8));
    assert_eq!(benchmark.rank(0.7).unwrap(), Some(2));
    assert_eq!(benchmark.direction(), Direction::Maximise);
    let Record { rank, test, .. } = benchmark.record(&arch).unwrap().unwrap();
    assert_eq!((rank, test.map(crate::Accuracy::percent)), (Some(2), Some(0.6)));
    let verification = benchmark.verify(&mut |_, _| {}).unwrap();
    assert_eq!((verification.architectures, verification.complete), (Some(4), true));
    assert_eq!(benchmark.tables()[0].sha256, report.sha256);
    let all = installed(Some(&tables.data()));
    assert_eq!(all.last().unwrap().files, [report.table]);
}

#[test]
fn what_a_table_does_not_hold_is_outside() {
    let tables = Tables::new();
    tables.import("arch,value\n\"depth=2,norm=none\",1\n").unwrap();
    let benchmark = tables.open("net").unwrap();
    assert_eq!(value(&benchmark, "depth=2,norm=none"), Some(1.0));
    assert_eq!(value(&benchmark, "depth=1"), None);
    assert_eq!(benchmark.is_complete(), Some(false));
    assert!(!benchmark.verify(&mut |_, _| {}).unwrap().complete);
    let other = ganas_graph::spaces::NasBench201::default();
    let other = ganas_graph::moves::enumerate(&other).next().unwrap();
    assert_eq!(benchmark.measure(&other).unwrap(), None, "an architecture of another space");
    let query = "epochs=12".parse().unwrap();
    let opened = Benchmark::open_with("net", None, query, Some(&tables.data()));
    assert!(opened.is_err(), "there are no epochs");
}

#[test]
fn lower_may_be_better() {
    let tables = Tables::new();
    tables.import_as(SPACE, FULL, Some("loss"), true).unwrap();
    let benchmark = tables.open("loss").unwrap();
    assert_eq!(benchmark.direction(), Direction::Minimise);
    assert_eq!(benchmark.optimum().unwrap(), Some(0.5));
    assert_eq!(benchmark.rank(0.8).unwrap(), Some(4));
    let unknown = tables.open("los").unwrap_err().to_string();
    assert!(unknown.contains("did you mean `loss`?"), "{unknown}");
}

#[test]
fn other_programs_write_in_their_way() {
    let tables = Tables::new();
    let csv = "\u{feff}norm, depth ,images,value\r\n,1.0,50000,5e-1\r\n\r\n\"none\",2.0,, 6 \r\n";
    tables.import(csv).unwrap();
    let benchmark = tables.open("net").unwrap();
    assert_eq!(value(&benchmark, "depth=1"), Some(0.5));
    assert_eq!(value(&benchmark, "depth=2,norm=none"), Some(6.0));
    let wrong = format!("{csv}none,7,,1\r\n");
    let expected = "line 5, column 2 (`depth`): expected one of 1, 2, 3, found `7`";
    assert_eq!(tables.error(&wrong), expected, "with empty lines, as editors count");
    assert_eq!(tables.error(wrong.replace("\r\n", "\n")), expected);
    let quoted = "arch,value\n\"depth\n=1\",1\ndepth=9,1\n";
    assert!(tables.error(quoted).starts_with("line 4, column 1 (`arch`): "), "a cell of two lines");
}

#[test]
fn several_rows_of_one_architecture_are_their_mean() {
    let tables = Tables::new();
    let contents = |csv: &str| tables.import_as(CELLS, csv, None, false).unwrap().contents;
    // Nodes in the other order: isomorphic.
    let one = "cell{1 = conv(input); 2 = pool(input); output = output(1, 2)}";
    let space = ganas_graph::spaces::described::parse(CELLS).unwrap();
    let words: Vec<_> = ganas_graph::moves::enumerate(&space).collect();
    let pair = words.iter().enumerate().find_map(|(at, arch)| {
        let twin = words[..at].iter().find(|it| space.canonical(it) == space.canonical(arch))?;
        Some([space.display(twin), space.display(arch)])
    });
    let [first, second] = pair.expect("two words of one class");
    assert_ne!(first, second, "{one}");
    let csv = format!("arch,value,latency\n\"{first}\",1,\n\"{second}\",2,7\n\"{first}\",2,9\n");
    let found = contents(&csv);
    assert!(found.contains("of 1 architectures"), "{found}");
    assert!(
        found.ends_with(
            "the mean of several rows for 1 architecture, whose rows have values that differ by at most 1 (lines 2 and 3)"
        ),
        "{found}"
    );
    let benchmark = tables.open("cells").unwrap();
    let arch = benchmark.space.parse(&second).unwrap();
    let measurement = benchmark.measure(&arch).unwrap().unwrap();
    assert!((measurement.value - 5.0 / 3.0).abs() < 1e-12);
    assert_eq!(measurement.metrics.get("latency"), Some(&8.0));
    let equal =
        contents(&format!("arch,value\n\"{first}\",0.1\n\"{second}\",0.1\n\"{first}\",0.1\n"));
    assert!(equal.ends_with("architecture, whose rows have equal values"), "{equal}");
    assert_eq!(value(&tables.open("cells").unwrap(), &first), Some(0.1), "to the last bit");
}

#[test]
fn the_highest_fidelity_counts() {
    let tables = Tables::new();
    let csv = "depth,norm,fidelity,value\n1,,12,9\n1,,200,5\n2,none,12,8\n2,batch,200,6\n1,,50,7\n";
    let report = tables.import(csv).unwrap();
    let note = "also at fidelity 12, 50; 1 architecture left out (known only below fidelity 200)";
    assert!(report.contents.ends_with(note), "{}", report.contents);
    let benchmark = tables.open("net").unwrap();
    let known = ["depth=1", "depth=2,norm=batch", "depth=2,norm=none"];
    assert_eq!(known.map(|arch| value(&benchmark, arch)), [Some(5.0), Some(6.0), None]);
    assert!(tables.error("depth,norm,fidelity,value\n1,,,9\n").contains("(`fidelity`): expected"));
    let at = |query: &str| {
        Benchmark::open_with("net", None, query.parse().unwrap(), Some(&tables.data()))
    };
    let short = at("epochs=12").unwrap();
    assert_eq!(known.map(|arch| value(&short, arch)), [Some(9.0), None, None]);
    assert_eq!(short.optimum().unwrap(), Some(9.0));
    let error = at("epochs=13").unwrap_err().to_string();
    assert_eq!(error, "net has no results for 13 epochs; expected 12, 50 or 200 epochs");
    assert!(short.metrics().iter().all(|name| !name.contains('@')), "{:?}", short.metrics());
}

#[test]
fn metrics_are_those_of_the_fidelity() {
    let tables = Tables::new();
    let csv = "depth,norm,fidelity,value,latency,test,top@5\n\
               1,,12,9,3,1,6\n1,,200,5,4,2,7\n2,batch,200,6,8,2,7\n2,batch,12,6,,2,7\n";
    tables.import(csv).unwrap();
    let at = |query: &str| {
        Benchmark::open_with("net", None, query.parse().unwrap(), Some(&tables.data())).unwrap()
    };
    let metrics = |benchmark: &Benchmark, arch: &str| {
        let arch = benchmark.space.parse(arch).unwrap();
        benchmark.measure(&arch).unwrap().unwrap().metrics.into_iter().collect::<Vec<_>>()
    };
    let named = |latency: f64, top: f64| vec![("latency".into(), latency), ("top@5".into(), top)];
    for (query, expected) in [("", named(4.0, 7.0)), ("epochs=12", named(3.0, 6.0))] {
        assert_eq!(metrics(&at(query), "depth=1"), expected);
        assert_eq!(at(query).metrics(), ["train_seconds", "latency", "top@5"]);
    }
    assert_eq!(metrics(&at("epochs=12"), "depth=2,norm=batch"), [("top@5".into(), 7.0)]);
    let error = tables.error("depth,norm,fidelity,value,a@12\n1,,12,9,3\n1,,200,5,4\n");
    assert!(error.contains("line 1, the column names: expected names that do not end"), "{error}");
}

#[test]
fn a_fraction_is_no_number_of_epochs() {
    for (lower, valid) in [("1,,1,9\n1,,2,7\n", "1 or 2"), ("", "no number of")] {
        let tables = Tables::new();
        tables.import(format!("depth,norm,fidelity,value\n{lower}1,,2.5,5\n")).unwrap();
        assert_eq!(value(&tables.open("net").unwrap(), "depth=1"), Some(5.0));
        let at = |query: &str| {
            Benchmark::open_with("net", None, query.parse().unwrap(), Some(&tables.data()))
        };
        let error = at("epochs=3").unwrap_err().to_string();
        assert_eq!(error, format!("net has no results for 3 epochs; expected {valid} epochs"));
        let two = at("epochs=2").map(|two| value(&two, "depth=1"));
        assert_eq!(two.ok(), (!lower.is_empty()).then_some(Some(7.0)), "not the value at 2.5");
    }
}

#[test]
fn rungs_are_read_from_the_folder_of_the_benchmark() {
    let tables = Tables::new();
    tables.import("depth,norm,fidelity,value\n1,,12,9\n1,,200,5\n").unwrap();
    let benchmark = tables.open("net").unwrap().with_rungs(&[12.0, 200.0]).unwrap();
    let arch = benchmark.space.parse("depth=1").unwrap();
    let value_at = |rung: u32, fidelity: f64| {
        let (rung, cancel) = (Rung { rung, fidelity, after: None }, Cancel::default());
        let job = Job::first(&*benchmark.space, &arch, TrialId(0), 0, &cancel);
        match benchmark.evaluate(&Job { rung: Some(rung), ..job }).unwrap() {
            Evaluation::Measured(measurement) => Some(measurement.value),
            _ => None,
        }
    };
    assert_eq!([value_at(0, 12.0), value_at(1, 200.0)], [Some(9.0), Some(5.0)]);
}

#[test]
fn a_failed_import_leaves_what_was_there() {
    let tables = Tables::new();
    let before = tables.import(FULL).unwrap();
    tables.error("depth,norm,value\n1,,1\n1,,x\n");
    assert_eq!(tables.open("net").unwrap().tables()[0].sha256, before.sha256);
    let again = tables.import(FULL).unwrap();
    assert_eq!(again.sha256, before.sha256, "the same bytes");
    let files = before.table.parent().unwrap().read_dir().unwrap().count();
    assert_eq!(files, 1);
}

#[test]
fn names_lead_nowhere_else() {
    let folder = Path::new("/data");
    for name in ["", "../x", "a/b", "A", ".a", "a.table", "-a", "table", "nasbench201", "ü"] {
        let error = path(name, folder).unwrap_err();
        assert!(matches!(error, BenchError::OwnName { .. }), "{name}");
    }
    assert!(path(&"a".repeat(65), folder).is_err());
    assert_eq!(path("my-net_2", folder).unwrap(), Path::new("/data/tables/my-net_2.table"));
}

#[test]
fn a_damaged_byte_is_an_error() {
    let tables = Tables::new();
    let path = tables.import(FULL).unwrap().table;
    let bytes = std::fs::read(&path).unwrap();
    for place in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 4;
        std::fs::write(&path, damaged).unwrap();
        assert!(tables.open("net").is_err(), "byte {place}");
        assert_eq!(installed(Some(&tables.data())).last().unwrap().name, "net");
    }
}

#[test]
fn a_forged_table_is_an_error() {
    let about = |space_file: &str| About {
        space_file: space_file.into(),
        minimise: false,
        extras: Vec::new(),
        complete: false,
        fidelities: Vec::new(),
    };
    let text = || String::from("x");
    let forged = |change: &dyn Fn(&mut Rows), about: &About| {
        let mut rows = Rows::new(Vec::new());
        let space = ganas_graph::spaces::described::parse(SPACE).unwrap();
        for word in ["depth=1", "depth=2,norm=none"] {
            let arch = space.parse(word).unwrap();
            rows.add(1, None, space.canonical(&arch), 1.0, &[], word);
        }
        let (mut rows, _) = rows.merged();
        change(&mut rows);
        let provenance = Provenance {
            benchmark: text(),
            part: text(),
            contents: text(),
            source: text(),
            source_sha256: text(),
            licence: text(),
        };
        let bytes = contents::write(provenance, about, SPACE, &rows);
        contents::Contents::new(Table::open("forged", bytes)?)
    };
    let verify = |change: &dyn Fn(&mut Rows), about: &About| {
        let results = results::Results::new(forged(change, about)?, None);
        crate::source::Source::verify(&results, &mut |_, _| {})
    };
    assert!(verify(&|_| {}, &about("a.toml")).is_ok());
    assert!(forged(&|rows| rows.hashes.reverse(), &about("a")).is_err(), "not in order");
    assert!(forged(&|rows| rows.values[0] = f64::NAN, &about("a")).is_err());
    let extra = About { extras: vec!["more".into()], ..about("a") };
    assert!(forged(&|_| {}, &extra).is_err(), "a section is missing");
    assert!(verify(&|rows| rows.ends[1] = usize::MAX, &about("a")).is_err());
    assert!(verify(&|rows| rows.ends.reverse(), &about("a")).is_err());
    assert!(verify(&|_| {}, &About { complete: true, ..about("a") }).is_err());
}

#[test]
fn many_rows_are_read() {
    let space = "name = 'big'\n[[parameters]]\nname = 'rate'\nlow = 0.0\nhigh = 1.0\n";
    let rows: Vec<_> = (0..20_000).map(|at| format!("{},{at}", f64::from(at) / 1e5)).collect();
    let rows = rows.join("\n");
    let tables = Tables::new();
    let report = tables.import_as(space, format!("rate,value\n{rows}"), None, false).unwrap();
    let expected = "of 20000 architectures, a part of big; nothing is known about other values of its numeric parameters";
    assert!(report.contents.ends_with(expected), "{}", report.contents);
    let benchmark = tables.open("big").unwrap();
    assert_eq!(value(&benchmark, "rate=0.12345"), Some(12_345.0));
    assert_eq!(value(&benchmark, "rate=0.123455"), None, "between two points");
}
