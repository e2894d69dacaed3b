//! What a guide says of an architecture.

/// What the models say of an architecture. Higher is better; unless the guide is the discriminator alone,
/// the numbers are in units of the standard deviation of what was measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Opinion {
    pub(crate) discriminator: f64,
    /// The Gaussian process's mean.
    pub(crate) mean: f64,
    /// The Gaussian process's standard deviation.
    pub(crate) deviation: f64,
    /// Logarithm of the probability that it can be used.
    pub(crate) log_feasible: f64,
    /// What candidates are chosen by.
    pub(crate) score: f64,
}
