//! The imported models and their predictions.

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

/// The imported models, which predict the results of architectures.
#[derive(Debug)]
pub struct Surrogate {
    table: Table,
    space: Darts,
    encoder: FeatureEncoder,
    accuracy: Vec<Forest<f32>>,
    runtime: Vec<Forest<f64>>,
}

/// The accuracies in percent that the models predict for an architecture.
///
/// All numbers are computed in single precision, and the models' predictions are added in the order
/// of the models, as NumPy does. The results are therefore bit-identical to those of the published
/// code.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The predictions of the models in the ensemble, one for each model.
    pub members: Vec<f32>,
    /// Mean of the models' predictions.
    pub mean: f32,
    /// Population standard deviation of the models' predictions.
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

    /// Returns a random accuracy, drawn from a normal distribution with the mean and the standard
    /// deviation of the models' predictions. The noise imitates the spread of the results of
    /// repeated training runs. The number `query` distinguishes several queries of the same
    /// architecture. The result depends only on the predictions, `seed`, `arch` and `query`.
    pub fn with_noise(&self, seed: u64, arch: ganas_graph::ArchHash, query: u64) -> f64 {
        let mut rng = keyed_rng(seed, arch, *b"noise   ");
        rng.set_stream(query);
        let (first, second): (f64, f64) = (rng.random(), rng.random());
        // Box and Muller; the argument of the logarithm is above 0.
        let normal = (-2.0 * (1.0 - first).ln()).sqrt() * (std::f64::consts::TAU * second).cos();
        f64::from(self.mean) + f64::from(self.deviation) * normal
    }
}

impl Surrogate {
    /// Reads an imported table.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged or has unexpected contents.
    pub fn read(path: &Path) -> Result<Self, BenchError> {
        Self::from_table(Table::read(path)?)
    }

    /// Creates the models from the contents of an imported table.
    ///
    /// # Errors
    /// If the table does not have the expected contents.
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

    /// Returns the table from which the models were created.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// Returns the search space of the architectures that the surrogate models rate. The costs that
    /// the space computes are those of the benchmark's networks.
    pub const fn space(&self) -> &Darts {
        &self.space
    }

    /// Returns the number of accuracy models.
    pub fn members(&self) -> usize {
        self.accuracy.len()
    }

    /// Returns true if the architecture belongs to the models' search space.
    pub fn knows(&self, arch: &Arch) -> bool {
        Arch::from_choices(&self.space, arch.choices()).is_ok()
    }

    /// Returns the predictions for an architecture of [`Surrogate::space`].
    pub fn predict(&self, arch: &Arch) -> Prediction {
        let features = self.single_precision(arch);
        Prediction::of(self.accuracy.iter().map(|forest| forest.predict(&features)).collect())
    }

    /// Returns the prediction of the accuracy model with index `member`, or `None` if there is no
    /// such model.
    pub fn predict_member(&self, arch: &Arch, member: usize) -> Option<f32> {
        self.accuracy.get(member).map(|forest| forest.predict(&self.single_precision(arch)))
    }

    /// Returns the same predictions as [`Surrogate::predict`] for many architectures. This is
    /// several times faster than a separate call for each architecture.
    pub fn predict_many(&self, archs: &[Arch]) -> Vec<Prediction> {
        let rows: Vec<_> = archs.iter().map(|arch| self.single_precision(arch)).collect();
        let members: Vec<_> =
            self.accuracy.iter().map(|forest| forest.predict_many(&rows)).collect();
        let of = |row: usize| members.iter().map(|member| member[row]).collect();
        (0..rows.len()).map(|row| Prediction::of(of(row))).collect()
    }

    /// Returns the predicted training time in seconds, which is the mean of the predictions of all
    /// training-time models. Returns `None` if there are no such models.
    pub fn train_seconds(&self, arch: &Arch) -> Option<f64> {
        let features = self.encoder.encode(&self.space.cells(arch));
        let sum: f64 = self.runtime.iter().map(|forest| forest.predict(&features)).sum();
        (!self.runtime.is_empty()).then(|| sum / self.runtime.len() as f64)
    }

    /// Returns the canonical hash of an architecture, which is the same for all isomorphic
    /// architectures.
    pub fn canonical(&self, arch: &Arch) -> ganas_graph::ArchHash {
        self.space.canonical(arch)
    }

    #[expect(clippy::cast_possible_truncation, reason = "as the models see them")]
    fn single_precision(&self, arch: &Arch) -> [f32; FEATURES] {
        self.encoder.encode(&self.space.cells(arch)).map(|feature| feature as f32)
    }
}
