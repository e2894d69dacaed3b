//! Reads a single record of the published files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ganas_graph::spaces::nasbench101::ModelSpec;
use ganas_graph::{ArchError, ArchHash};

use super::metrics::Metrics;

/// One training run of one cell, as in the published file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Training {
    /// The module hash stated by the record, not checked against the cell here.
    pub(super) hash: ArchHash,
    pub(super) spec: ModelSpec,
    pub(super) epochs: u32,
    pub(super) metrics: Metrics,
}

/// The reason why a record does not describe a training run: the field, and its expected and actual
/// content.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WrongRecord {
    pub(super) field: &'static str,
    pub(super) expected: String,
    pub(super) found: String,
}

/// Module hash, epochs, adjacency, operations, metrics.
type Fields = (String, u32, String, String, String);

impl Training {
    /// Reads the JSON text of a record.
    pub(super) fn read(data: &[u8]) -> Result<Self, WrongRecord> {
        let text = std::str::from_utf8(data)
            .map_err(|error| wrong("JSON", "UTF-8", format!("an error ({error})")))?;
        let fields: Fields = serde_json::from_str(text).map_err(|error| {
            let expected = "an array of five values: hash, epochs (a number), adjacency, operations and metrics";
            wrong("JSON", expected, format!("an error ({error})"))
        })?;
        let (hash, epochs, adjacency, operations, metrics) = fields;
        let hash = hash.parse().map_err(|error| inexact("module hash", error))?;
        let spec = read_cell(&adjacency, &operations)?;
        let metrics = read_metrics(metrics)?;
        if (metrics.epochs - f64::from(epochs)).abs() > 1e-6 {
            let expected = format!("an evaluation after {epochs} epochs");
            return Err(wrong("metrics", expected, format!("one after {}", metrics.epochs)));
        }
        Ok(Self { hash, spec, epochs, metrics })
    }
}

/// Reads a cell from zeros and ones, row by row, and labels separated by commas.
fn read_cell(adjacency: &str, operations: &str) -> Result<ModelSpec, WrongRecord> {
    let mut entries = Vec::with_capacity(adjacency.len());
    for digit in adjacency.chars() {
        match digit {
            '0' => entries.push(0),
            '1' => entries.push(1),
            _ => return Err(wrong("adjacency", "`0` or `1`", format!("`{digit}`"))),
        }
    }
    let side = entries.len().isqrt();
    if side * side != entries.len() || side == 0 {
        let found = format!("{}", entries.len());
        return Err(wrong("adjacency", "a square number of digits", found));
    }
    let rows: Vec<_> = entries.chunks_exact(side).collect();
    let labels: Vec<_> = operations.split(',').collect();
    ModelSpec::from_matrix(&rows, &labels).map_err(|error| inexact("cell", error))
}

/// Reads metrics from base64, with or without line breaks.
fn read_metrics(mut text: String) -> Result<Metrics, WrongRecord> {
    text.retain(|letter| !letter.is_ascii_whitespace());
    let message = STANDARD
        .decode(&text)
        .map_err(|error| wrong("metrics", "base64", format!("an error ({error})")))?;
    Metrics::read(&message).map_err(|error| wrong("metrics", error.expected, error.found))
}

/// Converts an error of the search space. If the error states what it expected and found, only
/// these parts are kept.
fn inexact(field: &'static str, error: ArchError) -> WrongRecord {
    match error {
        ArchError::Cell { expected, found, .. } | ArchError::Parse { expected, found, .. } => {
            WrongRecord { field, expected, found }
        }
        error => wrong(field, "a cell of the space", format!("an error ({error})")),
    }
}

fn wrong(field: &'static str, expected: impl Into<String>, found: String) -> WrongRecord {
    WrongRecord { field, expected: expected.into(), found }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Made;
    use super::*;

    fn made() -> Made {
        Made::new(&ModelSpec::from_bits(0b110_011, &[0, 2]).unwrap(), 108, 9_000)
    }

    fn error(made: &Made) -> String {
        let WrongRecord { field, expected, found } =
            Training::read(made.json().to_string().as_bytes()).unwrap_err();
        format!("{field}: expected {expected}, found {found}")
    }

    #[test]
    fn a_record_is_read() {
        let training = Training::read(made().json().to_string().as_bytes()).unwrap();
        assert_eq!(training.hash, training.spec.hash());
        assert_eq!((training.epochs, training.spec.operators()), (108, &[0, 2][..]));
        assert!((training.metrics.validation - 9_000.0 / 9_984.0).abs() < 1e-7);
    }

    #[test]
    fn wrong_parts_are_named() {
        let with = |change: fn(&mut Made)| {
            let mut record = made();
            change(&mut record);
            error(&record)
        };
        assert_eq!(
            with(|made| made.hash.truncate(31)),
            "module hash: expected 32 hexadecimal digits, found 31 digits"
        );
        assert_eq!(
            with(|made| made.adjacency.push('0')),
            "adjacency: expected a square number of digits, found 17"
        );
        assert_eq!(
            with(|made| made.adjacency.replace_range(..1, "2")),
            "adjacency: expected `0` or `1`, found `2`"
        );
        assert_eq!(
            with(|made| made.adjacency = "0".repeat(16)),
            "cell: expected a path from input to output, found none"
        );
        assert!(
            with(|made| made.operations.push_str(",output"))
                .contains("4 labels, one for each vertex")
        );
        assert_eq!(
            with(|made| made.epochs = 36),
            "metrics: expected an evaluation after 36 epochs, found one after 108"
        );
    }

    #[test]
    fn base64_is_read_in_lines_or_not_and_checked() {
        let json = made().json();
        let with = |change: &dyn Fn(&str) -> String| {
            let mut json = json.clone();
            json[4] = change(json[4].as_str().unwrap()).into();
            Training::read(json.to_string().as_bytes())
        };
        assert!(with(&|text| text.replace('\n', "")).is_ok());
        for wrong in [
            with(&|text| text.replacen('A', "!", 1)),
            with(&|text| text.trim_end()[..text.trim_end().len() - 1].into()),
            with(&|_| String::new()),
        ] {
            assert_eq!(wrong.unwrap_err().field, "metrics");
        }
    }

    #[test]
    fn json_has_five_items() {
        let five = made().json();
        let items = five.as_array().unwrap();
        let six = [items.clone(), vec![1.into()]].concat();
        for json in [items[..4].into(), six.into(), serde_json::json!({}), "text".into()] {
            let json: serde_json::Value = json;
            assert_eq!(Training::read(json.to_string().as_bytes()).unwrap_err().field, "JSON");
        }
        assert_eq!(Training::read(&[b'[', 0xff]).unwrap_err().expected, "UTF-8");
    }
}
