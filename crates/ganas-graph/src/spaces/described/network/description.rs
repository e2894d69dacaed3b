//! What operators are, and the network around a cell, as a space file says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an operator is. It keeps the shape of an image, so its stride is 1 and it pads with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorDescription {
    /// What it computes.
    pub kind: OperatorKind,
    /// Side of the kernel, an odd number up to 31: of convolutions and poolings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<u32>,
    /// Distance between the kernel's pixels, 1 to 8; 1 unless it is said. Of convolutions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dilation: Option<u32>,
}

/// What an operator computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OperatorKind {
    /// An activation (`max(x, 0)`), a convolution without bias, batch normalisation.
    Convolution,
    /// The same with a convolution of each channel alone.
    Depthwise,
    /// The same with a convolution of each channel alone and a 1 × 1 one after it.
    Separable,
    /// The largest of the pixels under the kernel.
    MaxPool,
    /// The mean of the pixels under the kernel; those outside of the image do not count.
    AveragePool,
    /// The input.
    Identity,
    /// Zeros.
    None,
}

/// The network around a cell, as NAS-Bench-201 has it: a 3 × 3 convolution with batch normalisation,
/// stages of equal cells, batch normalisation, an activation, global average pooling and a classifier.
///
/// From one stage to the next channels double and the side halves, by a residual block: two times an
/// activation, a 3 × 3 convolution and batch normalisation, the first with stride 2, beside 2 × 2 average
/// pooling and a 1 × 1 convolution. What leads to a node is added, and so is what the output is made of.
///
/// Source: Dong and Yang, NAS-Bench-201, ICLR 2020, figure 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkDescription {
    /// Side of the square input in pixels, which 2 divides once for each stage after the first.
    pub resolution: u32,
    /// Channels of the input image: 1 for grey images.
    #[serde(default = "colours")]
    pub channels: u32,
    /// Number of classes that the network tells apart.
    pub classes: u32,
    /// Channels of the first stage.
    pub width: u32,
    /// Number of stages.
    pub stages: u32,
    /// Number of cells of each stage.
    pub cells: u32,
}

const fn colours() -> u32 {
    3
}
