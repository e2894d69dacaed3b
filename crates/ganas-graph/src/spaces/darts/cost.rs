use super::cell::{Cell, NONE};

/// Side of a CIFAR-10 image, its colours and classes.
const SIDE: u64 = 32;
const COLOURS: u64 = 3;
const CLASSES: u64 = 10;

/// The stem has this many times the channels of the first cell.
const STEM_MULTIPLIER: u64 = 3;

/// The network that a genotype is trained as: its width and depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    /// Channels of the first cell's operators; each reduction cell doubles them.
    pub init_channels: u16,
    /// Number of cells. Cells `layers / 3` and `2 · layers / 3`, counted from 0, are reductions.
    pub layers: u8,
}

impl Network {
    /// The CIFAR-10 network of the DARTS paper: 36 channels, 20 cells.
    pub const fn darts_cifar10() -> Self {
        Self { init_channels: 36, layers: 20 }
    }

    /// The proxy that NAS-Bench-301 is about: 32 channels, 8 cells.
    pub const fn nasbench301() -> Self {
        Self { init_channels: 32, layers: 8 }
    }
}

/// What a network costs for one image of 32 × 32 pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NetworkCost {
    /// Trainable parameters: weights of convolutions, two a channel of each batch normalisation,
    /// the classifier with its bias. The auxiliary classifier, dropped after training, is not
    /// counted.
    pub parameters: u64,
    /// Multiply–adds of convolutions and of the classifier.
    pub multiply_adds: u64,
    /// Numbers that batch normalisations give.
    pub normalised: u64,
    /// Numbers that average poolings within cells give.
    pub averaged: u64,
    /// Numbers that the global average pooling reads.
    pub pooled: u64,
    /// Numbers that the global average pooling gives: channels of the last cell.
    pub features: u64,
}

impl NetworkCost {
    /// FLOPs by the rule of PyTorch's `thop`, whose figures some published records carry: a
    /// multiply–add is one, a normalised number four, an averaged one one, and the global average
    /// pooling one for each number it reads or gives. Activation, addition and maximum are free.
    pub const fn thop_flops(&self) -> u64 {
        self.multiply_adds + 4 * self.normalised + self.averaged + self.pooled + self.features
    }

    /// A convolution of `weights` without bias and its batch normalisation.
    fn add_convolution(&mut self, weights: u64, image: Image) {
        self.add_weights(weights, image.side);
        self.parameters += 2 * image.channels;
        self.normalised += image.size();
    }

    /// A convolution of `weights` without bias.
    fn add_weights(&mut self, weights: u64, side: u64) {
        self.parameters += weights;
        self.multiply_adds += weights * side * side;
    }
}

/// Channels and side of what an operator gives.
#[derive(Debug, Clone, Copy)]
struct Image {
    channels: u64,
    side: u64,
}

impl Image {
    const fn size(self) -> u64 {
        self.channels * self.side * self.side
    }
}

/// Cost of the network of two cells.
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
            // A maximum or a skip has no weights, and `none` nothing at all.
            0 | 2 | NONE.. => {}
        }
    }
}
