//! Errors in architectures and in descriptions of spaces.

use std::ops::Range;

use thiserror::Error;

/// Reason why something is not an architecture of a search space.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArchError {
    /// The choices end before the space's last decision.
    #[error(
        "{space}: expected a choice for decision {position} ({kind}), found only {position} choices"
    )]
    TooShort {
        /// Name of the search space.
        space: String,
        /// Index of the decision without a choice, from 0.
        position: usize,
        /// Name of its kind.
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
    /// A choice that its decision does not allow here.
    #[error("{space}: decision {position} ({kind}): expected one of {allowed:?}, found {choice}")]
    Forbidden {
        /// Name of the search space.
        space: String,
        /// Index of the decision, from 0.
        position: usize,
        /// Name of its kind.
        kind: String,
        /// The choices allowed here.
        allowed: Vec<u8>,
        /// The choice given.
        choice: u8,
    },
    /// A number that its decision does not allow here, or that belongs to no numeric decision.
    #[error("{space}: decision {position} ({kind}): expected {expected}, found {found}")]
    Number {
        /// Name of the search space.
        space: String,
        /// Index of the decision, from 0.
        position: usize,
        /// Name of its kind.
        kind: String,
        /// The valid values.
        expected: String,
        /// The number given.
        found: String,
    },
    /// More or fewer numbers than numeric decisions.
    #[error("{space}: expected {expected} numbers, found {found}")]
    Numbers {
        /// Name of the search space.
        space: String,
        /// Number of numeric decisions.
        expected: usize,
        /// Number of numbers given.
        found: usize,
    },
    /// A choice, given by its decision's name, that the decision does not allow here.
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
    /// Text that does not follow the space's notation, or describes an architecture outside the space.
    #[error("{space}: at byte {position} of `{text}`: expected {expected}, found {found}")]
    Parse {
        /// Name of the search space.
        space: String,
        /// The whole text.
        text: String,
        /// Byte offset of the first mistake.
        position: usize,
        /// The expected notation there.
        expected: String,
        /// The text found there.
        found: String,
    },
    /// A cell, given as a matrix and labels or as bits, that is outside its space.
    #[error("{space}: expected {expected}, found {found}")]
    Cell {
        /// Name of the search space.
        space: String,
        /// The violated rule.
        expected: String,
        /// The violation and its location.
        found: String,
    },
    /// A graph that has a cycle or more than [`crate::MAX_NODES`] nodes.
    #[error("expected an acyclic graph of at most {max} nodes, found {found}")]
    Graph {
        /// Maximum number of nodes.
        max: usize,
        /// The violation.
        found: String,
    },
}

/// Reason why a description is not a search space.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{space}: `{key}`: expected {expected}, found {found}")]
pub struct DescriptionError {
    /// Name of the space in its description.
    pub space: String,
    /// The key that is wrong, such as `stages[2].kernel`, with stages counted from 0.
    pub key: String,
    /// The bytes of the key's text that are wrong, if it is a formula.
    pub within: Option<Range<usize>>,
    /// The valid values of the key.
    pub expected: String,
    /// The value found.
    pub found: String,
}

/// Quotes the first characters of a string for an error, since it may be a whole file.
pub(crate) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(64).collect();
    format!("`{short}`")
}
