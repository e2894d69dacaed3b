//! Costs of networks: metrics, parameters and multiply–adds.

/// A cost that a search space computes for an architecture without evaluating it.
///
/// Published benchmarks give costs in their own units, so a metric has a unit: a bare number in a
/// constraint is in that unit, and a number with a suffix (`500k`, `4.6M`, `0.39G`) is a count.
#[derive(Debug, Clone, PartialEq)]
pub struct CostMetric {
    /// Name in constraints and reports, such as `params`.
    pub name: String,
    /// Unit in reports, such as `M`.
    pub unit: String,
    /// Number of counts per unit: 10⁶ for `M`.
    pub scale: f64,
}

impl CostMetric {
    /// Creates a metric counted in millions.
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

/// The cost of a network for one image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NetworkCost {
    /// Trainable parameters: weights of convolutions and linear layers, two per channel of each batch
    /// or layer normalisation, biases, position embeddings. Excludes auxiliary classifiers, which are
    /// dropped after training.
    pub parameters: u64,
    /// Multiply–adds of convolutions, linear layers and the two products of attention, without biases.
    pub multiply_adds: u64,
    /// Number of outputs of batch and layer normalisations.
    pub normalised: u64,
    /// Number of outputs of average poolings, except global ones.
    pub averaged: u64,
    /// Number of inputs of global average poolings.
    pub pooled: u64,
    /// Number of outputs of global average poolings: their channels.
    pub features: u64,
}

impl NetworkCost {
    /// Returns FLOPs by the rule of PyTorch's `thop`, used in some published records: a multiply–add
    /// counts one, a normalised value four, an averaged value one, and a global average pooling one per
    /// input and output. Activations, additions and maxima are free.
    pub const fn thop_flops(&self) -> u64 {
        let others = 4 * self.normalised + self.averaged + self.pooled + self.features;
        self.multiply_adds.saturating_add(others)
    }

    /// Adds a convolution of `weights` without bias, and its batch normalisation.
    pub(crate) fn add_convolution(&mut self, weights: u64, image: Image) {
        self.add_weights(weights, image.side);
        self.parameters += 2 * image.channels;
        self.normalised += image.size();
    }

    /// Adds a convolution of `weights` without bias.
    pub(crate) fn add_weights(&mut self, weights: u64, side: u64) {
        self.parameters += weights;
        self.multiply_adds = self.multiply_adds.saturating_add(weights * side * side);
    }
}

/// Channels and side of an operator's output.
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
