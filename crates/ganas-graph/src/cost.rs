//! Costs of networks: metrics, parameters and multiply–adds.

/// A kind of cost that a search space computes for an architecture without evaluating it.
///
/// Metrics have units, since published benchmarks give costs in different units. In a constraint, a
/// bare number is in the metric's unit; a number with a suffix (`500k`, `4.6M`, `0.39G`) is a
/// count, whatever the unit.
#[derive(Debug, Clone, PartialEq)]
pub struct CostMetric {
    /// Name in constraints and reports, such as `params`.
    pub name: String,
    /// Unit in reports, such as `M`.
    pub unit: String,
    /// The count that one unit stands for: 10⁶ for `M`.
    pub scale: f64,
}

impl CostMetric {
    /// Creates a metric whose unit is a million (`M`).
    pub fn millions(name: &str) -> Self {
        Self { name: name.into(), unit: "M".into(), scale: 1e6 }
    }
}

/// The range, including both ends, in which one of a space's costs must lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostLimit {
    /// Index of the metric in [`SearchSpace::cost_metrics`](crate::SearchSpace::cost_metrics).
    pub metric: usize,
    /// Minimum in the metric's unit; −∞ if there is none.
    pub least: f64,
    /// Maximum in the metric's unit; ∞ if there is none.
    pub most: f64,
}

/// The number of parameters of a network, and the numbers of its operations for one image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NetworkCost {
    /// Number of trainable parameters: weights of convolutions and linear layers, two parameters
    /// per channel of each batch or layer normalisation, biases and position embeddings. Auxiliary
    /// classifiers are excluded, since they are dropped after training.
    pub parameters: u64,
    /// Number of multiply–adds in convolutions, linear layers and the two matrix products of
    /// attention. Biases are not counted.
    pub multiply_adds: u64,
    /// Number of outputs of batch and layer normalisations.
    pub normalised: u64,
    /// Number of outputs of average poolings, except global ones.
    pub averaged: u64,
    /// Number of inputs of global average poolings.
    pub pooled: u64,
    /// Number of outputs of global average poolings: one per channel.
    pub features: u64,
}

impl NetworkCost {
    /// Returns the FLOPs by the rule of `thop`, a profiler for `PyTorch` that some published
    /// records use. A multiply–add counts as one, a normalised value as four and an averaged value
    /// as one. A global average pooling counts as one per input plus one per output. Activations,
    /// additions and maxima are free.
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
