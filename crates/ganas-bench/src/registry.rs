//! The registry of all benchmarks except the user's own.

use ganas_search::UnknownName;

use crate::benchmarks::{chains, nasbench101, nasbench201, nasbench301};
use crate::{Entry, OWN_DATASET, data_folder, user_table};

const ENTRIES: &[Entry] = &[
    nasbench201::ENTRY,
    nasbench101::PUBLISHED,
    nasbench101::SURROGATE,
    nasbench101::SUBSET,
    nasbench301::PUBLISHED,
    nasbench301::STAND_IN,
    chains::NASBENCH_MACRO,
    chains::ACCEL_NASBENCH,
    chains::OFA_MBV3,
];

const NAMES: [&str; ENTRIES.len()] = {
    let mut names = [""; ENTRIES.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = ENTRIES[place].name;
        place += 1;
    }
    names
};

/// Returns the registry entries of all benchmarks except the user's own.
///
/// ```
/// for entry in ganas_bench::registry() {
///     println!("{}: {}\n  import: {}", entry.name, entry.description, entry.import_help);
/// }
/// ```
pub const fn registry() -> &'static [Entry] {
    ENTRIES
}

/// Returns the registry entry of the benchmark called `name`.
///
/// # Errors
/// If there is no such benchmark in the registry.
pub fn entry(name: &str) -> Result<&'static Entry, UnknownName> {
    ENTRIES.iter().find(|entry| entry.name == name).ok_or_else(|| UnknownName {
        what: "benchmark",
        found: name.into(),
        valid: NAMES.map(String::from).to_vec(),
    })
}

/// Returns the names of all benchmarks except the user's own.
pub const fn names() -> &'static [&'static str] {
    &NAMES
}

/// Returns the names of a benchmark's data sets. The first is the default. The benchmark may also
/// be one of the user's own.
///
/// # Errors
/// If there is no such benchmark.
pub fn datasets(name: &str) -> Result<Vec<&'static str>, UnknownName> {
    let folder = data_folder().ok();
    if user_table::find(name, folder.as_deref()).is_some() {
        return Ok(vec![OWN_DATASET]);
    }
    let entry =
        entry(name).map_err(|unknown| user_table::with_names(unknown, folder.as_deref()))?;
    Ok(entry.datasets.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_complete() {
        for entry in registry() {
            let name = entry.name;
            assert_eq!(names().iter().filter(|other| **other == name).count(), 1, "{name}");
            assert!(!entry.datasets.is_empty(), "{name} has a default data set");
            assert!(entry.budgets.is_sorted() && !entry.budgets.is_empty(), "{name}");
            for text in [entry.description, entry.import_help] {
                assert!(!text.is_empty() && !text.ends_with('.') && !text.contains("  "), "{text}");
            }
        }
    }

    #[test]
    fn wrong_names_are_explained() {
        let error = entry("nasbench102").unwrap_err();
        assert_eq!((error.what, error.valid.len()), ("benchmark", names().len()));
        let error = registry()[0].dataset(Some("cifar1000")).unwrap_err();
        assert_eq!((error.what, error.valid.len()), ("data set", 3));
        assert_eq!(registry()[0].dataset(None), Ok("cifar10"));
    }
}
