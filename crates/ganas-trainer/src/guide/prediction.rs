//! A guide's prediction for an architecture.

/// The models' predictions for an architecture. Higher is better; unless the guide is the discriminator
/// alone, numbers are in units of the standard deviation of the measurements.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Prediction {
    pub(crate) discriminator: f64,
    /// The Gaussian process's mean.
    pub(crate) mean: f64,
    /// The Gaussian process's standard deviation.
    pub(crate) deviation: f64,
    /// Log probability that the architecture is usable.
    pub(crate) log_feasible: f64,
    /// The score by which candidates are chosen.
    pub(crate) score: f64,
}
