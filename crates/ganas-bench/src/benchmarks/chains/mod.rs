//! Benchmarks of chain spaces. The networks of a chain space are sequences of stages, as in
//! EfficientNet and `MobileNetV3`.
//!
//! - `nasbench-macro`: a table of the results of all 6,561 networks of NAS-Bench-Macro on CIFAR-10.
//!   It contains only test accuracies. A query returns either the test accuracy of one training run
//!   or the mean over three runs, depending on the query settings. Reports list the result of the
//!   query as validation accuracy. As test accuracy, they always list the mean over three runs.
//! - `accel-nasbench`: `LightGBM` models fitted to the results of Accel-NASBench's training runs on
//!   ImageNet and to its measurements on accelerators. Each of these runs was cheaper than a full
//!   training run. The models predict top-1 accuracy, as well as latency and throughput on
//!   accelerators. If the results of the training runs themselves were imported, they are shown
//!   beside the predictions.
//! - `ofa-mbv3`: the multilayer perceptron of Once-for-All, which predicts top-1 accuracy on
//!   ImageNet, and Once-for-All's table of latencies on a Samsung Note 10 phone.
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
