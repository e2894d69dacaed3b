//! Self-contained `PyTorch` files of networks that consist of stages.

use crate::spaces::Chain;
use crate::spaces::chain::{Activation, Block, Gate, Layer, Network, Squeeze};
use crate::{Arch, SearchSpace};

/// The Python classes that layers use, in the order of the file: each class follows those that it
/// uses.
const CLASSES: [&str; 6] = [
    include_str!("layers/convolution.py"),
    include_str!("layers/inverted_bottleneck.py"),
    include_str!("layers/residual.py"),
    include_str!("layers/separable.py"),
    include_str!("layers/transformer.py"),
    include_str!("layers/linear.py"),
];

/// The Python function that checks a network against the numbers stated in its file.
const CHECK: &str = include_str!("check.py");

/// Returns the text of a self-contained `PyTorch` file that defines the network of an architecture.
/// The class `Network` in the file is a module that maps images of shape `[batch, channels, side,
/// side]`, or table rows of shape `[batch, features]`, to logits of shape `[batch, classes]`. The
/// module has as many parameters and multiply–adds as [`Chain::network_cost`] counts. When run as a
/// program, the file checks the shape of the logits and both counts.
///
/// The module's state dictionary contains tensors of the same shapes, in the same order, as the
/// state dictionaries of well-known implementations of these kinds of network. The tensors are in
/// the order in which convolutions, batch normalisations and squeeze-and-excitation blocks are
/// applied. The name of a tensor, such as `stage_2_layer_1.layers.expand.0.weight`, states the
/// tensor's location and function. Two networks of a space can therefore share the tensors that
/// have the same name and the same shape in both.
///
/// ```
/// use ganas_graph::{SearchSpace, export, spaces::Chain};
/// let space = Chain::built_in("efficientnet").expect("a built-in space");
/// let b0 = space.named("efficientnet-b0").expect("a named architecture");
/// let code = export::pytorch(&space, &b0);
/// assert!(code.contains("PARAMETERS = 5_288_548"));
/// assert!(code.contains("InvertedBottleneck(32, 32, 16, kernel=3, stride=1, squeeze=8, "));
/// ```
pub fn pytorch(space: &Chain, arch: &Arch) -> String {
    let (network, cost) = (space.network(arch), space.network_cost(arch));
    let mut text = format!(
        "\"\"\"A network of the space {}, written by ganas.\n\n{}\n\"\"\"\n\nimport torch\n\
         from torch import nn\n\n\n",
        space.name(),
        space.display(arch),
    );
    let is_used = |class: &usize| network.layers.iter().any(|layer| needs(layer.block, *class));
    let used = (0..CLASSES.len()).filter(is_used);
    text.extend(used.flat_map(|class| [CLASSES[class], "\n\n"]).chain([CHECK, "\n\n"]));
    let classes = network.layers.last().map_or(0, |layer| layer.output);
    let constants = [
        format!("SHAPE = {}\n", shape(&network)),
        format!("CLASSES = {classes}\n"),
        format!("PARAMETERS = {}\n", grouped(cost.parameters)),
        format!("MULTIPLY_ADDS = {}\n", grouped(cost.multiply_adds)),
    ];
    text.extend(constants);
    text += "\n\nclass Network(nn.Sequential):\n    def __init__(self):\n        \
             super().__init__()\n";
    let (mut part, mut number) = (String::new(), 0);
    for (place, layer) in network.layers.iter().enumerate() {
        let of = match layer.stage {
            Some(stage) => format!("stage_{}", stage + 1),
            // A stem is one layer, and networks for tables have none.
            None if place == 0 && !network.is_of_table() => "stem".into(),
            None => "head".into(),
        };
        (part, number) = if of == part { (part, number + 1) } else { (of, 1) };
        let made = constructor(layer, network.gate);
        text.extend(["        self.", &part, &format!("_layer_{number} = "), &made, "\n"]);
    }
    text += "\n\nif __name__ == \"__main__\":\n    \
             check(Network(), SHAPE, CLASSES, PARAMETERS, MULTIPLY_ADDS)\n";
    text
}

/// Returns the shape of one input as a Python tuple.
fn shape(network: &Network) -> String {
    let channels = network.layers.first().map_or(0, |layer| layer.input);
    let side = network.resolution;
    if network.is_of_table() {
        format!("({channels},)")
    } else {
        format!("({channels}, {side}, {side})")
    }
}

/// Returns true if the block needs the class with index `class` in [`CLASSES`].
fn needs(block: Block, class: usize) -> bool {
    let own: &[usize] = match block {
        Block::Convolution { .. } => &[0],
        Block::InvertedBottleneck { .. } => &[0, 1],
        Block::Residual { .. } | Block::Bottleneck { .. } => &[0, 2],
        Block::Separable { .. } => &[0, 3],
        Block::Patches { .. } | Block::Transformer { .. } | Block::TokenPool => &[4],
        Block::Linear { is_normalised: true } => &[5],
        Block::Pool | Block::Linear { is_normalised: false } => &[],
    };
    own.contains(&class)
}

/// Returns the Python expression that constructs a layer.
fn constructor(layer: &Layer, gate: Gate) -> String {
    let Layer { input, output, stride, .. } = *layer;
    let activation = layer.activation.map_or("None", module);
    match layer.block {
        Block::Convolution { kernel, is_normalised, has_bias } => {
            let (kind, bias) = match (is_normalised, has_bias) {
                (true, _) => ("Convolution", ""),
                (false, true) => ("PlainConvolution", ", bias=True"),
                (false, false) => ("PlainConvolution", ", bias=False"),
            };
            format!(
                "{kind}({input}, {output}, kernel={kernel}, stride={stride}, \
                 activation={activation}{bias})"
            )
        }
        Block::InvertedBottleneck { kernel, expanded, squeeze, has_residual } => {
            let squeeze = squeeze.map(|squeeze| squeeze_arguments(squeeze, gate));
            let residual = if has_residual { "True" } else { "False" };
            format!(
                "InvertedBottleneck({input}, {expanded}, {output}, kernel={kernel}, \
                 stride={stride}, {}activation={activation}, residual={residual})",
                squeeze.unwrap_or_default()
            )
        }
        Block::Residual { kernel } => format!(
            "Residual({input}, {output}, kernel={kernel}, stride={stride}, activation={activation})"
        ),
        Block::Bottleneck { kernel, inner } => format!(
            "Bottleneck({input}, {inner}, {output}, kernel={kernel}, stride={stride}, \
             activation={activation})"
        ),
        Block::Separable { kernel } => format!(
            "Separable({input}, {output}, kernel={kernel}, stride={stride}, activation={activation})"
        ),
        Block::Patches { patch } => {
            let tokens = u64::from(layer.output_side()).pow(2);
            format!("Patches({input}, {output}, patch={patch}, tokens={tokens})")
        }
        Block::Transformer { heads, hidden } => format!(
            "Transformer({output}, heads={heads}, hidden={hidden}, activation={activation})"
        ),
        Block::TokenPool => format!("TokenPool({input})"),
        Block::Pool => "nn.AdaptiveAvgPool2d(1)".into(),
        Block::Linear { is_normalised: true } => {
            format!("Linear({input}, {output}, activation={activation})")
        }
        Block::Linear { is_normalised: false } => {
            format!("nn.Sequential(nn.Flatten(1), nn.Linear({input}, {output}))")
        }
    }
}

fn squeeze_arguments(squeeze: Squeeze, gate: Gate) -> String {
    let gate = match gate {
        Gate::Sigmoid => "nn.Sigmoid",
        Gate::HardSigmoid => "nn.Hardsigmoid",
    };
    let (channels, activation) = (squeeze.channels, module(squeeze.activation));
    format!("squeeze={channels}, squeeze_activation={activation}, gate={gate}, ")
}

const fn module(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu => "nn.ReLU",
        Activation::Relu6 => "nn.ReLU6",
        Activation::Swish => "nn.SiLU",
        Activation::HardSwish => "nn.Hardswish",
        Activation::Gelu => "nn.GELU",
    }
}

/// Formats a number with `_` between groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
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
                let is_layer = |line: &&str| line.starts_with("        self.");
                let lines = network.lines().filter(is_layer);
                assert_eq!(lines.count(), space.network(&arch).layers.len(), "{code}");
            }
        }
    }

    #[test]
    fn the_head_has_its_name_without_stages() {
        let stage = "[[stages]]\nblock = \"residual\"\nwidth = [8]\ndepth = [0, 1]\nkernel = [3]\n";
        let images = format!("resolution = [8]\nstem = {{ width = [8] }}\n{stage}");
        let table = stage.replace("residual", "linear").replace("kernel = [3]\n", "");
        for (data, stem) in
            [(images, "stem_layer_1"), (format!("features = 3\n{table}"), "head_layer_1")]
        {
            let text = format!("name = \"small\"\nclasses = 2\n{data}");
            let space = Chain::new(&toml::from_str(&text).unwrap()).unwrap();
            let shallowest = Arch::from_choices(&space, &[0]).unwrap();
            let code = pytorch(&space, &shallowest);
            assert!(code.contains(&format!("self.{stem} = ")), "{code}");
            assert!(
                code.contains("self.head_layer_1 = ") && !code.contains("stem_layer_2"),
                "{code}"
            );
        }
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1_000, 5_288_548].map(grouped), ["0", "999", "1_000", "5_288_548"]);
    }
}
