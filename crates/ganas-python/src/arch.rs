//! Architectures.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use ganas::graph::{Arch as Word, SearchSpace, export};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use serde_json::Value;

use crate::json;
use crate::space::{Shared, Space};

/// An architecture. `str(arch)` returns its notation; notebooks draw it as a graph.
#[pyclass(frozen, module = "ganas")]
pub(crate) struct Arch {
    pub(crate) space: Arc<Shared>,
    pub(crate) word: Word,
}

impl Arch {
    fn space(&self) -> &dyn SearchSpace {
        &*self.space.space
    }

    fn described(&self, key: &str) -> Value {
        export::describe(self.space(), &self.word).remove(key).unwrap_or_default()
    }

    fn numbers(&self) -> Vec<f64> {
        self.word.numbers().iter().map(|number| number.get()).collect()
    }
}

#[pymethods]
impl Arch {
    /// Returns the architecture's search space.
    #[getter(space)]
    fn its_space(&self) -> Space {
        Space { shared: self.space.clone() }
    }

    /// Returns the architecture's choices, one per decision.
    #[getter]
    fn choices<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.word.choices())
    }

    /// Returns the values of the architecture's numeric decisions.
    #[getter(numbers)]
    fn its_numbers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.numbers())
    }

    /// Returns the architecture's choices by the names of their decisions, as in
    /// `{"cell.1.operator": "pool"}`.
    #[getter]
    fn choices_by_name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.described("choices_by_name"))
    }

    /// Returns the architecture's costs by name, in the units that `Space.costs` states.
    #[getter]
    fn costs(&self) -> std::collections::BTreeMap<String, f64> {
        let costs = export::shown_costs(self.space(), &self.word);
        costs.map(|(metric, cost)| (metric.name.clone(), cost)).collect()
    }

    /// Returns the canonical hash; architectures that define the same network have the same hash.
    #[getter]
    fn hash(&self) -> String {
        self.space().canonical(&self.word).to_string()
    }

    /// Returns the architecture's notation, decisions, graph and costs.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &Value::Object(export::describe(self.space(), &self.word)))
    }

    /// Returns the text of a Python file that defines the network; `None` if the space does not
    /// define what its operators compute.
    fn to_pytorch(&self) -> Option<String> {
        self.space().pytorch(&self.word)
    }

    /// Returns the architecture's graph in DOT, the language of Graphviz.
    fn to_dot(&self) -> String {
        export::dot(self.space(), &self.word)
    }

    /// Returns a drawing of the architecture's graph as SVG.
    fn to_svg(&self) -> String {
        export::svg(self.space(), &self.word)
    }

    fn _repr_svg_(&self) -> String {
        // Notebooks embed it in a page, where an XML declaration is not allowed.
        let mut file = self.to_svg();
        file.split_off(file.find("<svg").unwrap_or_default())
    }

    pub(crate) fn __str__(&self) -> String {
        self.space().display(&self.word)
    }

    fn __repr__(&self) -> String {
        format!("<ganas.Arch of {}: {}>", self.space().name(), self.__str__())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let other = other.get();
            self.word == other.word && self.space.is_like(&other.space)
        })
    }

    fn __hash__(&self) -> u64 {
        hash_of(&self.word)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let choices: Vec<u32> = self.word.choices().iter().map(|&choice| choice.into()).collect();
        let make = Bound::new(py, self.its_space())?.getattr("arch")?;
        Ok((make, (choices, self.numbers()).into_pyobject(py)?))
    }
}

/// A function, and the arguments with which it recreates an object in another process.
pub(crate) type Reduced<'py> = (Bound<'py, PyAny>, Bound<'py, PyTuple>);

/// Returns a hash for use within this process.
pub(crate) fn hash_of(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
