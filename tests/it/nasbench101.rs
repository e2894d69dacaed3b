//! The NAS-Bench-101 space against 30,001 published records.

use std::fs::File;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use ganas_graph::SearchSpace;
use ganas_graph::spaces::NasBench101;

use crate::shared_data;

/// Operators in the file's notation: one letter an inner vertex, `-` for none.
fn labels(letters: &str) -> String {
    let operator = |letter| match letter {
        '3' => "conv3x3-bn-relu,",
        '1' => "conv1x1-bn-relu,",
        'm' => "maxpool3x3,",
        _ => "",
    };
    format!("input,{}output", letters.chars().map(operator).collect::<String>())
}

#[test]
fn hashes_and_parameters_are_the_records() {
    let Some(path) = shared_data::path("nb101/nb101_real_30001.csv.gz") else { return };
    let space = NasBench101::default();
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines().skip(1);
    let mut count = 0;
    for line in lines.map(Result::unwrap) {
        let fields: Vec<_> = line.split(',').collect();
        let arch = space.parse(&format!("{}:{}", fields[3], labels(fields[4]))).unwrap();
        assert_eq!(space.canonical(&arch).to_string(), fields[0], "{line}");
        let params = space.cost(&arch)[0] * 1e6;
        assert!((params - fields[5].parse::<f64>().unwrap()).abs() < 0.5, "{params}: {line}");
        count += 1;
    }
    assert_eq!(count, 30_001);
}
