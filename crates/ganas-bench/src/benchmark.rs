use std::fmt::Debug;
use std::path::Path;

use ganas_graph::spaces::Chain;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::{Evaluation, EvaluationError, Evaluator, Measurement, TestOracle, UnknownName};
use serde::Serialize;

use crate::chains::{self, ChainBenchmark};
use crate::nasbench101::{self, Variant};
use crate::table::{FORMAT_VERSION, MappedTable, Provenance, Table};
use crate::{Accuracy, BenchError, Progress, QuerySettings, data_folder};
use crate::{nasbench201, nasbench301};

/// A benchmark on one of its data sets: a search space, its results, and where they are from.
///
/// As an [`Evaluator`] it gives validation accuracy, as a [`TestOracle`] what only reports may see,
/// both in percent.
///
/// ```
/// use ganas_bench::{Benchmark, QuerySettings};
/// use ganas_search::{Study, StudySettings, TestOracle, baselines::RandomSearch};
///
/// let benchmark = Benchmark::open("nasbench201", Some("cifar100"), QuerySettings::default())?;
/// let study = Study::new(&*benchmark.space, &benchmark, StudySettings::new(50, 0))?;
/// let outcome = study.run(&mut RandomSearch, &mut [])?;
/// let best = outcome.best().expect("50 queries").measurement.value;
/// let optimum = benchmark.optimum().expect("a full table");
/// assert!(best > 65.0 && best <= optimum && (optimum - 73.493).abs() < 0.001);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Benchmark {
    /// Name of the benchmark.
    pub name: String,
    /// Name of the data set.
    pub dataset: String,
    /// Which of its numbers a query gives.
    pub query: QuerySettings,
    /// The search space, with the costs of networks for the data set.
    pub space: Box<dyn SearchSpace>,
    source: Box<dyn Source>,
}

/// What is to be opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// Data set, or the default one.
    pub(crate) dataset: Option<&'a str>,
    /// Which numbers queries give.
    pub(crate) query: QuerySettings,
    /// Where imported tables are, if anywhere.
    pub(crate) folder: Option<&'a Path>,
}

/// What was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) dataset: String,
    pub(crate) space: Box<dyn SearchSpace>,
    pub(crate) source: Box<dyn Source>,
}

/// The results behind a benchmark.
pub(crate) trait Source: Evaluator + TestOracle + Send {
    /// Everything known of an architecture; `None` if it is outside the benchmark.
    fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError>;

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

/// What [`Benchmark::verify`] found right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Architectures that the benchmark has results for; `None` for a model, which has them for any.
    pub architectures: Option<usize>,
    /// Are these all of the space?
    pub complete: bool,
    /// What was recomputed and found equal, a sentence each.
    pub checks: Vec<String>,
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

/// A table of a benchmark: what it holds and how to tell it from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableInfo {
    /// Which part of the benchmark it is, such as `validation` or `test`.
    pub part: String,
    /// What the numbers are.
    pub contents: String,
    /// The file, or that it is compiled in.
    pub file: String,
    /// Version of the table format.
    pub format: u32,
    /// Bytes of the file.
    pub bytes: usize,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
    /// Where the numbers were taken from.
    pub source: String,
    /// SHA-256 of what they were taken from.
    pub source_sha256: String,
    /// Licence of the numbers.
    pub licence: String,
}

/// Names of all benchmarks.
pub const fn names() -> &'static [&'static str] {
    const NAMES: &[&str] = &[
        nasbench201::NAME,
        Variant::Published.name(),
        Variant::Surrogate.name(),
        Variant::Subset.name(),
        nasbench301::NAME,
        nasbench301::STAND_IN,
        chains::NASBENCH_MACRO,
        chains::ACCEL,
        chains::OFA,
    ];
    NAMES
}

/// The data sets of a benchmark, the default first.
///
/// # Errors
/// If there is no such benchmark.
pub fn datasets(name: &str) -> Result<Vec<&'static str>, UnknownName> {
    let name = known(name)?;
    if let Some(benchmark) = ChainBenchmark::named(name) {
        return Ok(vec![benchmark.dataset()]);
    }
    Ok(match name {
        nasbench301::NAME | nasbench301::STAND_IN => vec![nasbench301::DATASET],
        nasbench201::NAME => nasbench201::Dataset::ALL.map(nasbench201::Dataset::name).to_vec(),
        _ => vec![nasbench101::DATASET],
    })
}

/// The benchmark's name as a constant, or which names there are.
pub(crate) fn known(name: &str) -> Result<&'static str, UnknownName> {
    names().iter().copied().find(|known| *known == name).ok_or_else(|| UnknownName {
        what: "benchmark",
        found: name.into(),
        valid: names().iter().map(ToString::to_string).collect(),
    })
}

impl Benchmark {
    /// Opens a benchmark, with what was imported into the user's data folder if there is one;
    /// without a data set, on its default.
    ///
    /// # Errors
    /// If there is no such benchmark or data set, it has nothing that `query` asks for, or a table is
    /// missing or cannot be read.
    pub fn open(
        name: &str,
        dataset: Option<&str>,
        query: QuerySettings,
    ) -> Result<Self, BenchError> {
        Self::open_with(name, dataset, query, data_folder().ok().as_deref())
    }

    /// Opens a benchmark with what was imported into `folder`, or with nothing imported.
    ///
    /// # Errors
    /// As [`Benchmark::open`].
    pub fn open_with(
        name: &str,
        dataset: Option<&str>,
        query: QuerySettings,
        folder: Option<&Path>,
    ) -> Result<Self, BenchError> {
        let name = known(name)?;
        let request = Request { dataset, query, folder };
        let Opened { dataset, space, source } = if let Some(variant) = Variant::named(name) {
            nasbench101::open(variant, &request)?
        } else if let Some(benchmark) = ChainBenchmark::named(name) {
            benchmark.open(&request)?
        } else if [nasbench301::NAME, nasbench301::STAND_IN].contains(&name) {
            nasbench301::open(name, &request)?
        } else {
            nasbench201::open(&request)?
        };
        Ok(Self { name: name.into(), dataset, query, space, source })
    }

    /// Everything known of an architecture; `None` if it is outside the benchmark.
    ///
    /// # Errors
    /// If the part of the table that holds it is damaged.
    pub fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError> {
        self.source.record(arch)
    }

    /// The tables that results are read from. Computes their checksums anew.
    pub fn tables(&self) -> Vec<TableInfo> {
        self.source.tables()
    }

    /// The space as chains, if it is one of chains.
    pub fn chain(&self) -> Option<&Chain> {
        self.source.chain()
    }

    /// What predicts the results, such as `accel-nasbench (LightGBM)`; `None` if they are measured.
    pub fn predictor(&self) -> Option<&str> {
        self.source.predictor()
    }

    /// Reads all tables to the end and recomputes what can be: checksums, hashes, counts, costs.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, progress: &mut Progress<'_>) -> Result<Verification, BenchError> {
        self.source.verify(progress)
    }
}

impl Evaluator for Benchmark {
    fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError> {
        self.source.evaluate(arch)
    }

    fn metrics(&self) -> Option<Vec<String>> {
        Some(vec!["train_seconds".into()])
    }

    fn recorded(&self, arch: &Arch) -> Result<Option<Measurement>, EvaluationError> {
        Ok(match self.source.evaluate(arch)? {
            Evaluation::Measured(measurement) => Some(measurement),
            _ => None,
        })
    }
}

impl TestOracle for Benchmark {
    fn test(&self, arch: &Arch) -> Option<f64> {
        self.source.test(arch)
    }

    fn optimum(&self) -> Option<f64> {
        self.source.optimum()
    }

    fn rank(&self, value: f64) -> Option<usize> {
        self.source.rank(value)
    }
}

impl TableInfo {
    pub(crate) fn of(table: &Table) -> Self {
        Self::new(table.origin(), &table.header().provenance, table.size(), table.sha256())
    }

    pub(crate) fn of_mapped(table: &MappedTable) -> Self {
        Self::new(table.origin(), &table.header().provenance, table.size(), table.sha256())
    }

    fn new(file: &str, provenance: &Provenance, bytes: usize, sha256: String) -> Self {
        let provenance = provenance.clone();
        Self {
            part: provenance.part,
            contents: provenance.contents,
            file: file.into(),
            format: FORMAT_VERSION,
            bytes,
            sha256,
            source: provenance.source,
            source_sha256: provenance.source_sha256,
            licence: provenance.licence,
        }
    }
}
