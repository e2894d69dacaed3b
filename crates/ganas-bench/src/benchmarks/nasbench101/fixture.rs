//! Small files in the published format, for tests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ganas_graph::spaces::nasbench101::{ModelSpec, OPERATORS};
use serde_json::json;

use crate::formats::tfrecord::write_record;

/// Fields 1 to 5 of an evaluation.
#[derive(Debug, Clone)]
pub(super) struct EvaluationData(pub(super) [Option<f64>; 5]);

/// Returns a `ModelMetrics` message.
pub(super) fn metrics(evaluations: &[EvaluationData], parameters: Option<u32>) -> Vec<u8> {
    let mut message = Vec::new();
    for EvaluationData(fields) in evaluations {
        let mut evaluation = Vec::new();
        for (number, field) in (1..).zip(fields) {
            if let Some(field) = field {
                evaluation.push(number << 3 | 1);
                evaluation.extend(field.to_le_bytes());
            }
        }
        message.extend([1 << 3 | 2, u8::try_from(evaluation.len()).unwrap()]);
        message.extend(evaluation);
    }
    if let Some(mut number) = parameters {
        message.push(2 << 3);
        while number >= 0x80 {
            message.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
            number >>= 7;
        }
        message.push(u8::try_from(number).unwrap());
    }
    message
}

/// The fields of a made-up record, which may be changed before it is written.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) hash: String,
    pub(super) epochs: u32,
    pub(super) adjacency: String,
    pub(super) operations: String,
    pub(super) message: Vec<u8>,
}

impl Made {
    /// Creates the record of a cell; `validation` is the number of correct images out of 9,984.
    pub(super) fn new(spec: &ModelSpec, epochs: u32, validation: u16) -> Self {
        let vertices = 0..spec.vertices();
        let bits = vertices.clone().flat_map(|from| vertices.clone().map(move |to| (from, to)));
        let operators = spec.operators().iter().map(|&operator| OPERATORS[usize::from(operator)]);
        let labels: Vec<_> = ["input"].into_iter().chain(operators).chain(["output"]).collect();
        let accuracy = f64::from(f32::from(validation) / 9_984.0);
        let evaluation = |epoch: f64| {
            EvaluationData([Some(epoch), Some(epoch * 16.5), Some(1.0), Some(accuracy), Some(0.5)])
        };
        let epoch = f64::from(epochs);
        let parameters = u32::try_from(spec.params()).unwrap();
        Self {
            hash: spec.hash().to_string(),
            epochs,
            adjacency: bits
                .map(|(from, to)| if spec.has_edge(from, to) { '1' } else { '0' })
                .collect(),
            operations: labels.join(","),
            message: metrics(&[0.0, epoch / 2.0, epoch].map(evaluation), Some(parameters)),
        }
    }

    /// Returns the record's JSON. The metrics are in lines of 76 characters, as published.
    pub(super) fn json(&self) -> serde_json::Value {
        let text = STANDARD.encode(&self.message);
        let lines = text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line));
        let metrics: String = lines.map(|line| line.into_owned() + "\n").collect();
        json!([self.hash, self.epochs, self.adjacency, self.operations, metrics])
    }
}

/// Returns a file of records.
pub(super) fn file<'a>(records: impl IntoIterator<Item = &'a Made>) -> Vec<u8> {
    let mut file = Vec::new();
    for record in records {
        write_record(&mut file, record.json().to_string().as_bytes());
    }
    file
}
