//! Conversion of the library's errors to the Python exceptions that `ganas/_errors.py` defines.

use ganas::Error;
use ganas::bench::BenchError;
use ganas::graph::ArchError;
use ganas::graph::spaces::described::SpaceFileError;
use ganas::search::{ConstraintError, StoreError, StudyError, UnknownName};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use serde_json::{Map, Value, json};

use crate::json;

/// The name of an exception's class, and the exception's fields.
type Described = (&'static str, Value);

/// Returns the exception for an error of the library.
pub(crate) fn exception(py: Python<'_>, error: impl Into<Error>) -> PyErr {
    let error = error.into();
    let (class, mut fields) = described(&error);
    if let (Some(part), Some(fields)) = (error.part(), fields.as_object_mut()) {
        // `from` is a keyword in Python and cannot name an argument.
        let key = if part.key == "from" { "known".into() } else { part.key };
        fields.insert("option".into(), key.into());
    }
    make(py, class, &error.to_string(), &fields)
}

/// Returns a `UsageError`.
pub(crate) fn usage(py: Python<'_>, message: &str) -> PyErr {
    make(py, "UsageError", message, &json!({}))
}

/// Returns a `ForkedError`.
pub(crate) fn forked(py: Python<'_>, message: &str, opened_by: u32) -> PyErr {
    make(py, "ForkedError", message, &json!({ "opened_by": opened_by }))
}

/// Creates an exception of the class with this name; if that fails, returns the reason as an
/// exception instead.
fn make(py: Python<'_>, class: &str, message: &str, fields: &Value) -> PyErr {
    let made = || -> PyResult<PyErr> {
        static CLASSES: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
        let import = || PyModule::import(py, "ganas._errors").map(Bound::unbind);
        let class = CLASSES.get_or_try_init(py, import)?.bind(py).getattr(class)?;
        let fields = json::to_python(py, fields)?.cast_into::<PyDict>()?;
        Ok(PyErr::from_value(class.call((message,), Some(&fields))?))
    };
    made().unwrap_or_else(|error| error)
}

fn described(error: &Error) -> Described {
    match error {
        Error::Option(error) => described(&error.source),
        Error::Name(name)
        | Error::Bench(BenchError::Name(name))
        | Error::Constraint(ConstraintError::Metric(name)) => unknown(name),
        Error::SpaceForBenchmark { name, benchmarks: valid } => {
            ("UnknownNameError", json!({ "what": "benchmark", "found": name, "valid": valid }))
        }
        Error::BenchmarkForSpace { name, spaces: valid } => {
            ("UnknownNameError", json!({ "what": "search space", "found": name, "valid": valid }))
        }
        Error::Arch(error) | Error::Bench(BenchError::Arch(error)) => of_arch(error),
        Error::Description(error) | Error::Bench(BenchError::Space(error)) => of_file(error),
        Error::Bench(BenchError::NotImported { benchmark, files, table }) => {
            let fields = json!({ "benchmark": benchmark, "files": files, "table": table });
            ("NotImportedError", fields)
        }
        Error::Store(error) => of_store(error),
        Error::Study(error) => of_study(error),
        Error::File { path, .. } => ("FileError", json!({ "path": path })),
        Error::Csv { path, line, .. } => ("UsageError", json!({ "path": path, "line": line })),
        Error::TooManyFailures { failures, evaluations, .. } => {
            let fields = json!({ "failures": failures, "evaluations": evaluations });
            ("TooManyFailuresError", fields)
        }
        Error::NothingFound { failures, evaluations, .. } => {
            ("NothingFoundError", json!({ "failures": failures, "evaluations": evaluations }))
        }
        Error::NothingProposed { .. } => {
            ("NothingFoundError", json!({ "failures": 0, "evaluations": 0 }))
        }
        other if other.kind() == ganas::ErrorKind::Usage => ("UsageError", json!({})),
        _ => ("Error", json!({})),
    }
}

fn unknown(name: &UnknownName) -> Described {
    let UnknownName { what, found, valid } = name;
    ("UnknownNameError", json!({ "what": what, "found": found, "valid": valid }))
}

fn of_file(error: &SpaceFileError) -> Described {
    let SpaceFileError { source_name, line, column, message, .. } = error;
    let fields = json!({ "file": source_name, "line": line, "column": column, "found": message });
    ("SpaceFileError", fields)
}

fn of_arch(error: &ArchError) -> Described {
    let mut fields = Map::new();
    let mut insert = |name: &str, value: Value| fields.insert(name.into(), value);
    match error {
        ArchError::TooShort { space, position, .. }
        | ArchError::Forbidden { space, position, .. }
        | ArchError::Number { space, position, .. } => {
            insert("space", space.as_str().into());
            insert("position", (*position).into());
        }
        ArchError::Parse { space, text, position, .. } => {
            insert("space", space.as_str().into());
            insert("position", (*position).into());
            insert("text", text.as_str().into());
        }
        ArchError::TooLong { space, .. }
        | ArchError::Numbers { space, .. }
        | ArchError::Choice { space, .. }
        | ArchError::Cell { space, .. } => {
            insert("space", space.as_str().into());
        }
        _ => {}
    }
    ("ArchError", fields.into())
}

fn of_store(error: &StoreError) -> Described {
    match error {
        StoreError::Locked { folder, pid } => {
            ("LockedError", json!({ "directory": folder, "pid": pid }))
        }
        StoreError::Exists { folder }
        | StoreError::Missing { folder }
        | StoreError::Moved { folder, .. } => ("StoreError", json!({ "directory": folder })),
        StoreError::Leftovers { trials: path }
        | StoreError::Foreign { path }
        | StoreError::Newer { path, .. }
        | StoreError::Damaged { path, .. }
        | StoreError::Replaced { path, .. }
        | StoreError::Unsettled { path }
        | StoreError::Full { path }
        | StoreError::Sqlite { path, .. }
        | StoreError::Io { path, .. } => ("StoreError", json!({ "directory": path.parent() })),
        _ => ("StoreError", json!({})),
    }
}

fn of_study(error: &StudyError) -> Described {
    match error {
        StudyError::NotOpen { open, found } => {
            ("NotOpenError", json!({ "open": open, "found": found }))
        }
        StudyError::Measurement { arch, .. } | StudyError::NoTrainSeconds { arch } => {
            ("MeasurementError", json!({ "arch": arch }))
        }
        StudyError::Report { trial, .. } => ("ReportError", json!({ "trial": trial })),
        StudyError::NothingFeasible { rejections } | StudyError::NoneFound { rejections, .. } => {
            ("NothingFeasibleError", json!({ "rejections": rejections }))
        }
        StudyError::NoBudget
        | StudyError::BudgetTooLarge { .. }
        | StudyError::TooManyWorkers { .. }
        | StudyError::TimeBudget { .. } => ("UsageError", json!({})),
        _ => ("StudyError", json!({})),
    }
}

/// Conversion of a result of the library to a Python result.
pub(crate) trait Raise<T> {
    /// Converts the error, if any, to a Python exception.
    fn raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T, E: Into<Error>> Raise<T> for Result<T, E> {
    fn raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| exception(py, error))
    }
}
