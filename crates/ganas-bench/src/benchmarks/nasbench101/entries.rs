//! The registry entries for NAS-Bench-101 and its stand-ins.

use super::Variant;
use super::import::import;
use super::results::open;
use crate::Entry;

const DATASETS: &[&str] = &["cifar10"];
const BUDGETS: &[usize] = &[50, 100, 150];

/// The published results.
pub(crate) const PUBLISHED: Entry = Entry {
    name: Variant::Published.name(),
    description: "NAS-Bench-101: 423,624 cells, each trained three times on CIFAR-10",
    datasets: DATASETS,
    tables: &[Variant::Published.table_file()],
    compiled_in: false,
    import_help: "`nasbench_only108.tfrecord` or `nasbench_full.tfrecord`",
    budgets: BUDGETS,
    open: |request| open(Variant::Published, request),
    import: |file, progress| import(Variant::Published, file, progress),
};

/// The predictions of a model.
pub(crate) const SURROGATE: Entry = Entry {
    name: Variant::Surrogate.name(),
    description: "stand-in for NAS-Bench-101: a model's predictions for all of its cells",
    datasets: DATASETS,
    tables: &[Variant::Surrogate.table_file()],
    compiled_in: false,
    import_help: "`nb101_surrogate.npz`",
    budgets: BUDGETS,
    open: |request| open(Variant::Surrogate, request),
    import: |file, progress| import(Variant::Surrogate, file, progress),
};

/// Published results of some cells.
pub(crate) const SUBSET: Entry = Entry {
    name: Variant::Subset.name(),
    description: "stand-in for NAS-Bench-101: published results of 30,001 of its cells",
    datasets: DATASETS,
    tables: &[Variant::Subset.table_file()],
    compiled_in: false,
    import_help: "`nb101_real_30001.csv.gz`",
    budgets: BUDGETS,
    open: |request| open(Variant::Subset, request),
    import: |file, progress| import(Variant::Subset, file, progress),
};
