//! The accuracy predictor of Once-for-All.

use ganas_graph::spaces::Chain;
use ganas_graph::spaces::chain::Block;
use ganas_graph::{Arch, CostMetric, SearchSpace};

use super::chain_benchmark::ChainBenchmark;
use super::costed::ExtraCosts;
use super::latency::LatencyTable;
use super::perceptron::Perceptron;
use super::predicted::Predictor;
use crate::BenchError;
use crate::formats::table::Table;

/// Number of inputs, hidden units and outputs of the predictor.
pub(super) const SIZES: [usize; 5] = [128, 400, 400, 400, 1];

/// Maximum number of layers of a stage.
const SLOTS: usize = 4;
/// Offsets of the inputs for expansions and for the resolution.
const EXPANSIONS: usize = 60;
const RESOLUTIONS: usize = 120;

/// Predicts the ImageNet top-1 accuracy of subnetworks of Once-for-All's `MobileNetV3`, and returns
/// their latency on a Note 10 if the latency table was imported.
///
/// The space is `ofa-mbv3`, restricted to the resolutions for which the latency table, if there is
/// one, has all layers.
#[derive(Debug)]
pub(super) struct OfaPredictor {
    table: Table,
    space: Chain,
    perceptron: Perceptron,
    latency: Option<LatencyTable>,
}

impl OfaPredictor {
    /// Creates the predictor from its table.
    ///
    /// # Errors
    /// If the table has unexpected contents, or latencies for none of the resolutions.
    pub(super) fn from_table(table: Table) -> Result<Self, BenchError> {
        let perceptron = Perceptron::read(&table, &SIZES)?;
        let latency = LatencyTable::read(&table)?;
        let mut space = ChainBenchmark::Ofa.space();
        if let Some(latency) = &latency {
            let mut description = space.description().clone();
            description.resolution.retain(|resolution| is_measured(&space, latency, *resolution));
            space = Chain::new(&description).map_err(|error| {
                table.other(
                    "latencies of all layers for at least one resolution".into(),
                    error.to_string(),
                )
            })?;
        }
        Ok(Self { table, space, perceptron, latency })
    }

    /// Returns the predicted top-1 accuracy as a fraction. For one network the predictor's authors
    /// predicted 81.71 % and measured 76.9 %: the predictor ranks networks, but does not replace
    /// measurements.
    pub(super) fn accuracy(&self, arch: &Arch) -> f32 {
        self.perceptron.predict(&ones(&self.space, arch))
    }

    /// Returns the latency in milliseconds on a Note 10, if the latency table was imported.
    pub(super) fn milliseconds(&self, arch: &Arch) -> Option<f64> {
        self.latency.as_ref()?.network(&self.space.network(arch))
    }
}

/// Returns true if the table contains every layer of networks with this resolution.
fn is_measured(space: &Chain, latency: &LatencyTable, resolution: u32) -> bool {
    let all =
        [3, 4, 6].into_iter().flat_map(|expansion| [3, 5, 7].map(|kernel| (expansion, kernel)));
    all.into_iter().all(|(expansion, kernel)| {
        let stage = format!(";d4{}", format!("/e{expansion},k{kernel}").repeat(SLOTS));
        let arch = space.parse(&format!("r{resolution}{}", stage.repeat(5)));
        arch.is_ok_and(|arch| latency.network(&space.network(&arch)).is_some())
    })
}

/// Returns the indices of the inputs that are 1: those for the kernel and expansion of each
/// existing layer, and for the resolution.
///
/// # Source
/// `spec2feats` in `ofa/tutorial/accuracy_predictor.py` of mit-han-lab/once-for-all.
fn ones(space: &Chain, arch: &Arch) -> Vec<usize> {
    let network = space.network(arch);
    let mut ones = Vec::with_capacity(2 * 5 * SLOTS + 1);
    let (mut stage, mut slot) = (0, 0);
    for layer in &network.layers {
        // Stage 0 is the first block, which is fixed.
        let (Some(own @ 1..), Block::InvertedBottleneck { kernel, expanded, .. }) =
            (layer.stage, layer.block)
        else {
            continue;
        };
        slot = if own == stage { slot + 1 } else { 0 };
        stage = own;
        let place = 3 * (SLOTS * (own - 1) + slot);
        ones.push(
            place
                + match kernel {
                    3 => 0,
                    5 => 1,
                    _ => 2,
                },
        );
        ones.push(
            EXPANSIONS
                + place
                + match expanded / layer.input {
                    3 => 0,
                    4 => 1,
                    _ => 2,
                },
        );
    }
    ones.push(RESOLUTIONS + (network.resolution as usize - 112) / 16);
    ones
}

impl ExtraCosts for OfaPredictor {
    fn metrics(&self) -> Vec<CostMetric> {
        let milliseconds =
            || CostMetric { name: "latency_ms".into(), unit: "ms".into(), scale: 1.0 };
        self.latency.iter().map(|_| milliseconds()).collect()
    }

    fn cost(&self, _: &Chain, arch: &Arch, _: usize) -> f64 {
        self.milliseconds(arch).expect("the space contains only measured resolutions")
    }
}

impl Predictor for OfaPredictor {
    fn space(&self) -> &Chain {
        &self.space
    }

    fn table(&self) -> &Table {
        &self.table
    }

    fn title(&self) -> &'static str {
        "multilayer perceptron"
    }

    fn predict(&self, arch: &Arch) -> f64 {
        100.0 * f64::from(self.accuracy(arch))
    }

    fn latency_seconds(&self, arch: &Arch) -> Option<f64> {
        Some(self.milliseconds(arch)? / 1e3)
    }

    fn checks(&self) -> Vec<String> {
        let resolutions = &self.space.description().resolution;
        let latencies = format!("latencies of all layers for the resolutions {resolutions:?}");
        let shapes = "shapes of the predictor's layers".to_owned();
        [shapes].into_iter().chain(self.latency.iter().map(|_| latencies.clone())).collect()
    }
}
