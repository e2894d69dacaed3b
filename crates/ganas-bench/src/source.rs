//! What every benchmark gives: the results behind it, and what is known of an architecture.

use std::fmt::Debug;
use std::path::Path;

use ganas_graph::spaces::Chain;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::{Direction, Measurement};
use serde::Serialize;

use crate::{Accuracy, BenchError, Progress, QuerySettings, TableInfo};

/// What is to be opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// Name of the data set, one of the benchmark's.
    pub(crate) dataset: &'a str,
    /// Which numbers queries give.
    pub(crate) query: QuerySettings,
    /// Where imported tables are, if anywhere.
    pub(crate) folder: Option<&'a Path>,
}

/// What was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The search space, with the costs of networks for the data set.
    pub(crate) space: Box<dyn SearchSpace>,
    /// The results.
    pub(crate) source: Box<dyn Source>,
}

/// The results behind a benchmark.
pub(crate) trait Source: Debug + Send + Sync {
    /// What a query gives, validation accuracy in percent as the value; `None` if the architecture is
    /// outside the benchmark.
    fn measure(&self, arch: &Arch) -> Result<Option<Measurement>, BenchError>;

    /// Everything known of an architecture; `None` if it is outside the benchmark.
    fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError>;

    /// Test accuracy in percent; `None` where it is not known.
    fn test(&self, _: &Arch) -> Result<Option<f64>, BenchError> {
        Ok(None)
    }

    /// The best value of any architecture; `None` where it is not known.
    fn optimum(&self) -> Result<Option<f64>, BenchError> {
        Ok(None)
    }

    /// How many architectures have a better value than `value`, plus one; `None` where it is not known.
    fn rank(&self, _value: f64) -> Result<Option<usize>, BenchError> {
        Ok(None)
    }

    /// Which way values are better.
    fn direction(&self) -> Direction {
        Direction::Maximise
    }

    /// Metrics that measurements hold, besides the seconds of training.
    fn metrics(&self) -> Vec<String> {
        Vec::new()
    }

    /// Has every architecture of the space a result? `None` where it is not said.
    fn is_complete(&self) -> Option<bool> {
        None
    }

    /// The tables that the results are read from.
    fn tables(&self) -> Vec<TableInfo>;

    /// The space as chains, if it is one of chains.
    fn chain(&self) -> Option<&Chain> {
        None
    }

    /// What predicts the results, if they are predicted and not measured.
    fn predictor(&self) -> Option<&str> {
        None
    }

    /// Recomputes from the tables whatever can be.
    fn verify(&self, progress: &mut Progress<'_>) -> Result<Verification, BenchError>;
}

/// Everything that a benchmark knows of an architecture on one data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its number in the published files.
    pub official_index: Option<usize>,
    /// Validation accuracy, of the training runs that the query settings say.
    pub validation: Accuracy,
    /// Validation accuracy of each training run.
    pub validation_runs: Vec<Accuracy>,
    /// Test accuracy, of the training runs that the query settings say.
    pub test: Option<Accuracy>,
    /// How many architectures have a higher validation accuracy, plus one.
    pub rank: Option<usize>,
    /// Seconds of training.
    pub train_seconds: Option<f64>,
    /// Seconds of one inference step.
    pub latency_seconds: Option<f64>,
}

/// What [`Benchmark::verify`](crate::Benchmark::verify) found right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Architectures that the benchmark has results for; `None` for a model, which has them for any.
    pub architectures: Option<usize>,
    /// Are these all of the space?
    pub complete: bool,
    /// What was recomputed and found equal, a sentence each.
    pub checks: Vec<String>,
}
