//! Costs of networks, such as their numbers of parameters and multiply–adds.

/// A kind of cost that a search space computes for an architecture without evaluating it.
///
/// Metrics have units, because published benchmarks give costs in different units. In a constraint,
/// a number without a suffix is in the metric's unit. A number with a suffix is a count, regardless
/// of the metric's unit: for parameters, for example, `500k`, `4.6M` and `0.39G` stand for 5 · 10⁵,
/// 4.6 · 10⁶ and 3.9 · 10⁸.
#[derive(Debug, Clone, PartialEq)]
pub struct CostMetric {
    /// Name of the metric in constraints and reports, such as `params`.
    pub name: String,
    /// Unit of the metric in reports, such as `M` for millions.
    pub unit: String,
    /// The number that one unit stands for. It is 10⁶ for `M`, for example.
    pub scale: f64,
}

impl CostMetric {
    /// Creates a metric whose unit is a million (`M`).
    pub fn millions(name: &str) -> Self {
        Self { name: name.into(), unit: "M".into(), scale: 1e6 }
    }
}

/// The range, including both ends, in which one of an architecture's costs must lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostLimit {
    /// Index of the metric in [`SearchSpace::cost_metrics`](crate::SearchSpace::cost_metrics).
    pub metric: usize,
    /// Minimum in the metric's unit, or −∞ if there is no minimum.
    pub least: f64,
    /// Maximum in the metric's unit, or ∞ if there is no maximum.
    pub most: f64,
}

/// The number of parameters of a network, and counts of the operations that it performs and the
/// values that it computes for one input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NetworkCost {
    /// Number of trainable parameters. These are the weights and biases of convolutions and linear
    /// layers, the position embeddings, and two parameters per channel of each batch or layer
    /// normalisation. Auxiliary classifiers are excluded, because they are dropped after training.
    pub parameters: u64,
    /// Number of multiply–adds in convolutions, in linear layers and in the two matrix products of
    /// attention. Biases are not counted.
    pub multiply_adds: u64,
    /// Number of values that batch and layer normalisations output.
    pub normalised: u64,
    /// Number of values that average-pooling layers output, excluding global average pooling.
    pub averaged: u64,
    /// Number of values that enter global average pooling.
    pub pooled: u64,
    /// Number of values that global average pooling outputs: one per channel.
    pub features: u64,
}

impl NetworkCost {
    /// Returns the number of FLOPs, counted by the rules of `thop`, a profiler for `PyTorch` that
    /// was used for some published benchmarks. A multiply–add counts as one operation, a normalised
    /// value as four, and an averaged value as one. Global average pooling counts as one operation
    /// per input value plus one per output value. Activations, additions and max pooling are not
    /// counted.
    pub const fn thop_flops(&self) -> u64 {
        let others = 4 * self.normalised + self.averaged + self.pooled + self.features;
        self.multiply_adds.saturating_add(others)
    }

    /// Adds a convolution of `weights` weights without bias, and the batch normalisation of its
    /// output `image`.
    pub(crate) fn add_convolution(&mut self, weights: u64, image: Image) {
        self.add_weights(weights, image.side);
        self.parameters += 2 * image.channels;
        self.normalised += image.size();
    }

    /// Adds a convolution of `weights` weights without bias, whose output has sides of length
    /// `side`.
    pub(crate) fn add_weights(&mut self, weights: u64, side: u64) {
        self.parameters += weights;
        self.multiply_adds = self.multiply_adds.saturating_add(weights * side * side);
    }
}

/// Number of channels and side length of an operator's output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image {
    pub(crate) channels: u64,
    pub(crate) side: u64,
}

impl Image {
    pub(crate) const fn size(self) -> u64 {
        self.channels * self.side * self.side
    }
}
