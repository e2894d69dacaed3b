//! The descriptions that a space file gives of operators and of the network around a cell.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The definition of an operator. The input of an operator is an image. The output has the same
/// shape as the input, since every operator has stride 1 and pads the image. Convolutions pad the
/// image with zeros. Pooling operators ignore the padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorDescription {
    /// The operation that the operator performs.
    pub kind: OperatorKind,
    /// Side length of the kernel, an odd number up to 31. Given only for convolutions and pooling
    /// operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<u32>,
    /// Distance between neighbouring pixels under the kernel, from 1 to 8. The default is 1. Given
    /// only for convolutions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dilation: Option<u32>,
}

/// The operation that an operator performs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OperatorKind {
    /// An activation (`max(x, 0)`), then a convolution without bias, then batch normalisation.
    Convolution,
    /// The same layers as `Convolution`, but the convolution is depthwise.
    Depthwise,
    /// The same layers as `Convolution`, except that the convolution is replaced by a depthwise
    /// convolution and a 1 × 1 convolution after it.
    Separable,
    /// The maximum of the pixels under the kernel.
    MaxPool,
    /// The mean of the pixels under the kernel, not counting those outside the image.
    AveragePool,
    /// The input, unchanged.
    Identity,
    /// Zeros, whatever the input.
    None,
}

/// The network built from a cell, as in NAS-Bench-201. It consists of a 3 × 3 convolution with
/// batch normalisation, stages of identical cells, batch normalisation, an activation, global
/// average pooling and a classifier.
///
/// Between stages, a residual block doubles the number of channels and halves the side of the
/// image. Its main path consists of an activation, a 3 × 3 convolution with stride 2, and batch
/// normalisation, followed by the same three layers with stride 1. Its shortcut consists of 2 × 2
/// average pooling and a 1 × 1 convolution. Values that meet at a node, or at the cell's output,
/// are added.
///
/// Source: Dong and Yang, NAS-Bench-201, ICLR 2020, figure 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkDescription {
    /// Side of the square input in pixels. It must be divisible by `2^(stages - 1)`.
    pub resolution: u32,
    /// Number of channels of the input image (for example, 1 for greyscale images). The default is
    /// 3.
    #[serde(default = "colours")]
    pub channels: u32,
    /// Number of classes.
    pub classes: u32,
    /// Number of channels in the first stage. Each later stage has twice as many channels as the
    /// stage before it.
    pub width: u32,
    /// Number of stages.
    pub stages: u32,
    /// Number of cells in each stage.
    pub cells: u32,
}

const fn colours() -> u32 {
    3
}
