//! Names of NAS-Bench-301 and its stand-in, and of their tables.

/// Name of the benchmark of the published models.
pub(super) const NAME: &str = "nasbench301";
/// Name of the benchmark of the stand-in.
pub(super) const STAND_IN: &str = "nasbench301-standin";

/// File names of their tables.
pub(super) const TABLE_FILE: &str = "nasbench301.table";
pub(super) const STAND_IN_FILE: &str = "nasbench301-standin.table";

/// Returns the name of a benchmark's table in the user's data folder.
pub(super) fn table_file(name: &str) -> &'static str {
    if name == NAME { TABLE_FILE } else { STAND_IN_FILE }
}
