//! Converts the predictor and the latency table of Once-for-All to a benchmark table.

use std::path::Path;

use safetensors::{Dtype, SafeTensors};

use super::accel_import::{MAX_BYTES, find};
use super::chain_benchmark::ChainBenchmark;
use super::latency::LatencyTable;
use super::ofa::SIZES;
use super::perceptron::{Linear, Perceptron};
use crate::formats::files::Files;
use crate::formats::table::{Provenance, TableWriter};
use crate::{BenchError, Progress};

const PREDICTOR: &str = "acc_predictor.safetensors";
const LATENCIES: &str = "latency_note10.csv";

/// Converts the predictor, and the latency table if present, to a table.
pub(super) fn import(path: &Path, progress: &mut Progress<'_>) -> Result<Vec<u8>, BenchError> {
    let mut files = Files::open(path)?;
    let predictor = find(&files, PREDICTOR).ok_or_else(|| BenchError::UnknownFile {
        file: files.label.clone(),
        expected: format!("{PREDICTOR}, or a folder or zip archive that contains it"),
        found: "no file of that name".into(),
    })?;
    let bytes = files.read(&predictor, MAX_BYTES)?;
    let perceptron = perceptron(&format!("{}: {predictor}", files.label), &bytes)?;
    let latencies = find(&files, LATENCIES).or_else(|| find(&files, &format!("{LATENCIES}.gz")));
    let mut used: Vec<_> = [predictor].into_iter().chain(latencies.clone()).collect();
    used.sort_unstable();
    let source_sha256 = files.sha256(&used, MAX_BYTES, progress)?;
    let with = if latencies.is_some() { "; latencies of layers on a Samsung Note 10" } else { "" };
    let mut writer = TableWriter::new(Provenance {
        benchmark: ChainBenchmark::Ofa.name().into(),
        part: "predictor".into(),
        contents: format!(
            "top-1 accuracy on ImageNet of subnetworks of once-for-all's MobileNetV3, predicted by a \
             multilayer perceptron{with}"
        ),
        source: files.label.clone(),
        source_sha256,
        licence: "the licence of the imported files".into(),
    });
    perceptron.write(&mut writer);
    if let Some(name) = latencies {
        let bytes = files.read(&name, MAX_BYTES)?;
        LatencyTable::import(&mut writer, &format!("{}: {name}", files.label), &bytes)?;
    }
    Ok(writer.finish())
}

/// Reads the predictor, whose linear layers are numbers 0, 2, 4 and 6 of the original's sequence.
fn perceptron(file: &str, bytes: &[u8]) -> Result<Perceptron, BenchError> {
    let wrong = |expected: String, found: String| BenchError::UnknownFile {
        file: file.into(),
        expected,
        found,
    };
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|error| wrong("a file of safetensors".into(), error.to_string()))?;
    let tensor = |name: &str, shape: &[usize]| {
        let expected = || format!("a tensor `{name}` of F32 numbers and shape {shape:?}");
        let tensor = tensors.tensor(name).map_err(|error| wrong(expected(), error.to_string()))?;
        if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
            let found =
                format!("one of {:?} numbers and shape {:?}", tensor.dtype(), tensor.shape());
            return Err(wrong(expected(), found));
        }
        let (numbers, _) = tensor.data().as_chunks();
        Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    };
    let layer = |(number, pair): (usize, &[usize])| {
        let (inputs, outputs) = (pair[0], pair[1]);
        Ok(Linear {
            inputs,
            weights: tensor(&format!("{}.weight", 2 * number), &[outputs, inputs])?,
            biases: tensor(&format!("{}.bias", 2 * number), &[outputs])?,
        })
    };
    let layers = SIZES.windows(2).enumerate().map(layer).collect::<Result<_, BenchError>>()?;
    let place = |layer, part| match part {
        "weights" => format!("`{}.weight`", 2 * layer),
        _ => format!("`{}.bias`", 2 * layer),
    };
    Perceptron::new(layers, place).map_err(|(expected, found)| wrong(expected, found))
}
