//! Benchmarks.

use std::sync::Arc;

use ganas::bench::{Accuracy, BenchError, Benchmark as Table, QuerySettings};
use ganas::graph::Arch as Word;
use ganas::read_arch;
use ganas::search::{Measurement as Measured, TestOracle};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use serde_json::json;

use crate::arch::{Arch, Reduced};
use crate::errors::Raise;
use crate::json;
use crate::measurement::Measurement;
use crate::space::{Origin, Shared, Space};

/// A benchmark on one of its data sets: measurements of the architectures of a search space.
///
/// The default data set is the benchmark's first. `query` selects which of an architecture's
/// recorded results counts, in the notation of `ganas search --query`, such as `repeat=0`; by
/// default, this is the mean of all training runs.
#[pyclass(frozen, module = "ganas")]
pub(crate) struct Benchmark {
    table: Table,
    pub(crate) shared: Arc<Shared>,
    /// The data set given by the user, if any.
    pub(crate) dataset: Option<String>,
    pub(crate) query: Option<QuerySettings>,
}

impl Benchmark {
    /// Converts an argument, an `Arch` or text, to an architecture in the benchmark's space.
    fn word(&self, given: &Bound<'_, PyAny>) -> PyResult<Word> {
        let py = given.py();
        if let Ok(arch) = given.cast::<Arch>() {
            return self.shared.adopt(py, arch.get());
        }
        if let Ok(text) = given.cast::<PyString>() {
            return read_arch(&*self.table.space, &text.to_cow()?).raise(py);
        }
        let kind = given.get_type().name()?;
        Err(PyTypeError::new_err(format!(
            "expected a ganas.Arch or its text, found {kind}; `benchmark.space.parse(text)` creates one"
        )))
    }

    fn several(&self, given: &Bound<'_, PyAny>) -> PyResult<Vec<Word>> {
        given.try_iter()?.map(|it| self.word(&it?)).collect()
    }
}

/// Converts a measurement to Python; `None` if there is none.
fn shown(py: Python<'_>, measured: Option<Measured>) -> PyResult<Option<Bound<'_, Measurement>>> {
    measured.map(|it| Bound::new(py, Measurement::from(it))).transpose()
}

#[pymethods]
impl Benchmark {
    #[new]
    #[pyo3(signature = (name, dataset = None, query = None))]
    fn new(
        py: Python<'_>,
        name: &str,
        dataset: Option<String>,
        query: Option<&str>,
    ) -> PyResult<Self> {
        let settings = query.map(str::parse::<QuerySettings>).transpose().raise(py)?;
        let open = || Table::open(name, dataset.as_deref(), settings.unwrap_or_default());
        let table = py.detach(open).raise(py)?;
        let origin = Origin::Benchmark(name.into(), dataset.clone(), query.map(str::to_owned));
        let shared = Shared::new(table.space.clone(), origin);
        Ok(Self { table, shared, dataset, query: settings })
    }

    #[staticmethod]
    fn _space_of(
        py: Python<'_>,
        name: &str,
        dataset: Option<String>,
        query: Option<&str>,
    ) -> PyResult<Space> {
        Self::new(py, name, dataset, query).map(|it| it.space())
    }

    /// Returns the benchmark's name.
    #[getter]
    pub(crate) fn name(&self) -> &str {
        &self.table.name
    }

    /// Returns the name of the data set.
    #[getter]
    fn dataset(&self) -> &str {
        &self.table.dataset
    }

    /// Returns the benchmark's search space.
    #[getter]
    fn space(&self) -> Space {
        Space { shared: self.shared.clone() }
    }

    /// Returns the best value of any architecture in the benchmark; `None` if it is unknown.
    #[getter]
    fn optimum(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        py.detach(|| self.table.optimum()).raise(py)
    }

    /// Returns the rank of a value: one plus the number of architectures with a better value;
    /// `None` if the rank is unknown.
    fn rank(&self, py: Python<'_>, value: f64) -> PyResult<Option<usize>> {
        py.detach(|| self.table.rank(value)).raise(py)
    }

    /// Returns an architecture's test accuracy in percent; `None` if it is unknown. Searches do not
    /// call this method.
    fn test(&self, arch: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
        let word = self.word(arch)?;
        self.table.test(&word).raise(arch.py())
    }

    /// Returns the measurement of one architecture, or a list of measurements for several.
    ///
    /// `None` stands for an architecture that is not in the benchmark.
    fn query<'py>(&self, arch: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = arch.py();
        if arch.is_instance_of::<Arch>() || arch.is_instance_of::<PyString>() {
            let measured = self.table.measure(&self.word(arch)?).raise(py)?;
            return Ok(shown(py, measured)?.into_pyobject(py)?.into_any());
        }
        let words = self.several(arch)?;
        let measure = |word: &Word| self.table.measure(word);
        let measured: Result<Vec<_>, BenchError> =
            py.detach(|| words.iter().map(measure).collect());
        let list = PyList::empty(py);
        for measured in measured.raise(py)? {
            list.append(shown(py, measured)?)?;
        }
        Ok(list.into_any())
    }

    /// Returns everything that the benchmark knows about an architecture; `None` if the
    /// architecture is not in the benchmark.
    fn record<'py>(&self, arch: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = arch.py();
        let record = self.table.record(&self.word(arch)?).raise(py)?;
        let record = record.map(|it| {
            json!({
                "index": it.official_index,
                "validation": it.validation.percent(),
                "validation_runs": it.validation_runs.iter().map(|run| run.percent()).collect::<Vec<_>>(),
                "test": it.test.map(Accuracy::percent),
                "rank": it.rank,
                "train_seconds": it.train_seconds,
                "latency_seconds": it.latency_seconds,
            })
        });
        json::to_python(py, &json!(record))
    }

    fn __repr__(&self) -> String {
        let Table { name, dataset, query, .. } = &self.table;
        format!("<ganas.Benchmark {name}, {dataset}, {query}>")
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let query = self.query.map(|query| query.to_string());
        let arguments = (self.name(), self.dataset.as_deref(), query).into_pyobject(py)?;
        Ok((py.get_type::<Self>().into_any(), arguments))
    }
}
