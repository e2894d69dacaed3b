//! The options of a study, converted from Python.

use std::path::PathBuf;
use std::str::FromStr;

use ganas::search::{Fidelity, Objective, Stopping};
use ganas::{Elsewhere, EvaluatorOptions, StudyOptions};
use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyMapping, PyString};
use serde::de::DeserializeOwned;

use crate::arch::Arch;
use crate::benchmark::Benchmark;
use crate::errors::{Raise, usage};
use crate::json;

/// The options given for a study, by name; an option that is `None` counts as not given.
struct Given<'a, 'py>(&'a Bound<'py, PyDict>);

impl<'py> Given<'_, 'py> {
    fn get(&self, key: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.0.get_item(key)?.filter(|found| !found.is_none()))
    }

    /// Reads an option that is a number, a string or a boolean.
    fn plain<T: FromPyObjectOwned<'py>>(&self, key: &str, expected: &str) -> PyResult<Option<T>> {
        let Some(found) = self.get(key)? else { return Ok(None) };
        found.extract().map(Some).map_err(|_| wrong(key, expected, &found))
    }

    fn is_set(&self, key: &str) -> PyResult<bool> {
        Ok(self.plain(key, "True or False")?.unwrap_or_default())
    }

    /// Reads an option that is a string in the form used in study files and command-line arguments.
    fn parsed<T: FromStr>(&self, key: &str) -> PyResult<Option<T>>
    where
        T::Err: Into<ganas::Error>,
    {
        let Some(text) = self.plain::<String>(key, "a string")? else { return Ok(None) };
        text.parse().map(Some).raise(self.0.py())
    }

    /// Reads an option that is a string in the form used in command-line arguments, or a dictionary
    /// with the keys of the table in a study file.
    fn table<T: FromStr + DeserializeOwned>(&self, key: &str) -> PyResult<Option<T>>
    where
        T::Err: ToString,
    {
        let Some(found) = self.get(key)? else { return Ok(None) };
        let read = match found.cast::<PyString>() {
            Ok(text) => text.to_cow()?.parse().map_err(|error: T::Err| error.to_string()),
            Err(_) if !found.is_instance_of::<PyDict>() => {
                return Err(wrong(key, "a string or a dictionary", &found));
            }
            Err(_) => serde_json::from_value(json::from_python(&found)?)
                .map_err(|error| error.to_string()),
        };
        read.map(Some).map_err(|error| usage(self.0.py(), &format!("{key}: {error}")))
    }

    /// Reads an option that is a dictionary or a list of strings; returns each item of a dictionary
    /// as `NAME=VALUE`, and the strings of a list as they are.
    fn pairs(&self, key: &str) -> PyResult<Vec<String>> {
        let Some(found) = self.get(key)? else { return Ok(Vec::new()) };
        let expected = "a dictionary such as {\"params\": \"1M\"}, or a list of strings";
        let Ok(items) = found.cast::<PyMapping>() else {
            let texts = found.extract::<Vec<String>>();
            return texts.map_err(|_| wrong(key, expected, &found));
        };
        let pair = |item: Bound<'py, PyAny>| {
            let (name, value): (String, Bound<'py, PyAny>) = item.extract()?;
            let is_number = value.extract::<f64>().is_ok() && !value.is_instance_of::<PyBool>();
            if is_number || value.is_instance_of::<PyString>() {
                return Ok(format!("{name}={}", value.str()?));
            }
            Err(wrong(key, "a dictionary of numbers or strings", &found))
        };
        items.items()?.iter().map(pair).collect()
    }

    /// Reads an option that is a list of architectures and of paths of files and folders; returns
    /// these as text.
    fn texts(&self, key: &str) -> PyResult<Vec<String>> {
        let Some(found) = self.get(key)? else { return Ok(Vec::new()) };
        let expected = "a list of architectures, their notations, CSV files or study directories";
        if found.is_instance_of::<PyString>() {
            return Err(wrong(key, expected, &found));
        }
        let text = |it: PyResult<Bound<'py, PyAny>>| {
            let it = it?;
            match (it.cast::<Arch>(), it.extract::<PathBuf>()) {
                (Ok(arch), _) => Ok(arch.str()?.to_string()),
                (_, Ok(path)) => Ok(path.display().to_string()),
                _ => Err(wrong(key, expected, &it)),
            }
        };
        found.try_iter().map_err(|_| wrong(key, expected, &found))?.map(text).collect()
    }
}

fn wrong(key: &str, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    let shown = found.repr().map_or_else(|_| "?".into(), |it| it.to_string());
    let shown: String = shown.chars().take(80).collect();
    PyTypeError::new_err(format!("{key}: expected {expected}, found {shown}"))
}

/// Reads all options of a study: on `benchmark` if there is one, otherwise a study whose results
/// Python code tells.
pub(crate) fn read(
    given: &Bound<'_, PyDict>,
    benchmark: Option<&Benchmark>,
) -> PyResult<StudyOptions> {
    let given = Given(given);
    let objectives = given.pairs("objectives")?.into_iter();
    let objectives = objectives.map(|text| text.parse::<Objective>());
    let elsewhere = EvaluatorOptions::Elsewhere(Elsewhere::Elsewhere);
    Ok(StudyOptions {
        space: benchmark.map(|it| it.name().to_owned()),
        benchmark: None,
        dataset: benchmark.and_then(|it| it.dataset.clone()),
        query: benchmark.and_then(|it| it.query),
        evaluator: benchmark.is_none().then_some(elsewhere),
        strategy: given.parsed("strategy")?,
        seed: given.plain("seed", "a whole number of at least 0")?,
        distinct: given.parsed("distinct")?,
        minimise: given.is_set("minimise")?,
        max: given.pairs("max")?,
        min: given.pairs("min")?,
        objectives: objectives.collect::<Result<_, _>>().raise(given.0.py())?,
        target: given.plain("target", "a number")?,
        until_optimum: given.is_set("until_optimum")?,
        max_train_seconds: given.plain("max_train_seconds", "a number of seconds")?,
        fidelity: given.table::<Fidelity>("fidelity")?,
        stopping: given.table::<Stopping>("stopping")?,
        asynchronous: given.is_set("asynchronous")?,
        from: given.texts("known")?,
        ..changes(given.0)?
    })
}

/// Reads the options that the user may change when a study resumes.
pub(crate) fn changes(given: &Bound<'_, PyDict>) -> PyResult<StudyOptions> {
    let given = Given(given);
    let count = |key| given.plain::<usize>(key, "a whole number of at least 1");
    Ok(StudyOptions {
        budget: count("budget")?,
        workers: count("workers")?,
        max_failures: count("max_failures")?,
        ..StudyOptions::default()
    })
}
