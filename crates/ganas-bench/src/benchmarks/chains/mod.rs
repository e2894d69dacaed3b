//! Chain benchmarks: networks in stages, such as EfficientNet and `MobileNetV3`.
//!
//! - `nasbench-macro`: a table of all 6,561 networks of NAS-Bench-Macro on CIFAR-10. Only test
//!   accuracies exist. Queries return the test accuracy selected by the query settings, of one training
//!   run or the mean of three; reports call it validation. What reports call test is always the mean
//!   of three.
//! - `accel-nasbench`: `LightGBM` models fitted to Accel-NASBench's training runs on ImageNet under a
//!   reduced proxy; they predict top-1 accuracy, and the latency and throughput of accelerators.
//!   Real training runs are shown beside the prediction if they were imported.
//! - `ofa-mbv3`: the Once-for-All predictor of ImageNet top-1 accuracy, a multilayer perceptron,
//!   and its table of latencies on a Note 10.
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
