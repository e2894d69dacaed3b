//! The error of reading pickles.

use thiserror::Error;

/// The reason that bytes are not a supported pickle.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("pickle: at byte {offset}: expected {expected}, found {found}")]
pub struct PickleError {
    /// Offset of the invalid opcode or argument.
    pub offset: usize,
    /// The expected content.
    pub expected: String,
    /// The actual content.
    pub found: String,
}
