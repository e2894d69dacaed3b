//! Affine layers.

use std::sync::Arc;

use candle_core::{Result, Tensor};
use candle_nn::{Init, VarBuilder};

use crate::ops::{Activation, Sparse, affine, pooled_affine};

/// A fully connected layer with its activation.
///
/// Weights are `[inputs, outputs]`, uniform in ±1/√inputs, as PyTorch draws them.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    weight: Tensor,
    bias: Tensor,
    activation: Activation,
}

impl Linear {
    pub(crate) fn new(
        inputs: usize,
        outputs: usize,
        activation: Activation,
        vb: &VarBuilder<'_>,
    ) -> Result<Self> {
        let init = uniform(1.0 / (inputs as f64).sqrt());
        let weight = vb.get_with_hints((inputs, outputs), "weight", init)?;
        let bias = vb.get_with_hints(outputs, "bias", init)?;
        Ok(Self { weight, bias, activation })
    }

    /// Returns a copy of the layer as it is now, without gradients.
    pub(crate) fn detached(&self) -> Self {
        let Self { weight, bias, activation } = self;
        Self { weight: weight.detach(), bias: bias.detach(), activation: *activation }
    }

    /// Returns the weight and the bias.
    pub(crate) fn parameters(&self) -> (&Tensor, &Tensor) {
        (&self.weight, &self.bias)
    }

    /// Maps `[rows, inputs]` to `[rows, outputs]`.
    pub(crate) fn forward(&self, input: &Tensor) -> Result<Tensor> {
        affine(input, None, &self.weight, &self.bias, self.activation)
    }

    /// Like [`Linear::forward`], but on the rows that `gather` forms from the rows of `input`.
    pub(crate) fn forward_gathered(&self, input: &Tensor, gather: &Arc<Sparse>) -> Result<Tensor> {
        affine(input, Some(gather), &self.weight, &self.bias, self.activation)
    }

    /// Computes the product of `pool` and the rows that [`Linear::forward_gathered`] returns.
    pub(crate) fn forward_pooled(
        &self,
        input: &Tensor,
        gather: &Arc<Sparse>,
        pool: &Arc<Sparse>,
    ) -> Result<Tensor> {
        pooled_affine(input, gather, &self.weight, &self.bias, self.activation, pool)
    }
}

/// Returns an initialiser that draws uniformly from ± `bound`.
pub(crate) fn uniform(bound: f64) -> Init {
    Init::Uniform { lo: -bound, up: bound }
}
