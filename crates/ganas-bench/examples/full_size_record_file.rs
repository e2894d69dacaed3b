//! Writes a file in the layout and of the size of `nasbench_only108.tfrecord`, or with `full` of
//! `nasbench_full.tfrecord`, from the table of `nasbench101-surrogate`: for measurements of scale.
//! Its numbers are made up, so it must never be taken for results.
//!
//! ```text
//! cargo run --release -p ganas-bench --example full_size_record_file -- FOLDER_OF_TABLE FILE [full]
//! ```
#![expect(clippy::cast_possible_truncation, reason = "the published file has single precision")]

use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ganas_bench::nasbench101::{NasBench101Table, Row, Variant};
use ganas_bench::tfrecord::write_record;
use ganas_graph::spaces::nasbench101::{ModelSpec, OPERATORS};

const REPEATS: u32 = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [folder, file, rest @ ..] = &arguments[..] else {
        return Err("expected FOLDER_OF_TABLE FILE [full]".into());
    };
    let epochs: &[u32] = if rest.is_empty() { &[108] } else { &[4, 12, 36, 108] };
    let table = NasBench101Table::open(Variant::Surrogate, Path::new(folder))?;
    let mut file = std::io::BufWriter::new(std::fs::File::create(file)?);
    for row in table.rows() {
        for epochs in epochs {
            for repeat in 0..REPEATS {
                let mut record = Vec::new();
                write_record(&mut record, json(&table, row, *epochs, repeat)?.as_bytes());
                file.write_all(&record)?;
            }
        }
    }
    file.flush()?;
    Ok(())
}

fn json(
    table: &NasBench101Table,
    row: Row,
    epochs: u32,
    repeat: u32,
) -> Result<String, Box<dyn Error>> {
    let (hash, spec, params) = (table.hash(row)?, table.spec(row)?, table.params(row)?);
    let training = table.training(row, 0, 0)?;
    let share = f64::from(epochs) / 108.0;
    let images = (training.validation.fraction() * share.powf(0.1) * 9_984.0).round();
    let accuracy = f64::from((images - f64::from(repeat)) as f32 / 9_984.0);
    let seconds = f64::from((training.seconds.unwrap_or(0.0) * share) as f32);
    let message = metrics(f64::from(epochs), seconds, accuracy, params);
    let base64 = STANDARD.encode(message);
    let lines = base64.as_bytes().chunks(76).map(String::from_utf8_lossy);
    let lines: String = lines.flat_map(|line| [line.into_owned(), "\\n".into()]).collect();
    let (adjacency, labels) = notation(&spec);
    Ok(format!(r#"["{hash}", {epochs}, "{adjacency}", "{labels}", "{lines}"]"#))
}

fn notation(spec: &ModelSpec) -> (String, String) {
    let vertices = 0..spec.vertices();
    let bits = vertices.clone().flat_map(|from| vertices.clone().map(move |to| (from, to)));
    let bits = bits.map(|(from, to)| if spec.has_edge(from, to) { '1' } else { '0' });
    let operators = spec.operators().iter().map(|&operator| OPERATORS[usize::from(operator)]);
    let labels: Vec<_> = ["input"].into_iter().chain(operators).chain(["output"]).collect();
    (bits.collect(), labels.join(","))
}

/// A `ModelMetrics` message of three evaluations.
fn metrics(epochs: f64, seconds: f64, accuracy: f64, params: u32) -> Vec<u8> {
    let mut message = Vec::new();
    for share in [0.0, 0.5, 1.0] {
        message.extend([0x0a, 45]);
        let fields = [epochs * share, seconds * share, 1.0, accuracy, accuracy - 0.005];
        for (number, field) in (1_u8..).zip(fields) {
            message.push(number << 3 | 1);
            message.extend(field.to_le_bytes());
        }
    }
    message.push(0x10);
    let mut rest = params;
    while rest >= 0x80 {
        message.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    message.push(rest as u8);
    message.push(0x19);
    message.extend((seconds * 1.5).to_le_bytes());
    message
}
