//! The network that an architecture of a chain space describes: layers with their shapes.

use super::answers::Answers;
use super::assembly::Assembly;
use super::description::{Activation, ChainDescription, Gate};
use super::plan::Plan;
use crate::ArchHash;

/// The network of an architecture: layers, each of which takes the output of the layer before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Side of the square input in pixels. If the input is a row of a table, the side is 1 and each
    /// column is a channel.
    pub resolution: u32,
    /// The layers, except identities.
    pub layers: Vec<Layer>,
    /// The gate function of squeeze-and-excitation.
    pub gate: Gate,
}

/// A layer with the shapes of its input and output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// The layer's operation.
    pub block: Block,
    /// Index of the layer's stage, counted from 0. It is `None` if the layer comes before or after
    /// the stages.
    pub stage: Option<usize>,
    /// Number of input channels.
    pub input: u32,
    /// Number of output channels.
    pub output: u32,
    /// Side of the layer's input. It is measured in pixels for an image and in tokens for a square
    /// of tokens. For a row of a table, it is 1.
    pub side: u32,
    /// Stride.
    pub stride: u32,
    /// Activation function; `None` if the layer has no activation.
    pub activation: Option<Activation>,
}

/// The operation of a layer. A convolution, except in `Patches`, pads the image at each edge. The
/// width of the padding is half the width of the kernel, rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// A convolution.
    Convolution {
        /// Side of the kernel.
        kernel: u32,
        /// Whether batch normalisation follows.
        is_normalised: bool,
        /// Whether the convolution has a bias.
        has_bias: bool,
    },
    /// An inverted bottleneck. No activation follows its last convolution, which projects to the
    /// output channels.
    InvertedBottleneck {
        /// Side of the depthwise kernel.
        kernel: u32,
        /// Number of channels after the expansion. If there is no expansion, it equals the number
        /// of input channels.
        expanded: u32,
        /// Squeeze-and-excitation; `None` if the layer has none.
        squeeze: Option<Squeeze>,
        /// Whether the input is added to the output.
        has_residual: bool,
    },
    /// Two convolutions whose output is added to the input. If the shape changes, a 1 × 1
    /// convolution projects the input before the addition. An activation follows the first
    /// convolution, and another follows the sum.
    Residual {
        /// Side of both kernels.
        kernel: u32,
    },
    /// Like [`Block::Residual`], but with three convolutions: a 1 × 1 convolution to fewer
    /// channels, a convolution that has the layer's kernel and stride, and a 1 × 1 convolution to
    /// the output channels.
    Bottleneck {
        /// Side of the middle kernel.
        kernel: u32,
        /// Number of channels between the two 1 × 1 convolutions.
        inner: u32,
    },
    /// A depthwise convolution and a 1 × 1 convolution, each followed by an activation.
    Separable {
        /// Side of the depthwise kernel.
        kernel: u32,
    },
    /// A convolution with a bias that maps non-overlapping patches to tokens. A position embedding
    /// is then added to each token.
    Patches {
        /// Side of a patch in pixels.
        patch: u32,
    },
    /// Self-attention followed by an MLP. Each of them is preceded by layer normalisation, and its
    /// output is added to the input of that normalisation.
    Transformer {
        /// Number of attention heads, each of which has an equal share of the channels.
        heads: u32,
        /// Number of hidden channels of the MLP.
        hidden: u32,
    },
    /// Layer normalisation of each token, then the mean over all tokens.
    TokenPool,
    /// Global average pooling.
    Pool,
    /// A linear layer.
    Linear {
        /// Whether batch normalisation follows. If it does, the layer has no bias.
        is_normalised: bool,
    },
}

/// The squeeze-and-excitation of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Squeeze {
    /// Number of channels between the two convolutions of the squeeze-and-excitation.
    pub channels: u32,
    /// The activation between the two convolutions of the squeeze-and-excitation.
    pub activation: Activation,
}

impl Layer {
    /// Returns the side length of the layer's output, in pixels or tokens.
    pub const fn output_side(&self) -> u32 {
        match self.block {
            Block::Pool | Block::TokenPool => 1,
            _ => (self.side - 1) / self.stride + 1,
        }
    }

    /// Returns true if the layer's output has the same shape as its input.
    pub const fn keeps_shape(&self) -> bool {
        self.stride == 1 && self.input == self.output
    }
}

impl Network {
    /// Returns true if the network's input is a row of a table instead of an image.
    pub fn is_of_table(&self) -> bool {
        self.layers.first().is_some_and(|layer| matches!(layer.block, Block::Linear { .. }))
    }

    /// Builds the network from answers to all questions.
    pub(super) fn new(description: &ChainDescription, plan: &Plan, answers: &Answers<'_>) -> Self {
        let known = "a complete architecture has a choice for every decision";
        let resolution = answers.value(plan.resolution).expect(known);
        let mut build = Assembly::new(description);
        let open = build.push_known(plan, answers);
        debug_assert!(open.is_none(), "{known}");
        Self { resolution, layers: build.layers, gate: description.squeeze.gate }
    }

    /// Returns a hash that is equal for networks with the same resolution and equal layers.
    pub(super) fn hash(&self) -> ArchHash {
        let mut bytes = Vec::with_capacity(16 * self.layers.len());
        bytes.extend(self.resolution.to_le_bytes());
        for layer in &self.layers {
            let activation = layer.activation.map_or(u8::MAX, |activation| activation as u8);
            let (tag, kernel, inner, squeezed) = match layer.block {
                Block::Convolution { kernel, .. } => (0, kernel, 0, 0),
                Block::InvertedBottleneck { kernel, expanded, squeeze, .. } => {
                    (1, kernel, expanded, squeeze.map_or(0, |squeeze| squeeze.channels))
                }
                Block::Pool => (2, 0, 0, 0),
                Block::Linear { .. } => (3, 0, 0, 0),
                Block::Residual { kernel } => (4, kernel, 0, 0),
                Block::Bottleneck { kernel, inner } => (5, kernel, inner, 0),
                Block::Separable { kernel } => (6, kernel, 0, 0),
                Block::Patches { patch } => (7, patch, 0, 0),
                Block::Transformer { heads, hidden } => (8, heads, hidden, 0),
                Block::TokenPool => (9, 0, 0, 0),
            };
            bytes.extend([tag, activation]);
            for number in [kernel, inner, squeezed, layer.output, layer.stride] {
                bytes.extend(number.to_le_bytes());
            }
        }
        ArchHash::of(&bytes)
    }
}
