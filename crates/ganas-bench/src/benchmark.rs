//! The [`Benchmark`] type, from which a search gets validation results and a report gets test
//! results.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ganas_graph::spaces::Chain;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::{
    Direction, Evaluation, EvaluationError, Evaluator, Job, Measurement, OracleError, Records,
    TestOracle,
};

use crate::source::{Opened, Request, Source};
use crate::{
    BenchError, Progress, QueryError, QuerySettings, Record, TableInfo, Verification, data_folder,
    entry, user_table,
};

/// A benchmark, opened for one of its data sets. It consists of a search space, the results of the
/// architectures in that space, and the tables from which the results are read.
///
/// As an [`Evaluator`], it returns validation accuracy. As a [`TestOracle`], it returns results
/// that no strategy sees, such as test accuracy. Accuracies are in percent. Because NAS-Bench-Macro
/// has only test accuracies, its benchmark returns them in both roles. A benchmark made from a
/// user's table ([`import_table`](crate::import_table)) returns the table's values in the unit that
/// the table uses.
///
/// ```
/// use ganas_bench::{Benchmark, QuerySettings};
/// use ganas_graph::moves;
/// use ganas_search::TestOracle;
///
/// let benchmark = Benchmark::open("nasbench201", Some("cifar100"), QuerySettings::default())?;
/// let optimum = benchmark.optimum()?.expect("a full table");
/// let mut best = f64::MIN;
/// for arch in moves::enumerate(&*benchmark.space) {
///     let measurement = benchmark.measure(&arch)?.expect("a full table");
///     best = best.max(measurement.value);
/// }
/// assert!((best - 73.493).abs() < 0.001);
/// assert_eq!(benchmark.rank(best)?, Some(1));
/// assert_eq!(optimum, best);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Benchmark {
    /// Name of the benchmark.
    pub name: String,
    /// Name of the data set.
    pub dataset: String,
    /// The settings that determine which of an architecture's results a query returns.
    pub query: QuerySettings,
    /// The search space. The costs that it computes for an architecture, such as the number of
    /// parameters, are those of the network that is trained on the benchmark's data set.
    pub space: Arc<dyn SearchSpace>,
    source: Box<dyn Source>,
    /// The folder with the imported data.
    folder: Option<PathBuf>,
    /// The same benchmark at lower fidelities, in ascending order, if a study uses them.
    lower: Vec<Box<dyn Source>>,
}

impl Benchmark {
    /// Returns the same benchmark with the results of shorter training runs added. Studies that
    /// train architectures at several fidelities need them. `rungs` lists numbers of epochs in
    /// ascending order. The last one is the number for a full evaluation. The results are read from
    /// the data folder with which the benchmark was opened.
    ///
    /// # Errors
    /// [`BenchError::Query`] if a rung is not a whole number of epochs, if the benchmark has no
    /// results for that number, or if [`Benchmark::query`] selects a number of epochs other than
    /// the last rung. Other errors are those of [`Benchmark::open`].
    pub fn with_rungs(mut self, rungs: &[f64]) -> Result<Self, BenchError> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
        let epochs = |rung: f64| {
            let is_whole = rung.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&rung);
            is_whole.then_some(rung as u32).ok_or_else(|| {
                BenchError::Query(QueryError::Rung { benchmark: self.name.clone(), found: rung })
            })
        };
        let Some((top, lower)) = rungs.split_last() else { return Ok(self) };
        let open = |epochs: u32| {
            let query = QuerySettings { epochs: Some(epochs), ..self.query };
            Self::open_with(&self.name, Some(&self.dataset), query, self.folder.as_deref())
        };
        let whole = open(epochs(*top)?)?;
        if let Some(found) = self.query.epochs.filter(|found| whole.query.epochs != Some(*found)) {
            let valid = vec![whole.query.epochs.unwrap_or_default()];
            let benchmark = self.name;
            return Err(BenchError::Query(QueryError::Epochs {
                benchmark,
                valid,
                found,
                advice: None,
            }));
        }
        let lower = lower.iter().map(|rung| Ok(open(epochs(*rung)?)?.source));
        self.lower = lower.collect::<Result<_, BenchError>>()?;
        self.source = whole.source;
        Ok(self)
    }

    /// Opens a benchmark for a data set. If `dataset` is `None`, the benchmark's first data set is
    /// used. Data that was imported into the user's data folder is used as well.
    ///
    /// # Errors
    /// If there is no such benchmark or data set, if the benchmark has no results for `query`, or
    /// if a table is missing or cannot be read.
    pub fn open(
        name: &str,
        dataset: Option<&str>,
        query: QuerySettings,
    ) -> Result<Self, BenchError> {
        Self::open_with(name, dataset, query, data_folder().ok().as_deref())
    }

    /// Opens a benchmark for a data set, with the data that was imported into `folder`. If `folder`
    /// is `None`, no imported data is used.
    ///
    /// # Errors
    /// As for [`Benchmark::open`].
    pub fn open_with(
        name: &str,
        dataset: Option<&str>,
        query: QuerySettings,
        folder: Option<&Path>,
    ) -> Result<Self, BenchError> {
        let (dataset, opened) = if let Some(path) = user_table::find(name, folder) {
            let dataset = user_table::dataset(dataset)?;
            (dataset, user_table::open(name, &path, &Request { dataset, query, folder })?)
        } else {
            let entry = entry(name).map_err(|unknown| user_table::with_names(unknown, folder))?;
            let dataset = entry.dataset(dataset)?;
            (dataset, (entry.open)(&Request { dataset, query, folder })?)
        };
        let Opened { space, source } = opened;
        let (name, dataset, space) = (name.into(), dataset.into(), space.into());
        let folder = folder.map(Path::to_owned);
        Ok(Self { name, dataset, query, space, source, folder, lower: Vec::new() })
    }

    /// Returns the result of querying an architecture, without recording the query in a study.
    /// Returns `None` if the benchmark does not contain the architecture.
    ///
    /// # Errors
    /// If the part of the table that has to be read is damaged.
    pub fn measure(&self, arch: &Arch) -> Result<Option<Measurement>, BenchError> {
        self.source.measure(arch)
    }

    /// Returns everything that is known about an architecture, or `None` if the benchmark does not
    /// contain it.
    ///
    /// # Errors
    /// If the part of the table that has to be read is damaged.
    pub fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError> {
        self.source.record(arch)
    }

    /// Returns descriptions of the tables from which the results are read. Each call recomputes the
    /// checksums of the tables.
    pub fn tables(&self) -> Vec<TableInfo> {
        self.source.tables()
    }

    /// Returns the search space as a [`Chain`], or `None` if the space is of another kind.
    pub fn chain(&self) -> Option<&Chain> {
        self.source.chain()
    }

    /// Returns the name of the model that predicts the results, such as `accel-nasbench
    /// (LightGBM)`, or `None` if the results were measured.
    pub fn predictor(&self) -> Option<&str> {
        self.source.predictor()
    }

    /// Returns whether every architecture of the space has a result, or `None` if this is unknown.
    pub fn is_complete(&self) -> Option<bool> {
        self.source.is_complete()
    }

    /// Reads all tables completely and recomputes everything that can be recomputed: checksums,
    /// hashes, counts and costs.
    ///
    /// # Errors
    /// The first error found.
    pub fn verify(&self, progress: &mut Progress<'_>) -> Result<Verification, BenchError> {
        self.source.verify(progress)
    }
}

impl Evaluator for Benchmark {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let rung = job.rung.and_then(|rung| self.lower.get(rung.rung as usize));
        let wrong =
            |error: BenchError| EvaluationError { arch: job.arch.clone(), source: error.into() };
        let measurement = rung.unwrap_or(&self.source).measure(job.arch).map_err(wrong)?;
        Ok(measurement.map_or(Evaluation::OutOfDomain, Evaluation::Measured))
    }
}

impl Records for Benchmark {
    fn metrics(&self) -> Vec<String> {
        let mut metrics = vec!["train_seconds".into()];
        metrics.extend(self.source.metrics());
        metrics
    }

    fn recorded(&self, arch: &Arch) -> Result<Option<Measurement>, EvaluationError> {
        let wrong =
            |error: BenchError| EvaluationError { arch: arch.clone(), source: error.into() };
        self.measure(arch).map_err(wrong)
    }
}

impl TestOracle for Benchmark {
    fn direction(&self) -> Direction {
        self.source.direction()
    }

    fn test(&self, arch: &Arch) -> Result<Option<f64>, OracleError> {
        self.source.test(arch).map_err(unreadable)
    }

    fn optimum(&self) -> Result<Option<f64>, OracleError> {
        self.source.optimum().map_err(unreadable)
    }

    fn rank(&self, value: f64) -> Result<Option<usize>, OracleError> {
        self.source.rank(value).map_err(unreadable)
    }
}

fn unreadable(error: BenchError) -> OracleError {
    OracleError(error.into())
}

#[cfg(test)]
mod tests {
    use ganas_graph::{moves, spaces::NasBench101};
    use ganas_search::{Cancel, TrialId};

    use super::*;

    #[test]
    fn an_evaluation_gives_what_is_on_record() {
        let benchmark = Benchmark::open_with("nasbench201", None, QuerySettings::default(), None);
        let benchmark = benchmark.unwrap();
        let evaluate = |arch: &Arch| {
            let (space, cancel) = (&*benchmark.space, &Cancel::default());
            let trial = TrialId(0);
            benchmark.evaluate(&Job::first(space, arch, trial, 0, cancel))
        };
        let arch = moves::enumerate(&*benchmark.space).nth(5_000).unwrap();
        let known = benchmark.measure(&arch).unwrap().expect("the table is complete");
        assert_eq!(benchmark.recorded(&arch).unwrap().as_ref(), Some(&known));
        assert_eq!(evaluate(&arch).unwrap(), Evaluation::Measured(known));
        let other = NasBench101::default().inception();
        assert_eq!(evaluate(&other).unwrap(), Evaluation::OutOfDomain);
        assert_eq!(benchmark.metrics(), ["train_seconds", "latency_seconds"]);
        assert_eq!(benchmark.direction(), Direction::Maximise);
    }
}
