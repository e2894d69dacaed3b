//! The TOML description of a chain.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block_kind::BlockKind;

/// A search space of chains as plain data. A property that lists one value is fixed; a property
/// that lists several values is a decision.
///
/// ```
/// use ganas_graph::SearchSpace;
/// use ganas_graph::spaces::chain::{Chain, ChainDescription};
/// let description: ChainDescription = toml::from_str(r#"
///     name = "tiny"
///     resolution = [32]
///     classes = 10
///     stem = { width = [16] }
///     head = { width = [64] }
///
///     [[stages]]
///     stride = 2
///     width = [16, 24]
///     depth = [1, 2]
///     kernel = [3, 5]
///     expansion = [3, 6]
/// "#)?;
/// let space = Chain::new(&description)?;
/// assert_eq!(space.size(), Some(16));
/// let arch = space.parse("e6,k3,w24,d2")?;
/// assert_eq!(space.display(&arch), "e6,k3,w24,d2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The keys determine the data in the stages, and so the blocks that stages can have. The data are
/// rows of a table if there are `features`, tokens if the stem has a `patch`, and images otherwise.
///
/// ```
/// # use ganas_graph::{SearchSpace, spaces::chain::{Chain, ChainDescription}};
/// let description: ChainDescription = toml::from_str(r#"
///     name = "vit"
///     resolution = [32]
///     classes = 10
///     activation = "gelu"
///     stem = { width = [96, 192], patch = 4 }
///
///     [[stages]]
///     block = "transformer"
///     depth = [4]
///     heads = [3, 6]
///     mlp_ratio = [4]
/// "#)?;
/// let space = Chain::new(&description)?;
/// let cost = space.network_cost(&space.parse("stem96;h3")?);
/// // Patches and 64 positions, four layers, normalisation and classifier.
/// let layer = 4 * 96 * 96 + 4 * 96 + 8 * 96 * 96 + 5 * 96 + 4 * 96;
/// assert_eq!(cost.parameters, 49 * 96 + 64 * 96 + 4 * layer + 2 * 96 + 970);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainDescription {
    /// Name of the space; a chain within a space file has the file's name.
    #[serde(default)]
    pub name: String,
    /// Origin of the space, such as a publication.
    #[serde(default)]
    pub source: String,
    /// Side of the square input image in pixels. Omitted for a table, which has `features` instead.
    #[serde(default)]
    pub resolution: Vec<u32>,
    /// Channels of the input image; default 3. Grey images have 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
    /// Number of columns of the table whose rows the network takes instead of images. Such a
    /// network has linear stages and neither a stem nor a head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<u32>,
    /// Number of classes.
    pub classes: u32,
    /// Divisor of all widths; default 8. Expanded widths are rounded to a multiple of it.
    #[serde(default = "divisor")]
    pub divisor: u32,
    /// Notation of architectures.
    #[serde(default)]
    pub notation: Notation,
    /// Activation function wherever no other is given.
    #[serde(default)]
    pub activation: Activation,
    /// The form of squeeze-and-excitation in the layers that have it.
    #[serde(default)]
    pub squeeze: SqueezeDescription,
    /// Whether an identity becomes a 1 × 1 convolution where the shape changes. If false, the
    /// identity cannot be chosen there.
    #[serde(default)]
    pub projection: bool,
    /// Named operations that stages choose from.
    #[serde(default)]
    pub operations: Vec<OperationDescription>,
    /// The convolution before the stages; required for images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stem: Option<StemDescription>,
    /// The stages. A stage has one graph node per possible layer if its layers are decided
    /// separately, else one node; all stages together have at most 510 nodes. There are at most
    /// 1,024 decisions. The number of stages plus the number of distinct values, summed over all
    /// kinds of decision, is at most 124.
    pub stages: Vec<StageDescription>,
    /// The part after the stages of images; without it, the output of the stages is pooled and
    /// classified directly. Networks for tokens and tables have no head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadDescription>,
    /// Named architectures, in the space's notation.
    #[serde(default)]
    pub named: BTreeMap<String, String>,
}

/// The layer before the stages: a convolution with batch normalisation or, with `patch`, a
/// convolution that turns patches into tokens, with a bias and a learned position embedding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StemDescription {
    /// Output channels. For tokens, this is also the width of all transformers.
    pub width: Vec<u32>,
    /// Side of the kernel; default 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<u32>,
    /// Stride; default 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<u32>,
    /// Side of a patch in pixels, which must divide the side of the image. Each patch becomes a
    /// token, which transformers take as input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<u32>,
}

/// A stage: layers of one width, of which only the first may have a stride above 1.
///
/// `block` is the kind of block of all layers, unless `operation` names operations to choose from,
/// each with its own block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageDescription {
    /// The kind of block of the layers.
    #[serde(default)]
    pub block: BlockKind,
    /// Stride of the first layer.
    #[serde(default = "one")]
    pub stride: u32,
    /// Output channels; omitted for transformers, whose width is that of the stem.
    #[serde(default)]
    pub width: Vec<u32>,
    /// Number of layers. A stage of depth 0 passes its input on and has no other decisions.
    #[serde(default = "only_one")]
    pub depth: Vec<u32>,
    /// Whether the kernel, expansion, squeeze-and-excitation, heads, MLP ratio and operation are
    /// chosen once for all layers, or separately for each layer.
    #[serde(default)]
    pub choose: Choose,
    /// Names of the operations to choose from, instead of `kernel`, `expansion` and
    /// `squeeze_excitation`.
    #[serde(default)]
    pub operation: Vec<String>,
    /// Inner channels, as a ratio with at most two decimals: for an inverted bottleneck a multiple
    /// of the input channels, 1 to 16; for a bottleneck a fraction of the output channels, above 0
    /// and at most 1. The resulting number of channels is rounded to a multiple of `divisor`,
    /// unless the ratio is 1.
    #[serde(default)]
    pub expansion: Vec<f64>,
    /// Side of the kernel, an odd number up to 31. In a block with a depthwise convolution, it is
    /// the kernel of that convolution.
    #[serde(default)]
    pub kernel: Vec<u32>,
    /// Whether layers have squeeze-and-excitation; only for inverted bottlenecks.
    #[serde(default)]
    pub squeeze_excitation: Vec<bool>,
    /// Number of attention heads of a transformer; each number must divide every width of the stem.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<u32>,
    /// Hidden channels of a transformer's MLP as a multiple of the transformer's width, 0.25 to 16
    /// with at most two decimals. The resulting number of channels is rounded to a multiple of
    /// `divisor`, unless the ratio is 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mlp_ratio: Vec<f64>,
    /// Activation function of the stage, if not that of the whole network.
    #[serde(default)]
    pub activation: Option<Activation>,
}

/// Whether the layers of a stage share their choices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Choose {
    /// All layers of a stage share their choices.
    #[default]
    Stage,
    /// Each layer has its own choices.
    Layer,
}

/// A named operation: a block for images, or the identity if neither kernel nor expansion is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationDescription {
    /// Name of the operation.
    pub name: String,
    /// Kind of block, as for a stage.
    #[serde(default)]
    pub block: BlockKind,
    /// Kernel size, as for a stage.
    #[serde(default)]
    pub kernel: Option<u32>,
    /// Ratio of inner channels, as for a stage.
    #[serde(default)]
    pub expansion: Option<f64>,
    /// Whether the block has squeeze-and-excitation.
    #[serde(default)]
    pub squeeze_excitation: bool,
}

/// The part after the stages of a network for images: a 1 × 1 convolution with batch normalisation,
/// global average pooling, optionally a 1 × 1 convolution without batch normalisation, and a
/// classifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadDescription {
    /// Channels of the convolution before pooling.
    pub width: Vec<u32>,
    /// The optional convolution after pooling.
    #[serde(default)]
    pub mix: Option<MixDescription>,
}

/// A 1 × 1 convolution after pooling, with an activation and without batch normalisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MixDescription {
    /// Output channels.
    pub width: u32,
    /// Whether the convolution has a bias.
    pub bias: bool,
}

/// The form of squeeze-and-excitation: global average pooling, a 1 × 1 convolution to fewer
/// channels, an activation, a 1 × 1 convolution back to all channels, and a gate function. Both
/// convolutions have a bias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SqueezeDescription {
    /// Squeezed channels as a fraction of the channels that `of` names; above 0 and at most 1.
    pub ratio: f64,
    /// The channels that the ratio refers to.
    pub of: SqueezeOf,
    /// Squeezed channels are rounded to a multiple of this number; if it is 1, they are rounded
    /// down.
    pub divisor: u32,
    /// The activation between the convolutions, if not the activation of the layer.
    pub activation: Option<Activation>,
    /// The gate function.
    pub gate: Gate,
}

impl Default for SqueezeDescription {
    /// Returns the values of EfficientNet.
    fn default() -> Self {
        Self {
            ratio: 0.25,
            of: SqueezeOf::Input,
            divisor: 1,
            activation: None,
            gate: Gate::Sigmoid,
        }
    }
}

/// The channels of which the squeezed channels are a fraction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SqueezeOf {
    /// The layer's input channels, as in EfficientNet.
    #[default]
    Input,
    /// The expanded channels, as in `MobileNetV3`.
    Expanded,
}

/// Gate function of squeeze-and-excitation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// `1 / (1 + e⁻ˣ)`.
    #[default]
    Sigmoid,
    /// `min(max(x + 3, 0), 6) / 6`.
    HardSigmoid,
}

/// An activation function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `max(x, 0)`.
    #[default]
    Relu,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `x · sigmoid(x)`.
    Swish,
    /// `x · min(max(x + 3, 0), 6) / 6`.
    HardSwish,
    /// `x · Φ(x)`, with the standard normal distribution Φ.
    Gelu,
}

/// The notation of architectures. `Named` and `Values` separate stages by `;`, layers by `/` and
/// choices by `,`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Notation {
    /// The values, each after a prefix: `e6,k3,w24,d2,se1;…`.
    #[default]
    Named,
    /// The values alone: `6,3,2,1;…`.
    Values,
    /// The index of each choice as one digit, without separators: `20121120`. Allowed only if no
    /// kind of decision has more than ten choices.
    Digits,
}

const fn divisor() -> u32 {
    8
}

const fn one() -> u32 {
    1
}

fn only_one() -> Vec<u32> {
    vec![1]
}
