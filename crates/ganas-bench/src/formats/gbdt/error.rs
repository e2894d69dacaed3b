//! Errors that occur when models are read.

use thiserror::Error;

use crate::formats::pickle::PickleError;

/// The reason why bytes could not be read as a model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The pickle around the model cannot be read.
    #[error(transparent)]
    Pickle(#[from] PickleError),
    /// The pickle contains something other than a model.
    #[error("pickle: expected {expected}, found {found}")]
    Booster {
        /// The expected object.
        expected: String,
        /// The actual object.
        found: String,
    },
    /// A part of the model is invalid or unsupported.
    #[error("{format} model: {place}: expected {expected}, found {found}")]
    Model {
        /// `XGBoost` or `LightGBM`.
        format: &'static str,
        /// The position of the invalid or unsupported part: a byte, a line, a node or a field.
        place: String,
        /// The expected content.
        expected: String,
        /// The actual content.
        found: String,
    },
}
