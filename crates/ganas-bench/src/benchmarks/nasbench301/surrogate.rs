//! The imported models, and what they predict.

use std::path::Path;

use ganas_graph::spaces::Darts;
use ganas_graph::spaces::darts::Network;
use ganas_graph::{Arch, SearchSpace};
use rand::Rng as _;

use super::{FEATURES, FeatureEncoder};
use crate::BenchError;
use crate::formats::gbdt::Forest;
use crate::formats::model_table;
use crate::formats::table::Table;
use crate::query::keyed_rng;

/// The imported models: what they predict of an architecture.
#[derive(Debug)]
pub struct Surrogate {
    table: Table,
    space: Darts,
    encoder: FeatureEncoder,
    accuracy: Vec<Forest<f32>>,
    runtime: Vec<Forest<f64>>,
}

/// What the accuracy models predict of an architecture, in percent.
///
/// Single precision, and sums in the order of the members, as numpy makes them of the models'
/// predictions: the same bits as the published code.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Each member's.
    pub members: Vec<f32>,
    /// Their mean.
    pub mean: f32,
    /// Their standard deviation, as of a whole population.
    pub deviation: f32,
}

impl Prediction {
    fn of(members: Vec<f32>) -> Self {
        let count = members.len() as f32;
        let mean = members.iter().fold(0.0, |sum, member| sum + member) / count;
        let squares = members.iter().map(|member| (member - mean) * (member - mean));
        let deviation = (squares.fold(0.0, |sum, square| sum + square) / count).sqrt();
        Self { members, mean, deviation }
    }

    /// The mean and a draw from a normal distribution with the members' deviation, which stands for
    /// the spread of trainings. The draw depends on the seed, the architecture and the number of the
    /// query, and on nothing else.
    pub fn with_noise(&self, seed: u64, arch: ganas_graph::ArchHash, query: u64) -> f64 {
        let mut rng = keyed_rng(seed, arch, *b"noise   ");
        rng.set_stream(query);
        let (first, second): (f64, f64) = (rng.random(), rng.random());
        // Box and Muller; the logarithm is of a number above 0.
        let normal = (-2.0 * (1.0 - first).ln()).sqrt() * (std::f64::consts::TAU * second).cos();
        f64::from(self.mean) + f64::from(self.deviation) * normal
    }
}

impl Surrogate {
    /// Reads an imported table.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged or holds something else.
    pub fn read(path: &Path) -> Result<Self, BenchError> {
        Self::from_table(Table::read(path)?)
    }

    /// From a table of the models.
    ///
    /// # Errors
    /// If the table holds something else.
    pub fn from_table(table: Table) -> Result<Self, BenchError> {
        let accuracy = model_table::read(&table, "accuracy", FEATURES)?;
        if accuracy.is_empty() {
            return Err(table.other("models of accuracy".into(), "none".into()));
        }
        let runtime = model_table::read(&table, "train_seconds", FEATURES)?;
        Ok(Self {
            accuracy: accuracy.iter().map(Forest::new).collect(),
            runtime: runtime.iter().map(Forest::new).collect(),
            table,
            space: Darts::new(Network::nasbench301()),
            encoder: FeatureEncoder::new(),
        })
    }

    /// The table that the models are from.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// The space that the models are for, with the costs of the networks that they predict.
    pub const fn space(&self) -> &Darts {
        &self.space
    }

    /// Number of models of accuracy.
    pub fn members(&self) -> usize {
        self.accuracy.len()
    }

    /// Is it an architecture of the space?
    pub fn knows(&self, arch: &Arch) -> bool {
        Arch::from_choices(&self.space, arch.choices()).is_ok()
    }

    /// What the models predict of an architecture of [`Surrogate::space`].
    pub fn predict(&self, arch: &Arch) -> Prediction {
        let features = self.single_precision(arch);
        Prediction::of(self.accuracy.iter().map(|forest| forest.predict(&features)).collect())
    }

    /// The prediction of one of the models.
    pub fn predict_member(&self, arch: &Arch, member: usize) -> Option<f32> {
        self.accuracy.get(member).map(|forest| forest.predict(&self.single_precision(arch)))
    }

    /// The same as [`Surrogate::predict`] for each, several times faster.
    pub fn predict_many(&self, archs: &[Arch]) -> Vec<Prediction> {
        let rows: Vec<_> = archs.iter().map(|arch| self.single_precision(arch)).collect();
        let members: Vec<_> =
            self.accuracy.iter().map(|forest| forest.predict_many(&rows)).collect();
        let of = |row: usize| members.iter().map(|member| member[row]).collect();
        (0..rows.len()).map(|row| Prediction::of(of(row))).collect()
    }

    /// Predicted seconds of training, mean of the models; `None` if there are none.
    pub fn train_seconds(&self, arch: &Arch) -> Option<f64> {
        let features = self.encoder.encode(&self.space.cells(arch));
        let sum: f64 = self.runtime.iter().map(|forest| forest.predict(&features)).sum();
        (!self.runtime.is_empty()).then(|| sum / self.runtime.len() as f64)
    }

    /// Identity of an architecture's class.
    pub fn canonical(&self, arch: &Arch) -> ganas_graph::ArchHash {
        self.space.canonical(arch)
    }

    #[expect(clippy::cast_possible_truncation, reason = "as the models see them")]
    fn single_precision(&self, arch: &Arch) -> [f32; FEATURES] {
        self.encoder.encode(&self.space.cells(arch)).map(|feature| feature as f32)
    }
}
