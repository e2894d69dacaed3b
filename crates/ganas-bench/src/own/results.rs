//! A user's table as searches see it.

use ganas_graph::spaces::described::DescribedSpace;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::{Direction, Measurement};

use super::columns::{TEST, TRAIN_SECONDS};
use super::contents::{Contents, is_complete};
use crate::source::Source;
use crate::{Accuracy, BenchError, Progress, Record, TableInfo, Verification};

/// The table as seen by searches.
#[derive(Debug)]
pub(super) struct Results {
    contents: Contents,
    /// The values of all rows, the best first.
    values: Vec<f64>,
}

impl Results {
    pub(super) fn new(contents: Contents) -> Self {
        let mut values: Vec<_> = (0..contents.rows()).map(|row| contents.value(row)).collect();
        let direction = contents.direction();
        values.sort_unstable_by_key(|value| std::cmp::Reverse(direction.score(*value)));
        Self { contents, values }
    }

    pub(super) const fn space(&self) -> &DescribedSpace {
        &self.contents.space
    }

    /// The row of an architecture, which may be one of another space.
    fn row(&self, arch: &Arch) -> Option<usize> {
        let numbers: Vec<_> = arch.numbers().iter().map(|number| number.get()).collect();
        let arch = Arch::from_parts(self.space(), arch.choices(), &numbers).ok()?;
        self.contents.find(self.space().canonical(&arch))
    }
}

/// What the table does not hold is outside the benchmark.
impl Source for Results {
    fn measure(&self, arch: &Arch) -> Result<Option<Measurement>, BenchError> {
        let Some(row) = self.row(arch) else { return Ok(None) };
        let metrics = self.contents.extras(row);
        let metrics = metrics.filter(|(name, _)| ![TEST, TRAIN_SECONDS].contains(name));
        Ok(Some(Measurement {
            value: self.contents.value(row),
            train_seconds: self.contents.extra(row, TRAIN_SECONDS),
            metrics: metrics.map(|(name, number)| (name.to_owned(), number)).collect(),
        }))
    }

    fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError> {
        let Some(row) = self.row(arch) else { return Ok(None) };
        let value = self.contents.value(row);
        Ok(Some(Record {
            official_index: None,
            validation: Accuracy::from_percent(value),
            validation_runs: vec![Accuracy::from_percent(value)],
            test: self.contents.extra(row, TEST).map(Accuracy::from_percent),
            rank: self.rank(value)?,
            train_seconds: self.contents.extra(row, TRAIN_SECONDS),
            latency_seconds: None,
        }))
    }

    fn test(&self, arch: &Arch) -> Result<Option<f64>, BenchError> {
        Ok(self.row(arch).and_then(|row| self.contents.extra(row, TEST)))
    }

    fn optimum(&self) -> Result<Option<f64>, BenchError> {
        Ok(self.values.first().copied())
    }

    /// Among the architectures of the table.
    fn rank(&self, value: f64) -> Result<Option<usize>, BenchError> {
        let direction = self.direction();
        let is_better = |other: &f64| direction.score(*other) > direction.score(value);
        Ok(Some(1 + self.values.partition_point(is_better)))
    }

    fn direction(&self) -> Direction {
        self.contents.direction()
    }

    fn metrics(&self) -> Vec<String> {
        let names = self.contents.about.extras.iter();
        names.filter(|name| ![TEST, TRAIN_SECONDS].contains(&name.as_str())).cloned().collect()
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![TableInfo::of(&self.contents.table)]
    }

    fn is_complete(&self) -> Option<bool> {
        Some(self.contents.about.complete)
    }

    /// Each row's notation gives its hash, and is what the space can say.
    fn verify(&self, progress: &mut Progress<'_>) -> Result<Verification, BenchError> {
        let contents = &self.contents;
        let (rows, complete) = (contents.rows(), contents.about.complete);
        for row in 0..rows {
            let word = contents.word(row);
            let found = contents.space.canonical(&contents.space.parse(word)?);
            if found != contents.hash(row) {
                let expected = format!("the results of class {found}, that of {word}");
                return Err(contents.table.other(expected, contents.hash(row).to_string()));
            }
            if row.is_multiple_of(1000) {
                progress(row as u64, rows as u64);
            }
        }
        let hashes: Vec<_> = (0..rows).map(|row| contents.hash(row)).collect();
        if is_complete(&contents.space, &hashes) != complete {
            let found = format!("complete = {complete}");
            return Err(contents.table.other("that it says if its space is covered".into(), found));
        }
        let checks = vec![
            format!("checksums of {}", contents.table.origin()),
            format!("hashes of all {rows} architectures, read from their notation"),
        ];
        Ok(Verification { architectures: Some(rows), complete, checks })
    }
}
