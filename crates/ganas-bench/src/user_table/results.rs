//! An evaluator that looks up results in a user's table.

use ganas_graph::spaces::described::DescribedSpace;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::{Direction, Measurement};

use super::columns::{TEST, TRAIN_SECONDS, VALUE};
use super::contents::{About, Contents, is_complete};
use super::rows::name_at;
use crate::source::Source;
use crate::{Accuracy, BenchError, Progress, Record, TableInfo, Verification};

/// The table as an evaluator.
#[derive(Debug)]
pub(super) struct Results {
    contents: Contents,
    /// The requested fidelity; `None` for the highest.
    lower: Option<f64>,
    /// Names of the metrics at the requested fidelity, each with its name in the table.
    metrics: Vec<(String, String)>,
    /// The values of all rows, the best first.
    values: Vec<f64>,
}

impl Results {
    /// Creates an evaluator at the fidelity `lower`, or at the highest if `lower` is `None`.
    pub(super) fn new(contents: Contents, lower: Option<f64>) -> Self {
        let metrics = metrics(&contents.about, lower);
        let mut results = Self { contents, lower, metrics, values: Vec::new() };
        results.values =
            (0..results.contents.rows()).filter_map(|row| results.value(row)).collect();
        let direction = results.contents.direction();
        results.values.sort_unstable_by_key(|value| std::cmp::Reverse(direction.score(*value)));
        results
    }

    /// Returns the value of a row at the requested fidelity.
    fn value(&self, row: usize) -> Option<f64> {
        match self.lower {
            None => Some(self.contents.value(row)),
            Some(fidelity) => self.contents.extra(row, &name_at(VALUE, fidelity)),
        }
    }

    /// Returns the training time of a row at the requested fidelity, in seconds.
    fn seconds(&self, row: usize) -> Option<f64> {
        match self.lower {
            None => self.contents.extra(row, TRAIN_SECONDS),
            Some(fidelity) => self.contents.extra(row, &name_at(TRAIN_SECONDS, fidelity)),
        }
    }

    pub(super) const fn space(&self) -> &DescribedSpace {
        &self.contents.space
    }

    /// Returns the row of an architecture, which may belong to another space; `None` if the table
    /// does not contain it.
    fn row(&self, arch: &Arch) -> Option<usize> {
        let numbers: Vec<_> = arch.numbers().iter().map(|number| number.get()).collect();
        let arch = Arch::from_parts(self.space(), arch.choices(), &numbers).ok()?;
        self.contents.find(self.space().canonical(&arch))
    }
}

/// Returns the metrics at a fidelity: for each, its own name and its column's name in the stored
/// table; `lower` is `None` for the highest fidelity.
fn metrics(about: &About, lower: Option<f64>) -> Vec<(String, String)> {
    let at = |name: &str| match lower {
        None => name.to_owned(),
        Some(fidelity) => name_at(name, fidelity),
    };
    let is_metric = |name: &&str| ![TEST, TRAIN_SECONDS].contains(name);
    let names = about.top_extras().filter(is_metric).map(|name| (name.to_owned(), at(name)));
    names.filter(|(_, name)| about.extras.contains(name)).collect()
}

/// Architectures that are not in the table are outside the benchmark.
impl Source for Results {
    fn measure(&self, arch: &Arch) -> Result<Option<Measurement>, BenchError> {
        let row = self.row(arch).and_then(|row| Some((row, self.value(row)?)));
        let Some((row, value)) = row else { return Ok(None) };
        let metrics = self
            .metrics
            .iter()
            .filter_map(|(own, name)| Some((own.clone(), self.contents.extra(row, name)?)));
        Ok(Some(Measurement {
            value,
            train_seconds: self.seconds(row),
            metrics: metrics.collect(),
        }))
    }

    fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError> {
        let row = self.row(arch).and_then(|row| Some((row, self.value(row)?)));
        let Some((row, value)) = row else { return Ok(None) };
        Ok(Some(Record {
            official_index: None,
            validation: Accuracy::from_percent(value),
            validation_runs: vec![Accuracy::from_percent(value)],
            test: self.contents.extra(row, TEST).map(Accuracy::from_percent),
            rank: self.rank(value)?,
            train_seconds: self.seconds(row),
            latency_seconds: None,
        }))
    }

    fn test(&self, arch: &Arch) -> Result<Option<f64>, BenchError> {
        Ok(self.row(arch).and_then(|row| self.contents.extra(row, TEST)))
    }

    fn optimum(&self) -> Result<Option<f64>, BenchError> {
        Ok(self.values.first().copied())
    }

    /// Returns the rank among the architectures of the table.
    fn rank(&self, value: f64) -> Result<Option<usize>, BenchError> {
        let direction = self.direction();
        let is_better = |other: &f64| direction.score(*other) > direction.score(value);
        Ok(Some(1 + self.values.partition_point(is_better)))
    }

    fn direction(&self) -> Direction {
        self.contents.direction()
    }

    fn metrics(&self) -> Vec<String> {
        self.metrics.iter().map(|(own, _)| own.clone()).collect()
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![TableInfo::of(&self.contents.table)]
    }

    fn is_complete(&self) -> Option<bool> {
        Some(self.contents.about.complete)
    }

    /// Checks that each row's notation is valid in the space and has the row's hash, and that the
    /// table states correctly whether it covers the space.
    fn verify(&self, progress: &mut Progress<'_>) -> Result<Verification, BenchError> {
        let contents = &self.contents;
        let (rows, complete) = (contents.rows(), contents.about.complete);
        for row in 0..rows {
            let word = contents.word(row);
            let found = contents.space.canonical(&contents.space.parse(word)?);
            if found != contents.hash(row) {
                let expected = format!("the hash {found} for the architecture {word}");
                return Err(contents.table.other(expected, contents.hash(row).to_string()));
            }
            if row.is_multiple_of(1000) {
                progress(row as u64, rows as u64);
            }
        }
        let hashes: Vec<_> = (0..rows).map(|row| contents.hash(row)).collect();
        if is_complete(&contents.space, &hashes) != complete {
            let found = format!("complete = {complete}");
            return Err(contents.table.other(
                "a value of `complete` that correctly says whether the table covers its space"
                    .into(),
                found,
            ));
        }
        let checks = vec![
            format!("checksums of {}", contents.table.origin()),
            format!("hashes of all {rows} architectures, recomputed from their notation"),
        ];
        Ok(Verification { architectures: Some(rows), complete, checks })
    }
}
