//! Descriptions of operators, and of the network around a cell, in a space file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The definition of an operator. It keeps the shape of an image: its stride is 1, and it pads with
/// zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorDescription {
    /// Its operation.
    pub kind: OperatorKind,
    /// Kernel size, an odd number up to 31, for convolutions and pooling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<u32>,
    /// Distance between the kernel's pixels, 1 to 8; default 1. For convolutions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dilation: Option<u32>,
}

/// The operation of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OperatorKind {
    /// An activation (`max(x, 0)`), a convolution without bias, batch normalisation.
    Convolution,
    /// The same with a depthwise convolution.
    Depthwise,
    /// The same with a depthwise convolution followed by a 1 × 1 one.
    Separable,
    /// The maximum of the pixels under the kernel.
    MaxPool,
    /// The mean of the pixels under the kernel, excluding those outside of the image.
    AveragePool,
    /// The input.
    Identity,
    /// Zeros.
    None,
}

/// The network around a cell, as in NAS-Bench-201: a 3 × 3 convolution with batch normalisation, stages
/// of identical cells, batch normalisation, an activation, global average pooling and a classifier.
///
/// Between stages, a residual block doubles the channels and halves the side. Its main path is an
/// activation, a 3 × 3 convolution with stride 2 and batch normalisation, then the same three with
/// stride 1; its shortcut is 2 × 2 average pooling and a 1 × 1 convolution. The value of a node, and of
/// the output, is the sum of its inputs.
///
/// Source: Dong and Yang, NAS-Bench-201, ICLR 2020, figure 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkDescription {
    /// Side of the square input in pixels, divisible by 2 once for each stage after the first.
    pub resolution: u32,
    /// Channels of the input image: 1 for grey images.
    #[serde(default = "colours")]
    pub channels: u32,
    /// Number of classes.
    pub classes: u32,
    /// Channels of the first stage.
    pub width: u32,
    /// Number of stages.
    pub stages: u32,
    /// Number of cells per stage.
    pub cells: u32,
}

const fn colours() -> u32 {
    3
}
