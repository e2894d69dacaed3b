//! What networks cost: metrics, parameters and multiply–adds.

/// A cost that a search space knows of an architecture without evaluating it.
///
/// Published benchmarks state costs in their own units, so a metric carries its unit: a bare number
/// in a constraint is in that unit, and a number with a suffix (`500k`, `4.6M`, `0.39G`) is a count.
#[derive(Debug, Clone, PartialEq)]
pub struct CostMetric {
    /// Name in constraints and reports, such as `params`.
    pub name: String,
    /// Unit in reports, such as `M`.
    pub unit: String,
    /// How many counts one unit is: 10⁶ for `M`.
    pub scale: f64,
}

impl CostMetric {
    /// A metric counted in millions.
    pub fn millions(name: &str) -> Self {
        Self { name: name.into(), unit: "M".into(), scale: 1e6 }
    }
}

/// A limit on one of a space's costs, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostLimit {
    /// Place of the metric in [`SearchSpace::cost_metrics`](crate::SearchSpace::cost_metrics).
    pub metric: usize,
    /// Least value in the metric's unit; −∞ if there is no such limit.
    pub least: f64,
    /// Largest value in the metric's unit; ∞ if there is no such limit.
    pub most: f64,
}

/// What a network costs for one image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NetworkCost {
    /// Trainable parameters: weights of convolutions and linear layers, two a channel of each batch or
    /// layer normalisation, biases, position embeddings. Auxiliary classifiers, dropped after training, are not counted.
    pub parameters: u64,
    /// Multiply–adds of convolutions, of linear layers and of attention's two products, biases left out.
    pub multiply_adds: u64,
    /// Numbers that batch and layer normalisations give.
    pub normalised: u64,
    /// Numbers that average poolings give, the global ones left out.
    pub averaged: u64,
    /// Numbers that global average poolings read.
    pub pooled: u64,
    /// Numbers that global average poolings give: their channels.
    pub features: u64,
}

impl NetworkCost {
    /// FLOPs by the rule of PyTorch's `thop`, whose figures some published records carry: a
    /// multiply–add is one, a normalised number four, an averaged one one, and global average
    /// poolings one for each number they read or give. Activation, addition and maximum are free.
    pub const fn thop_flops(&self) -> u64 {
        let others = 4 * self.normalised + self.averaged + self.pooled + self.features;
        self.multiply_adds.saturating_add(others)
    }

    /// A convolution of `weights` without bias and its batch normalisation.
    pub(crate) fn add_convolution(&mut self, weights: u64, image: Image) {
        self.add_weights(weights, image.side);
        self.parameters += 2 * image.channels;
        self.normalised += image.size();
    }

    /// A convolution of `weights` without bias.
    pub(crate) fn add_weights(&mut self, weights: u64, side: u64) {
        self.parameters += weights;
        self.multiply_adds = self.multiply_adds.saturating_add(weights * side * side);
    }
}

/// Channels and side of what an operator gives.
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
