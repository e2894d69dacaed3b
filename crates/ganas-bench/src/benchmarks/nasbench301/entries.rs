//! The registry entries for NAS-Bench-301 and its stand-in.

use super::import::import;
use super::names;
use super::results::open;
use crate::Entry;

const DATASETS: &[&str] = &["cifar10"];
const BUDGETS: &[usize] = &[50, 100, 150, 300];

/// The published models.
pub(crate) const PUBLISHED: Entry = Entry {
    name: names::NAME,
    description: "NAS-Bench-301: DARTS cells; published models predict their accuracy on CIFAR-10",
    datasets: DATASETS,
    tables: &[names::TABLE_FILE],
    compiled_in: false,
    import_help: "the published models, a folder or zip archive that contains `xgb_v0.9` or \
                  `xgb_v1.0` (and `lgb_runtime_v…`)",
    budgets: BUDGETS,
    open: |request| open(names::NAME, request),
    import: |file, progress| import(names::NAME, file, progress),
};

/// Models trained on the published models' predictions.
pub(crate) const STAND_IN: Entry = Entry {
    name: names::STAND_IN,
    description: "stand-in for NAS-Bench-301: models trained on the predictions of the published models",
    datasets: DATASETS,
    tables: &[names::STAND_IN_FILE],
    compiled_in: false,
    import_help: "other models in the same layout as those of nasbench301",
    budgets: BUDGETS,
    open: |request| open(names::STAND_IN, request),
    import: |file, progress| import(names::STAND_IN, file, progress),
};
