//! The models of Accel-NASBench.

use std::collections::HashMap;

use ganas_graph::spaces::Chain;
use ganas_graph::spaces::chain::Block;
use ganas_graph::{Arch, CostMetric};

use super::chain_benchmark::ChainBenchmark;
use super::costed::ExtraCosts;
use super::predicted::Predictor;
use crate::BenchError;
use crate::formats::gbdt::Forest;
use crate::formats::model_table;
use crate::formats::table::{Section, Table};

/// Number of features of a network: expansion, kernel, layers and squeeze-and-excitation of seven
/// blocks.
pub(super) const FEATURES: usize = 28;

/// Sections of the table with real training runs.
pub(super) const TRAINED_ARCHS: &str = "trained.features";
pub(super) const TRAINED_TOP1: &str = "trained.top1";

/// The targets of the models besides the top-1 accuracy: part of the file name, metric and unit.
pub(super) const TARGETS: [(&str, &str, &str); 4] = [
    ("latency_zcu102", "latency_zcu102_ms", "ms"),
    ("latency_vck190", "latency_vck190_ms", "ms"),
    ("throughput_a100", "throughput_a100", "images/s"),
    ("throughput_tpuv3", "throughput_tpuv3", "images/s"),
];
/// The target for the accuracy.
pub(super) const TOP1: &str = "val_top1";

/// Predicts ImageNet top-1 accuracy after Accel-NASBench's reduced training, latency on FPGAs and
/// throughput on accelerators, for networks of [`AccelPredictor::space`].
///
/// There are two counts of multiply-adds: `macs`, those of convolutions and linear layers, and
/// `profiled_macs`, those in the benchmark's records, counted by the rule of `thop`, a profiler for
/// PyTorch.
#[derive(Debug)]
pub(super) struct AccelPredictor {
    table: Table,
    space: Chain,
    top1: Forest<f64>,
    /// Indices into [`TARGETS`], with their models.
    targets: Vec<(usize, Forest<f64>)>,
    trained: HashMap<[u8; FEATURES], Vec<f64>>,
}

impl AccelPredictor {
    /// Creates the predictor from a table of the models.
    ///
    /// # Errors
    /// If the table's contents are not those expected.
    pub(super) fn from_table(table: Table) -> Result<Self, BenchError> {
        let only = |part: &str| -> Result<Option<Forest<f64>>, BenchError> {
            let models = model_table::read(&table, part, FEATURES)?;
            Ok(models.first().map(Forest::new))
        };
        let top1 =
            only(TOP1)?.ok_or_else(|| table.other(format!("a model of {TOP1}"), "none".into()))?;
        let mut targets = Vec::new();
        for (place, (target, _, _)) in TARGETS.iter().enumerate() {
            targets.extend(only(target)?.map(|forest| (place, forest)));
        }
        let trained = trained(&table)?;
        Ok(Self { space: ChainBenchmark::Accel.space(), top1, targets, trained, table })
    }

    /// Returns the predicted top-1 accuracy in percent.
    pub(super) fn top1(&self, arch: &Arch) -> f64 {
        self.top1.predict(&self.features(arch).map(f64::from))
    }

    /// Returns a predicted latency in milliseconds or throughput in images per second, by its name,
    /// such as `latency_zcu102`, or `None` if there is no model for it.
    pub(super) fn target(&self, arch: &Arch, name: &str) -> Option<f64> {
        let named = |(place, _): &&(usize, Forest<f64>)| TARGETS[*place].0 == name;
        let (_, forest) = self.targets.iter().find(named)?;
        Some(forest.predict(&self.features(arch).map(f64::from)))
    }

    fn features(&self, arch: &Arch) -> [u8; FEATURES] {
        features(&self.space, arch)
    }
}

/// Returns expansion, kernel, layers and squeeze-and-excitation, block by block.
#[expect(clippy::cast_possible_truncation, reason = "single digits")]
pub(super) fn features(space: &Chain, arch: &Arch) -> [u8; FEATURES] {
    let mut features = [0; FEATURES];
    for layer in space.network(arch).layers {
        if let (Some(stage), Block::InvertedBottleneck { kernel, expanded, squeeze, .. }) =
            (layer.stage, layer.block)
        {
            let [expansion, own_kernel, layers, has_squeeze] =
                features[4 * stage..][..4].first_chunk_mut().expect("four features a block");
            *layers += 1;
            *expansion = (expanded / layer.input) as u8;
            *own_kernel = kernel as u8;
            *has_squeeze = squeeze.is_some().into();
        }
    }
    features
}

fn trained(table: &Table) -> Result<HashMap<[u8; FEATURES], Vec<f64>>, BenchError> {
    let mut trained: HashMap<_, Vec<_>> = HashMap::new();
    let sections = &table.header().sections;
    let Some(rows) = sections.iter().find(|section| section.name == TRAINED_ARCHS) else {
        return Ok(trained);
    };
    let rows = usize::try_from(rows.rows).unwrap_or(usize::MAX);
    let archs: Section<u8> = table.section(TRAINED_ARCHS, rows, FEATURES)?;
    let top1: Section<u32> = table.section(TRAINED_TOP1, rows, 1)?;
    for row in 0..rows {
        let features = std::array::from_fn(|column| table.get(archs, row, column));
        let percent = f64::from(table.get(top1, row, 0)) / 1000.0;
        trained.entry(features).or_default().push(percent);
    }
    Ok(trained)
}

impl ExtraCosts for AccelPredictor {
    fn metrics(&self) -> Vec<CostMetric> {
        let target = |(place, _): &(usize, Forest<f64>)| {
            let (_, name, unit) = TARGETS[*place];
            CostMetric { name: name.into(), unit: unit.into(), scale: 1.0 }
        };
        let targets = self.targets.iter().map(target);
        [CostMetric::millions("profiled_macs")].into_iter().chain(targets).collect()
    }

    fn cost(&self, space: &Chain, arch: &Arch, metric: usize) -> f64 {
        match metric.checked_sub(1) {
            None => space.network_cost(arch).thop_flops() as f64 / 1e6,
            Some(target) => {
                // A model may predict less than zero at the edge of its data; a cost must not be
                // negative.
                self.targets[target].1.predict(&self.features(arch).map(f64::from)).max(0.0)
            }
        }
    }
}

impl Predictor for AccelPredictor {
    fn space(&self) -> &Chain {
        &self.space
    }

    fn table(&self) -> &Table {
        &self.table
    }

    fn title(&self) -> &'static str {
        "LightGBM"
    }

    fn predict(&self, arch: &Arch) -> f64 {
        self.top1(arch)
    }

    fn trained(&self, arch: &Arch) -> Vec<f64> {
        self.trained.get(&self.features(arch)).cloned().unwrap_or_default()
    }

    fn latency_seconds(&self, arch: &Arch) -> Option<f64> {
        self.target(arch, TARGETS[0].0).map(|milliseconds| milliseconds / 1e3)
    }

    fn checks(&self) -> Vec<String> {
        vec![
            format!("every tree node of the {} LightGBM models", 1 + self.targets.len()),
            format!("the real training runs of {} networks", self.trained.len()),
        ]
    }
}
