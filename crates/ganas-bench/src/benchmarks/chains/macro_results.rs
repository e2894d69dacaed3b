//! An evaluator that returns the results of NAS-Bench-Macro.

use ganas_graph::spaces::Chain;
use ganas_graph::{Arch, SearchSpace, moves};
use ganas_search::Measurement;

use super::chain_benchmark::ChainBenchmark;
use super::macro_table::{self, MacroTable, NETWORKS, REPEATS};
use crate::formats::table::Table;
use crate::source::{Opened, Request, Source};
use crate::{Accuracy, BenchError, Progress, Record, RepeatSelection, TableInfo, Verification};

/// Opens the table of all networks.
pub(super) fn open(table: Table, request: &Request<'_>) -> Result<Opened, BenchError> {
    request.query.check(ChainBenchmark::NasBenchMacro.name(), &[], REPEATS)?;
    let source = Results::new(MacroTable::new(table)?, request.query.reading);
    Ok(Opened { space: Box::new(source.space.clone()), source: Box::new(source) })
}

/// The table as an evaluator.
#[derive(Debug)]
struct Results {
    table: MacroTable,
    space: Chain,
    reading: RepeatSelection,
    /// The values of all networks, in descending order.
    values: Vec<f64>,
}

impl Results {
    fn new(table: MacroTable, reading: RepeatSelection) -> Self {
        let mut results = Self {
            table,
            space: ChainBenchmark::NasBenchMacro.space(),
            reading,
            values: Vec::new(),
        };
        let mut values: Vec<_> =
            moves::enumerate(&results.space).map(|arch| results.value(&arch)).collect();
        values.sort_unstable_by(|one, other| other.total_cmp(one));
        results.values = values;
        results
    }

    /// Returns the accuracy in percent of the selected training runs.
    fn value(&self, arch: &Arch) -> f64 {
        self.mean(arch, self.reading)
    }

    fn mean(&self, arch: &Arch, reading: RepeatSelection) -> f64 {
        let (rank, repeats) =
            (macro_table::rank(arch), reading.of(self.space.canonical(arch), REPEATS));
        let count = repeats.len() as f64;
        let sum: f64 = repeats.map(|repeat| self.table.accuracy(rank, repeat)).sum();
        Accuracy::from_percent(sum / count).percent()
    }

    fn knows(&self, arch: &Arch) -> bool {
        Arch::from_choices(&self.space, arch.choices()).is_ok()
    }
}

/// There is no validation accuracy: queries return the test accuracy of one training run, or the
/// mean over three.
impl Source for Results {
    fn measure(&self, arch: &Arch) -> Result<Option<Measurement>, BenchError> {
        Ok(self.knows(arch).then(|| Measurement::new(self.value(arch))))
    }

    fn record(&self, arch: &Arch) -> Result<Option<Record>, BenchError> {
        if !self.knows(arch) {
            return Ok(None);
        }
        let run = |repeat| self.table.accuracy(macro_table::rank(arch), repeat);
        let value = self.value(arch);
        Ok(Some(Record {
            official_index: None,
            validation: Accuracy::from_percent(value),
            validation_runs: (0..REPEATS).map(run).map(Accuracy::from_percent).collect(),
            test: self.test(arch)?.map(Accuracy::from_percent),
            rank: self.rank(value)?,
            train_seconds: None,
            latency_seconds: None,
        }))
    }

    /// Returns the mean over the three training runs, whatever the query settings select.
    fn test(&self, arch: &Arch) -> Result<Option<f64>, BenchError> {
        Ok(self.knows(arch).then(|| self.mean(arch, RepeatSelection::Mean)))
    }

    fn optimum(&self) -> Result<Option<f64>, BenchError> {
        Ok(self.values.first().copied())
    }

    fn rank(&self, value: f64) -> Result<Option<usize>, BenchError> {
        Ok(Some(1 + self.values.partition_point(|other| *other > value)))
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![TableInfo::of(&self.table.table)]
    }

    fn chain(&self) -> Option<&Chain> {
        Some(&self.space)
    }

    /// Checks that isomorphic networks have equal results.
    fn verify(&self, _: &mut Progress<'_>) -> Result<Verification, BenchError> {
        let mut first = std::collections::HashMap::new();
        for arch in moves::enumerate(&self.space) {
            let rank = macro_table::rank(&arch);
            let same = *first.entry(self.space.canonical(&arch)).or_insert(rank);
            let runs = |rank| [0, 1, 2].map(|run| self.table.accuracy(rank, run).to_bits());
            if runs(rank) != runs(same) {
                let found = format!("different results for {}", self.space.display(&arch));
                return Err(self.table.table.other(
                    format!("equal results for network {same} (counted from 0) and the networks isomorphic to it"),
                    found,
                ));
            }
        }
        let checks = vec![
            format!("checksums of {}", self.table.table.origin()),
            format!("equal results for isomorphic networks ({} isomorphism classes)", first.len()),
        ];
        Ok(Verification { architectures: Some(NETWORKS), complete: true, checks })
    }
}
