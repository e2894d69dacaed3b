//! The costs of the networks in a chain space.

use super::network::{Block, Layer, Network, Squeeze};
use crate::cost::{Image, NetworkCost};

impl Network {
    /// Returns how many parameters the network has, and how many multiply–adds and other operations
    /// it performs for one input.
    ///
    /// Multiply–adds are counted for convolutions, linear layers and the two matrix products of
    /// attention. They are not counted for biases, normalisations, activations, the softmax, sums
    /// or position embeddings.
    pub fn cost(&self) -> NetworkCost {
        let mut cost = NetworkCost::default();
        for layer in &self.layers {
            add(&mut cost, layer);
        }
        cost
    }
}

fn add(cost: &mut NetworkCost, layer: &Layer) {
    let (input, output) = (u64::from(layer.input), u64::from(layer.output));
    let side = u64::from(layer.output_side());
    let image = Image { channels: output, side };
    match layer.block {
        Block::Convolution { kernel, is_normalised, has_bias } => {
            let weights = area(kernel) * input * output;
            if is_normalised {
                cost.add_convolution(weights, image);
            } else {
                cost.add_weights(weights, side);
            }
            cost.parameters += if has_bias { output } else { 0 };
        }
        Block::InvertedBottleneck { kernel, expanded, squeeze, .. } => {
            add_inverted_bottleneck(cost, layer, kernel, expanded.into(), squeeze);
        }
        Block::Residual { kernel } => {
            cost.add_convolution(area(kernel) * input * output, image);
            cost.add_convolution(area(kernel) * output * output, image);
            add_shortcut(cost, layer);
        }
        Block::Bottleneck { kernel, inner } => {
            let inner = u64::from(inner);
            cost.add_convolution(input * inner, Image { channels: inner, side: layer.side.into() });
            cost.add_convolution(area(kernel) * inner * inner, Image { channels: inner, side });
            cost.add_convolution(inner * output, image);
            add_shortcut(cost, layer);
        }
        Block::Separable { kernel } => {
            cost.add_convolution(area(kernel) * input, Image { channels: input, side });
            cost.add_convolution(input * output, image);
        }
        Block::Patches { patch } => {
            cost.add_weights(area(patch) * input * output, side);
            cost.parameters += output + image.size();
        }
        Block::Transformer { hidden, .. } => add_transformer(cost, image, hidden.into()),
        Block::TokenPool => {
            let tokens = Image { channels: input, side: layer.side.into() };
            add_layer_normalisation(cost, tokens);
            add_pooling(cost, tokens);
        }
        Block::Pool => add_pooling(cost, Image { channels: input, side: layer.side.into() }),
        Block::Linear { is_normalised: true } => cost.add_convolution(input * output, image),
        Block::Linear { is_normalised: false } => add_linear(cost, input, output, 1),
    }
}

fn add_inverted_bottleneck(
    cost: &mut NetworkCost,
    layer: &Layer,
    kernel: u32,
    expanded: u64,
    squeeze: Option<Squeeze>,
) {
    let (input, output) = (u64::from(layer.input), u64::from(layer.output));
    let side = u64::from(layer.output_side());
    if expanded != input {
        let image = Image { channels: expanded, side: u64::from(layer.side) };
        cost.add_convolution(input * expanded, image);
    }
    let inner = Image { channels: expanded, side };
    cost.add_convolution(area(kernel) * expanded, inner);
    if let Some(squeeze) = squeeze {
        let squeezed = u64::from(squeeze.channels);
        cost.add_weights(2 * expanded * squeezed, 1);
        cost.parameters += expanded + squeezed;
        add_pooling(cost, inner);
    }
    cost.add_convolution(expanded * output, Image { channels: output, side });
}

/// Adds the convolution on a residual block's shortcut, if the shape changes.
fn add_shortcut(cost: &mut NetworkCost, layer: &Layer) {
    if !layer.keeps_shape() {
        let (input, output) = (u64::from(layer.input), u64::from(layer.output));
        let side = u64::from(layer.output_side());
        cost.add_convolution(input * output, Image { channels: output, side });
    }
}

/// Adds a transformer of `d` channels and `n` tokens: attention with `4 d² + 4 d` parameters and `4
/// n d² + 2 n² d` multiply–adds, an MLP of `h` hidden channels with `2 d h + h + d` parameters and
/// `2 n d h` multiply–adds, and normalisations with `4 d` parameters.
fn add_transformer(cost: &mut NetworkCost, tokens: Image, hidden: u64) {
    let Image { channels, side } = tokens;
    add_layer_normalisation(cost, tokens);
    add_linear(cost, channels, 3 * channels, side);
    let products = 2 * side.pow(4) * channels;
    cost.multiply_adds = cost.multiply_adds.saturating_add(products);
    add_linear(cost, channels, channels, side);
    add_layer_normalisation(cost, tokens);
    add_linear(cost, channels, hidden, side);
    add_linear(cost, hidden, channels, side);
}

/// Adds a linear layer with bias, applied at each of `side × side` positions.
fn add_linear(cost: &mut NetworkCost, input: u64, output: u64, side: u64) {
    cost.add_weights(input * output, side);
    cost.parameters += output;
}

fn add_layer_normalisation(cost: &mut NetworkCost, tokens: Image) {
    cost.parameters += 2 * tokens.channels;
    cost.normalised += tokens.size();
}

fn add_pooling(cost: &mut NetworkCost, image: Image) {
    cost.pooled += image.size();
    cost.features += image.channels;
}

fn area(side: u32) -> u64 {
    u64::from(side).pow(2)
}
