//! Search spaces.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use ganas::graph::{Arch as Word, SearchSpace};
use ganas::search::fingerprint;
use ganas::{OpenSpace, sample_archs};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::arch::{Arch, Reduced};
use crate::errors::{Raise, exception};
use crate::json;

/// A space shared by Python objects, with the data that another process needs to open the same
/// space.
pub(crate) struct Shared {
    pub(crate) space: Arc<dyn SearchSpace>,
    pub(crate) origin: Origin,
    fingerprint: OnceLock<String>,
}

/// The origin of a space.
#[derive(Clone)]
pub(crate) enum Origin {
    /// The space was opened by its name or from a description.
    Open(OpenSpace),
    /// The space of a benchmark, identified by its name, data set and query.
    Benchmark(String, Option<String>, Option<String>),
}

impl Shared {
    pub(crate) fn new(space: Arc<dyn SearchSpace>, origin: Origin) -> Arc<Self> {
        Arc::new(Self { space, origin, fingerprint: OnceLock::new() })
    }

    pub(crate) fn is_like(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.space, &other.space) || self.fingerprint() == other.fingerprint()
    }

    fn fingerprint(&self) -> &str {
        self.fingerprint.get_or_init(|| fingerprint(&*self.space))
    }

    /// Converts an architecture to one of this space; the architecture may come from this space or
    /// from one that differs only in its costs.
    pub(crate) fn adopt(&self, py: Python<'_>, arch: &Arch) -> PyResult<Word> {
        if Arc::ptr_eq(&self.space, &arch.space.space) {
            return Ok(arch.word.clone());
        }
        if self.space.name() != arch.space.space.name() {
            let (expected, found) = (self.space.name(), arch.space.space.name());
            let error = ganas::Error::Usage(format!(
                "expected an architecture of the search space {expected}, found an architecture of {found}"
            ));
            return Err(exception(py, error));
        }
        let numbers: Vec<_> = arch.word.numbers().iter().map(|number| number.get()).collect();
        Word::from_parts(&*self.space, arch.word.choices(), &numbers).raise(py)
    }
}

/// A search space: either built in and opened by name, as in `Space("darts")`, or described in TOML
/// or by a dictionary.
#[pyclass(frozen, module = "ganas")]
pub(crate) struct Space {
    pub(crate) shared: Arc<Shared>,
}

impl Space {
    fn of(open: OpenSpace) -> Self {
        Self { shared: Shared::new(open.space().clone(), Origin::Open(open)) }
    }

    fn space(&self) -> &dyn SearchSpace {
        &*self.shared.space
    }

    fn wrap(&self, word: Word) -> Arch {
        Arch { space: self.shared.clone(), word }
    }
}

#[pymethods]
impl Space {
    #[new]
    fn new(py: Python<'_>, name: &str) -> PyResult<Self> {
        OpenSpace::open(name).map(Self::of).raise(py)
    }

    /// Opens the space that a TOML file describes.
    ///
    /// Raises `SpaceFileError`, with line and column, if the file contains an error.
    #[staticmethod]
    fn from_toml(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        // A file with any name, even that of a built-in space.
        let path = path.display().to_string();
        let is_named = ganas::space_names().contains(&path.as_str());
        let path = if is_named { format!("./{path}") } else { path };
        OpenSpace::open(&path).map(Self::of).raise(py)
    }

    /// Creates the space that a TOML string describes; error messages show `name` as the file name.
    #[staticmethod]
    #[pyo3(signature = (text, name = "space.toml"))]
    fn from_text(py: Python<'_>, text: &str, name: &str) -> PyResult<Self> {
        OpenSpace::read(text, name).map(Self::of).raise(py)
    }

    /// Creates a space from a dictionary that has the keys of a space file; error messages show the
    /// dictionary as TOML.
    #[staticmethod]
    fn from_dict(py: Python<'_>, description: &Bound<'_, PyAny>) -> PyResult<Self> {
        let description = json::from_python(description)?;
        let name = description["name"].as_str().unwrap_or("space").to_owned();
        OpenSpace::of(&name, &description).map(Self::of).raise(py)
    }

    /// Returns the name of the space.
    #[getter]
    fn name(&self) -> &str {
        self.space().name()
    }

    /// Returns the number of architectures in the space; `None` if the number is infinite or
    /// unknown.
    #[getter]
    fn size(&self) -> Option<u128> {
        self.space().size()
    }

    /// Returns the number of architectures, counting isomorphic ones once; `None` if it is unknown.
    #[getter]
    fn classes(&self) -> Option<u128> {
        self.space().classes()
    }

    /// Returns an explanation of the space's notation for architectures.
    #[getter]
    fn notation(&self) -> String {
        self.space().notation()
    }

    /// Returns the name and the unit of each cost that is known without an evaluation.
    #[getter]
    fn costs(&self) -> Vec<(String, String)> {
        let metrics = self.space().cost_metrics().iter();
        metrics.map(|metric| (metric.name.clone(), metric.unit.clone())).collect()
    }

    /// Returns the names of the space's named architectures, such as published ones;
    /// `parse("@NAME")` returns the architecture with this name.
    #[getter]
    fn named(&self) -> Vec<String> {
        self.space().named_archs().iter().map(ToString::to_string).collect()
    }

    /// Returns the TOML description of the space; `None` for a built-in space or the space of a
    /// benchmark.
    fn to_toml(&self) -> Option<&str> {
        match &self.shared.origin {
            Origin::Open(open) => open.text(),
            Origin::Benchmark(..) => None,
        }
    }

    /// Reads an architecture in the space's own notation, in a published notation, or as `@NAME`.
    ///
    /// Raises `ArchError` if it cannot, and `UnknownNameError` if no architecture has this name.
    fn parse(&self, py: Python<'_>, text: &str) -> PyResult<Arch> {
        ganas::read_arch(self.space(), text).map(|word| self.wrap(word)).raise(py)
    }

    /// Returns the architecture with these choices (one per decision) and these values of numeric
    /// decisions.
    #[pyo3(signature = (choices, numbers = Vec::new()))]
    fn arch(&self, py: Python<'_>, choices: Vec<u8>, numbers: Vec<f64>) -> PyResult<Arch> {
        Word::from_parts(self.space(), &choices, &numbers).map(|word| self.wrap(word)).raise(py)
    }

    /// Returns `count` random architectures: each choice is drawn uniformly from those that its
    /// decision allows.
    #[pyo3(signature = (count, seed = 0))]
    fn sample(&self, py: Python<'_>, count: u32, seed: u64) -> Vec<Arch> {
        let words: Vec<_> = py.detach(|| sample_archs(self.space(), count, seed).collect());
        words.into_iter().map(|word| self.wrap(word)).collect()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.shared.is_like(&other.get().shared))
    }

    fn __hash__(&self) -> u64 {
        crate::arch::hash_of(self.space().name())
    }

    fn __repr__(&self) -> String {
        let size = self.space().size();
        let is_endless = self.space().kinds().iter().any(|kind| kind.range.is_some());
        let many = if is_endless {
            "infinitely many architectures"
        } else {
            "too many architectures to count"
        };
        let size = size.map_or_else(|| many.into(), |size| format!("{size} architectures"));
        format!("<ganas.Space {}: {size}>", self.space().name())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        reduce(py, &self.shared.origin)
    }
}

/// Returns the function and the arguments that recreate the space in another process.
fn reduce<'py>(py: Python<'py>, origin: &Origin) -> PyResult<Reduced<'py>> {
    let class = py.get_type::<Space>();
    let module = py.import("ganas._ganas")?;
    match origin {
        Origin::Open(open) => match open.text() {
            Some(text) => Ok((class.getattr("from_text")?, (text, open.name()).into_pyobject(py)?)),
            None => Ok((class.into_any(), (open.name(),).into_pyobject(py)?)),
        },
        Origin::Benchmark(name, dataset, query) => {
            let arguments = (name, dataset.as_deref(), query.as_deref()).into_pyobject(py)?;
            Ok((module.getattr("Benchmark")?.getattr("_space_of")?, arguments))
        }
    }
}

/// Returns the error for an argument that is neither a space nor a benchmark.
pub(crate) fn expected_subject(found: &Bound<'_, PyAny>) -> PyErr {
    let kind = found.get_type().name().map_or_else(|_| "?".into(), |name| name.to_string());
    PyTypeError::new_err(format!(
        "expected a ganas.Space or a ganas.Benchmark to search, found {kind}; `ganas.Space(\"nasbench201\")` opens one by name"
    ))
}
