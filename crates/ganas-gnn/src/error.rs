//! Errors of the models.

use thiserror::Error;

/// An error in a model. [`GnnError::Tensor`] and [`GnnError::NotFinite`] name the part of the model
/// in which the error occurred.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GnnError {
    /// A tensor operation failed.
    #[error("{layer}: {source}")]
    Tensor {
        /// The layer or operation.
        layer: &'static str,
        /// Candle's error.
        source: candle_core::Error,
    },
    /// A loss is not finite.
    #[error("{layer}: expected finite numbers, found {value}")]
    NotFinite {
        /// The name of the layer or loss.
        layer: &'static str,
        /// The value found.
        value: f32,
    },
    /// A search space, or a rollout (architectures with the choices that led to them), does not fit
    /// the generator.
    #[error(
        "expected the search space for which the generator was made ({expected}), found another one ({found})"
    )]
    OtherSpace {
        /// The search space for which the generator was made, described by its numbers of labels,
        /// nodes and choices.
        expected: String,
        /// The space that does not fit the generator, described in the same way as `expected`.
        found: String,
    },
    /// A checkpoint lacks a tensor of the model.
    #[error("expected a tensor `{name}` in the checkpoint, found none")]
    Missing {
        /// Name of the tensor.
        name: String,
    },
}

/// Extension of tensor results that adds the name of the layer to an error, since candle reports
/// what failed but not where.
pub(crate) trait InLayer<T> {
    fn in_layer(self, layer: &'static str) -> Result<T, GnnError>;
}

impl<T> InLayer<T> for candle_core::Result<T> {
    fn in_layer(self, layer: &'static str) -> Result<T, GnnError> {
        self.map_err(|source| GnnError::Tensor { layer, source })
    }
}
