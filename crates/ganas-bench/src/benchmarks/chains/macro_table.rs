//! Reads and imports the table of NAS-Bench-Macro.

use std::path::Path;

use ganas_graph::{Arch, SearchSpace};

use super::chain_benchmark::ChainBenchmark;
use crate::BenchError;
use crate::formats::csv_lines;
use crate::formats::table::{Provenance, Section, Table, TableWriter};
use crate::imported::read_small;

/// Number of networks.
pub(super) const NETWORKS: usize = 6_561;
/// Number of training runs of each network.
pub(super) const REPEATS: usize = 3;

const COLUMNS: [&str; 6] = ["arch", "test_acc_s0", "test_acc_s1", "test_acc_s2", "params", "flops"];
const ACCURACIES: &str = "test";

/// The test accuracies of NAS-Bench-Macro.
#[derive(Debug)]
pub(super) struct MacroTable {
    pub(super) table: Table,
    /// Accuracy of each network and training run, in hundredths of a percent.
    accuracies: Section<u16>,
}

impl MacroTable {
    pub(super) fn new(table: Table) -> Result<Self, BenchError> {
        let accuracies = table.section(ACCURACIES, NETWORKS, REPEATS)?;
        Ok(Self { table, accuracies })
    }

    /// Returns the test accuracy in percent of one training run of the network with this [`rank`].
    pub(super) fn accuracy(&self, rank: usize, repeat: usize) -> f64 {
        f64::from(self.table.get(self.accuracies, rank, repeat)) / 100.0
    }
}

/// Returns the index of a network among all networks: its choices, read as digits in base three.
pub(super) fn rank(arch: &Arch) -> usize {
    arch.choices().iter().fold(0, |rank, &choice| 3 * rank + usize::from(choice))
}

/// Converts the CSV file to a table. The file's parameters and multiply-adds must equal those of
/// our space.
pub(super) fn import(path: &Path) -> Result<Vec<u8>, BenchError> {
    let file = path.display().to_string();
    let (bytes, source_sha256) = read_small(path)?;
    let space = ChainBenchmark::NasBenchMacro.space();
    let mut accuracies = vec![None; NETWORKS];
    let is_percent = |percent: f64| (0.0..=100.0).contains(&percent);
    csv_lines::read(&file, &bytes, COLUMNS, |line| {
        let arch = space.parse(line.text(0))?;
        let mut runs = [0; REPEATS];
        for (run, column) in runs.iter_mut().zip(1..) {
            let percent = line.number(column, "percent, 0 to 100", is_percent)?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "to 10,000"
            )]
            let hundredths = (percent * 100.0).round() as u16;
            *run = hundredths;
        }
        let cost = space.network_cost(&arch);
        for (column, known) in [(4, cost.parameters), (5, cost.multiply_adds)] {
            line.number(column, &known.to_string(), |found: u64| found == known)?;
        }
        match accuracies[rank(&arch)].replace(runs) {
            Some(_) => Err(line.wrong(0, "each network once", format!("`{}`", line.text(0)))),
            None => Ok(()),
        }
    })?;
    let found = accuracies.iter().flatten().count();
    let Some(accuracies) = accuracies.into_iter().collect::<Option<Vec<_>>>() else {
        return Err(BenchError::Incomplete { file, expected: NETWORKS, found });
    };
    let mut writer = TableWriter::new(Provenance {
        benchmark: ChainBenchmark::NasBenchMacro.name().into(),
        part: "test".into(),
        contents:
            "test accuracy on CIFAR-10 after three training runs of each of 6,561 networks; there is \
             no validation accuracy, so queries give the test accuracy of one run, or the mean"
                .into(),
        source: file,
        source_sha256,
        licence: "the licence of the imported file".into(),
    });
    writer.section(ACCURACIES, REPEATS, accuracies.into_iter().flatten());
    Ok(writer.finish())
}
