use ganas_graph::Arch;
use ganas_graph::spaces::NasBench201;
use ganas_search::{Evaluation, EvaluationError, Evaluator, Measurement, TestOracle};

use super::{Dataset, NAME, NasBench201Table, Row};
use crate::benchmark::{Opened, Record, Request, Source, TableInfo, Verification};
use crate::{Accuracy, BenchError, Progress, QueryError, Reading};

/// Epochs of training that there are results for.
const EPOCHS: [u32; 1] = [200];
/// Training runs that every architecture has on every data set.
const FEWEST_RUNS: usize = 2;

/// Opens the benchmark, with the test results in the request's folder, if there are any.
pub(crate) fn open(request: &Request<'_>) -> Result<Opened, BenchError> {
    request.query.check(NAME, &EPOCHS, FEWEST_RUNS)?;
    if request.query.reading != Reading::Mean {
        // Until the table is read run by run.
        return Err(QueryError::Form { found: request.query.reading.to_string() }.into());
    }
    let dataset: Dataset = request.dataset.map_or_else(|| Ok(Dataset::default()), str::parse)?;
    let table = match request.folder {
        Some(folder) => NasBench201Table::open(folder)?,
        None => NasBench201Table::embedded()?,
    };
    Ok(Opened {
        dataset: dataset.to_string(),
        space: Box::new(NasBench201::new(dataset.head())),
        source: Box::new(Results::new(table, dataset)),
    })
}

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
    fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError> {
        let Some(row) = self.table.row(arch) else { return Ok(None) };
        let validation = self.validation(row);
        Ok(Some(Record {
            official_index: Some(self.table.official_index(row)),
            validation,
            validation_runs: self.table.validation_runs(self.dataset, row),
            test: self.table.test(self.dataset, row),
            rank: self.rank(validation.percent()),
            train_seconds: Some(self.table.train_seconds(self.dataset, row)),
            latency_seconds: Some(self.table.latency_seconds(self.dataset, row)),
        }))
    }

    fn tables(&self) -> Vec<TableInfo> {
        self.table.tables().map(TableInfo::of).collect()
    }

    /// Opening has verified all there is: the tables are small.
    fn verify(&self, _: &mut Progress<'_>) -> Result<Verification, BenchError> {
        let tables = self.table.tables().map(|table| format!("checksums of {}", table.origin()));
        let checks = ["each official index once", "possible counts of images"].map(str::to_owned);
        let checks = tables.chain(checks).collect();
        Ok(Verification { architectures: self.table.rows().count(), complete: true, checks })
    }
}
