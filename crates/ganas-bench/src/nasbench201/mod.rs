//! NAS-Bench-201: 15,625 cells, each trained for 200 epochs on three data sets.
//!
//! Validation accuracy of every training run, training time and latency are compiled in. Test
//! accuracies are not part of the package that the table is made from; they are shown once imported.
//!
//! Source: Dong and Yang, "NAS-Bench-201", ICLR 2020, and its successor NATS-Bench, whose records
//! these are.

mod dataset;
mod import;
mod results;
mod table;
mod test_results;
mod wheel;

pub use dataset::Dataset;
pub use table::{NasBench201Table, Row};

pub(crate) use import::import;
pub(crate) use results::open;
pub(crate) use table::NAME;
