//! Reads a described space from a string.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::description::SpaceDescription;
use super::error::SpaceFileError;
use super::space::DescribedSpace;
use crate::{DescriptionError, wording};

/// Maximum length, in bytes, of the text that describes a space.
pub const MAX_BYTES: usize = 256 * 1024;

/// Reads a search space from its description in TOML. Error messages name `source_name` as the
/// source of the text.
///
/// # Errors
/// [`SpaceFileError`] with the line, column and byte range of the mistake.
pub fn read(text: &str, source_name: &str) -> Result<DescribedSpace, SpaceFileError> {
    if text.len() > MAX_BYTES {
        let message = format!("expected at most {MAX_BYTES} bytes, found {}", text.len());
        return Err(SpaceFileError::new(source_name, "", 0..0, message));
    }
    let description: SpaceDescription = toml::from_str(text).map_err(|error| {
        let range = error.span().unwrap_or(0..0);
        let mut message = wording::reword_serde_error_at(error.message(), text, range.clone());
        if wording::is_of_another_kind(text, source_name) {
            message = format!(
                "expected a search space in TOML, such as space.toml, found another format: {message}"
            );
        }
        if is_of_study(text) {
            message = format!(
                "expected a search space, found a study file; run it with `ganas search`; {message}"
            );
        }
        SpaceFileError::new(source_name, text, range, message)
    })?;
    DescribedSpace::new(description).map_err(|error| located(&error, text, source_name))
}

/// Keys that occur at the top level of study files only.
const OF_STUDY: [&str; 5] = ["space", "benchmark", "strategy", "budget", "evaluator"];
/// Keys that occur at the top level of space files only.
const OF_SPACE: [&str; 3] = ["cells", "chain", "parameters"];

/// Returns true if the text is a study file rather than a description of a search space.
fn is_of_study(text: &str) -> bool {
    has_keys(text, &OF_STUDY) && !has_keys(text, &OF_SPACE)
}

/// Returns true if the text describes a search space and is not a study file. Only the keys at the
/// top level of the text matter for this.
pub fn describes_space(text: &str) -> bool {
    has_keys(text, &OF_SPACE) && !has_keys(text, &OF_STUDY)
}

fn has_keys(text: &str, keys: &[&str]) -> bool {
    DeTable::parse(text)
        .is_ok_and(|table| keys.iter().any(|key| table.get_ref().contains_key(*key)))
}

/// Reads a search space from its description in TOML. Unlike [`read`], this function is for text
/// that does not come from a file, such as a string in a program.
///
/// # Errors
/// The same as those of [`read`].
pub fn parse(text: &str) -> Result<DescribedSpace, SpaceFileError> {
    read(text, "space description")
}

/// Returns the JSON Schema of a space file.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(SpaceDescription).to_value()
}

/// Converts an error about a key into one that locates the key in `text`.
fn located(error: &DescriptionError, text: &str, source_name: &str) -> SpaceFileError {
    let message = format!("expected {}, found {}", error.expected, error.found);
    let place = DeTable::parse(text).ok().and_then(|table| range(table.get_ref(), &error.key));
    let mut range = place.unwrap_or(0..0);
    if let Some(part) = &error.within {
        // The formula's wrong bytes, after the quotes around it.
        let raw = text.get(range.clone()).unwrap_or_default();
        let quotes = ["\"\"\"", "'''", "\"", "'"].iter().find(|quotes| raw.starts_with(**quotes));
        let start = range.start + quotes.map_or(0, |quotes| quotes.len());
        let (from, to) = (start + part.start, start + part.end);
        let is_plain = !raw.contains('\\') && to <= range.end;
        if is_plain && text.is_char_boundary(from) && text.is_char_boundary(to) {
            range = from..to;
        }
    }
    SpaceFileError::new(source_name, text, range, message)
}

/// Returns the byte range of the value at a path such as `cells[0].operators[2]`, or of its nearest
/// existing parent.
fn range(table: &DeTable<'_>, path: &str) -> Option<Range<usize>> {
    let mut keys = path.split('.').flat_map(|part| part.split('[')).filter(|key| !key.is_empty());
    let mut value = table.get(keys.next()?)?;
    for key in keys {
        let next = match (key.strip_suffix(']'), value.get_ref()) {
            (Some(index), DeValue::Array(elements)) => {
                index.parse::<usize>().ok().and_then(|index| elements.get(index))
            }
            (None, DeValue::Table(table)) => table.get(key),
            _ => None,
        };
        let Some(next) = next else { break };
        value = next;
    }
    Some(value.span())
}
