//! Networks in stages as self-contained `PyTorch` files.

use std::fmt::Write as _;

use crate::spaces::Chain;
use crate::spaces::chain::{Activation, Block, Gate, Layer};
use crate::{Arch, SearchSpace};

/// The classes that layers are made of.
const LAYERS: &str = concat!(include_str!("chain_layers.py"), "\n\n", include_str!("check.py"));

/// A chain's network as a self-contained `PyTorch` file: `Network` is a module for `[batch, 3, side,
/// side]` images that gives `[batch, classes]` logits, with as many parameters as
/// [`Chain::network_cost`] counts. Run as a program, the file checks both.
///
/// Its state dictionary has the tensors of the known implementations in their order: convolution,
/// batch normalisation, squeeze-and-excitation as they are applied.
///
/// ```
/// use ganas_graph::{SearchSpace, export, spaces::Chain};
/// let space = Chain::built_in("efficientnet").expect("a built-in space");
/// let b0 = space.named("efficientnet-b0").expect("a named architecture");
/// let code = export::pytorch(&space, &b0);
/// assert!(code.contains("PARAMETERS = 5_288_548"));
/// assert!(code.contains("Bottleneck(32, 32, 16, kernel=3, stride=1, squeeze=8, "));
/// ```
pub fn pytorch(space: &Chain, arch: &Arch) -> String {
    let (network, cost) = (space.network(arch), space.network_cost(arch));
    let mut text = format!(
        "\"\"\"A network of the space {}, written by ganas.\n\n{}\n\"\"\"\n\n{LAYERS}\n\n",
        space.name(),
        space.display(arch),
    );
    let classes = network.layers.last().map_or(0, |layer| layer.output);
    let constants = [
        format!("RESOLUTION = {}\n", network.resolution),
        format!("CLASSES = {classes}\n"),
        format!("PARAMETERS = {}\n", grouped(cost.parameters)),
        format!("MULTIPLY_ADDS = {}\n", grouped(cost.multiply_adds)),
    ];
    text.extend(constants);
    text +=
        "\n\nclass Network(nn.Sequential):\n    def __init__(self):\n        super().__init__(\n";
    let mut stage = None;
    for layer in &network.layers {
        if layer.stage != stage {
            stage = layer.stage;
            let name = stage.map_or("head".into(), |stage| format!("stage {}", stage + 1));
            text.extend(["            # ", &name, "\n"]);
        }
        text.extend(["            ", &constructor(layer, network.gate), ",\n"]);
    }
    text += "        )\n\n\nif __name__ == \"__main__\":\n    check(Network(), RESOLUTION, CLASSES, PARAMETERS)\n";
    text
}

/// The line that makes a layer.
fn constructor(layer: &Layer, gate: Gate) -> String {
    let Layer { input, output, stride, activation, .. } = *layer;
    let named = |activation: Option<Activation>| activation.map_or("None", module);
    match layer.block {
        Block::Convolution { kernel, is_normalised, has_bias } => {
            let kind = if is_normalised { "Convolution" } else { "PlainConvolution" };
            let bias = match (is_normalised, has_bias) {
                (true, _) => "",
                (false, true) => ", bias=True",
                (false, false) => ", bias=False",
            };
            format!(
                "{kind}({input}, {output}, kernel={kernel}, stride={stride}, activation={}{bias})",
                named(activation)
            )
        }
        Block::Bottleneck { kernel, expanded, squeeze, has_residual } => {
            let mut text = format!(
                "Bottleneck({input}, {expanded}, {output}, kernel={kernel}, stride={stride}, "
            );
            if let Some(squeeze) = squeeze {
                let gate = match gate {
                    Gate::Sigmoid => "nn.Sigmoid",
                    Gate::HardSigmoid => "nn.Hardsigmoid",
                };
                let _ = write!(
                    text,
                    "squeeze={}, squeeze_activation={}, gate={gate}, ",
                    squeeze.channels,
                    module(squeeze.activation)
                );
            }
            let residual = if has_residual { "True" } else { "False" };
            let _ = write!(text, "activation={}, residual={residual})", named(activation));
            text
        }
        Block::Pool => "nn.AdaptiveAvgPool2d(1)".into(),
        Block::Linear => format!("nn.Flatten(1),\n            nn.Linear({input}, {output})"),
    }
}

const fn module(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu => "nn.ReLU",
        Activation::Relu6 => "nn.ReLU6",
        Activation::Swish => "nn.SiLU",
        Activation::HardSwish => "nn.Hardswish",
    }
}

/// A number with `_` between its thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spaces::chain::BUILT_IN;

    #[test]
    fn every_layer_has_its_line() {
        for name in BUILT_IN {
            let space = Chain::built_in(name).unwrap();
            for arch in space.named_archs().into_iter().map(|name| space.named(name).unwrap()) {
                let code = pytorch(&space, &arch);
                let (_, network) = code.split_once("class Network").unwrap();
                let is_layer =
                    |line: &&str| line.starts_with("            ") && line.ends_with("),");
                let lines = network.lines().filter(is_layer);
                // Flattening has a line beside the classifier's.
                assert_eq!(lines.count(), space.network(&arch).layers.len() + 1, "{code}");
            }
        }
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1_000, 5_288_548].map(grouped), ["0", "999", "1_000", "5_288_548"]);
    }
}
