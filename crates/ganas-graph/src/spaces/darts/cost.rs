//! The costs of the network built from two cells.

use super::cell::{Cell, NONE};
use crate::cost::{Image, NetworkCost};

/// CIFAR-10: side length of an image (`SIDE`), number of colours, number of classes.
const SIDE: u64 = 32;
const COLOURS: u64 = 3;
const CLASSES: u64 = 10;

/// The stem has this many times as many channels as the first cell.
const STEM_MULTIPLIER: u64 = 3;

/// The width and the depth of the network that is built from an architecture for training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    /// Number of channels of the first cell's operators. Each reduction cell doubles this number.
    pub init_channels: u16,
    /// Number of cells. The cells with the indices `layers / 3` and `2 · layers / 3`, counted from
    /// 0, are reduction cells.
    pub layers: u8,
}

impl Network {
    /// Returns the size of the CIFAR-10 network of the DARTS paper: 36 channels and 20 cells.
    pub const fn darts_cifar10() -> Self {
        Self { init_channels: 36, layers: 20 }
    }

    /// Returns the size of the smaller network that NAS-Bench-301 trains: 32 channels and 8 cells.
    pub const fn nasbench301() -> Self {
        Self { init_channels: 32, layers: 8 }
    }
}

/// Returns the cost of the network built from two cells.
///
/// # Source
/// `NetworkCIFAR` and `Cell` in `cnn/model.py`, `OPS` in `cnn/operations.py` of quark0/darts.
pub(super) fn cost(cells: &[Cell; 2], network: Network) -> NetworkCost {
    let mut cost = NetworkCost::default();
    let layers = usize::from(network.layers);
    let mut channels = u64::from(network.init_channels);
    let mut side = SIDE;
    let stem = Image { channels: STEM_MULTIPLIER * channels, side };
    cost.add_convolution(9 * COLOURS * stem.channels, stem);
    let (mut before, mut last) = (stem.channels, stem.channels);
    for layer in 0..layers {
        let is_reduction = layer == layers / 3 || layer == 2 * layers / 3;
        channels *= if is_reduction { 2 } else { 1 };
        let input = Image { channels, side };
        cost.add_convolution(before * channels, input);
        cost.add_convolution(last * channels, input);
        side /= if is_reduction { 2 } else { 1 };
        add_cell(
            &mut cost,
            &cells[usize::from(is_reduction)],
            Image { channels, side },
            is_reduction,
        );
        (before, last) = (last, 4 * channels);
    }
    cost.parameters += (last + 1) * CLASSES;
    cost.multiply_adds += last * CLASSES;
    cost.pooled = last * side * side;
    cost.features = last;
    cost
}

fn add_cell(cost: &mut NetworkCost, cell: &Cell, output: Image, is_reduction: bool) {
    let pointwise = output.channels * output.channels;
    for edge in cell {
        let kernel = if matches!(edge.operator, 4 | 6) { 5 } else { 3 };
        let depthwise = output.channels * kernel * kernel;
        let halves = is_reduction && edge.input < 2;
        let separable = |cost: &mut NetworkCost| {
            cost.add_weights(depthwise, output.side);
            cost.add_convolution(pointwise, output);
        };
        match edge.operator {
            1 => cost.averaged += output.size(),
            2 if halves => cost.add_convolution(pointwise, output),
            3 | 4 => (0..2).for_each(|_| separable(cost)),
            5 | 6 => separable(cost),
            // Max pooling and skip connections have no weights, and `none` has no cost.
            0 | 2 | NONE.. => {}
        }
    }
}
