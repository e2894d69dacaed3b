//! The module `ganas._ganas` of the Python package `ganas`: search spaces, benchmarks and studies
//! of the library crate as Python objects.
//!
//! Users import the package in `python/ganas`, which adds the driver with Python threads and the
//! display in notebooks. This module contains no logic: each object wraps one library value, and
//! each method makes one library call.
#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

mod arch;
mod benchmark;
mod errors;
mod held;
mod json;
mod measurement;
mod options;
mod space;
mod study;
mod temporary;

/// Search spaces, benchmarks and studies of the `ganas` library.
#[pyo3::pymodule]
mod _ganas {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::arch::Arch;
    #[pymodule_export]
    use crate::benchmark::Benchmark;
    #[pymodule_export]
    use crate::measurement::Measurement;
    #[pymodule_export]
    use crate::space::Space;
    #[pymodule_export]
    use crate::study::{Asked, Core};

    /// Returns the names of the search strategies.
    #[pyfunction]
    fn strategies() -> Vec<&'static str> {
        ganas::strategies().iter().map(|entry| entry.name).collect()
    }

    /// Returns the names of the built-in search spaces.
    #[pyfunction]
    fn spaces() -> Vec<&'static str> {
        ganas::space_names()
    }

    /// Returns the names of all benchmarks except those imported from your own tables.
    #[pyfunction]
    fn benchmarks() -> Vec<&'static str> {
        ganas::bench::names().to_vec()
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
