//! What the benchmark of the published models and its stand-in are called.

/// Name of the benchmark of the published models.
pub(super) const NAME: &str = "nasbench301";
/// Name of the benchmark of the stand-in.
pub(super) const STAND_IN: &str = "nasbench301-standin";

/// File of a benchmark's table in the user's data folder.
pub(super) fn table_file(name: &str) -> &'static str {
    if name == NAME { "nasbench301.table" } else { "nasbench301-standin.table" }
}
