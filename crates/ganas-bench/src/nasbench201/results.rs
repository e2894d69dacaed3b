use ganas_graph::Arch;
use ganas_search::{Evaluation, EvaluationError, Evaluator, Measurement, TestOracle};

use super::{Dataset, NasBench201Table, Row};
use crate::Accuracy;
use crate::benchmark::{Record, Source};
use crate::table::Table;

/// The table as seen by searches on one data set.
#[derive(Debug)]
pub(crate) struct Results {
    table: NasBench201Table,
    dataset: Dataset,
}

impl Results {
    pub(crate) const fn new(table: NasBench201Table, dataset: Dataset) -> Self {
        Self { table, dataset }
    }

    fn validation(&self, row: Row) -> Accuracy {
        self.table.validation(self.dataset, row)
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.table.rows().map(|row| self.validation(row).percent())
    }
}

impl Evaluator for Results {
    /// Mean validation accuracy of the training runs after 200 epochs, in percent.
    fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError> {
        let Some(row) = self.table.row(arch) else {
            return Ok(Evaluation::OutOfDomain);
        };
        Ok(Evaluation::Measured(Measurement {
            value: self.validation(row).percent(),
            train_seconds: Some(self.table.train_seconds(self.dataset, row)),
        }))
    }
}

impl TestOracle for Results {
    fn test(&self, arch: &Arch) -> Option<f64> {
        self.table.test(self.dataset, self.table.row(arch)?).map(Accuracy::percent)
    }

    fn optimum(&self) -> Option<f64> {
        self.values().reduce(f64::max)
    }

    fn rank(&self, value: f64) -> Option<usize> {
        Some(1 + self.values().filter(|other| *other > value).count())
    }
}

impl Source for Results {
    fn record(&self, arch: &Arch) -> Option<Record> {
        let row = self.table.row(arch)?;
        let validation = self.validation(row);
        Some(Record {
            official_index: Some(self.table.official_index(row)),
            validation,
            validation_runs: self.table.validation_runs(self.dataset, row),
            test: self.table.test(self.dataset, row),
            rank: self.rank(validation.percent()),
            train_seconds: Some(self.table.train_seconds(self.dataset, row)),
            latency_seconds: Some(self.table.latency_seconds(self.dataset, row)),
        })
    }

    fn tables(&self) -> Vec<&Table> {
        self.table.tables().collect()
    }
}
