//! Conversion between JSON and Python, through Python's `json` module.

use pyo3::prelude::*;
use pyo3::types::PyModule;
use serde_json::Value;

use crate::errors::usage;

/// Converts a value to Python.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    PyModule::import(py, "json")?.call_method1("loads", (value.to_string(),))
}

/// Converts a Python dictionary, list or similar to JSON.
///
/// # Errors
/// `TypeError` for values that JSON cannot express, `UsageError` for numbers that are not finite.
pub(crate) fn from_python(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let py = value.py();
    let text: String = PyModule::import(py, "json")?.call_method1("dumps", (value,))?.extract()?;
    serde_json::from_str(&text).map_err(|error| {
        usage(py, &format!("expected finite numbers, strings, lists and dictionaries: {error}"))
    })
}
