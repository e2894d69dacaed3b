//! The module `ganas._ganas` of the Python package `ganas`: search spaces, benchmarks and studies of the
//! library crate as Python's objects.
//!
//! The package in `python/ganas` is what its users see; it adds the driver with threads of Python, and what
//! notebooks show. No rules are here: an object is a value of the library, a method one call of it.
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

/// Search spaces, benchmarks and studies, as `ganas` makes them of the library.
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

    /// Names of the strategies.
    #[pyfunction]
    fn strategies() -> Vec<&'static str> {
        ganas::strategies().iter().map(|entry| entry.name).collect()
    }

    /// Names of the built-in search spaces.
    #[pyfunction]
    fn spaces() -> Vec<&'static str> {
        ganas::space_names()
    }

    /// Names of the benchmarks; those of your own tables go by their own names.
    #[pyfunction]
    fn benchmarks() -> Vec<&'static str> {
        ganas::bench::names().to_vec()
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
