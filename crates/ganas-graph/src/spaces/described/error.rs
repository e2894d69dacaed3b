//! Errors in descriptions, with their locations.

use std::ops::Range;

use thiserror::Error;

use crate::DescriptionError;

/// Creates an error about the key at `path`; the caller adds the space's name.
pub(super) fn wrong(
    path: impl Into<String>,
    expected: impl Into<String>,
    found: impl Into<String>,
) -> DescriptionError {
    DescriptionError {
        space: String::new(),
        key: path.into(),
        within: None,
        expected: expected.into(),
        found: found.into(),
    }
}

/// An error in the text that describes a space, with the location of the mistake.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{source_name}: line {line}, column {column}: {message}")]
pub struct SpaceFileError {
    /// Origin of the text, such as a file name.
    pub source_name: String,
    /// The whole text.
    pub text: String,
    /// The range of the wrong bytes in the text.
    pub range: Range<usize>,
    /// Line of the first wrong byte, counted from 1.
    pub line: usize,
    /// Column of the first wrong byte, counted in characters from 1.
    pub column: usize,
    /// What was expected, and what was found.
    pub message: String,
}

impl SpaceFileError {
    /// Creates an error about the bytes of `text` that lie in `range`. `source_name` is the origin
    /// of the text.
    pub fn new(
        source_name: &str,
        text: &str,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        let before = text.get(..range.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            source_name: source_name.into(),
            text: text.into(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            range,
            message: message.into(),
        }
    }
}
