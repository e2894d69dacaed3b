use std::fmt::Debug;

use ganas_graph::Arch;

use crate::EvaluationError;

/// Measures architectures: a benchmark's table, a surrogate model, or a training.
pub trait Evaluator: Debug + Sync {
    /// Measures one architecture. Higher values are better.
    ///
    /// # Errors
    /// If the architecture is in the domain and yet could not be measured.
    fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError>;
}

/// What an evaluator says of an architecture.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Evaluation {
    /// It was measured; this costs a query.
    Measured(Measurement),
    /// The evaluator does not know it, as a table of part of a space; this costs no query.
    OutOfDomain,
}

/// What is known of an architecture after a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    /// The objective, higher is better. Benchmarks give validation accuracy in percent.
    pub value: f64,
    /// Seconds of training that the measurement stands for, where known.
    pub train_seconds: Option<f64>,
}

/// What only a report may see: a benchmark's test results and its optimum.
///
/// A [`Strategy`](crate::Strategy) is never handed one.
pub trait TestOracle: Debug + Sync {
    /// Test accuracy in percent, where it is known.
    fn test(&self, arch: &Arch) -> Option<f64>;

    /// The best value that the evaluator gives to any architecture, where it is known.
    fn optimum(&self) -> Option<f64>;

    /// How many architectures have a higher value than `value`, plus one, where it is known.
    fn rank(&self, value: f64) -> Option<usize>;
}
