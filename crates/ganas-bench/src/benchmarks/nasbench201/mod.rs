//! NAS-Bench-201: 15,625 cells, each trained for 200 epochs on three data sets.
//!
//! The validation accuracy of every training run after 200 epochs, the training time and the
//! latency are compiled in ([`NasBench201Table`]). The package from which this table is made
//! contains no test accuracies, but they can be imported separately. Once a published file is
//! imported, its results are used instead. They cover every run of 12 or 200 epochs and include
//! validation and test accuracies ([`FullTable`]).
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
