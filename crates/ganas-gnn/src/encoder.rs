//! The graph encoder: maps each graph of a batch to a vector.

use candle_core::Tensor;
use candle_nn::VarBuilder;
use ganas_graph::{ArchGraph, NODES_PER_WORD};
use serde::{Deserialize, Serialize};

use crate::batch::{
    BatchSettings, MAX_VALUES, MAX_VALUES_WITH_GRADIENT, PAIR_RELATIONS, RELATIONS,
};
use crate::error::InLayer;
use crate::linear::{Linear, uniform};
use crate::ops::{Activation, with_values};
use crate::{GnnError, GraphBatch};

/// Size of an [`Encoder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderSettings {
    /// Width of node embeddings.
    pub width: usize,
    /// Number of rounds of message passing.
    pub layers: usize,
    /// The k of the k-GNN: 1 if only nodes exchange messages, or 2 for the hierarchical 1-2-GNN, in
    /// which pairs of nodes also exchange messages.
    pub k: usize,
}

/// A k-GNN over labelled DAGs. It computes an embedding of each node from the node's labels and
/// neighbourhood. With k = 2 ([`EncoderSettings::k`]), it then computes an embedding of each pair
/// of nodes from the embeddings of nodes.
///
/// `x⁰(v)` is the sum of the embeddings of `v`'s labels and, if the encoder sees positions, of
/// `v`'s node number. Each layer has separate weights for the node, its successors and its
/// predecessors: `xˡ⁺¹(v) = relu(W₁ xˡ(v) + W₂ Σ xˡ(successors) + W₃ Σ xˡ(predecessors) + b)`.
///
/// With k = 2, a pair's embedding starts as `relu(W x + b)`, where `x` is the sum of the embeddings
/// of the two nodes, and `W` depends on whether an edge joins them. Then each layer computes
/// `xˡ⁺¹{u, v} = relu(W₁ xˡ{u, v} + W₂ Σ xˡ(pairs in which a neighbour replaces u or v) + b)`.
///
/// Source: Morris et al., "Weisfeiler and Leman go neural", AAAI 2019, equation 5. The local
/// neighbourhood of pairs and the hierarchy are from section 4 of that paper. Unlike in the paper,
/// edges are directed, and successors and predecessors have separate weights.
#[derive(Debug, Clone)]
pub struct Encoder {
    embedding: Tensor,
    layers: Vec<Linear>,
    /// Empty unless k = 2.
    pair_layers: Vec<Linear>,
    labels: usize,
    most_nodes: usize,
    settings: EncoderSettings,
}

impl Encoder {
    /// Creates an encoder for graphs whose labels are numbers below `labels`. The weights are
    /// requested from the variable builder `vb`. The encoder can distinguish positions (node
    /// numbers) in graphs of up to `most_nodes` nodes.
    ///
    /// # Errors
    /// If a weight cannot be created.
    pub fn new(
        labels: usize,
        most_nodes: usize,
        settings: EncoderSettings,
        vb: &VarBuilder<'_>,
    ) -> Result<Self, GnnError> {
        let width = settings.width;
        // Small limits share one shape of weights, so that the same weights are drawn.
        let most_nodes = most_nodes.max(NODES_PER_WORD);
        let embedding = vb
            .get_with_hints((labels + most_nodes, width), "embedding", uniform(1.0))
            .in_layer("encoder.embedding")?;
        let layer = |index| {
            let vb = vb.pp(format!("layer{index}"));
            Linear::new(RELATIONS * width, width, Activation::Relu, &vb).in_layer("encoder.layer")
        };
        let layers = (0..settings.layers).map(layer).collect::<Result<_, _>>()?;
        let pair_layer = |index| {
            let (vb, inputs) = (vb.pp(format!("pairs{index}")), PAIR_RELATIONS * width);
            Linear::new(inputs, width, Activation::Relu, &vb).in_layer("encoder.pairs")
        };
        let pairs = if settings.k > 1 { 0..settings.layers + 1 } else { 0..0 };
        let pair_layers = pairs.map(pair_layer).collect::<Result<_, _>>()?;
        Ok(Self { embedding, layers, pair_layers, labels, most_nodes, settings })
    }

    /// Returns batches that together contain `graphs` in the given order. In each batch, tensors
    /// with gradients have fewer than 2¹⁶ values, because candle adds larger gradients on a pool of
    /// threads. A graph that exceeds this limit on its own becomes a batch of its own. If
    /// `positions` is true, the encoder sees each node's number. `values` is the largest number of
    /// columns of any tensor with one row per graph that the caller computes from a batch; such
    /// tensors are kept within the same limit.
    ///
    /// # Complexity
    /// O((nodes + edges) · layers), regardless of how much the graphs have in common. If k = 2, the
    /// pairs of nodes and the edges between pairs count as well.
    pub fn lay_out<'a>(
        &self,
        graphs: impl IntoIterator<Item = &'a ArchGraph>,
        positions: bool,
        values: usize,
    ) -> Vec<GraphBatch> {
        self.batches(positions, false).lay_out(graphs, values, MAX_VALUES_WITH_GRADIENT)
    }

    /// Like [`Encoder::lay_out`], but without positions and for use with [`Encoder::graphs`] only.
    pub(crate) fn lay_out_whole<'a>(
        &self,
        graphs: impl IntoIterator<Item = &'a ArchGraph>,
    ) -> Vec<GraphBatch> {
        self.batches(false, true).lay_out(graphs, self.graph_width(), MAX_VALUES_WITH_GRADIENT)
    }

    /// Returns the embeddings of graphs, computed without gradients or positions.
    ///
    /// # Shapes
    /// `[graphs, k · width]`.
    ///
    /// # Errors
    /// As for [`Encoder::forward`].
    pub(crate) fn embeddings(&self, graphs: &[ArchGraph]) -> Result<Vec<f32>, GnnError> {
        let detached = Self {
            embedding: self.embedding.detach(),
            layers: self.layers.iter().map(Linear::detached).collect(),
            pair_layers: self.pair_layers.iter().map(Linear::detached).collect(),
            ..*self
        };
        let mut embeddings = Vec::with_capacity(graphs.len() * self.graph_width());
        for batch in self.batches(false, false).lay_out(graphs, self.graph_width(), MAX_VALUES) {
            let graphs = detached.graphs(&batch)?;
            with_values(&graphs, |values| embeddings.extend_from_slice(values))
                .in_layer("encoder.pool")?;
        }
        Ok(embeddings)
    }

    fn batches(&self, positions: bool, pooled: bool) -> BatchSettings {
        let EncoderSettings { width, layers, k } = self.settings;
        BatchSettings {
            labels: self.labels,
            most_nodes: self.most_nodes,
            layers,
            k,
            width,
            positions,
            pooled,
        }
    }

    /// Returns the width of node embeddings.
    pub fn width(&self) -> usize {
        self.settings.width
    }

    /// Returns the width of graph embeddings.
    pub fn graph_width(&self) -> usize {
        self.settings.k * self.settings.width
    }

    /// Returns the embeddings of all nodes. If [`EncoderSettings::k`] is 2, the embeddings of all
    /// pairs of nodes follow. Nodes with identical neighbourhoods share a row, as do pairs with
    /// identical neighbourhoods. [`GraphBatch::row`] returns the row of a node.
    ///
    /// # Shapes
    /// `[rows, width]`.
    ///
    /// # Errors
    /// If the batch was made by an encoder of another size.
    pub fn forward(&self, batch: &GraphBatch) -> Result<Tensor, GnnError> {
        let nodes = self.nodes(batch, &self.layers)?;
        let Some(pairs) = &batch.pairs else { return Ok(nodes) };
        let mut embeddings = nodes.clone();
        for (layer, made_from) in self.pair_layers.iter().zip(&pairs.layers) {
            embeddings =
                layer.forward_gathered(&embeddings, made_from).in_layer("encoder.pairs")?;
        }
        Tensor::cat(&[nodes, embeddings], 0).in_layer("encoder.pairs")
    }

    /// Returns the embedding of each graph: the sum of the embeddings of the graph's nodes. If k =
    /// 2, the sum of the embeddings of the graph's pairs of nodes is appended.
    ///
    /// # Shapes
    /// `[graphs, k · width]`.
    ///
    /// # Errors
    /// As for [`Encoder::forward`].
    pub fn graphs(&self, batch: &GraphBatch) -> Result<Tensor, GnnError> {
        if let (None, Some((last, layers)), Some(neighbours)) =
            (&batch.pairs, self.layers.split_last(), batch.layers.last())
        {
            let nodes = self.nodes(batch, layers)?;
            return last
                .forward_pooled(&nodes, neighbours, &batch.members)
                .in_layer("encoder.pool");
        }
        let nodes = self.forward(batch)?;
        let pool = || batch.members.product(&nodes)?.reshape((batch.len(), self.graph_width()));
        pool().in_layer("encoder.pool")
    }

    /// Computes the node embeddings after `layers`, which are the first layers of the encoder.
    fn nodes(&self, batch: &GraphBatch, layers: &[Linear]) -> Result<Tensor, GnnError> {
        let mut nodes = batch.labels.product(&self.embedding).in_layer("encoder.embedding")?;
        for (layer, neighbours) in layers.iter().zip(&batch.layers) {
            nodes = layer.forward_gathered(&nodes, neighbours).in_layer("encoder.layer")?;
        }
        Ok(nodes)
    }
}
