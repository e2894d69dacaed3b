//! Which part of a study an error is about, and where its file says it.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use ganas_bench::BenchError;
use ganas_exec::ExecError;
use ganas_graph::spaces::described::SpaceFileError;
use ganas_search::{StudyError, UnknownName};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::output::describe;

/// A key of study files, and where its value is a list, the entry. As context of an error it says that
/// the study was described wrongly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    key: &'static str,
    entry: Option<String>,
}

impl Part {
    /// All of a key's value.
    pub(crate) const fn of(key: &'static str) -> Self {
        Self { key, entry: None }
    }

    /// An entry of a list, by its text or by the name in it.
    pub(crate) fn entry(key: &'static str, entry: &str) -> Self {
        Self { key, entry: Some(entry.into()) }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.key)
    }
}

/// The error with its place in the study file, if that is where it comes from: `given` says which keys
/// were given beside the file.
pub(crate) fn locate(
    file: &Path,
    given: impl Fn(&str) -> bool,
    error: anyhow::Error,
) -> anyhow::Error {
    let is_located = error.chain().any(<dyn std::error::Error>::is::<SpaceFileError>);
    let Some((key, entry)) = key_of(&error).filter(|(key, _)| !is_located && !given(key)) else {
        return error;
    };
    let Ok(text) = std::fs::read_to_string(file) else { return error };
    let found = place(&text, &key, entry.as_deref());
    // Where no evaluator is named, a benchmark is named as the space.
    match found.or_else(|| place(&text, "space", None).filter(|_| key == "evaluator.benchmark")) {
        Some(place) => {
            let (name, message) = (file.display().to_string(), describe(&error));
            SpaceFileError::new(&name, &text, place, message).into()
        }
        None => error,
    }
}

/// The key, with a table's name and a dot before it, and the entry that an error is about.
fn key_of(error: &anyhow::Error) -> Option<(String, Option<String>)> {
    if let Some(Part { key, entry }) = error.downcast_ref() {
        return Some(((*key).into(), entry.clone()));
    }
    let key = error.chain().find_map(|cause| {
        if let Some(ExecError::Setting { setting, .. }) = cause.downcast_ref() {
            return Some(format!("evaluator.{setting}"));
        }
        if let Some(BenchError::Name(UnknownName { what, .. })) = cause.downcast_ref() {
            return Some(format!("evaluator.{}", what.replace(' ', "")));
        }
        let key = match cause.downcast_ref()? {
            StudyError::NoBudget | StudyError::BudgetTooLarge { .. } => "budget",
            StudyError::TooManyWorkers { .. } => "workers",
            StudyError::TimeBudget { .. } => "max_train_seconds",
            _ => return None,
        };
        Some(key.into())
    })?;
    Some((key, None))
}

fn place(text: &str, key: &str, entry: Option<&str>) -> Option<Range<usize>> {
    let file = DeTable::parse(text).ok()?;
    let (table, key) = match key.split_once('.') {
        Some((table, key)) => (file.get_ref().get(table)?.get_ref().as_table()?, key),
        None => (file.get_ref(), key),
    };
    let value = table.get(key)?;
    let Some(entry) = entry else { return Some(value.span()) };
    let name = |value: &Spanned<DeValue<'_>>| -> Option<Range<usize>> {
        let text = match value.get_ref() {
            DeValue::Table(table) => table.get("metric")?,
            _ => value,
        };
        (text.get_ref().as_str() == Some(entry)).then(|| text.span())
    };
    value.get_ref().as_array()?.iter().find_map(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_what_they_say() {
        let text =
            "max = [\"a=1\", \"b=2\"]\n[[objectives]]\nmetric = \"x\"\n[evaluator]\nretries = 3\n";
        let found = |key, entry| place(text, key, entry).map(|place| &text[place]);
        assert_eq!(found("max", Some("b=2")), Some("\"b=2\""));
        assert_eq!(found("max", Some("c=3")), None);
        assert_eq!(found("objectives", Some("x")), Some("\"x\""));
        assert_eq!(found("evaluator.retries", None), Some("3"));
        assert_eq!(found("evaluator.timeout_seconds", None), None);
    }
}
