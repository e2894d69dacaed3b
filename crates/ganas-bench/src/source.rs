//! The interface through which every benchmark provides its results.

use std::fmt::Debug;
use std::path::Path;

use ganas_graph::spaces::Chain;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::{Direction, Measurement};
use serde::Serialize;

use crate::{Accuracy, BenchError, Progress, QuerySettings, TableInfo};

/// A request to open a benchmark.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// Name of the data set, one of the benchmark's.
    pub(crate) dataset: &'a str,
    /// The selection of the numbers that queries return.
    pub(crate) query: QuerySettings,
    /// The folder of imported tables, if any.
    pub(crate) folder: Option<&'a Path>,
}

/// An opened benchmark.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The search space, with the costs of the networks for the data set.
    pub(crate) space: Box<dyn SearchSpace>,
    /// The results.
    pub(crate) source: Box<dyn Source>,
}

/// The source of a benchmark's results.
pub(crate) trait Source: Debug + Send + Sync {
    /// Returns the result of a query, or `None` if the architecture is outside the benchmark. The
    /// value is validation accuracy in percent, except for NAS-Bench-Macro and users' tables.
    fn measure(&self, arch: &Arch) -> Result<Option<Measurement>, BenchError>;

    /// Returns everything known about an architecture, or `None` if it is outside the benchmark.
    fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError>;

    /// Returns the test accuracy in percent, or in the unit of a user's table; `None` if unknown.
    fn test(&self, _: &Arch) -> Result<Option<f64>, BenchError> {
        Ok(None)
    }

    /// Returns the best value that a query can return, or `None` if unknown.
    fn optimum(&self) -> Result<Option<f64>, BenchError> {
        Ok(None)
    }

    /// Returns the number of architectures with a better value than `value`, plus one, or `None` if
    /// unknown.
    fn rank(&self, _value: f64) -> Result<Option<usize>, BenchError> {
        Ok(None)
    }

    /// Returns whether higher or lower values are better.
    fn direction(&self) -> Direction {
        Direction::Maximise
    }

    /// Returns the names of the metrics that measurements contain besides the training time.
    fn metrics(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns whether every architecture of the space has a result, or `None` if unknown.
    fn is_complete(&self) -> Option<bool> {
        None
    }

    /// Returns the tables that the results are read from.
    fn tables(&self) -> Vec<TableInfo>;

    /// Returns the space as a chain space, if it is one.
    fn chain(&self) -> Option<&Chain> {
        None
    }

    /// Returns the predictor of the results, or `None` if they are measured.
    fn predictor(&self) -> Option<&str> {
        None
    }

    /// Recomputes everything that can be recomputed from the tables, and compares the results.
    fn verify(&self, progress: &mut Progress<'_>) -> Result<Verification, BenchError>;
}

/// Everything that a benchmark knows about an architecture on one data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The architecture's number in the published files.
    pub official_index: Option<usize>,
    /// Validation accuracy of the training runs that the query settings select. For
    /// NAS-Bench-Macro, it is test accuracy; for a user's table, it is the value of the objective,
    /// treated as a percentage.
    pub validation: Accuracy,
    /// Validation accuracy of each training run. If an ensemble of models predicts the accuracy,
    /// these are the predictions of the models.
    pub validation_runs: Vec<Accuracy>,
    /// Test accuracy of the training runs that the query settings select.
    pub test: Option<Accuracy>,
    /// Rank of the architecture, which is the number of architectures with a better value, plus
    /// one.
    pub rank: Option<usize>,
    /// Training time in seconds.
    pub train_seconds: Option<f64>,
    /// Time for one inference step, in seconds.
    pub latency_seconds: Option<f64>,
}

/// The results of [`Benchmark::verify`](crate::Benchmark::verify).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Number of architectures with results, or `None` if a model predicts a result for every
    /// architecture.
    pub architectures: Option<usize>,
    /// Whether every architecture of the search space has a result.
    pub complete: bool,
    /// The checks that succeeded. Each is described by a phrase such as `checksums of FILE`.
    pub checks: Vec<String>,
}
