//! What is installed, and where.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::formats::table::MappedTable;
use crate::{OWN_DATASET, own, registry};

/// A benchmark, and where its results are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its data sets, the default first.
    pub datasets: Vec<&'static str>,
    /// Queries after which strategies are usually compared on it, ascending; none of one's own.
    pub budgets: &'static [usize],
    /// Is it there without an import?
    pub compiled_in: bool,
    /// The files that were imported of it.
    pub files: Vec<PathBuf>,
}

impl Installed {
    /// Can it be opened?
    pub fn is_there(&self) -> bool {
        self.compiled_in || !self.files.is_empty()
    }
}

/// All benchmarks, those of one's own last, with what was imported of each into `folder`.
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
    let own = own::names(folder).into_iter().filter_map(|name| {
        let file = own::find(&name, folder)?;
        // One that is damaged is there, too; opening it says more.
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
