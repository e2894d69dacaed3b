//! The state of a strategy as bytes. The format is safetensors. It contains all weights and Adam
//! moments, and its metadata contains a short JSON text. Measurements are not included, because the
//! history contains them.

use std::collections::HashMap;

use candle_core::Device;
use ganas_gnn::{Adam, GnnError};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::TrainerError;
use crate::guide::lessons::Lessons;

/// Key of the JSON in the metadata.
const KEY: &str = "ganas";

/// Names of the two parts of a checkpoint that holds both the main search and the search that uses
/// only full evaluations.
const FIRST: &str = "first";
// The name in stored checkpoints.
const FULL: &str = "whole";

/// Version of the format.
const FORMAT: u32 = 2;

#[derive(Debug, Serialize, Deserialize)]
struct Metadata {
    format: u32,
    trained: bool,
    /// Number of steps taken by each optimiser.
    steps: Vec<i32>,
    /// Lessons from proposals; format 1 lacks them.
    #[serde(default)]
    lessons: Lessons,
}

/// Contents of a checkpoint besides the models' weights.
pub(crate) struct Read {
    pub(crate) trained: bool,
    pub(crate) lessons: Lessons,
}

/// Writes the state of all models; [`read`] needs their optimisers in the same order.
pub(crate) fn write(
    optimisers: &[&Adam],
    trained: bool,
    lessons: &Lessons,
) -> Result<Vec<u8>, TrainerError> {
    let mut tensors = Vec::new();
    for (index, optimiser) in optimisers.iter().enumerate() {
        let state = optimiser.state()?;
        tensors.extend(state.into_iter().map(|(name, tensor)| (format!("{index}.{name}"), tensor)));
    }
    let steps = optimisers.iter().map(|optimiser| optimiser.steps()).collect();
    let metadata = serde_json::to_string(&Metadata {
        format: FORMAT,
        trained,
        steps,
        lessons: lessons.clone(),
    });
    let metadata = HashMap::from([(KEY.to_owned(), metadata.map_err(wrong)?)]);
    safetensors::serialize(tensors, Some(metadata)).map_err(wrong)
}

/// Restores the optimisers, and with them their models, from a checkpoint written by [`write`].
/// Returns the other contents of the checkpoint.
pub(crate) fn read(bytes: &[u8], optimisers: &mut [&mut Adam]) -> Result<Read, TrainerError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(wrong)?;
    let metadata = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
    let metadata = metadata.ok_or_else(|| wrong(format!("no `{KEY}` in the metadata")))?;
    let Metadata { format, trained, steps, lessons } =
        serde_json::from_str(metadata).map_err(wrong)?;
    if format != FORMAT {
        return Err(wrong(format!(
            "expected format {FORMAT}, found {format}; finish the study with the version of ganas that started it, or start a new study that learns from the old one (`from`)"
        )));
    }
    if steps.len() != optimisers.len() {
        let (expected, found) = (optimisers.len(), steps.len());
        return Err(wrong(format!("expected {expected} models, found {found}")));
    }
    let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu).map_err(wrong)?;
    for (index, (optimiser, steps)) in optimisers.iter_mut().zip(steps).enumerate() {
        optimiser.restore(steps, |name| {
            let name = format!("{index}.{name}");
            tensors.get(&name).cloned().ok_or(GnnError::Missing { name })
        })?;
    }
    Ok(Read { trained, lessons })
}

/// Joins the checkpoints of two searches.
pub(crate) fn join(first: &[u8], full: &[u8]) -> Result<Vec<u8>, TrainerError> {
    let bytes = |bytes| TensorView::new(Dtype::U8, vec![<[u8]>::len(bytes)], bytes);
    let parts = [(FIRST, bytes(first).map_err(wrong)?), (FULL, bytes(full).map_err(wrong)?)];
    safetensors::serialize(parts, None).map_err(wrong)
}

/// Splits a joint checkpoint into the two parts that [`join`] joined; `None` if the bytes are not a
/// joint checkpoint.
pub(crate) fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, header) = SafeTensors::read_metadata(bytes).ok()?;
    let data = bytes.get(8 + length..)?;
    let part = |name| {
        let (start, end) = header.info(name)?.data_offsets;
        data.get(start..end)
    };
    Some((part(FIRST)?, part(FULL)?))
}

fn wrong(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> TrainerError {
    TrainerError::Checkpoint { source: source.into() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ganas_graph::spaces::NasBench201;
    use ganas_search::Strategy;

    use crate::fixture::{Fixture, small, small_with};
    use crate::{GaNas, TrainerConfig};

    fn strategy(config: TrainerConfig) -> GaNas {
        GaNas::new("ganas", config).unwrap()
    }

    /// Returns the checkpoint of a strategy after its first round.
    fn trained() -> Vec<u8> {
        Fixture::new().knowing_random(8).with_context(|context| {
            let mut strategy = strategy(small());
            strategy.ask(context).unwrap();
            strategy.checkpoint().unwrap()
        })
    }

    #[test]
    fn a_restored_strategy_writes_the_same_checkpoint() {
        let bytes = trained();
        let mut restored = strategy(small());
        assert!(restored.checkpoint().unwrap().is_empty(), "nothing is trained yet");
        restored.restore(&NasBench201::default(), &bytes).unwrap();
        assert!(restored.checkpoint().unwrap() == bytes && bytes.len() > 1_000);
    }

    #[test]
    fn two_searches_are_one_checkpoint() {
        let bytes = trained();
        let joined = super::join(&bytes, &[]).unwrap();
        assert_eq!(super::split(&joined), Some((&bytes[..], &[][..])));
        assert!(super::split(&bytes).is_none() && super::split(&joined[..20]).is_none());
        for cut in [8, 40, joined.len() - 1] {
            assert!(super::split(&joined[..cut]).is_none(), "{cut}");
        }
    }

    #[test]
    fn other_settings_and_garbage_are_refused() {
        let (space, bytes) = (Arc::new(NasBench201::default()), trained());
        let refusal = |config, bytes: &[u8]| {
            strategy(config).restore(&*space, bytes).unwrap_err().source.to_string()
        };
        let error = refusal(small_with(&["discriminator.count=2"]), &bytes);
        assert!(error.contains("expected 3 models, found 2"), "{error}");
        let error = refusal(small_with(&["discriminator.encoder.width=16"]), &bytes);
        assert!(error.contains("shape"), "{error}");
        let key = br#"format\":"#;
        let place = bytes.windows(key.len()).position(|window| window == key).unwrap() + key.len();
        let mut earlier = bytes.clone();
        earlier[place] = b'1';
        let error = refusal(small(), &earlier);
        assert!(
            error.contains("expected format 2, found 1; finish the study with the version"),
            "{error}"
        );
        let error = refusal(small(), &bytes[..100]);
        assert!(error.starts_with("checkpoint: "), "{error}");
    }
}
