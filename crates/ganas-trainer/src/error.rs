//! Errors in the settings and in training.

use ganas_gnn::GnnError;
use thiserror::Error;

/// An invalid setting.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{setting}: expected {expected}, found {found}")]
pub struct ConfigError {
    /// The path of the setting, such as `generator.ppo.clip`.
    pub setting: String,
    /// A description of the values that are valid.
    pub expected: String,
    /// The value found.
    pub found: String,
}

impl ConfigError {
    pub(crate) fn new(setting: &str, expected: &str, found: &str) -> Self {
        Self { setting: setting.into(), expected: expected.into(), found: found.into() }
    }
}

/// The reason why training failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainerError {
    /// A model failed, for example because a loss was not finite.
    #[error(transparent)]
    Model(#[from] GnnError),
    /// A tensor operation failed during the computation of a loss.
    #[error("{loss}: {source}")]
    Loss {
        /// Name of the loss.
        loss: &'static str,
        /// Candle's error.
        source: candle_core::Error,
    },
    /// The bytes are not a checkpoint of a strategy with these settings.
    #[error("checkpoint: {source}")]
    Checkpoint {
        /// The underlying error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Extension of tensor results that adds the name of the loss to an error.
pub(crate) trait InLoss<T> {
    fn in_loss(self, loss: &'static str) -> Result<T, TrainerError>;
}

impl<T> InLoss<T> for candle_core::Result<T> {
    fn in_loss(self, loss: &'static str) -> Result<T, TrainerError> {
        self.map_err(|source| TrainerError::Loss { loss, source })
    }
}
