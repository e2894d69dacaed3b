//! What may be wrong with architectures and descriptions of spaces.

use std::ops::Range;

use thiserror::Error;

/// Why something is not an architecture of a search space.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArchError {
    /// The choices end before the space's last decision.
    #[error(
        "{space}: expected a choice for decision {position} ({kind}), found the end of {position} choices"
    )]
    TooShort {
        /// Name of the search space.
        space: String,
        /// Index of the decision that has no choice, from 0.
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
    /// A number that its decision does not allow here, or beside a decision that is answered by none.
    #[error("{space}: decision {position} ({kind}): expected {expected}, found {found}")]
    Number {
        /// Name of the search space.
        space: String,
        /// Index of the decision, from 0.
        position: usize,
        /// Name of its kind.
        kind: String,
        /// What may stand there.
        expected: String,
        /// The number given.
        found: String,
    },
    /// More or fewer numbers than decisions that are answered by one.
    #[error("{space}: expected {expected} numbers, found {found}")]
    Numbers {
        /// Name of the search space.
        space: String,
        /// Number of these decisions.
        expected: usize,
        /// Number of numbers given.
        found: usize,
    },
    /// A choice, given by its decision's name, that the decision does not allow here.
    #[error("{space}: `{name}`: expected {expected}, found {found}")]
    Choice {
        /// Name of the search space.
        space: String,
        /// Name of the decision, as [`SearchSpace::named_choices`](crate::SearchSpace::named_choices) has it.
        name: String,
        /// What may be chosen there.
        expected: String,
        /// What was given.
        found: String,
    },
    /// Text that is not in the space's notation, or names an architecture outside the space.
    #[error("{space}: at byte {position} of `{text}`: expected {expected}, found {found}")]
    Parse {
        /// Name of the search space.
        space: String,
        /// The whole text.
        text: String,
        /// Byte offset of the first thing that is wrong.
        position: usize,
        /// What the notation asks for there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A cell, given as a matrix and labels or as bits, that is outside its space.
    #[error("{space}: expected {expected}, found {found}")]
    Cell {
        /// Name of the search space.
        space: String,
        /// The rule that does not hold.
        expected: String,
        /// What was found, and where.
        found: String,
    },
    /// A graph that is not acyclic or larger than [`crate::MAX_NODES`].
    #[error("expected an acyclic graph of at most {max} nodes, found {found}")]
    Graph {
        /// Largest number of nodes.
        max: usize,
        /// What was found.
        found: String,
    },
}

/// Why a description is not a search space.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{space}: `{key}`: expected {expected}, found {found}")]
pub struct DescriptionError {
    /// Name of the space as its description has it.
    pub space: String,
    /// The key that is wrong, such as `stages[2].kernel`, with stages counted from 0.
    pub key: String,
    /// The bytes of the key's text that are wrong, where it is a formula.
    pub within: Option<Range<usize>>,
    /// What the key may be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

/// A text in an error: its first characters, for it may be a whole file.
pub(crate) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(64).collect();
    format!("`{short}`")
}
