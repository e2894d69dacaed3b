//! An evaluator that returns the results of NAS-Bench-101 or of a stand-in.

use std::sync::OnceLock;

use ganas_graph::spaces::NasBench101;
use ganas_graph::{Arch, ArchHash};
use ganas_search::Measurement;
use rand::Rng as _;

use super::{NasBench101Table, Row, Variant, verification};
use crate::query::keyed_rng;
use crate::source::{Opened, Request, Source};
use crate::{Accuracy, BenchError, Progress, Record, RepeatSelection, TableInfo, Verification};

/// Standard deviation of a single training run's validation accuracy around the surrogate's
/// prediction.
const NOISE: f64 = 0.002;
/// Validation accuracy after a failed training run: the network predicts one class for all 9,984
/// images.
const CHANCE: f64 = 950.0 / 9_984.0;

/// Opens NAS-Bench-101 or a stand-in, which must have been imported into the request's folder.
pub(super) fn open(variant: Variant, request: &Request<'_>) -> Result<Opened, BenchError> {
    let folder = request.folder.ok_or(BenchError::NoDataFolder)?;
    let table = NasBench101Table::open(variant, folder)?;
    let budget = request.query.check(variant.name(), table.epochs(), table.repeats())?;
    Ok(Opened {
        space: Box::new(NasBench101::default()),
        source: Box::new(Results::new(table, budget, request.query.reading)),
    })
}

/// The table as an evaluator, for one epoch budget and one way of selecting among the repeats.
#[derive(Debug)]
pub(super) struct Results {
    table: NasBench101Table,
    space: NasBench101,
    budget: usize,
    reading: RepeatSelection,
    /// All values in percent, in descending order; computed on first use.
    values: OnceLock<Vec<f64>>,
}

/// The result of a query.
#[derive(Debug, Clone, Copy)]
struct Answer {
    validation: Accuracy,
    test: Option<Accuracy>,
    seconds: Option<f64>,
}

impl Results {
    pub(super) fn new(table: NasBench101Table, budget: usize, reading: RepeatSelection) -> Self {
        let values = OnceLock::new();
        Self { table, space: NasBench101::default(), budget, reading, values }
    }

    fn find(&self, arch: &Arch) -> Result<Option<(Row, ArchHash)>, BenchError> {
        let hash = self.space.decode(arch).hash();
        Ok(self.table.find(hash)?.map(|row| (row, hash)))
    }

    /// Returns the mean of the selected training runs, with the noise of [`Results::with_noise`].
    fn answer(&self, row: Row, hash: ArchHash) -> Result<Answer, BenchError> {
        let (mut sums, mut count) = ([0.0; 3], 0.0);
        for repeat in self.reading.of(hash, self.table.repeats()) {
            let training = self.table.training(row, self.budget, repeat)?;
            let test = training.test.map_or(f64::NAN, Accuracy::fraction);
            sums[0] += training.validation.fraction();
            sums[1] += test;
            sums[2] += training.seconds.unwrap_or(f64::NAN);
            count += 1.0;
        }
        let [validation, test, seconds] = sums.map(|sum| sum / count);
        let known = |mean: f64| (!mean.is_nan()).then_some(mean);
        Ok(Answer {
            validation: Accuracy::from_fraction(self.with_noise(validation, row, hash)?),
            test: known(test).map(Accuracy::from_fraction),
            seconds: known(seconds),
        })
    }

    /// Returns `value`, or the result of a simulated training run if the settings ask the surrogate
    /// for random runs: the run fails with the predicted probability; otherwise its result is
    /// `value` plus normal noise.
    fn with_noise(&self, value: f64, row: Row, hash: ArchHash) -> Result<f64, BenchError> {
        let (Variant::Surrogate, RepeatSelection::Random { seed }) =
            (self.table.variant(), self.reading)
        else {
            return Ok(value);
        };
        let mut rng = keyed_rng(seed, hash, *b"training");
        if rng.random::<f64>() < self.table.failure(row)? {
            return Ok(CHANCE);
        }
        // Box and Muller, 1958; one minus a number below one is not zero.
        let (radius, turn) = (1.0 - rng.random::<f64>(), rng.random::<f64>());
        let normal = (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * turn).cos();
        Ok((value + NOISE * normal).clamp(0.0, 1.0))
    }

    /// Returns all values, in descending order.
    fn values(&self) -> Result<&[f64], BenchError> {
        if let Some(values) = self.values.get() {
            return Ok(values);
        }
        let value = |row| {
            let answer = self.answer(row, self.table.hash(row)?)?;
            Ok::<_, BenchError>(answer.validation.percent())
        };
        let mut values = self.table.rows().map(value).collect::<Result<Vec<_>, _>>()?;
        values.sort_unstable_by(|a, b| b.total_cmp(a));
        Ok(self.values.get_or_init(|| values))
    }
}

impl Source for Results {
    fn measure(&self, arch: &Arch) -> Result<Option<Measurement>, BenchError> {
        let Some((row, hash)) = self.find(arch)? else { return Ok(None) };
        let answer = self.answer(row, hash)?;
        let value = answer.validation.percent();
        Ok(Some(Measurement { train_seconds: answer.seconds, ..Measurement::new(value) }))
    }

    fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError> {
        let Some((row, hash)) = self.find(arch)? else { return Ok(None) };
        let answer = self.answer(row, hash)?;
        let run = |repeat| Ok(self.table.training(row, self.budget, repeat)?.validation);
        let runs: Result<_, BenchError> = (0..self.table.repeats()).map(run).collect();
        Ok(Some(Record {
            official_index: None,
            validation: answer.validation,
            validation_runs: runs?,
            test: answer.test,
            rank: self.rank(answer.validation.percent())?,
            train_seconds: answer.seconds,
            latency_seconds: None,
        }))
    }

    fn test(&self, arch: &Arch) -> Result<Option<f64>, BenchError> {
        let Some((row, hash)) = self.find(arch)? else { return Ok(None) };
        Ok(self.answer(row, hash)?.test.map(Accuracy::percent))
    }

    fn optimum(&self) -> Result<Option<f64>, BenchError> {
        Ok(self.values()?.first().copied())
    }

    fn rank(&self, value: f64) -> Result<Option<usize>, BenchError> {
        Ok(Some(1 + self.values()?.partition_point(|other| *other > value)))
    }

    fn predictor(&self) -> Option<&str> {
        let variant = self.table.variant();
        (variant == Variant::Surrogate).then(|| variant.name())
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![TableInfo::of_mapped(self.table.container())]
    }

    fn verify(&self, progress: &mut Progress<'_>) -> Result<Verification, BenchError> {
        verification::verify(&self.table, progress)
    }
}
