//! The registry entries for the chain benchmarks.

use super::accel::AccelPredictor;
use super::chain_benchmark::ChainBenchmark;
use super::macro_table::MacroTable;
use super::ofa::OfaPredictor;
use super::{accel_import, macro_results, macro_table, ofa_import, predicted};
use crate::formats::table::Table;
use crate::imported::Imported;
use crate::{BenchError, Entry};

/// Budgets for comparisons, including those at which other methods were measured.
const BUDGETS: &[usize] = &[100, 192, 200, 300, 400];

/// NAS-Bench-Macro.
pub(crate) const NASBENCH_MACRO: Entry = Entry {
    name: MACRO.name(),
    description: "NAS-Bench-Macro: all 6,561 networks of a space of multi-stage networks, each trained three times",
    datasets: &["cifar10"],
    tables: &[MACRO.table_file()],
    compiled_in: false,
    import_help: "`nas_bench_macro.csv`, which may be compressed with gzip",
    budgets: BUDGETS,
    open: |request| macro_results::open(MACRO.table(request)?, request),
    import: |file, _| imported(MACRO, macro_table::import(file)?, MacroTable::new),
};

/// Accel-NASBench.
pub(crate) const ACCEL_NASBENCH: Entry = Entry {
    name: ACCEL.name(),
    description: "Accel-NASBench: models of accuracy on ImageNet, latency and throughput",
    datasets: &["imagenet"],
    tables: &[ACCEL.table_file()],
    compiled_in: false,
    import_help: "a folder or zip archive with `lgb_val_top1.txt` and, optionally, `lgb_latency_….txt`, \
                  `lgb_throughput_….txt` and `accel_nb_imagenet.csv`, which may be compressed with gzip",
    budgets: BUDGETS,
    open: |request| {
        predicted::open(AccelPredictor::from_table(ACCEL.table(request)?)?, ACCEL, request)
    },
    import: |file, progress| {
        imported(ACCEL, accel_import::import(file, progress)?, AccelPredictor::from_table)
    },
};

/// The predictor of Once-for-All.
pub(crate) const OFA_MBV3: Entry = Entry {
    name: OFA.name(),
    description: "Once-for-all: a predictor of the ImageNet accuracy of subnetworks of MobileNetV3",
    datasets: &["imagenet"],
    tables: &[OFA.table_file()],
    compiled_in: false,
    import_help: "a folder or zip archive with `acc_predictor.safetensors` and, for latencies, \
                  `latency_note10.csv`, which may be compressed with gzip",
    budgets: BUDGETS,
    open: |request| predicted::open(OfaPredictor::from_table(OFA.table(request)?)?, OFA, request),
    import: |file, progress| {
        imported(OFA, ofa_import::import(file, progress)?, OfaPredictor::from_table)
    },
};

const MACRO: ChainBenchmark = ChainBenchmark::NasBenchMacro;
const ACCEL: ChainBenchmark = ChainBenchmark::Accel;
const OFA: ChainBenchmark = ChainBenchmark::Ofa;

/// Returns a table to be written, after checking that it can be opened again.
fn imported<T>(
    benchmark: ChainBenchmark,
    bytes: Vec<u8>,
    open: impl FnOnce(Table) -> Result<T, BenchError>,
) -> Result<Imported, BenchError> {
    let table_file = benchmark.table_file();
    open(Table::open(table_file, bytes.clone())?)?;
    Ok(Imported { table_file, bytes, compiled_in: false })
}
