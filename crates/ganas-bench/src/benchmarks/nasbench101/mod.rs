//! NAS-Bench-101: 423,624 cells, each trained on CIFAR-10 for 4, 12, 36 and 108 epochs, three times
//! for each of these numbers. The larger of the two published files contains all of these training
//! runs, the smaller one only those of 108 epochs. Users who have neither file can use one of two
//! stand-ins, which have names of their own.
//!
//! | benchmark | contents |
//! |---|---|
//! | `nasbench101` | published train, validation and test accuracies, and training times |
//! | `nasbench101-surrogate` | a model's predictions for all cells |
//! | `nasbench101-subset` | published results of 30,001 cells |
//!
//! `nasbench101` contains the final results of every training run in the published file, unchanged.
//! Each accuracy in `nasbench101-subset` is apparently that of the best of three runs. The
//! stand-ins have no test accuracy. None of these benchmarks is compiled into the program:
//! [`import`](crate::import) reads each of them from a file.
//!
//! Source: Ying et al., "NAS-Bench-101", ICML 2019, and its API (google-research/nasbench).

mod collection;
mod contents;
mod entries;
mod import;
mod metrics;
mod published;
mod record;
mod results;
mod subset;
mod surrogate;
mod table;
mod variant;
mod verification;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use import::table_of_records;
pub use table::{NasBench101Table, Row, Training};
pub use variant::Variant;

pub(crate) use entries::{PUBLISHED, SUBSET, SURROGATE};
