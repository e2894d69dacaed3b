use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::description::SpaceDescription;
use super::error::{DescriptionError, SpaceFileError};
use super::space::DescribedSpace;

/// Most bytes of a text that describes a space.
pub const MAX_BYTES: usize = 256 * 1024;

/// Reads a description in TOML; `source_name` is what errors call the text.
///
/// # Errors
/// [`SpaceFileError`] names line, column and bytes of what is wrong.
pub fn read(text: &str, source_name: &str) -> Result<DescribedSpace, SpaceFileError> {
    if text.len() > MAX_BYTES {
        let message = format!("expected at most {MAX_BYTES} bytes, found {}", text.len());
        return Err(SpaceFileError::new(source_name, "", 0..0, message));
    }
    let description: SpaceDescription = toml_edit::de::from_str(text).map_err(|error| {
        let range = error.span().unwrap_or(0..0);
        SpaceFileError::new(source_name, text, range, error.message())
    })?;
    DescribedSpace::new(description).map_err(|error| located(&error, text, source_name))
}

/// Reads a description in TOML that has no name of its own, such as one in a program.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &str) -> Result<DescribedSpace, SpaceFileError> {
    read(text, "space description")
}

/// JSON Schema of a space file.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(SpaceDescription).to_value()
}

/// The error with the place of its key in `text`.
fn located(error: &DescriptionError, text: &str, source_name: &str) -> SpaceFileError {
    let message = format!("expected {}, found {}", error.expected, error.found);
    let place =
        Document::parse(text).ok().and_then(|document| range(document.as_item(), &error.path));
    let mut range = place.unwrap_or(0..0);
    if let Some(part) = &error.range {
        // A formula's bytes, behind the quotes around it.
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

/// The bytes of the value of a key such as `cells[0].operators[2]`, or of what stands nearest above it.
fn range(root: &Item, path: &str) -> Option<Range<usize>> {
    let mut place = Place::Item(root);
    let mut found = None;
    for key in path.split('.').flat_map(|part| part.split('[')).filter(|key| !key.is_empty()) {
        let next = match key.strip_suffix(']') {
            Some(index) => index.parse().ok().and_then(|index| place.element(index)),
            None => place.field(key),
        };
        let Some((next, span)) = next else { break };
        found = span.or(found);
        place = next;
    }
    found
}

/// A part of a document.
#[derive(Clone, Copy)]
enum Place<'d> {
    Item(&'d Item),
    Value(&'d Value),
    Table(&'d dyn TableLike),
}

type Found<'d> = Option<(Place<'d>, Option<Range<usize>>)>;

impl<'d> Place<'d> {
    fn element(self, index: usize) -> Found<'d> {
        let in_value = |value: &'d Value| {
            let element = value.as_array()?.get(index)?;
            Some((Place::Value(element), element.span()))
        };
        match self {
            Self::Item(Item::ArrayOfTables(tables)) => {
                let table = tables.get(index)?;
                Some((Place::Table(table), table.span()))
            }
            Self::Item(item) => in_value(item.as_value()?),
            Self::Value(value) => in_value(value),
            Self::Table(_) => None,
        }
    }

    fn field(self, name: &str) -> Found<'d> {
        let table: &dyn TableLike = match self {
            Self::Item(item) => item.as_table_like()?,
            Self::Value(value) => value.as_inline_table()?,
            Self::Table(table) => table,
        };
        let (key, item) = table.get_key_value(name)?;
        Some((Place::Item(item), item.span().or_else(|| key.span())))
    }
}
