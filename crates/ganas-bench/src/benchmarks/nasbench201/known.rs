//! Looks up the results of an architecture in the available tables.

use std::ops::Range;
use std::path::Path;

use super::official::{EPOCHS, TrainingSet};
use super::table::{NAME, RUNS};
use super::{Dataset, FullTable, NasBench201Table, Row};
use crate::formats::table::Table;
use crate::{Accuracy, BenchError, QueryError, QuerySettings};

/// The available results: those of a published file, or the compiled-in ones.
#[derive(Debug)]
pub(super) enum Tables {
    /// The results imported from a published file.
    Full(Box<FullTable>),
    /// The compiled-in results, with test results if these were imported.
    Parts(Box<NasBench201Table>),
}

/// The results of an architecture on a data set after a number of epochs.
#[derive(Debug)]
pub(super) struct Known {
    /// Validation accuracy and training seconds of each run.
    pub(super) validation: Vec<(Accuracy, Option<f64>)>,
    pub(super) test: Tests,
    pub(super) latency_seconds: Option<f64>,
}

/// Test accuracies. Those of CIFAR-10 belong to networks trained on the whole training set.
#[derive(Debug)]
pub(super) enum Tests {
    /// The test accuracy of each run. On CIFAR-10, there may be fewer test runs than validation
    /// runs.
    Runs(Vec<Accuracy>),
    /// The mean test accuracy over the runs, if known.
    Mean(Option<Accuracy>),
}

/// The epochs and the largest number of runs of an architecture in the compiled-in table.
const PARTS: (u32, usize) = (200, RUNS);

/// How to add results that the compiled-in table lacks.
const ADVICE: &str = "`ganas bench import nasbench201 FILE` adds these results from NATS-Bench's published files, which `ganas bench import --help` names";

impl Tables {
    /// Opens the tables imported into `folder`, or the compiled-in ones.
    pub(super) fn open(folder: Option<&Path>) -> Result<Self, BenchError> {
        let Some(folder) = folder else {
            return Ok(Self::Parts(Box::new(NasBench201Table::embedded()?)));
        };
        Ok(match FullTable::open(folder)? {
            Some(table) => Self::Full(Box::new(table)),
            None => Self::Parts(Box::new(NasBench201Table::open(folder)?)),
        })
    }

    /// Checks query settings; returns the epochs that they select.
    pub(super) fn check(&self, query: &QuerySettings, dataset: Dataset) -> Result<u32, BenchError> {
        let (epochs, most): (Vec<u32>, Vec<usize>) = self.budgets(dataset).into_iter().unzip();
        let any = QuerySettings { epochs: query.epochs, ..QuerySettings::default() };
        let asked = any.check(NAME, &epochs, 0).map_err(|mut error| {
            if let (Self::Parts(_), QueryError::Epochs { advice, found, .. }) = (self, &mut error)
                && EPOCHS.contains(found)
            {
                *advice = Some(ADVICE);
            }
            error
        })?;
        query.check(NAME, &epochs, most[asked])?;
        Ok(epochs[asked])
    }

    /// Returns each number of epochs after which every architecture was validated, and the maximum
    /// number of runs per architecture for it.
    fn budgets(&self, dataset: Dataset) -> Vec<(u32, usize)> {
        let Self::Full(table) = self else { return vec![PARTS] };
        let most = |epochs: u32| {
            let mut runs =
                Row::all().map(|row| table.validated(dataset.validated_on(), epochs, row));
            let most = runs.try_fold(0, |most, runs| (runs > 0).then_some(most.max(runs)))?;
            Some((epochs, most))
        };
        EPOCHS.into_iter().filter_map(most).collect()
    }

    pub(super) fn known(&self, dataset: Dataset, epochs: u32, row: Row) -> Known {
        match self {
            Self::Parts(table) => {
                let seconds = table.train_seconds(dataset, row);
                let runs = table.validation_runs(dataset, row);
                Known {
                    validation: runs.into_iter().map(|run| (run, Some(seconds))).collect(),
                    test: Tests::Mean(table.test(dataset, row)),
                    latency_seconds: Some(table.latency_seconds(dataset, row)),
                }
            }
            Self::Full(table) => {
                let set = dataset.validated_on();
                let runs = table.runs(set, epochs, row).into_iter();
                let test = table.runs(dataset.tested_on(), epochs, row).into_iter();
                Known {
                    validation: runs
                        .filter_map(|run| Some((run.validation?, run.train_seconds)))
                        .collect(),
                    test: Tests::Runs(test.filter_map(|run| run.test).collect()),
                    latency_seconds: table
                        .costs(set, epochs, row)
                        .and_then(|costs| costs.latency_seconds),
                }
            }
        }
    }

    pub(super) fn official_index(&self, row: Row) -> usize {
        match self {
            Self::Full(table) => table.official_index(row),
            Self::Parts(table) => table.official_index(row),
        }
    }

    pub(super) fn tables(&self) -> Vec<&Table> {
        match self {
            Self::Full(table) => vec![table.table()],
            Self::Parts(table) => table.tables().collect(),
        }
    }
}

impl Known {
    /// Returns the mean validation accuracy and training time of the given runs, or `None` if they
    /// do not exist.
    pub(super) fn mean(&self, runs: Range<usize>) -> Option<(Accuracy, Option<f64>)> {
        let runs = self.validation.get(runs)?;
        let seconds: Option<Vec<f64>> = runs.iter().map(|(_, seconds)| *seconds).collect();
        let accuracy = mean(runs.iter().map(|(accuracy, _)| *accuracy))?;
        let seconds = seconds.map(|seconds| seconds.iter().sum::<f64>() / seconds.len() as f64);
        Some((accuracy, seconds))
    }
}

impl Tests {
    /// Returns the mean test accuracy of the runs that `reading` selects, given the number of runs.
    /// If only a mean is known, returns it.
    pub(super) fn mean(&self, reading: impl FnOnce(usize) -> Range<usize>) -> Option<Accuracy> {
        match self {
            Self::Runs(runs) => mean(runs.get(reading(runs.len()))?.iter().copied()),
            Self::Mean(accuracy) => *accuracy,
        }
    }
}

fn mean(accuracies: impl ExactSizeIterator<Item = Accuracy>) -> Option<Accuracy> {
    let count = accuracies.len();
    let sum: f64 = accuracies.map(Accuracy::fraction).sum();
    (count > 0).then(|| Accuracy::from_fraction(sum / count as f64))
}

impl Dataset {
    /// Returns the training set of the networks that were validated.
    pub(super) const fn validated_on(self) -> TrainingSet {
        match self {
            Self::Cifar10 => TrainingSet::Cifar10Half,
            Self::Cifar100 => TrainingSet::Cifar100,
            Self::ImageNet16_120 => TrainingSet::ImageNet16_120,
        }
    }

    /// Returns the training set of the networks whose test accuracies are published.
    pub(super) const fn tested_on(self) -> TrainingSet {
        match self {
            Self::Cifar10 => TrainingSet::Cifar10,
            Self::Cifar100 => TrainingSet::Cifar100,
            Self::ImageNet16_120 => TrainingSet::ImageNet16_120,
        }
    }
}
