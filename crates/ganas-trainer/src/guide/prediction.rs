//! The guide's prediction for an architecture.

/// The models' predictions for an architecture. Higher is better, except for the deviation. If
/// there is a Gaussian process on the value, predictions are in units of the standard deviation of
/// the targets.
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
