//! A chain as its description in TOML says it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block_kind::BlockKind;

/// A space of chains as plain data: what is fixed, and the choices of what is not. A list of one is
/// fixed; a list of several is a decision.
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
/// What a network takes follows from its keys, and so does which blocks its stages can have: images;
/// tokens, if the stem has a `patch`; or rows of a table, if there are `features`.
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
    /// Name of the space; a chain within a space file has that space's.
    #[serde(default)]
    pub name: String,
    /// Where the space is from.
    #[serde(default)]
    pub source: String,
    /// Side of the square input in pixels; a table has `features` instead.
    #[serde(default)]
    pub resolution: Vec<u32>,
    /// Channels of the input image: 1 for grey images; 3 unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
    /// Number of columns of a table, which the network takes instead of images; its stages are linear,
    /// without a stem or a head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<u32>,
    /// Number of classes that the network tells apart.
    pub classes: u32,
    /// All widths are multiples of this, and expanded ones are rounded to it.
    #[serde(default = "divisor")]
    pub divisor: u32,
    /// How architectures are written.
    #[serde(default)]
    pub notation: Notation,
    /// Activation function where a part has none of its own.
    #[serde(default)]
    pub activation: Activation,
    /// Squeeze-and-excitation, in the layers that have it.
    #[serde(default)]
    pub squeeze: SqueezeDescription,
    /// Is the identity, where the shape changes, a 1 × 1 convolution? If not, it is no choice there.
    #[serde(default)]
    pub projection: bool,
    /// Operations that stages choose from by name.
    #[serde(default)]
    pub operations: Vec<OperationDescription>,
    /// The convolution before the stages, which images need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stem: Option<StemDescription>,
    /// The stages: at most 510 in the graph, where each layer that is asked counts, with at most 1,024
    /// decisions; the values of all kinds of decision, each once, and the stages are 124 together.
    pub stages: Vec<StageDescription>,
    /// What comes after the stages; without it, images are pooled and classified. Tokens and tables have
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadDescription>,
    /// Architectures that are known by name, in the space's notation.
    #[serde(default)]
    pub named: BTreeMap<String, String>,
}

/// The convolution before the stages, with batch normalisation; or with `patch` a convolution of patches
/// to tokens, with a bias and a learned position embedding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StemDescription {
    /// Output channels. Those of tokens are the width of all transformers, too.
    pub width: Vec<u32>,
    /// Side of the kernel; 3 unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<u32>,
    /// Stride; 2 unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<u32>,
    /// Side of a patch in pixels, which divides that of the image: each patch is a token, as
    /// transformers need them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<u32>,
}

/// A stage: layers of one width, the first of which may have a stride.
///
/// `block` says what a layer is; where it is an inverted bottleneck, its parts may also be chosen
/// together, as one of the named operations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageDescription {
    /// What a layer is.
    #[serde(default)]
    pub block: BlockKind,
    /// Stride of the first layer.
    #[serde(default = "one")]
    pub stride: u32,
    /// Output channels; transformers have those of the stem.
    #[serde(default)]
    pub width: Vec<u32>,
    /// Number of layers. A stage of none passes its input on, and nothing else of it is decided.
    #[serde(default = "only_one")]
    pub depth: Vec<u32>,
    /// Are kernel, expansion, squeeze-and-excitation, heads, MLP ratio and operation those of all layers,
    /// or is each layer asked?
    #[serde(default)]
    pub choose: Choose,
    /// Names of operations to choose from, instead of kernel, expansion and squeeze-and-excitation.
    #[serde(default)]
    pub operation: Vec<String>,
    /// Inner channels, at most two decimals: of an inverted bottleneck as a multiple of the input's, 1 to
    /// 16; of a bottleneck as a fraction of the output's, above 0 and at most 1. Rounded to `divisor`.
    #[serde(default)]
    pub expansion: Vec<f64>,
    /// Side of the kernel, an odd number; of a depthwise convolution where the block has one.
    #[serde(default)]
    pub kernel: Vec<u32>,
    /// With or without squeeze-and-excitation, which inverted bottlenecks can have.
    #[serde(default)]
    pub squeeze_excitation: Vec<bool>,
    /// Attention heads of a transformer, each of which divides its width.
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

/// Whether a stage's layers are alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Choose {
    /// All layers of a stage are alike.
    #[default]
    Stage,
    /// Each layer has choices of its own.
    Layer,
}

/// An operation with a name: a block of images, or without kernel and expansion the identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationDescription {
    /// Its name.
    pub name: String,
    /// What it is, as of a stage.
    #[serde(default)]
    pub block: BlockKind,
    /// Side of the kernel, as of a stage.
    #[serde(default)]
    pub kernel: Option<u32>,
    /// Inner channels, as of a stage.
    #[serde(default)]
    pub expansion: Option<f64>,
    /// With squeeze-and-excitation?
    #[serde(default)]
    pub squeeze_excitation: bool,
}

/// What comes after the stages of images: a 1 × 1 convolution with batch normalisation, global average pooling,
/// perhaps a 1 × 1 convolution without it, and a classifier.
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
    /// Has it a bias?
    pub bias: bool,
}

/// How squeeze-and-excitation is built: global average pooling, a 1 × 1 convolution to fewer channels,
/// an activation, one back, a gate. Both convolutions have a bias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SqueezeDescription {
    /// Squeezed channels as a fraction of those that `of` says.
    pub ratio: f64,
    /// What the ratio is of.
    pub of: SqueezeOf,
    /// Squeezed channels are rounded to a multiple of this; with 1, they are rounded down.
    pub divisor: u32,
    /// The activation between the convolutions, if not the layer's.
    pub activation: Option<Activation>,
    /// The function of the gate.
    pub gate: Gate,
}

impl Default for SqueezeDescription {
    /// As in EfficientNet.
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

/// Which channels are squeezed to a fraction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SqueezeOf {
    /// Those of the layer's input, as in EfficientNet.
    #[default]
    Input,
    /// The expanded ones, as in `MobileNetV3`.
    Expanded,
}

/// Function of squeeze-and-excitation's gate.
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

/// How architectures are written: stages with `;` between them, layers with `/`, choices with `,`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Notation {
    /// Each value after what it is: `e6,k3,w24,d2,se1;…`.
    #[default]
    Named,
    /// Values alone: `6,3,2,1;…`.
    Values,
    /// One digit a choice, its number, and nothing between them: `20121120`. Only where no decision has
    /// more than ten choices.
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
