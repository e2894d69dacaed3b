//! Mistakes in descriptions, with their places.

use std::ops::Range;

use thiserror::Error;

use crate::DescriptionError;

/// An error about the key at `path`; the space's name is added where it is known.
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

/// What is wrong with a text that should describe a space, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{source_name}: line {line}, column {column}: {message}")]
pub struct SpaceFileError {
    /// What the text is from, such as a file's name.
    pub source_name: String,
    /// The whole text.
    pub text: String,
    /// The bytes that are wrong.
    pub range: Range<usize>,
    /// Line of their begin, from 1.
    pub line: usize,
    /// Character of their begin in its line, from 1.
    pub column: usize,
    /// What was expected and what was found.
    pub message: String,
}

impl SpaceFileError {
    /// An error about the bytes `range` of a text that is called `source_name`.
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
