use candle_core::Tensor;
use candle_nn::VarBuilder;
use ganas_graph::{ArchGraph, MAX_NODES};
use serde::{Deserialize, Serialize};

use crate::batch::{BatchSettings, RELATIONS};
use crate::error::InLayer;
use crate::linear::{Linear, uniform};
use crate::ops::Activation;
use crate::{GnnError, GraphBatch};

/// Size of an [`Encoder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderSettings {
    /// Width of node embeddings.
    pub width: usize,
    /// Rounds of message passing.
    pub layers: usize,
}

/// A k-GNN with k = 1 over labelled DAGs: node embeddings from labels and neighbourhoods.
///
/// `x⁰(v)` is the sum of the embeddings of `v`'s labels; then, with weights of their own for the
/// node, its successors and its predecessors,
/// `xˡ⁺¹(v) = relu(W₁ xˡ(v) + W₂ Σ xˡ(successors) + W₃ Σ xˡ(predecessors) + b)`.
///
/// Source: Morris et al., "Weisfeiler and Leman go neural", AAAI 2019, equation 5. We differ in that
/// edges have a direction, and their two ends weights of their own.
#[derive(Debug, Clone)]
pub struct Encoder {
    embedding: Tensor,
    layers: Vec<Linear>,
    labels: usize,
    width: usize,
}

impl Encoder {
    /// An encoder for graphs with labels below `labels`, its weights from `vb`.
    ///
    /// # Errors
    /// If a weight cannot be made.
    pub fn new(
        labels: usize,
        settings: EncoderSettings,
        vb: &VarBuilder<'_>,
    ) -> Result<Self, GnnError> {
        let width = settings.width;
        let embedding = vb
            .get_with_hints((labels + MAX_NODES, width), "embedding", uniform(1.0))
            .in_layer("encoder.embedding")?;
        let layer = |index| {
            let vb = vb.pp(format!("layer{index}"));
            Linear::new(RELATIONS * width, width, Activation::Relu, &vb).in_layer("encoder.layer")
        };
        let layers = (0..settings.layers).map(layer).collect::<Result<_, _>>()?;
        Ok(Self { embedding, layers, labels, width })
    }

    /// Lays out `graphs`, in order, in batches small enough for candle. With `positions`, nodes are
    /// told apart by their number in their graph. `values` is how many values a graph the caller will
    /// compute from a batch.
    ///
    /// # Complexity
    /// O(nodes · layers), whatever the graphs have in common.
    pub fn lay_out<'a>(
        &self,
        graphs: impl IntoIterator<Item = &'a ArchGraph>,
        positions: bool,
        values: usize,
    ) -> Vec<GraphBatch> {
        let (labels, layers, width) = (self.labels, self.layers.len(), self.width);
        BatchSettings { labels, layers, width, positions }.lay_out(graphs, values)
    }

    /// Width of embeddings.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Embeddings of all nodes, those with equal surroundings once ([`GraphBatch::row`]).
    ///
    /// # Shapes
    /// `[rows, width]`.
    ///
    /// # Errors
    /// If the batch was made by an encoder of another size.
    pub fn forward(&self, batch: &GraphBatch) -> Result<Tensor, GnnError> {
        let mut nodes = batch.labels.product(&self.embedding).in_layer("encoder.embedding")?;
        for (layer, neighbours) in self.layers.iter().zip(&batch.layers) {
            nodes = layer.forward_gathered(&nodes, neighbours).in_layer("encoder.layer")?;
        }
        Ok(nodes)
    }

    /// Embeddings of graphs: the sums of their nodes'.
    ///
    /// # Shapes
    /// `[graphs, width]`.
    ///
    /// # Errors
    /// As [`Encoder::forward`].
    pub fn graphs(&self, batch: &GraphBatch) -> Result<Tensor, GnnError> {
        batch.members.product(&self.forward(batch)?).in_layer("encoder.pool")
    }
}
