//! Once-for-All's table of layer latencies.

use std::collections::HashMap;

use ganas_graph::spaces::chain::{Activation, Block, Layer, Network};

use crate::BenchError;
use crate::formats::csv_lines;
use crate::formats::magnitude::is_bounded;
use crate::formats::table::{Section, Table, TableWriter};

/// Number of fields that identify a layer: see [`Key`].
const FIELDS: usize = 12;
const KEYS: &str = "latency.keys";
const MEANS: &str = "latency.milliseconds";

/// Resolution of the network, kind, input side and channels, output side and channels, expanded
/// channels, kernel, stride, and whether the layer has a residual connection,
/// squeeze-and-excitation and hard swish.
type Key = [u16; FIELDS];

/// Kinds of layers, as named in the published table.
const KINDS: [&str; 6] = ["Conv", "expanded_conv", "Conv_1", "AvgPool2D", "Conv_2", "Logits"];
const EXPANDED: u16 = 1;

/// Latencies in milliseconds of the layers of Once-for-All networks on a device; a network's
/// latency is their sum.
///
/// # Source
/// `ofa/tutorial/latency_table.py` of mit-han-lab/once-for-all.
#[derive(Debug, Clone)]
pub(super) struct LatencyTable {
    milliseconds: HashMap<Key, f64>,
}

impl LatencyTable {
    /// Returns the latency of a network in milliseconds, or `None` if the table lacks one of its
    /// layers, for example because its resolution was not measured.
    pub(super) fn network(&self, network: &Network) -> Option<f64> {
        let layer = |layer: &Layer| self.milliseconds.get(&key(network.resolution, layer)?);
        network.layers.iter().map(layer).sum()
    }

    /// Returns the latencies in an imported table, or `None` if the table contains none.
    pub(super) fn read(table: &Table) -> Result<Option<Self>, BenchError> {
        let sections = &table.header().sections;
        let Some(section) = sections.iter().find(|section| section.name == KEYS) else {
            return Ok(None);
        };
        let rows = usize::try_from(section.rows).unwrap_or(usize::MAX);
        let keys: Section<u16> = table.section(KEYS, rows, FIELDS)?;
        let means: Section<u32> = table.section(MEANS, rows, 2)?;
        let milliseconds = (0..rows).map(|row| {
            let key: Key = std::array::from_fn(|column| table.get(keys, row, column));
            let [low, high] = [0, 1].map(|word| u64::from(table.get(means, row, word)));
            let mean = f64::from_bits(low | high << 32);
            if is_time(mean) {
                return Ok((key, mean));
            }
            let expected =
                format!("a time in milliseconds in row {row} (counted from 0) of `{MEANS}`");
            Err(table.other(expected, mean.to_string()))
        });
        Ok(Some(Self { milliseconds: milliseconds.collect::<Result<_, _>>()? }))
    }

    /// Writes the rows of the CSV file as sections of a table.
    pub(super) fn import(
        writer: &mut TableWriter,
        file: &str,
        bytes: &[u8],
    ) -> Result<(), BenchError> {
        let mut rows = Vec::new();
        csv_lines::read(file, bytes, ["resolution", "key", "mean_ms"], |line| {
            let resolution = line.number(0, "pixels", |pixels: u16| pixels > 0)?;
            let key = read_key(resolution, line.text(1)).ok_or_else(|| {
                let expected = "a key such as `expanded_conv-input:…-output:…-expand:…`";
                line.wrong(1, expected, format!("`{}`", line.text(1)))
            })?;
            rows.push((key, line.number(2, "milliseconds", is_time)?));
            Ok(())
        })?;
        writer.section(KEYS, FIELDS, rows.iter().flat_map(|(key, _)| *key));
        #[expect(clippy::cast_possible_truncation, reason = "halves of 64 bits")]
        let words = rows
            .iter()
            .flat_map(|(_, mean)| [mean.to_bits() as u32, (mean.to_bits() >> 32) as u32]);
        writer.section(MEANS, 2, words);
        Ok(())
    }
}

fn is_time(milliseconds: f64) -> bool {
    is_bounded(milliseconds) && milliseconds >= 0.0
}

/// Returns the key of a layer in the table, or `None` if it cannot be a layer of Once-for-All.
fn key(resolution: u32, layer: &Layer) -> Option<Key> {
    let small = |number: u32| u16::try_from(number).ok();
    let mut key = [0; FIELDS];
    let shape = [resolution, 0, layer.side, layer.input, layer.output_side(), layer.output];
    for (field, number) in key.iter_mut().zip(shape) {
        *field = small(number)?;
    }
    key[1] = match layer.block {
        Block::Convolution { kernel: 3, .. } => 0,
        Block::InvertedBottleneck { kernel, expanded, squeeze, has_residual } => {
            let is_hard = layer.activation == Some(Activation::HardSwish);
            key[6..9].copy_from_slice(&[small(expanded)?, small(kernel)?, small(layer.stride)?]);
            key[9..].copy_from_slice(&[has_residual, squeeze.is_some(), is_hard].map(u16::from));
            EXPANDED
        }
        Block::Convolution { is_normalised: true, .. } => 2,
        Block::Pool => 3,
        Block::Convolution { .. } => 4,
        Block::Linear { .. } => 5,
        _ => return None,
    };
    Some(key)
}

/// Reads a key such as
/// `expanded_conv-input:10x10x136-output:5x5x192-expand:408-kernel:3-stride:2-idskip:0-se:1-hs:1`.
fn read_key(resolution: u16, text: &str) -> Option<Key> {
    let mut parts = text.split('-');
    let kind = parts.next()?;
    let kind = u16::try_from(KINDS.iter().position(|known| *known == kind)?).ok()?;
    let mut key = [0; FIELDS];
    (key[0], key[1]) = (resolution, kind);
    let mut named = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix(':');
    [key[2], key[3]] = shape(named("input")?)?;
    [key[4], key[5]] = shape(named("output")?)?;
    if kind == EXPANDED {
        for (field, name) in
            key[6..].iter_mut().zip(["expand", "kernel", "stride", "idskip", "se", "hs"])
        {
            *field = named(name)?.parse().ok()?;
        }
    }
    parts.next().is_none().then_some(key)
}

/// Reads a side and channels such as `10x10x136`; a single number means channels with a side of 1
/// pixel.
fn shape(text: &str) -> Option<[u16; 2]> {
    let numbers = text.split('x').map(|number| number.parse().ok());
    match numbers.collect::<Option<Vec<u16>>>()?[..] {
        [height, width, channels] if height == width => Some([height, channels]),
        [channels] => Some([1, channels]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::table::Provenance;

    #[test]
    fn a_table_of_no_times_is_refused() {
        let read = |milliseconds: f64| {
            let mut writer = TableWriter::new(Provenance {
                benchmark: "ofa-mbv3".into(),
                part: "predictor".into(),
                contents: String::new(),
                source: String::new(),
                source_sha256: String::new(),
                licence: String::new(),
            });
            writer.section(KEYS, FIELDS, [1_u16; FIELDS]);
            let bits = milliseconds.to_bits();
            let words = [bits & u64::from(u32::MAX), bits >> 32];
            writer.section(MEANS, 2, words.map(|word| u32::try_from(word).unwrap()));
            let table = Table::open("TABLE", writer.finish()).unwrap();
            LatencyTable::read(&table).map_err(|error| error.to_string())
        };
        assert!(read(0.5).unwrap().is_some());
        for wrong in [f64::NAN, f64::INFINITY, -1.0] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains("TABLE"), "{error}");
            assert!(
                error.contains("in row 0 (counted from 0) of `latency.milliseconds`"),
                "{error}"
            );
        }
    }

    #[test]
    fn keys_are_read() {
        let text = "expanded_conv-input:10x10x136-output:5x5x192-expand:408-kernel:3-stride:2-idskip:0-se:1-hs:1";
        assert_eq!(read_key(160, text), Some([160, 1, 10, 136, 5, 192, 408, 3, 2, 0, 1, 1]));
        let logits = "Logits-input:1x1x1536-output:1000";
        assert_eq!(read_key(224, logits), Some([224, 5, 1, 1536, 1, 1000, 0, 0, 0, 0, 0, 0]));
        for wrong in ["", "Pool-input:1x1x1-output:1", "Conv-input:1x2x3-output:1x1x3", &text[..60]]
        {
            assert_eq!(read_key(224, wrong), None, "{wrong}");
        }
    }
}
