//! The costs that a chain knows of its networks.

use super::network::{Block, Layer, Network};
use crate::cost::{Image, NetworkCost};

impl Network {
    /// Every count of what the network costs for one input.
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
            let weights = u64::from(kernel * kernel) * input * output;
            if is_normalised {
                cost.add_convolution(weights, image);
            } else {
                cost.add_weights(weights, side);
            }
            cost.parameters += if has_bias { output } else { 0 };
        }
        Block::Bottleneck { kernel, expanded, squeeze, .. } => {
            let expanded_channels = u64::from(expanded);
            if expanded != layer.input {
                let image = Image { channels: expanded_channels, side: u64::from(layer.side) };
                cost.add_convolution(input * expanded_channels, image);
            }
            let inner = Image { channels: expanded_channels, side };
            cost.add_convolution(u64::from(kernel * kernel) * expanded_channels, inner);
            if let Some(squeeze) = squeeze {
                let squeezed = u64::from(squeeze.channels);
                cost.add_weights(2 * expanded_channels * squeezed, 1);
                cost.parameters += expanded_channels + squeezed;
                cost.pooled += inner.size();
                cost.features += expanded_channels;
            }
            cost.add_convolution(expanded_channels * output, image);
        }
        Block::Pool => {
            cost.pooled += input * u64::from(layer.side).pow(2);
            cost.features += input;
        }
        Block::Linear => {
            cost.add_weights(input * output, 1);
            cost.parameters += output;
        }
    }
}
