//! Lists all benchmarks and the files that contain their results.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::formats::table::MappedTable;
use crate::{OWN_DATASET, registry, user_table};

/// A benchmark and the files that contain its results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Installed {
    /// Name of the benchmark.
    pub name: String,
    /// Description of the benchmark.
    pub description: String,
    /// Names of the benchmark's data sets. The first is the default.
    pub datasets: Vec<&'static str>,
    /// Query budgets (numbers of queries) at which strategies are usually compared on the
    /// benchmark. They are in ascending order. The list is empty for a user's own benchmark.
    pub budgets: &'static [usize],
    /// Whether the benchmark's results are compiled into the program, so that nothing needs to be
    /// imported.
    pub compiled_in: bool,
    /// The benchmark's imported tables.
    pub files: Vec<PathBuf>,
}

impl Installed {
    /// Returns true if the benchmark can be opened, that is, if its results are compiled into the
    /// program or have been imported.
    pub fn is_there(&self) -> bool {
        self.compiled_in || !self.files.is_empty()
    }
}

/// Returns all benchmarks, each with the imported tables that `folder` contains for it. If `folder`
/// is `None`, the result contains no imported tables and none of the user's own benchmarks. The
/// user's own benchmarks come last.
///
/// ```
/// let all = ganas_bench::installed(None);
/// assert!(all.iter().any(|it| it.name == "nasbench201" && it.compiled_in));
/// ```
pub fn installed(folder: Option<&Path>) -> Vec<Installed> {
    let published = registry().iter().map(|entry| {
        let files = folder.into_iter().flat_map(|folder| {
            entry.tables.iter().map(|table| folder.join(table)).filter(|file| file.exists())
        });
        Installed {
            name: entry.name.into(),
            description: entry.description.into(),
            datasets: entry.datasets.to_vec(),
            budgets: entry.budgets,
            compiled_in: entry.compiled_in,
            files: files.collect(),
        }
    });
    let own = user_table::names(folder).into_iter().filter_map(|name| {
        let file = user_table::find(&name, folder)?;
        // A damaged table is listed too; opening it reports the error.
        let description = MappedTable::open(&file).map_or_else(
            |error| format!("cannot be read: {error}"),
            |table| table.header().provenance.contents.clone(),
        );
        Some(Installed {
            name,
            description,
            datasets: vec![OWN_DATASET],
            budgets: &[],
            compiled_in: false,
            files: vec![file],
        })
    });
    published.chain(own).collect()
}
