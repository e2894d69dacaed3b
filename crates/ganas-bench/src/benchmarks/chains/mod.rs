//! Chain benchmarks: networks in stages, such as EfficientNet and `MobileNetV3`.
//!
//! - `nasbench-macro`: a table of all 6,561 networks of NAS-Bench-Macro on CIFAR-10, which has only
//!   test accuracies. Queries return the test accuracy that the query settings select: that of one
//!   training run, or the mean over three. Reports call this accuracy validation accuracy; what
//!   they call test accuracy is always the mean over three.
//! - `accel-nasbench`: `LightGBM` models fitted to Accel-NASBench's reduced training runs on
//!   ImageNet; they predict top-1 accuracy, and latency and throughput on accelerators. If real
//!   training runs were imported, they are shown beside the prediction.
//! - `ofa-mbv3`: the Once-for-All predictor of ImageNet top-1 accuracy, a multilayer perceptron,
//!   and the latency table of Once-for-All for a Note 10.
//!
//! Sources: Su et al., CVPR 2021 (xiusu/NAS-Bench-Macro); Ahmed et al., DAC 2024
//! (afzalxo/Accel-NASBench); Cai et al., ICLR 2020 (mit-han-lab/once-for-all).

mod accel;
mod accel_import;
mod chain_benchmark;
mod costed;
mod entries;
mod latency;
mod macro_results;
mod macro_table;
mod ofa;
mod ofa_import;
mod perceptron;
mod predicted;

pub use chain_benchmark::{ChainBenchmark, NAMES};

pub(crate) use entries::{ACCEL_NASBENCH, NASBENCH_MACRO, OFA_MBV3};

#[cfg(test)]
mod tests;
