//! The kinds of block that stages can have, and the type of input that each needs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::description::{ChainDescription, StageDescription};

/// The kind of block that each layer of a stage consists of.
///
/// A convolution has no bias if batch normalisation follows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// An expanding 1 × 1 convolution, a depthwise convolution, optional squeeze-and-excitation,
    /// and a projecting 1 × 1 convolution. Batch normalisation follows each convolution, and an
    /// activation follows all but the last. If the expansion would not change the number of
    /// channels, the first convolution is left out. The input is added to the output if both have
    /// the same shape.
    ///
    /// Source: Sandler et al., `MobileNetV2`, CVPR 2018.
    #[default]
    InvertedBottleneck,
    /// A convolution, batch normalisation and an activation.
    Convolution,
    /// Two convolutions, each followed by batch normalisation, with an activation between them. The
    /// input is added to the output of the second convolution, and an activation follows the sum.
    /// If the shape changes, a 1 × 1 convolution with batch normalisation projects the input before
    /// the addition.
    ///
    /// Source: He et al., Deep residual learning, CVPR 2016, figure 5 left.
    Residual,
    /// Like `Residual`, but with three convolutions: a 1 × 1 convolution that reduces the number of
    /// channels, a convolution that has the kernel and the stride of the block, and a 1 × 1
    /// convolution to the output channels.
    ///
    /// Source: He et al., Deep residual learning, CVPR 2016, figure 5 right. As in torchvision, it
    /// is the second convolution that has the stride.
    Bottleneck,
    /// A depthwise convolution and a 1 × 1 convolution, each followed by batch normalisation and an
    /// activation.
    ///
    /// Source: Howard et al., `MobileNets`, 2017, figure 3.
    Separable,
    /// Two halves: layer normalisation and self-attention, then layer normalisation and an MLP,
    /// which has two linear layers with the activation between them. Each half adds its input to
    /// its output. All linear layers have biases.
    ///
    /// Source: Vaswani et al., `NeurIPS` 2017. Normalisation comes first in each half, as in
    /// Dosovitskiy et al., ICLR 2021.
    Transformer,
    /// A linear layer (without bias), followed by batch normalisation and an activation.
    Linear,
}

impl BlockKind {
    /// All kinds of block.
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

    /// Returns the type of data that the block takes and returns.
    pub(super) const fn data(self) -> Data {
        match self {
            Self::Transformer => Data::Tokens,
            Self::Linear => Data::Table,
            _ => Data::Images,
        }
    }

    /// Returns the names of all kinds of block for that type of data, separated by commas.
    pub(super) fn names_for(data: Data) -> String {
        let names = Self::ALL.into_iter().filter(|kind| kind.data() == data).map(Self::name);
        names.collect::<Vec<_>>().join(", ")
    }
}

/// The type of data in a network's stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    /// Images, with one or more channels.
    Images,
    /// Tokens, each a patch of an image.
    Tokens,
    /// Rows of a table.
    Table,
}

impl ChainDescription {
    /// Returns the type of data in the stages: rows if the input is a table with features, tokens
    /// if the stem cuts images into patches, else images.
    pub(super) fn data(&self) -> Data {
        match &self.stem {
            _ if self.features.is_some() => Data::Table,
            Some(stem) if stem.patch.is_some() => Data::Tokens,
            _ => Data::Images,
        }
    }

    /// Returns the possible numbers of input channels of the first stage.
    pub(super) fn first_widths(&self) -> Vec<u32> {
        match (&self.stem, self.features) {
            (_, Some(features)) => vec![features],
            (Some(stem), None) => stem.width.clone(),
            (None, None) => Vec::new(),
        }
    }

    /// Returns the possible numbers of output channels of a stage.
    pub(super) fn widths<'d>(&'d self, stage: &'d StageDescription) -> &'d [u32] {
        match (stage.block, &self.stem) {
            (BlockKind::Transformer, Some(stem)) => &stem.width,
            _ => &stage.width,
        }
    }
}
