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
