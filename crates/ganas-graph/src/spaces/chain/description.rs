//! The description of a chain space, read from TOML.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block_kind::BlockKind;

/// A search space of chains (networks whose layers follow one another), described as plain data. A
/// property for which one value is listed is fixed. A property for which several values are listed
/// is a decision.
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
/// The keys determine which type of data the stages process, and therefore which blocks they can
/// have. The data are rows of a table if the key `features` is given, tokens if the stem has the
/// key `patch`, and images otherwise.
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
    /// Name of the space. It can be omitted in a space file, where the chain takes the name of the
    /// space that the file describes.
    #[serde(default)]
    pub name: String,
    /// Origin of the space, such as a publication.
    #[serde(default)]
    pub source: String,
    /// Side of the square input image in pixels. It is omitted if the input is a row of a table. In
    /// that case, `features` is given instead.
    #[serde(default)]
    pub resolution: Vec<u32>,
    /// Number of channels of the input image, such as 1 for greyscale images. The default is 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
    /// Number of columns of the table, if the network's input is a row of a table instead of an
    /// image. Such a network has linear stages and neither a stem nor a head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<u32>,
    /// Number of classes.
    pub classes: u32,
    /// The number by which every width must be divisible. The default is 8. Widths computed from a
    /// ratio other than 1 are rounded to a multiple of this number.
    #[serde(default = "divisor")]
    pub divisor: u32,
    /// Notation of architectures.
    #[serde(default)]
    pub notation: Notation,
    /// Activation function of every layer for which no other activation function is given.
    #[serde(default)]
    pub activation: Activation,
    /// The form of squeeze-and-excitation in the layers that have it.
    #[serde(default)]
    pub squeeze: SqueezeDescription,
    /// Whether an identity operation becomes a 1 × 1 convolution in a layer whose output must
    /// differ in shape from its input. If false, the identity cannot be chosen for such a layer.
    #[serde(default)]
    pub projection: bool,
    /// Named operations that can be chosen for the layers of a stage.
    #[serde(default)]
    pub operations: Vec<OperationDescription>,
    /// The convolution before the stages. It is required for images and tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stem: Option<StemDescription>,
    /// The stages. In an architecture's graph, a stage whose layers are decided separately has one
    /// node for each layer that it can have. Any other stage has a single node. All stages together
    /// may have at most 510 nodes, and the space may have at most 1,024 decisions. The number of
    /// labels in the graph is limited too. Each stage needs one label, and so does each value of
    /// each kind of decision. There may be at most 124 such labels.
    pub stages: Vec<StageDescription>,
    /// The part after the stages in a network for images. Without it, the output of the stages is
    /// pooled and classified directly. Networks for tokens and tables have no head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadDescription>,
    /// Architectures that have names. The keys are the names, and the values are the architectures
    /// in the space's notation.
    #[serde(default)]
    pub named: BTreeMap<String, String>,
}

/// The layer before the stages. Without `patch`, it is a convolution with batch normalisation. With
/// `patch`, it is a convolution with a bias that turns each patch of the image into a token. A
/// learned position embedding is then added to each token.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StemDescription {
    /// Number of output channels. If the stem has a `patch`, this is also the width of all
    /// transformers.
    pub width: Vec<u32>,
    /// Side of the kernel. The default is 3. If `patch` is given, this key must be omitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<u32>,
    /// The stride. The default is 2. If `patch` is given, this key must be omitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<u32>,
    /// Side of a patch in pixels, which must divide the side of the image. Each patch becomes a
    /// token, which transformers take as input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<u32>,
}

/// A stage: consecutive layers with the same number of output channels. Only the first layer may
/// have a stride above 1.
///
/// All layers have the kind of block given by `block`, unless `operation` lists operations to
/// choose from. In that case, the chosen operation determines the kind of block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageDescription {
    /// The kind of block that the layers have, unless `operation` is given.
    #[serde(default)]
    pub block: BlockKind,
    /// Stride of the first layer.
    #[serde(default = "one")]
    pub stride: u32,
    /// Number of output channels. The number is omitted for transformers, which have the width of
    /// the stem.
    #[serde(default)]
    pub width: Vec<u32>,
    /// Number of layers. A stage with 0 layers passes its input on unchanged, and no further
    /// decisions are made for it.
    #[serde(default = "only_one")]
    pub depth: Vec<u32>,
    /// Whether the kernel, expansion, squeeze-and-excitation, heads, MLP ratio and operation are
    /// chosen once for all layers of the stage, or separately for each layer.
    #[serde(default)]
    pub choose: Choose,
    /// Names of the operations to choose from. If operations are listed, `kernel`, `expansion` and
    /// `squeeze_excitation` must be left out, since each operation sets its own.
    #[serde(default)]
    pub operation: Vec<String>,
    /// Number of channels inside the block, given as a ratio with at most two decimal places. For
    /// an inverted bottleneck, it is the ratio to the number of input channels, from 1 to 16. For a
    /// bottleneck, it is the ratio to the number of output channels, above 0 and at most 1. The
    /// resulting number of channels is rounded to a multiple of `divisor`, unless the ratio is 1.
    #[serde(default)]
    pub expansion: Vec<f64>,
    /// Side of the kernel, an odd number up to 31. If the block has a depthwise convolution, only
    /// that convolution has this kernel.
    #[serde(default)]
    pub kernel: Vec<u32>,
    /// Whether layers have squeeze-and-excitation. This key is given only for inverted bottlenecks.
    #[serde(default)]
    pub squeeze_excitation: Vec<bool>,
    /// Number of attention heads of a transformer. Each number listed must divide every width of
    /// the stem.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<u32>,
    /// Number of hidden channels of a transformer's MLP, given as a ratio to the transformer's
    /// width. The ratio is from 0.25 to 16, with at most two decimal places. The resulting number
    /// of channels is rounded to a multiple of `divisor`, unless the ratio is 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mlp_ratio: Vec<f64>,
    /// Activation function of the stage. The default is the activation function of the whole
    /// network.
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
    /// The kind of block, given in the same way as for a stage.
    #[serde(default)]
    pub block: BlockKind,
    /// Side of the kernel, given in the same way as for a stage.
    #[serde(default)]
    pub kernel: Option<u32>,
    /// Number of channels inside the block. It is given as a ratio, in the same way as for a stage.
    #[serde(default)]
    pub expansion: Option<f64>,
    /// Whether the block has squeeze-and-excitation.
    #[serde(default)]
    pub squeeze_excitation: bool,
}

/// The part that follows the stages in a network for images. It consists of a 1 × 1 convolution
/// with batch normalisation, global average pooling, optionally a 1 × 1 convolution without batch
/// normalisation, and a classifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadDescription {
    /// Number of output channels of the convolution before pooling.
    pub width: Vec<u32>,
    /// The optional convolution after pooling.
    #[serde(default)]
    pub mix: Option<MixDescription>,
}

/// A 1 × 1 convolution after pooling, with an activation and without batch normalisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MixDescription {
    /// Number of output channels.
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
    /// Number of channels between the two convolutions, as a fraction of the number of channels
    /// that `of` selects. The fraction is above 0 and at most 1.
    pub ratio: f64,
    /// The number of channels to which `ratio` refers.
    pub of: SqueezeOf,
    /// A divisor. The number of channels between the two convolutions is rounded to a multiple of
    /// this divisor. If the divisor is 1, the number of channels is rounded down to a whole number.
    pub divisor: u32,
    /// The activation between the two convolutions. The default is the activation of the layer.
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

/// The number of channels to which the `ratio` of squeeze-and-excitation refers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SqueezeOf {
    /// The ratio refers to the layer's number of input channels, as in EfficientNet.
    #[default]
    Input,
    /// The number of channels after the layer's expansion, as in `MobileNetV3`.
    Expanded,
}

/// The gate function of squeeze-and-excitation.
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
    /// `x · Φ(x)`, where Φ is the distribution function of the standard normal distribution.
    Gelu,
}

/// The way in which architectures are written as text. In `Named` and `Values`, `;` separates
/// stages and other parts, `/` layers, and `,` choices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Notation {
    /// Each value follows the abbreviation of its property: `e6,k3,w24,d2,se1;…`.
    #[default]
    Named,
    /// The values alone: `6,3,24,2,1;…`.
    Values,
    /// The index of each choice as one digit, without separators: `20121120`. This notation is
    /// allowed only if no kind of decision has more than ten choices.
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
