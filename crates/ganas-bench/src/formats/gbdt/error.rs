//! Why bytes are not a model that is read.

use thiserror::Error;

use crate::formats::pickle::PickleError;

/// Why bytes are not a model that we read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The pickle around the model cannot be read.
    #[error(transparent)]
    Pickle(#[from] PickleError),
    /// The pickle holds something else.
    #[error("pickle: expected {expected}, found {found}")]
    Booster {
        /// What was looked for.
        expected: String,
        /// What the pickle holds.
        found: String,
    },
    /// Something in the model is wrong or of a kind that is not read.
    #[error("{format} model: {place}: expected {expected}, found {found}")]
    Model {
        /// `XGBoost` or `LightGBM`.
        format: &'static str,
        /// Where it is: a byte, a line or a field.
        place: String,
        /// What was expected there.
        expected: String,
        /// What is there.
        found: String,
    },
}
