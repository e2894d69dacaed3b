//! Measurements of architectures.

use std::collections::BTreeMap;

use ganas::search::Measurement as Measured;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::arch::Reduced;

/// A measured value, with the training time and other metrics if known.
///
/// `float(measurement)` returns the value.
#[pyclass(frozen, get_all, module = "ganas")]
pub(crate) struct Measurement {
    /// The measured value; accuracies from benchmarks are in percent.
    value: f64,
    /// The training time in seconds; `None` if it is unknown.
    train_seconds: Option<f64>,
    /// The other measured metrics, by name.
    metrics: BTreeMap<String, f64>,
}

impl From<Measured> for Measurement {
    fn from(measured: Measured) -> Self {
        let Measured { value, train_seconds, metrics } = measured;
        Self { value, train_seconds, metrics }
    }
}

impl Measurement {
    /// Converts the result of a Python function that measures: a `Measurement`, or an object that
    /// converts to a number.
    ///
    /// # Errors
    /// `TypeError` if the result is neither; the message says what was expected of `whom`.
    pub(crate) fn read(found: &Bound<'_, PyAny>, whom: &str) -> PyResult<Measured> {
        if let Ok(measurement) = found.cast::<Self>() {
            let Self { value, train_seconds, metrics } = measurement.get();
            let (value, train_seconds) = (*value, *train_seconds);
            return Ok(Measured { value, train_seconds, metrics: metrics.clone() });
        }
        let number = found.extract::<f64>().ok().filter(|_| !found.is_instance_of::<PyBool>());
        number.map(Measured::new).ok_or_else(|| {
            let shown = found.repr().map_or_else(|_| "?".into(), |it| it.to_string());
            let shown: String = shown.chars().take(80).collect();
            PyTypeError::new_err(format!(
                "{whom}: expected a number or a ganas.Measurement, found {shown}; return one, or raise ganas.Infeasible or ganas.Failed"
            ))
        })
    }
}

#[pymethods]
impl Measurement {
    #[new]
    #[pyo3(signature = (value, *, train_seconds = None, metrics = BTreeMap::new()))]
    fn new(value: f64, train_seconds: Option<f64>, metrics: BTreeMap<String, f64>) -> Self {
        Self { value, train_seconds, metrics }
    }

    #[staticmethod]
    fn _restored(value: f64, train_seconds: Option<f64>, metrics: BTreeMap<String, f64>) -> Self {
        Self { value, train_seconds, metrics }
    }

    fn __float__(&self) -> f64 {
        self.value
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let Self { value, train_seconds, metrics } = other.get();
            let same = |one: Option<f64>, other: Option<f64>| {
                one.map(f64::to_bits) == other.map(f64::to_bits)
            };
            same(Some(self.value), Some(*value))
                && same(self.train_seconds, *train_seconds)
                && self.metrics == *metrics
        })
    }

    fn __hash__(&self) -> u64 {
        crate::arch::hash_of(self.value.to_bits())
    }

    fn __repr__(&self) -> String {
        let mut parts = vec![format!("{:?}", self.value)];
        parts.extend(self.train_seconds.map(|seconds| format!("train_seconds={seconds:?}")));
        if !self.metrics.is_empty() {
            let metrics = self.metrics.iter().map(|(name, number)| format!("'{name}': {number:?}"));
            parts.push(format!("metrics={{{}}}", metrics.collect::<Vec<_>>().join(", ")));
        }
        format!("Measurement({})", parts.join(", "))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let make = py.get_type::<Self>().getattr("_restored")?;
        let arguments = (self.value, self.train_seconds, self.metrics.clone());
        Ok((make, arguments.into_pyobject(py)?))
    }
}
