//! The error that occurs when a pickle cannot be read.

use thiserror::Error;

/// The reason why bytes could not be read as a pickle.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("pickle: at byte {offset}: expected {expected}, found {found}")]
pub struct PickleError {
    /// Offset of the invalid opcode or argument, in bytes from the start of the pickle.
    pub offset: usize,
    /// The expected content.
    pub expected: String,
    /// The actual content.
    pub found: String,
}
