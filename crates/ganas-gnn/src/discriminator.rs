//! The pairwise discriminator, which judges whether one architecture is better than another.

use candle_core::Tensor;
use candle_nn::VarBuilder;
use ganas_graph::{ArchGraph, NODES_PER_WORD};

use crate::error::InLayer;
use crate::linear::{Linear, uniform};
use crate::ops::{
    Activation, Pairs, add_product, all_logits, pair_logits, transposed, with_values,
};
use crate::{Encoder, EncoderSettings, GnnError};

/// The siamese pairwise discriminator: given two architectures, it judges whether the second one
/// belongs to the truth set, which is the set of the best architectures known. If the discriminator
/// is trained to rank instead, it judges whether the second architecture is better than the first.
///
/// Both graphs go through the same encoder. A head with one hidden layer then maps the two
/// embeddings to a logit. The encoder does not see node numbers, so the order of the nodes makes no
/// difference.
///
/// Source: the GA-NAS paper, section on the pairwise discriminator.
#[derive(Debug, Clone)]
pub struct Discriminator {
    encoder: Encoder,
    projection: Linear,
    weight: Tensor,
    bias: Tensor,
}

impl Discriminator {
    /// Creates a discriminator for graphs whose labels are numbers below `labels`.
    ///
    /// # Errors
    /// If a weight cannot be created.
    pub fn new(
        labels: usize,
        settings: EncoderSettings,
        vb: &VarBuilder<'_>,
    ) -> Result<Self, GnnError> {
        // It never sees positions.
        let encoder = Encoder::new(labels, NODES_PER_WORD, settings, &vb.pp("encoder"))?;
        let width = settings.width;
        let make = || {
            let head = vb.pp("head");
            let init = uniform(1.0 / (width as f64).sqrt());
            Ok((
                Linear::new(
                    encoder.graph_width(),
                    2 * width,
                    Activation::Identity,
                    &vb.pp("projection"),
                )?,
                head.get_with_hints(width, "weight", init)?,
                head.get_with_hints(1, "bias", init)?,
            ))
        };
        let (projection, weight, bias) = make().in_layer("discriminator.head")?;
        Ok(Self { encoder, projection, weight, bias })
    }

    /// Returns the logits of pairs of graphs, with gradients. Each element of `pairs` contains two
    /// indices into `graphs`, for the first and the second graph of the pair.
    ///
    /// # Shapes
    /// `[pairs]`.
    ///
    /// # Errors
    /// If there are no graphs, or a pair refers to a missing graph.
    pub fn logits(&self, graphs: &[&ArchGraph], pairs: &Pairs) -> Result<Tensor, GnnError> {
        let mut embeddings = Vec::new();
        for batch in self.encoder.lay_out_whole(graphs.iter().copied()) {
            embeddings.push(self.encoder.graphs(&batch)?);
        }
        let head = || {
            let projected = self.projection.forward(&Tensor::cat(&embeddings, 0)?)?;
            pair_logits(&projected, &self.weight, &self.bias, pairs)
        };
        head().in_layer("discriminator.head")
    }

    /// Returns the logits of all pairs whose first graph is from the truth set and whose second
    /// graph is a candidate. The result has one row per candidate. Each row contains one logit per
    /// architecture of the truth set.
    ///
    /// # Errors
    /// If a tensor operation fails.
    pub fn compare(
        &self,
        truth: &[ArchGraph],
        candidates: &[ArchGraph],
    ) -> Result<Vec<Vec<f32>>, GnnError> {
        if truth.is_empty() || candidates.is_empty() {
            return Ok(vec![Vec::new(); candidates.len()]);
        }
        let (truth_embeddings, candidate_embeddings) =
            (self.encoder.embeddings(truth)?, self.encoder.embeddings(candidates)?);
        let score = || {
            let first = self.projected(&truth_embeddings, Half::First)?;
            let second = self.projected(&candidate_embeddings, Half::Second)?;
            let bias = with_values(&self.bias, |bias| bias[0])?;
            let second = transposed(&second, self.encoder.width());
            with_values(&self.weight, |weight| all_logits(&first, &second, weight, bias))
        };
        let logits = score().in_layer("discriminator.head")?;
        let row = |candidate| logits.iter().skip(candidate).step_by(candidates.len());
        Ok((0..candidates.len()).map(|candidate| row(candidate).copied().collect()).collect())
    }

    /// Projects embeddings with the weights for the first or the second graph of a pair; returns
    /// plain numbers.
    ///
    /// # Shapes
    /// `[graphs, graph width]` to `[graphs, width]`.
    fn projected(&self, embeddings: &[f32], half: Half) -> candle_core::Result<Vec<f32>> {
        let (weight, bias) = self.projection.parameters();
        let width = self.encoder.width();
        let start = match half {
            Half::First => 0,
            Half::Second => width,
        };
        let halves = |values: &[f32]| {
            let rows = values.chunks_exact(2 * width);
            rows.flat_map(|row| &row[start..start + width]).copied().collect::<Vec<_>>()
        };
        let (weight, bias) = (with_values(weight, halves)?, with_values(bias, halves)?);
        let mut projected = bias.repeat(embeddings.len() / self.encoder.graph_width());
        add_product(embeddings, &weight, width, &mut projected);
        Ok(projected)
    }
}

/// Position of an architecture in a pair.
#[derive(Clone, Copy)]
enum Half {
    First,
    Second,
}
