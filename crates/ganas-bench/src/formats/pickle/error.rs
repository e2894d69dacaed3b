//! Why bytes are not a pickle that we read.

use thiserror::Error;

/// Why bytes are not a pickle that we read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("pickle: at byte {offset}: expected {expected}, found {found}")]
pub struct PickleError {
    /// Offset of the opcode, or of the argument, that is wrong.
    pub offset: usize,
    /// What would have been right.
    pub expected: String,
    /// What stands there.
    pub found: String,
}
