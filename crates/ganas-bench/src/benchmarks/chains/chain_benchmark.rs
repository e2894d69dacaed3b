//! Names, search spaces and files of the chain benchmarks, whose networks are sequences of stages.

use ganas_graph::spaces::Chain;

use crate::BenchError;
use crate::folder::imported_table;
use crate::formats::table::Table;
use crate::source::Request;

/// Names of the chain benchmarks, whose networks are sequences of stages.
pub const NAMES: [&str; 3] = [
    ChainBenchmark::NasBenchMacro.name(),
    ChainBenchmark::Accel.name(),
    ChainBenchmark::Ofa.name(),
];

/// A chain benchmark: its networks are sequences of stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainBenchmark {
    /// NAS-Bench-Macro.
    NasBenchMacro,
    /// Accel-NASBench.
    Accel,
    /// The predictor of Once-for-All.
    Ofa,
}

impl ChainBenchmark {
    /// Returns the name of the benchmark.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NasBenchMacro => "nasbench-macro",
            Self::Accel => "accel-nasbench",
            Self::Ofa => "ofa-mbv3",
        }
    }

    /// Returns the whole search space of the benchmark, including architectures for which the
    /// imported table may have no results.
    ///
    /// # Panics
    /// Never, because the spaces are built in.
    pub fn space(self) -> Chain {
        let name = match self {
            Self::NasBenchMacro => "nasbench-macro",
            Self::Accel => "mnasnet",
            Self::Ofa => "ofa-mbv3",
        };
        Chain::built_in(name).expect("a built-in space")
    }

    /// Returns the name of the imported table, in the user's data folder.
    pub(super) const fn table_file(self) -> &'static str {
        match self {
            Self::NasBenchMacro => "nasbench-macro.table",
            Self::Accel => "accel-nasbench.table",
            Self::Ofa => "ofa-mbv3.table",
        }
    }

    /// Returns the files that can be imported.
    const fn files(self) -> &'static str {
        match self {
            Self::NasBenchMacro => "nas_bench_macro.csv or nas_bench_macro.csv.gz",
            Self::Accel => "the folder or zip archive with lgb_val_top1.txt",
            Self::Ofa => "the folder or zip archive with acc_predictor.safetensors",
        }
    }

    /// Opens the table imported into the request's folder.
    pub(super) fn table(self, request: &Request<'_>) -> Result<Table, BenchError> {
        let folder = request.folder.ok_or(BenchError::NoDataFolder)?;
        let path = imported_table(folder, self.table_file(), self.name(), self.files())?;
        Table::read(&path)
    }
}
