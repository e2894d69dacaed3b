//! Benchmarks of chains: networks in stages, as EfficientNet and `MobileNetV3` are.
//!
//! - `nasbench-macro`: a table of all 6,561 networks of NAS-Bench-Macro on CIFAR-10. Only test
//!   accuracies exist. What queries give, and reports call validation, is the test accuracy that the
//!   query settings say: of one training, or the mean of three; what reports call test is always the
//!   mean of three.
//! - `accel-nasbench`: `LightGBM` models fitted to Accel-NASBench's trainings on ImageNet under a reduced
//!   proxy; they predict top-1 accuracy, and latency and throughput of accelerators. Real trainings are
//!   shown beside the prediction where they were imported.
//! - `ofa-mbv3`: once-for-all's predictor of ImageNet top-1 accuracy, a multilayer perceptron, and its
//!   table of latencies of a Note 10.
//!
//! Sources: Su et al., CVPR 2021 (xiusu/NAS-Bench-Macro); Ahmed et al., DAC 2024
//! (afzalxo/Accel-NASBench); Cai et al., ICLR 2020 (mit-han-lab/once-for-all).

mod accel;
mod accel_import;
mod costed;
mod latency;
mod macro_results;
mod macro_table;
mod ofa;
mod ofa_import;
mod perceptron;
mod predicted;

pub use accel::AccelPredictor;
pub use latency::LatencyTable;
pub use ofa::OfaPredictor;

use std::path::{Path, PathBuf};

use ganas_graph::spaces::Chain;
use ganas_search::UnknownName;

use crate::benchmark::{Opened, Request};
use crate::import::Imported;
use crate::table::Table;
use crate::{BenchError, Progress};

/// Name of the benchmark of NAS-Bench-Macro.
pub(crate) const NASBENCH_MACRO: &str = "nasbench-macro";
/// Name of the benchmark of Accel-NASBench.
pub(crate) const ACCEL: &str = "accel-nasbench";
/// Name of the benchmark of once-for-all's predictor.
pub(crate) const OFA: &str = "ofa-mbv3";

/// Most bytes of an imported file, unpacked.
const MOST_BYTES: u64 = 1 << 28;

/// Names of the benchmarks of this module.
pub const NAMES: [&str; 3] = [NASBENCH_MACRO, ACCEL, OFA];

/// One of the benchmarks of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainBenchmark {
    /// NAS-Bench-Macro.
    NasBenchMacro,
    /// Accel-NASBench.
    Accel,
    /// Once-for-all's predictor.
    Ofa,
}

impl ChainBenchmark {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            NASBENCH_MACRO => Some(Self::NasBenchMacro),
            ACCEL => Some(Self::Accel),
            OFA => Some(Self::Ofa),
            _ => None,
        }
    }

    /// Its data set.
    pub(crate) const fn dataset(self) -> &'static str {
        match self {
            Self::NasBenchMacro => "cifar10",
            Self::Accel | Self::Ofa => "imagenet",
        }
    }

    /// Its space, with all that an import could leave out.
    pub fn space(self) -> Chain {
        match self {
            Self::NasBenchMacro => macro_table::space(),
            Self::Accel => accel::space(),
            Self::Ofa => ofa::space(),
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NasBenchMacro => NASBENCH_MACRO,
            Self::Accel => ACCEL,
            Self::Ofa => OFA,
        }
    }

    const fn table_file(self) -> &'static str {
        match self {
            Self::NasBenchMacro => "nasbench-macro.table",
            Self::Accel => "accel-nasbench.table",
            Self::Ofa => "ofa-mbv3.table",
        }
    }

    /// What can be imported.
    const fn files(self) -> &'static str {
        match self {
            Self::NasBenchMacro => "nas_bench_macro.csv or nas_bench_macro.csv.gz",
            Self::Accel => "the folder or zip archive with lgb_val_top1.txt",
            Self::Ofa => "the folder or zip archive with acc_predictor.safetensors",
        }
    }

    /// Opens what was imported into the request's folder.
    pub(crate) fn open(self, request: &Request<'_>) -> Result<Opened, BenchError> {
        let dataset = self.dataset();
        if let Some(found) = request.dataset.filter(|name| *name != dataset) {
            let (found, valid) = (found.into(), vec![dataset.into()]);
            return Err(UnknownName { what: "data set", found, valid }.into());
        }
        let table = Table::read(&self.table(request.folder)?)?;
        match self {
            Self::NasBenchMacro => macro_results::open(table, request),
            Self::Accel => predicted::open(AccelPredictor::from_table(table)?, self, request),
            Self::Ofa => predicted::open(OfaPredictor::from_table(table)?, self, request),
        }
    }

    /// Where its table is.
    fn table(self, folder: Option<&Path>) -> Result<PathBuf, BenchError> {
        let path = folder.ok_or(BenchError::NoDataFolder)?.join(self.table_file());
        if path.try_exists().map_err(BenchError::io(&path, "look for it"))? {
            return Ok(path);
        }
        let table = path.display().to_string();
        Err(BenchError::NotImported { benchmark: self.name(), files: self.files(), table })
    }

    /// Reads published files.
    pub(crate) fn import(
        self,
        path: &Path,
        progress: &mut Progress<'_>,
    ) -> Result<Imported, BenchError> {
        let bytes = match self {
            Self::NasBenchMacro => macro_table::import(path)?,
            Self::Accel => accel_import::import(path, progress)?,
            Self::Ofa => ofa_import::import(path, progress)?,
        };
        // What cannot be opened again must not be written.
        let table = Table::open(self.table_file(), bytes.clone())?;
        match self {
            Self::NasBenchMacro => macro_table::MacroTable::new(table).map(drop)?,
            Self::Accel => AccelPredictor::from_table(table).map(drop)?,
            Self::Ofa => OfaPredictor::from_table(table).map(drop)?,
        }
        Ok(Imported { table_file: self.table_file(), bytes, compiled_in: false })
    }
}

#[cfg(test)]
mod tests;
