//! Errors in architectures and in descriptions of search spaces.

use std::ops::Range;

use thiserror::Error;

/// The reason why a string, a sequence of choices or another value is not an architecture of a
/// search space.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArchError {
    /// There are fewer choices than decisions.
    #[error(
        "{space}: expected a choice for decision {position}, counted from 0 ({kind}), found only {position} choices"
    )]
    TooShort {
        /// Name of the search space.
        space: String,
        /// Index, counted from 0, of the first decision for which no choice was given.
        position: usize,
        /// Name of the decision's kind.
        kind: String,
    },
    /// There are more choices than decisions.
    #[error("{space}: expected {expected} choices, found {found}")]
    TooLong {
        /// Name of the search space.
        space: String,
        /// Number of decisions.
        expected: usize,
        /// Number of choices given.
        found: usize,
    },
    /// The decision at `position` does not allow the given choice.
    #[error(
        "{space}: decision {position}, counted from 0 ({kind}): expected one of {allowed:?}, found {choice}"
    )]
    Forbidden {
        /// Name of the search space.
        space: String,
        /// Index of the decision, counted from 0.
        position: usize,
        /// Name of the decision's kind.
        kind: String,
        /// The choices that the decision allows.
        allowed: Vec<u8>,
        /// The choice given.
        choice: u8,
    },
    /// The decision at `position` does not allow the given number, or is not numeric.
    #[error(
        "{space}: decision {position}, counted from 0 ({kind}): expected {expected}, found {found}"
    )]
    Number {
        /// Name of the search space.
        space: String,
        /// Index of the decision, counted from 0.
        position: usize,
        /// Name of the decision's kind.
        kind: String,
        /// The valid values.
        expected: String,
        /// The number given.
        found: String,
    },
    /// There are more or fewer numbers than numeric decisions.
    #[error("{space}: expected {expected} numbers, found {found}")]
    Numbers {
        /// Name of the search space.
        space: String,
        /// Number of numeric decisions.
        expected: usize,
        /// How many numbers were given.
        found: usize,
    },
    /// The decision called `name` does not allow the given value.
    #[error("{space}: `{name}`: expected {expected}, found {found}")]
    Choice {
        /// Name of the search space.
        space: String,
        /// Name of the decision, as in
        /// [`SearchSpace::named_choices`](crate::SearchSpace::named_choices).
        name: String,
        /// The valid choices.
        expected: String,
        /// The value given.
        found: String,
    },
    /// The text does not follow the space's notation, or describes an architecture outside the
    /// space.
    #[error("{space}: at byte {position} of `{text}`: expected {expected}, found {found}")]
    Parse {
        /// Name of the search space.
        space: String,
        /// The whole text.
        text: String,
        /// Byte offset of the first mistake in `text`.
        position: usize,
        /// The notation expected at `position`.
        expected: String,
        /// The text found at `position`.
        found: String,
    },
    /// A cell violates a rule of its space. The cell was given either as a matrix with labels, or
    /// as a number whose bits are the cell's edges.
    #[error("{space}: expected {expected}, found {found}")]
    Cell {
        /// Name of the search space.
        space: String,
        /// The violated rule.
        expected: String,
        /// The violation and its location.
        found: String,
    },
    /// A graph has a cycle, or it has more than [`crate::MAX_NODES`] nodes.
    #[error("expected an acyclic graph of at most {max} nodes, found {found}")]
    Graph {
        /// Maximum number of nodes.
        max: usize,
        /// The violation.
        found: String,
    },
}

/// The reason why a description does not define a search space.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{space}: `{key}`: expected {expected}, found {found}")]
pub struct DescriptionError {
    /// Name of the described space.
    pub space: String,
    /// The key whose value is wrong, such as `stages[2].kernel` (stages are counted from 0).
    pub key: String,
    /// If the value is a formula, the byte range of the mistake within the formula.
    pub within: Option<Range<usize>>,
    /// The valid values of the key.
    pub expected: String,
    /// The value found.
    pub found: String,
}

/// Quotes the first 64 characters of `text` for an error, since `text` may be a whole file.
pub(crate) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(64).collect();
    format!("`{short}`")
}
