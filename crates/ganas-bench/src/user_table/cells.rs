//! Reads the fields of a user's table. Error messages state the position of the field in question.

use csv::StringRecord;

use crate::BenchError;

/// Maximum number of characters of a field shown in an error, as a field may be the whole file.
const SHOWN: usize = 64;
/// Largest magnitude of a number.
const MAX_MAGNITUDE: f64 = 1e100;

/// The file being read, with the names of its columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) file: &'a str,
    pub(super) names: &'a StringRecord,
}

impl Head<'_> {
    /// Returns an error about a line.
    pub(super) fn wrong(
        &self,
        line: u64,
        field: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> BenchError {
        BenchError::Record {
            file: self.file.into(),
            record: format!("line {line}"),
            field: field.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// Describes a column, for errors.
    pub(super) fn column(&self, place: usize) -> String {
        let name = self.names.get(place).unwrap_or_default().trim();
        format!("column {} ({})", place + 1, shown(name))
    }
}

/// A row of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) head: Head<'a>,
    pub(super) line: u64,
    pub(super) cells: &'a StringRecord,
}

impl<'a> Row<'a> {
    pub(super) fn text(&self, place: usize) -> &'a str {
        self.cells.get(place).unwrap_or_default().trim()
    }

    /// Returns the number in a column; `None` if the field is empty.
    pub(super) fn number(&self, place: usize, expected: &str) -> Result<Option<f64>, BenchError> {
        let text = self.text(place);
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse().ok().filter(|number: &f64| number.abs() <= MAX_MAGNITUDE) {
            Some(number) => Ok(Some(number)),
            None => Err(self.wrong(place, expected, shown(text))),
        }
    }

    /// Returns an error about a column.
    pub(super) fn wrong(
        &self,
        place: usize,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> BenchError {
        self.head.wrong(self.line, self.head.column(place), expected, found)
    }
}

/// Formats a string for errors.
pub(super) fn shown(text: &str) -> String {
    if text.is_empty() {
        return "nothing".into();
    }
    format!("`{}`", short(text))
}

/// Returns the start of a string.
pub(super) fn short(text: &str) -> String {
    let short: String = text.chars().take(SHOWN).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("{}{more}", short.escape_debug())
}
