//! NAS-Bench-101: 423,624 cells, each trained three times on CIFAR-10 for each of up to four
//! numbers of epochs. Two stand-ins, under other names, are for users who do not have its file.
//!
//! | benchmark | its numbers | |---|---|
//! | `nasbench101` | the published file, unchanged: train, validation and test accuracy and seconds of every repeat |
//! | `nasbench101-surrogate` | a model's predictions for all cells; no test accuracy |
//! | `nasbench101-subset` | published results of 30,001 cells, apparently the best of three repeats; no test accuracy |
//!
//! Nothing is compiled in: [`import`](crate::import) reads each benchmark from a file.
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
