//! Identifies the option of a study that caused an error, and finds the option's position in the
//! study file.

use std::ops::Range;
use std::path::Path;

use ganas_graph::spaces::described::SpaceFileError;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::Error;
use crate::text_file::{MAX_STUDY_BYTES, read_text};

/// An option of a study, identified by its key in study files. If the option's value is a list, a
/// `Part` can also identify a single entry of that list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The key. A key inside a table is preceded by the table's name and a dot, as in
    /// `evaluator.command`.
    pub key: String,
    /// The string that identifies the entry, if the part is one entry of a list. It is the entry
    /// itself or, if the entry is a table, the value of the table's `metric`. `None` if the part is
    /// the whole value of the key.
    pub entry: Option<String>,
}

impl Part {
    /// Returns the part that consists of the whole value of `key`.
    pub fn of(key: &str) -> Self {
        Self { key: key.into(), entry: None }
    }

    /// Returns the part that identifies one entry of a list. For a list of strings, `entry` is the
    /// string; for a list of tables, it is the table's metric.
    pub fn entry(key: &str, entry: &str) -> Self {
        Self { key: key.into(), entry: Some(entry.into()) }
    }
}

/// Returns `error`. If it is about an option that was set in the study file, the returned error
/// also contains the option's position in that file. `given` must return true for each key whose
/// value in the file is overridden from outside.
pub fn locate(file: &Path, given: impl Fn(&str) -> bool, error: Error) -> Error {
    let Some(part) = error.part().filter(|part| error.in_file().is_none() && !given(&part.key))
    else {
        return error;
    };
    let Ok(text) = read_text(file, MAX_STUDY_BYTES) else { return error };
    let Some(place) = part.place(&text) else { return error };
    SpaceFileError::new(&file.display().to_string(), &text, place, error.to_string()).into()
}

/// Adds to the error the position of `key`'s value in `text`. `name` is the name shown for the
/// text.
pub(crate) fn locate_in(name: &str, text: &str, key: &str, error: Error) -> Error {
    match Part::of(key).place(text) {
        Some(place) if error.in_file().is_none() => {
            SpaceFileError::new(name, text, place, error.to_string()).into()
        }
        _ => error,
    }
}

impl Part {
    /// Returns the option's position in a study file. Several keys can name the benchmark.
    pub(crate) fn place(&self, text: &str) -> Option<Range<usize>> {
        let entry = self.entry.as_deref();
        place(text, &self.key, entry)
            .or_else(|| place(text, self.key.strip_prefix("evaluator.")?, entry))
            .or_else(|| place(text, "space", None).filter(|_| self.key == "evaluator.benchmark"))
    }
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

    #[test]
    fn a_benchmark_may_be_named_in_several_ways() {
        let found = |text: &str| Part::of("evaluator.benchmark").place(text);
        assert!(found("[evaluator]\nbenchmark = \"x\"\n").is_some());
        assert!(found("benchmark = \"x\"\n").is_some());
        assert!(found("space = \"x\"\n").is_some());
        assert!(found("budget = 3\n").is_none());
    }
}
