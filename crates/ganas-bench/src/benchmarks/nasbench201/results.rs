//! An evaluator that returns the results of NAS-Bench-201 on one data set.

use ganas_graph::spaces::NasBench201;
use ganas_graph::{Arch, SearchSpace as _};
use ganas_search::Measurement;

use super::known::{Known, Tables, Tests};
use super::table::NAME;
use super::{Dataset, Row};
use crate::source::{Opened, Request, Source};
use crate::{
    Accuracy, BenchError, Progress, QueryError, Record, RepeatSelection, TableInfo, Verification,
};

/// Opens the benchmark, with the data imported into the request's folder, if any.
pub(super) fn open(request: &Request<'_>) -> Result<Opened, BenchError> {
    let dataset: Dataset = request.dataset.parse()?;
    let tables = Tables::open(request.folder)?;
    let epochs = tables.check(&request.query, dataset)?;
    Ok(Opened {
        space: Box::new(NasBench201::new(dataset.head())),
        source: Box::new(Results::new(tables, dataset, epochs, request.query.reading)),
    })
}

/// The tables as an evaluator on one data set.
#[derive(Debug)]
struct Results {
    tables: Tables,
    dataset: Dataset,
    epochs: u32,
    reading: RepeatSelection,
    /// The measurements returned to a search, by row.
    measurements: Vec<Option<Measurement>>,
    space: NasBench201,
}

impl Results {
    fn new(tables: Tables, dataset: Dataset, epochs: u32, reading: RepeatSelection) -> Self {
        let space = NasBench201::new(dataset.head());
        let measurements = Vec::new();
        let mut results = Self { tables, dataset, epochs, reading, measurements, space };
        results.measurements = Row::all().map(|row| results.measurement(row)).collect();
        results
    }

    fn measurement(&self, row: Row) -> Option<Measurement> {
        let known = self.known(row);
        let runs = self.runs(row, known.validation.len());
        let (accuracy, train_seconds) = known.mean(runs)?;
        let latency = known.latency_seconds.map(|seconds| (LATENCY.to_owned(), seconds));
        let metrics = latency.into_iter().collect();
        Some(Measurement { train_seconds, metrics, ..Measurement::new(accuracy.percent()) })
    }

    fn known(&self, row: Row) -> Known {
        self.tables.known(self.dataset, self.epochs, row)
    }

    /// Returns the range of runs, out of `count`, that the query settings select.
    fn runs(&self, row: Row, count: usize) -> std::ops::Range<usize> {
        match self.reading {
            RepeatSelection::Mean => 0..count,
            // Computing a hash takes longer than everything else.
            reading => reading.of(self.space.canonical(&row.arch()), count),
        }
    }

    /// Returns the test accuracy of the runs that the query settings select. If only the mean is
    /// known, single runs have none.
    fn test_of(&self, row: Row, tests: &Tests) -> Option<Accuracy> {
        match (tests, self.reading) {
            (Tests::Mean(_), RepeatSelection::Repeat(_) | RepeatSelection::Random { .. }) => None,
            _ => tests.mean(|count| self.runs(row, count)),
        }
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.measurements.iter().flatten().map(|measurement| measurement.value)
    }
}

/// The metric for the duration of one inference step in seconds.
const LATENCY: &str = "latency_seconds";

impl Source for Results {
    fn measure(&self, arch: &Arch) -> Result<Option<Measurement>, BenchError> {
        Ok(Row::of(arch).and_then(|row| self.measurements[row.0].clone()))
    }

    fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError> {
        let Some(row) = Row::of(arch) else { return Ok(None) };
        let known = self.known(row);
        let count = known.validation.len();
        let read = known.mean(self.runs(row, count));
        if let (None, RepeatSelection::Repeat(found), 1..) = (read, self.reading, count) {
            return Err(QueryError::Repeat { benchmark: NAME.into(), count, found }.into());
        }
        let Some((validation, train_seconds)) = read else { return Ok(None) };
        Ok(Some(Record {
            official_index: Some(self.tables.official_index(row)),
            validation,
            validation_runs: known.validation.iter().map(|(accuracy, _)| *accuracy).collect(),
            test: self.test_of(row, &known.test),
            rank: self.rank(validation.percent())?,
            train_seconds,
            latency_seconds: known.latency_seconds,
        }))
    }

    fn test(&self, arch: &Arch) -> Result<Option<f64>, BenchError> {
        let Some(row) = Row::of(arch) else { return Ok(None) };
        Ok(self.test_of(row, &self.known(row).test).map(Accuracy::percent))
    }

    fn optimum(&self) -> Result<Option<f64>, BenchError> {
        Ok(self.values().reduce(f64::max))
    }

    fn rank(&self, value: f64) -> Result<Option<usize>, BenchError> {
        Ok(Some(1 + self.values().filter(|other| *other > value).count()))
    }

    fn metrics(&self) -> Vec<String> {
        vec![LATENCY.into()]
    }

    fn tables(&self) -> Vec<TableInfo> {
        self.tables.tables().into_iter().map(TableInfo::of).collect()
    }

    /// Compares recorded costs with computed ones. Opening has already verified all tables, as they
    /// are small.
    fn verify(&self, _: &mut Progress<'_>) -> Result<Verification, BenchError> {
        let tables = self.tables.tables();
        let mut checks: Vec<String> =
            tables.iter().map(|table| format!("checksums of {}", table.origin())).collect();
        checks.extend([
            "each official index occurs once".into(),
            "every count of correctly classified images is at most the size of its data set".into(),
        ]);
        if let Tables::Full(table) = &self.tables {
            let set = self.dataset.validated_on();
            let differs = |row: &Row| {
                let costs = self.space.cost(&row.arch());
                let recorded = table.costs(set, self.epochs, *row);
                recorded.is_some_and(|recorded| {
                    let recorded = [recorded.params_millions, recorded.flops_millions];
                    recorded.iter().zip(costs).any(|(found, cost)| (found - cost).abs() > 2e-6)
                })
            };
            let other = Row::all().filter(differs).count();
            checks.push(format!(
                "parameters and multiply-adds (for {other} architectures, the records differ from the values that ganas computes)"
            ));
        }
        let architectures = self.measurements.iter().flatten().count();
        let complete = architectures == self.measurements.len();
        Ok(Verification { architectures: Some(architectures), complete, checks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Benchmark, QuerySettings};

    #[test]
    fn a_third_run_is_read_where_there_is_one() {
        let third = QuerySettings { epochs: None, reading: RepeatSelection::Repeat(2) };
        for dataset in Dataset::ALL {
            let open = |query| {
                Benchmark::open_with("nasbench201", Some(dataset.name()), query, None).unwrap()
            };
            let (benchmark, means) = (open(third), open(QuerySettings::default()));
            let space = &*benchmark.space;
            let (mut with, mut without) = (0, 0);
            for arch in (0..400).map(|index: u32| space.parse(&index.to_string()).unwrap()) {
                let runs = means.record(&arch).unwrap().unwrap().validation_runs;
                let measured = benchmark.measure(&arch).unwrap().map(|found| found.value);
                assert_eq!(measured, runs.get(2).map(|run| run.percent()));
                let record = benchmark.record(&arch).map(|record| record.unwrap().validation);
                match (record, runs.get(2)) {
                    (Ok(found), Some(run)) => {
                        assert_eq!(found, *run);
                        with += 1;
                    }
                    (Err(error), None) => {
                        let expected = "nasbench201: expected a repeat below 2";
                        assert!(error.to_string().starts_with(expected), "{error}");
                        without += 1;
                    }
                    other => panic!("{other:?}"),
                }
            }
            assert!(with > 30 && without > 30, "{with}, {without}");
            let fourth = QuerySettings { epochs: None, reading: RepeatSelection::Repeat(3) };
            let error = Benchmark::open_with("nasbench201", None, fourth, None).unwrap_err();
            assert!(error.to_string().contains("expected a repeat below 3"), "{error}");
        }
        let benchmark = Benchmark::open_with("nasbench201", None, third, None).unwrap();
        let first = benchmark.space.parse("0").unwrap();
        let value = benchmark.measure(&first).unwrap().unwrap().value;
        assert!((value - 82.240).abs() < 1e-9, "{value}");
        let other = benchmark.space.parse("347").unwrap();
        assert!(benchmark.measure(&other).unwrap().is_none(), "outside what is searched");
    }
}
