//! The kinds of block in stages, and the input that each needs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::description::{ChainDescription, StageDescription};

/// The kind of a stage's layers.
///
/// A convolution followed by batch normalisation has no bias.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// An expanding 1 × 1 convolution unless the expansion is 1, a depthwise one, optional
    /// squeeze-and-excitation, and a projecting 1 × 1 one; batch normalisation after each, an
    /// activation after all but the last; the input is added if the shape stays the same.
    ///
    /// Source: Sandler et al., `MobileNetV2`, CVPR 2018.
    #[default]
    InvertedBottleneck,
    /// A convolution, batch normalisation, an activation.
    Convolution,
    /// Two convolutions with batch normalisation, the first with an activation; the input is added,
    /// projected by a 1 × 1 convolution with batch normalisation if the shape changes; then an
    /// activation.
    ///
    /// Source: He et al., Deep residual learning, CVPR 2016, figure 5 left.
    Residual,
    /// The same with a 1 × 1 convolution to fewer channels, a strided convolution, and a 1 × 1 one back
    /// to all channels.
    ///
    /// Source: He et al., Deep residual learning, CVPR 2016, figure 5 right; the stride as in torchvision.
    Bottleneck,
    /// A depthwise convolution and a 1 × 1 one, each with batch normalisation and an activation.
    ///
    /// Source: Howard et al., `MobileNets`, 2017, figure 3.
    Separable,
    /// Layer normalisation and self-attention, then layer normalisation and an MLP of two linear layers
    /// with the activation between them; the input is added to each. All have biases.
    ///
    /// Source: Vaswani et al., `NeurIPS` 2017; normalisation first as in Dosovitskiy et al., ICLR 2021.
    Transformer,
    /// A linear layer without bias, batch normalisation, an activation.
    Linear,
}

impl BlockKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::InvertedBottleneck,
        Self::Convolution,
        Self::Residual,
        Self::Bottleneck,
        Self::Separable,
        Self::Transformer,
        Self::Linear,
    ];

    /// Returns the name used in descriptions, such as `inverted-bottleneck`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvertedBottleneck => "inverted-bottleneck",
            Self::Convolution => "convolution",
            Self::Residual => "residual",
            Self::Bottleneck => "bottleneck",
            Self::Separable => "separable",
            Self::Transformer => "transformer",
            Self::Linear => "linear",
        }
    }

    /// Returns the type of its input and output.
    pub(super) const fn data(self) -> Data {
        match self {
            Self::Transformer => Data::Tokens,
            Self::Linear => Data::Table,
            _ => Data::Images,
        }
    }

    /// Returns the names of all kinds for that input, separated by commas.
    pub(super) fn names_for(data: Data) -> String {
        let names = Self::ALL.into_iter().filter(|kind| kind.data() == data).map(Self::name);
        names.collect::<Vec<_>>().join(", ")
    }
}

/// The type of data in a network's stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    /// Images of several channels.
    Images,
    /// Tokens, each a patch of an image.
    Tokens,
    /// Rows of a table.
    Table,
}

impl ChainDescription {
    /// Returns the type of data in the stages: tokens if the stem cuts patches, rows if there are
    /// features.
    pub(super) fn data(&self) -> Data {
        match &self.stem {
            _ if self.features.is_some() => Data::Table,
            Some(stem) if stem.patch.is_some() => Data::Tokens,
            _ => Data::Images,
        }
    }

    /// Returns the possible input channels of the first stage.
    pub(super) fn first_widths(&self) -> Vec<u32> {
        match (&self.stem, self.features) {
            (_, Some(features)) => vec![features],
            (Some(stem), None) => stem.width.clone(),
            (None, None) => Vec::new(),
        }
    }

    /// Returns the possible output channels of a stage.
    pub(super) fn widths<'d>(&'d self, stage: &'d StageDescription) -> &'d [u32] {
        match (stage.block, &self.stem) {
            (BlockKind::Transformer, Some(stem)) => &stem.width,
            _ => &stage.width,
        }
    }
}
