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
        let known = "a complete architecture answers all";
        let resolution = answers.value(plan.resolution).expect(known);
        let mut build = Builder::new(description);
        let open = build.push_known(plan, answers);
        debug_assert!(open.is_none(), "{known}");
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
pub(super) struct Builder<'d> {
    description: &'d ChainDescription,
    pub(super) layers: Vec<Layer>,
    stage: Option<usize>,
    pub(super) channels: u32,
    pub(super) side: u32,
}

/// The first part of a network that answers leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Open {
    /// The input or the stem.
    Stem,
    /// A layer of a stage.
    Layer(usize, usize),
    /// What comes after the stages.
    Head,
}

impl<'d> Builder<'d> {
    /// Before the first layer.
    pub(super) fn new(description: &'d ChainDescription) -> Self {
        let layers = Vec::with_capacity(32);
        Self { description, layers, stage: None, channels: COLOURS, side: 0 }
    }

    /// Adds all layers up to the first that is not known, and says which that is.
    pub(super) fn push_known(&mut self, plan: &Plan, answers: &Answers<'_>) -> Option<Open> {
        let own = Some(self.description.activation);
        let stem = &self.description.stem;
        let (Some(side), Some(width)) =
            (answers.value(plan.resolution), answers.value(plan.stem_width))
        else {
            return Some(Open::Stem);
        };
        self.side = side;
        self.push(convolution(stem.kernel), width, stem.stride, own);
        for (number, stage) in plan.stages.iter().enumerate() {
            self.stage = Some(number);
            if let Some(layer) = self.push_stage(stage, number, answers) {
                return Some(Open::Layer(number, layer));
            }
        }
        self.stage = None;
        let Some(width) = answers.value(plan.head_width) else { return Some(Open::Head) };
        self.push(convolution(1), width, 1, own);
        self.push(Block::Pool, self.channels, 1, None);
        if let Some(mix) = &self.description.head.mix {
            let block = Block::Convolution { kernel: 1, is_normalised: false, has_bias: mix.bias };
            self.push(block, mix.width, 1, own);
        }
        self.push(Block::Linear, self.description.classes, 1, None);
        None
    }

    fn push(&mut self, block: Block, output: u32, stride: u32, activation: Option<Activation>) {
        let (stage, input, side) = (self.stage, self.channels, self.side);
        let layer = Layer { block, stage, input, output, side, stride, activation };
        (self.channels, self.side) = (output, layer.output_side());
        self.layers.push(layer);
    }

    /// Adds a stage's layers up to the first that is not known, whose number it returns.
    fn push_stage(
        &mut self,
        stage: &StagePlan,
        number: usize,
        answers: &Answers<'_>,
    ) -> Option<usize> {
        let Some(depth) = answers.depth(number) else { return Some(0) };
        for layer in 0..depth as usize {
            let known = answers.value(stage.width).zip(answers.layer(stage, layer));
            let Some((width, answer)) = known else { return Some(layer) };
            let stride = if layer == 0 { stage.stride } else { 1 };
            self.push_layer(stage, answer, width, stride);
        }
        None
    }

    fn push_layer(&mut self, stage: &StagePlan, answer: LayerAnswer, width: u32, stride: u32) {
        let has_residual = stride == 1 && width == self.channels;
        let Some((kernel, expansion, has_squeeze)) = self.resolve(answer) else {
            if !has_residual {
                self.push(convolution(1), width, stride, None);
            }
            return;
        };
        let expanded = expanded(self.channels, expansion, self.description.divisor);
        let squeeze = has_squeeze.then(|| self.squeeze(expanded, stage.activation));
        let block = Block::Bottleneck { kernel, expanded, squeeze, has_residual };
        self.push(block, width, stride, Some(stage.activation));
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
