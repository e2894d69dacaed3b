//! The TOML description of a chain.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block_kind::BlockKind;

/// A space of chains as plain data. A list of one value is fixed; a list of several is a decision.
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
/// The keys determine the input, and with it the blocks that stages can have: images; tokens, if the
/// stem has a `patch`; or rows of a table, if there are `features`.
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
    /// Source of the space.
    #[serde(default)]
    pub source: String,
    /// Side of the square input in pixels; a table has `features` instead.
    #[serde(default)]
    pub resolution: Vec<u32>,
    /// Channels of the input image: 1 for grey images; default 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
    /// Number of columns of a table, which the network takes instead of images; its stages are linear,
    /// without a stem or a head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<u32>,
    /// Number of classes.
    pub classes: u32,
    /// All widths must be multiples of this, and expanded widths are rounded to it.
    #[serde(default = "divisor")]
    pub divisor: u32,
    /// Notation of architectures.
    #[serde(default)]
    pub notation: Notation,
    /// Activation function of parts without their own.
    #[serde(default)]
    pub activation: Activation,
    /// Squeeze-and-excitation, in the layers that have it.
    #[serde(default)]
    pub squeeze: SqueezeDescription,
    /// Whether an identity that changes the shape becomes a 1 × 1 convolution. If not, the identity
    /// cannot be chosen where the shape changes.
    #[serde(default)]
    pub projection: bool,
    /// Named operations that stages choose from.
    #[serde(default)]
    pub operations: Vec<OperationDescription>,
    /// The convolution before the stages; required for images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stem: Option<StemDescription>,
    /// The stages. The graph has one node per layer if layers are decided separately, else one per
    /// stage, at most 510 in all. There are at most 1,024 decisions. The number of stages plus the
    /// number of distinct values of all kinds of decision is at most 124.
    pub stages: Vec<StageDescription>,
    /// The part after the stages; without it, images are pooled and classified. Tokens and tables have
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadDescription>,
    /// Named architectures, in the space's notation.
    #[serde(default)]
    pub named: BTreeMap<String, String>,
}

/// The convolution before the stages, with batch normalisation; or with `patch` a convolution from
/// patches to tokens, with a bias and a learned position embedding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StemDescription {
    /// Output channels. For tokens, also the width of all transformers.
    pub width: Vec<u32>,
    /// Side of the kernel; default 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<u32>,
    /// Stride; default 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<u32>,
    /// Side of a patch in pixels, which must divide that of the image: each patch is a token, as needed
    /// by transformers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<u32>,
}

/// A stage: layers of one width, the first of which may have a stride.
///
/// `block` is the kind of its layers; the parts of an inverted bottleneck may also be chosen together,
/// as one of the named operations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageDescription {
    /// The kind of the layers.
    #[serde(default)]
    pub block: BlockKind,
    /// Stride of the first layer.
    #[serde(default = "one")]
    pub stride: u32,
    /// Output channels; transformers have as many as the stem.
    #[serde(default)]
    pub width: Vec<u32>,
    /// Number of layers. A stage with none passes its input on, and has no other decisions.
    #[serde(default = "only_one")]
    pub depth: Vec<u32>,
    /// Whether kernel, expansion, squeeze-and-excitation, heads, MLP ratio and operation are chosen
    /// once for all layers, or for each layer.
    #[serde(default)]
    pub choose: Choose,
    /// Names of operations to choose from, instead of kernel, expansion and squeeze-and-excitation.
    #[serde(default)]
    pub operation: Vec<String>,
    /// Inner channels, at most two decimals: for an inverted bottleneck a multiple of the input's, 1 to
    /// 16; for a bottleneck a fraction of the output's, above 0 and at most 1. Rounded to `divisor`.
    #[serde(default)]
    pub expansion: Vec<f64>,
    /// Side of the kernel, an odd number; that of the depthwise convolution if the block has one.
    #[serde(default)]
    pub kernel: Vec<u32>,
    /// With or without squeeze-and-excitation, for inverted bottlenecks.
    #[serde(default)]
    pub squeeze_excitation: Vec<bool>,
    /// Attention heads of a transformer; each number must divide its width.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<u32>,
    /// Hidden channels of a transformer's MLP as a multiple of its width, 0.25 to 16, at most two
    /// decimals. Rounded to `divisor`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mlp_ratio: Vec<f64>,
    /// Activation function, if not that of the whole network.
    #[serde(default)]
    pub activation: Option<Activation>,
}

/// Whether the layers of a stage are alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Choose {
    /// All layers of a stage are alike.
    #[default]
    Stage,
    /// Each layer has its own choices.
    Layer,
}

/// A named operation: a block for images, or without kernel and expansion the identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationDescription {
    /// Its name.
    pub name: String,
    /// Its kind, as for a stage.
    #[serde(default)]
    pub block: BlockKind,
    /// Kernel size, as for a stage.
    #[serde(default)]
    pub kernel: Option<u32>,
    /// Inner channels, as for a stage.
    #[serde(default)]
    pub expansion: Option<f64>,
    /// Whether it has squeeze-and-excitation.
    #[serde(default)]
    pub squeeze_excitation: bool,
}

/// The part after the stages of images: a 1 × 1 convolution with batch normalisation, global average
/// pooling, optionally a 1 × 1 convolution without it, and a classifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadDescription {
    /// Channels of the convolution before pooling.
    pub width: Vec<u32>,
    /// The convolution after pooling.
    #[serde(default)]
    pub mix: Option<MixDescription>,
}

/// A 1 × 1 convolution after pooling, with an activation and without batch normalisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MixDescription {
    /// Output channels.
    pub width: u32,
    /// Whether it has a bias.
    pub bias: bool,
}

/// The structure of squeeze-and-excitation: global average pooling, a 1 × 1 convolution to fewer
/// channels, an activation, a 1 × 1 convolution back to all channels, and a gate. Both convolutions have a bias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SqueezeDescription {
    /// Squeezed channels as a fraction of those given by `of`.
    pub ratio: f64,
    /// The channels that the ratio refers to.
    pub of: SqueezeOf,
    /// Squeezed channels are rounded to a multiple of this; with 1, they are rounded down.
    pub divisor: u32,
    /// The activation between the convolutions, if not the layer's.
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

/// The channels of which a fraction is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SqueezeOf {
    /// Those of the layer's input, as in EfficientNet.
    #[default]
    Input,
    /// The expanded ones, as in `MobileNetV3`.
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

/// The notation of architectures: stages separated by `;`, layers by `/`, choices by `,`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Notation {
    /// Each value after its prefix: `e6,k3,w24,d2,se1;…`.
    #[default]
    Named,
    /// Values only: `6,3,2,1;…`.
    Values,
    /// One digit per choice, its index, without separators: `20121120`. Only if no decision has more
    /// than ten choices.
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
