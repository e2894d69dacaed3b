//! Builds the layers of a network from the answers to a chain's questions.

use super::answers::{Answers, LayerAnswer};
use super::block_kind::{BlockKind, Data};
use super::description::{Activation, ChainDescription, SqueezeOf};
use super::network::{Block, Layer, Squeeze};
use super::plan::{Plan, StagePlan};

const fn convolution(kernel: u32) -> Block {
    Block::Convolution { kernel, is_normalised: true, has_bias: false }
}

/// The layers built so far, and the shape of their output.
pub(super) struct Assembly<'d> {
    description: &'d ChainDescription,
    pub(super) layers: Vec<Layer>,
    stage: Option<usize>,
    pub(super) channels: u32,
    pub(super) side: u32,
}

/// The properties of a layer; those that its kind of block lacks are 0 or false. Ratios of channels
/// are in hundredths.
#[derive(Debug, Clone, Copy)]
struct Parts {
    kind: BlockKind,
    heads: u32,
    ratio: u32,
    kernel: u32,
    has_squeeze: bool,
}

/// The first part of a network that the answers leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Open {
    /// The input or the stem.
    Stem,
    /// A layer of a stage. The fields are the index of the stage and the index of the layer within
    /// the stage.
    Layer(usize, usize),
    /// Everything after the stages.
    Head,
}

impl<'d> Assembly<'d> {
    /// Creates an assembly without layers.
    pub(super) fn new(description: &'d ChainDescription) -> Self {
        let layers = Vec::with_capacity(32);
        let channels = description.features.unwrap_or(description.input_channels());
        Self { description, layers, stage: None, channels, side: 0 }
    }

    /// Adds all layers before the first one that the answers leave open. Returns the open part of
    /// the network; `None` if no part is open.
    pub(super) fn push_known(&mut self, plan: &Plan, answers: &Answers<'_>) -> Option<Open> {
        let stem = plan.stem_width.map(|stem| answers.value(stem));
        let (Some(side), None | Some(Some(_))) = (answers.value(plan.resolution), stem) else {
            return Some(Open::Stem);
        };
        self.side = side;
        if let Some(width) = stem.flatten() {
            self.push_stem(width);
        }
        for (number, stage) in plan.stages.iter().enumerate() {
            self.stage = Some(number);
            if let Some(layer) = self.push_stage(stage, number, answers) {
                return Some(Open::Layer(number, layer));
            }
        }
        self.stage = None;
        if let Some(head) = plan.head_width {
            let Some(width) = answers.value(head) else { return Some(Open::Head) };
            self.push(convolution(1), width, 1, Some(self.description.activation));
        }
        self.push_end();
        None
    }

    fn push_stem(&mut self, width: u32) {
        let Some(stem) = &self.description.stem else { return };
        if let Some(patch) = stem.patch {
            self.push(Block::Patches { patch }, width, patch, None);
        } else {
            let own = Some(self.description.activation);
            self.push(convolution(stem.kernel()), width, stem.stride(), own);
        }
    }

    /// Adds the pooling (none for tables), the optional convolution after it, and the classifier.
    fn push_end(&mut self) {
        match self.description.data() {
            Data::Images => self.push(Block::Pool, self.channels, 1, None),
            Data::Tokens => self.push(Block::TokenPool, self.channels, 1, None),
            Data::Table => {}
        }
        if let Some(mix) = self.description.head.as_ref().and_then(|head| head.mix.as_ref()) {
            let block = Block::Convolution { kernel: 1, is_normalised: false, has_bias: mix.bias };
            self.push(block, mix.width, 1, Some(self.description.activation));
        }
        self.push(Block::Linear { is_normalised: false }, self.description.classes, 1, None);
    }

    fn push(&mut self, block: Block, output: u32, stride: u32, activation: Option<Activation>) {
        let (stage, input, side) = (self.stage, self.channels, self.side);
        let layer = Layer { block, stage, input, output, side, stride, activation };
        (self.channels, self.side) = (output, layer.output_side());
        self.layers.push(layer);
    }

    /// Adds the layers that precede a stage's first open layer (one that the answers do not
    /// settle), and returns that layer's index; `None` if no layer is open.
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
        let Some(parts) = self.resolve(stage, answer) else {
            if stride != 1 || width != self.channels {
                self.push(convolution(1), width, stride, None);
            }
            return;
        };
        let block = self.block(parts, stage.activation, width, stride);
        self.push(block, width, stride, Some(stage.activation));
    }

    fn block(&self, parts: Parts, activation: Activation, width: u32, stride: u32) -> Block {
        let Parts { kind, heads, ratio, kernel, has_squeeze } = parts;
        let expand = |channels| expanded(channels, ratio, self.description.divisor);
        match kind {
            BlockKind::InvertedBottleneck => {
                let expanded = expand(self.channels);
                let squeeze = has_squeeze.then(|| self.squeeze(expanded, activation));
                let has_residual = stride == 1 && width == self.channels;
                Block::InvertedBottleneck { kernel, expanded, squeeze, has_residual }
            }
            BlockKind::Convolution => convolution(kernel),
            BlockKind::Residual => Block::Residual { kernel },
            BlockKind::Bottleneck => Block::Bottleneck { kernel, inner: expand(width) },
            BlockKind::Separable => Block::Separable { kernel },
            BlockKind::Transformer => Block::Transformer { heads, hidden: expand(width) },
            BlockKind::Linear => Block::Linear { is_normalised: true },
        }
    }

    /// Returns the properties of a layer; `None` for the identity.
    fn resolve(&self, stage: &StagePlan, answer: LayerAnswer) -> Option<Parts> {
        match answer {
            LayerAnswer::Block { heads, ratio, kernel, has_squeeze } => {
                Some(Parts { kind: stage.block, heads, ratio, kernel, has_squeeze })
            }
            LayerAnswer::Operation(operation) => {
                let operation = &self.description.operations[operation as usize];
                Some(Parts {
                    kind: operation.block,
                    heads: 0,
                    ratio: operation.expansion.map_or(0, super::checks::hundredths),
                    kernel: operation.kernel?,
                    has_squeeze: operation.squeeze_excitation,
                })
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

/// Returns `input · hundredths / 100`, rounded to a multiple of `divisor` unless `hundredths` is
/// 100.
pub(super) fn expanded(input: u32, hundredths: u32, divisor: u32) -> u32 {
    match hundredths {
        100 => input,
        _ => divisible(input * hundredths, 100, divisor),
    }
}

/// Returns `number / parts`, rounded to the nearest multiple of `divisor` but at least `divisor`.
/// Rounds halves up; also rounds up where rounding down would lose more than a tenth.
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
