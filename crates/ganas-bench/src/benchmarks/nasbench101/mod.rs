//! NAS-Bench-101: 423,624 cells, each trained on CIFAR-10 for up to four different numbers of
//! epochs, three times for each number. Users who do not have the published file can use one of two
//! stand-ins, which have other names.
//!
//! | benchmark | contents |
//! |---|---|
//! | `nasbench101` | the published results: train, validation and test accuracy, and seconds |
//! | `nasbench101-surrogate` | a model's predictions for all cells |
//! | `nasbench101-subset` | published results of 30,001 cells, each apparently the best of three |
//!
//! `nasbench101` contains every training run of the published file, unchanged. The stand-ins have
//! no test accuracy. Nothing is compiled in: [`import`](crate::import) reads each benchmark from a
//! file.
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
