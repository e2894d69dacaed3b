//! A network in stages: layers with shapes, parameters and multiply–adds.

use super::answers::{Answers, LayerAnswer};
use super::description::{Activation, ChainDescription, Gate, SqueezeOf};
use super::plan::{Plan, StagePlan};
use crate::ArchHash;

/// Colours of the input.
const COLOURS: u32 = 3;

/// What an architecture is built as: layers, each of which takes what the one before it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Side of the square input in pixels.
    pub resolution: u32,
    /// The layers, identities left out.
    pub layers: Vec<Layer>,
    /// Function of squeeze-and-excitation's gate.
    pub gate: Gate,
}

/// A layer with its shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// What it computes.
    pub block: Block,
    /// The stage that it is of, from 0; `None` before and after the stages.
    pub stage: Option<usize>,
    /// Input channels.
    pub input: u32,
    /// Output channels.
    pub output: u32,
    /// Side of the input in pixels.
    pub side: u32,
    /// Stride.
    pub stride: u32,
    /// Activation function; `None` if it has none.
    pub activation: Option<Activation>,
}

/// What a layer computes. Convolutions pad with half of their kernel, rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// A convolution.
    Convolution {
        /// Side of the kernel.
        kernel: u32,
        /// Does batch normalisation follow?
        is_normalised: bool,
        /// Has it a bias?
        has_bias: bool,
    },
    /// An inverted bottleneck. The projection has no activation.
    Bottleneck {
        /// Side of the depthwise kernel.
        kernel: u32,
        /// Expanded channels; equal to the input's if nothing expands.
        expanded: u32,
        /// With squeeze-and-excitation: the squeezed channels and the activation between.
        squeeze: Option<Squeeze>,
        /// Is the input added to the output?
        has_residual: bool,
    },
    /// Global average pooling.
    Pool,
    /// A linear layer with bias.
    Linear,
}

/// Squeeze-and-excitation of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Squeeze {
    /// Squeezed channels.
    pub channels: u32,
    /// The activation between the two convolutions.
    pub activation: Activation,
}

impl Layer {
    /// Side of the output in pixels.
    pub const fn output_side(&self) -> u32 {
        match self.block {
            Block::Pool => 1,
            _ => (self.side - 1) / self.stride + 1,
        }
    }
}

impl Network {
    /// The network of answers to all questions.
    pub(super) fn new(description: &ChainDescription, plan: &Plan, answers: &Answers<'_>) -> Self {
        let known = |setting| answers.value(setting).expect("a complete architecture answers all");
        let resolution = known(plan.resolution);
        let mut build = Builder {
            description,
            layers: Vec::with_capacity(32),
            stage: None,
            channels: COLOURS,
            side: resolution,
        };
        let own = Some(description.activation);
        let stem = &description.stem;
        build.push(convolution(stem.kernel), known(plan.stem_width), stem.stride, own);
        for (number, stage) in plan.stages.iter().enumerate() {
            build.stage = Some(number);
            build.push_stage(stage, number, answers);
        }
        build.stage = None;
        build.push(convolution(1), known(plan.head_width), 1, own);
        build.push(Block::Pool, build.channels, 1, None);
        if let Some(mix) = &description.head.mix {
            let block = Block::Convolution { kernel: 1, is_normalised: false, has_bias: mix.bias };
            build.push(block, mix.width, 1, own);
        }
        build.push(Block::Linear, description.classes, 1, None);
        Self { resolution, layers: build.layers, gate: description.squeeze.gate }
    }

    /// Identity: equal for equal layers.
    pub(super) fn hash(&self) -> ArchHash {
        let mut bytes = Vec::with_capacity(16 * self.layers.len());
        bytes.extend(self.resolution.to_le_bytes());
        for layer in &self.layers {
            let activation = layer.activation.map_or(u8::MAX, |activation| activation as u8);
            let (tag, kernel, inner, squeezed) = match layer.block {
                Block::Convolution { kernel, .. } => (0, kernel, 0, 0),
                Block::Bottleneck { kernel, expanded, squeeze, .. } => {
                    (1, kernel, expanded, squeeze.map_or(0, |squeeze| squeeze.channels))
                }
                Block::Pool => (2, 0, 0, 0),
                Block::Linear => (3, 0, 0, 0),
            };
            bytes.extend([tag, activation]);
            for number in [kernel, inner, squeezed, layer.output, layer.stride] {
                bytes.extend(number.to_le_bytes());
            }
        }
        ArchHash::of(&bytes)
    }
}

const fn convolution(kernel: u32) -> Block {
    Block::Convolution { kernel, is_normalised: true, has_bias: false }
}

/// Layers up to a place, and the shape there.
struct Builder<'d> {
    description: &'d ChainDescription,
    layers: Vec<Layer>,
    stage: Option<usize>,
    channels: u32,
    side: u32,
}

impl Builder<'_> {
    fn push(&mut self, block: Block, output: u32, stride: u32, activation: Option<Activation>) {
        let (stage, input, side) = (self.stage, self.channels, self.side);
        let layer = Layer { block, stage, input, output, side, stride, activation };
        (self.channels, self.side) = (output, layer.output_side());
        self.layers.push(layer);
    }

    fn push_stage(&mut self, stage: &StagePlan, number: usize, answers: &Answers<'_>) {
        let depth = answers.depth(number).expect("a complete architecture has all depths");
        for layer in 0..depth as usize {
            let width = answers.value(stage.width).expect("a stage with layers has a width");
            let stride = if layer == 0 { stage.stride } else { 1 };
            let answer = answers.layer(stage, layer).expect("a layer that is there is known");
            let (kernel, expansion, has_squeeze) = match self.resolve(answer) {
                Some(bottleneck) => bottleneck,
                None if stride == 1 && width == self.channels => continue,
                None => {
                    self.push(convolution(1), width, stride, None);
                    continue;
                }
            };
            let expanded = expanded(self.channels, expansion, self.description.divisor);
            let block = Block::Bottleneck {
                kernel,
                expanded,
                squeeze: has_squeeze.then(|| self.squeeze(expanded, stage.activation)),
                has_residual: stride == 1 && width == self.channels,
            };
            self.push(block, width, stride, Some(stage.activation));
        }
    }

    /// Kernel, expansion and squeeze-and-excitation; `None` for the identity.
    fn resolve(&self, answer: LayerAnswer) -> Option<(u32, u32, bool)> {
        match answer {
            LayerAnswer::Bottleneck { expansion, kernel, has_squeeze } => {
                Some((kernel, expansion, has_squeeze))
            }
            LayerAnswer::Operation(operation) => {
                let operation = &self.description.operations[operation as usize];
                let expansion = super::checks::hundredths(operation.expansion?);
                Some((operation.kernel?, expansion, operation.squeeze_excitation))
            }
        }
    }

    fn squeeze(&self, expanded: u32, activation: Activation) -> Squeeze {
        let squeeze = &self.description.squeeze;
        let of = match squeeze.of {
            SqueezeOf::Input => self.channels,
            SqueezeOf::Expanded => expanded,
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below `of`")]
        let channels = match squeeze.divisor {
            1 => (f64::from(of) * squeeze.ratio) as u32,
            divisor => {
                divisible((f64::from(of) * squeeze.ratio * 100.0).round() as u32, 100, divisor)
            }
        };
        Squeeze { channels: channels.max(1), activation: squeeze.activation.unwrap_or(activation) }
    }
}

/// Channels of an inverted bottleneck that expands its input by so many hundredths.
pub(super) fn expanded(input: u32, hundredths: u32, divisor: u32) -> u32 {
    match hundredths {
        100 => input,
        _ => divisible(input * hundredths, 100, divisor),
    }
}

/// `number / parts` rounded to the nearest multiple of `divisor`, halves up, or the next one if that
/// would lose more than a tenth.
///
/// # Source
/// `_make_divisible` of the `MobileNet` models in tensorflow/models.
fn divisible(number: u32, parts: u32, divisor: u32) -> u32 {
    let multiple = divisor * parts;
    let rounded = divisor * ((number + multiple / 2) / multiple).max(1);
    if u64::from(rounded) * u64::from(parts) * 10 < u64::from(number) * 9 {
        return rounded + divisor;
    }
    rounded
}

#[cfg(test)]
mod tests {
    use super::divisible;

    #[test]
    fn widths_are_rounded_as_in_mobile_networks() {
        assert_eq!(divisible(16 * 120, 100, 8), 24, "16 loses more than a tenth of 19.2");
        assert_eq!(divisible(112 * 120, 100, 8), 136);
        assert_eq!(divisible(80 * 230, 100, 8), 184);
        assert_eq!(divisible(3, 1, 8), 8);
    }
}
