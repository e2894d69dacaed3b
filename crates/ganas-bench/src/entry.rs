//! The registry entry for a benchmark.

use std::path::Path;

use ganas_search::UnknownName;

use crate::imported::Imported;
use crate::source::{Opened, Request};
use crate::{BenchError, Progress};

/// The registry entry for a benchmark. It contains a description of the benchmark, a help text
/// about the files that can be imported, and the query budgets at which strategies are usually
/// compared.
///
/// ```
/// let entry = ganas_bench::entry("nasbench201")?;
/// assert_eq!(entry.datasets, ["cifar10", "cifar100", "imagenet16-120"]);
/// assert_eq!(entry.budgets, [50, 100, 150, 300, 444]);
/// assert!(entry.import_help.contains("NATS-Bench"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Entry {
    /// Name of the benchmark.
    pub name: &'static str,
    /// Description of the benchmark, in one line without a full stop.
    pub description: &'static str,
    /// Names of the benchmark's data sets. The first is the default.
    pub datasets: &'static [&'static str],
    /// File names of the benchmark's imported tables in the user's data folder.
    pub tables: &'static [&'static str],
    /// Whether the benchmark is available without an import.
    pub compiled_in: bool,
    /// Help text, without a full stop at the end, that describes the files that can be imported.
    pub import_help: &'static str,
    /// Query budgets (numbers of queries) at which strategies are usually compared on the
    /// benchmark. They are in ascending order.
    pub budgets: &'static [usize],
    /// Opens the benchmark.
    pub(crate) open: fn(&Request<'_>) -> Result<Opened, BenchError>,
    /// Reads a published file.
    pub(crate) import: fn(&Path, &mut Progress<'_>) -> Result<Imported, BenchError>,
}

impl Entry {
    /// Returns the data set called `name`, or the default data set if `name` is `None`.
    ///
    /// # Errors
    /// If the benchmark has no such data set.
    pub fn dataset(&self, name: Option<&str>) -> Result<&'static str, UnknownName> {
        let Some(name) = name else { return Ok(self.datasets[0]) };
        self.datasets.iter().copied().find(|known| *known == name).ok_or_else(|| UnknownName {
            what: "data set",
            found: name.into(),
            valid: self.datasets.iter().map(ToString::to_string).collect(),
        })
    }
}
