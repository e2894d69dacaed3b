//! Paired differences between strategies, seed by seed.

use ganas_report::statistics::{mean, sign_flip, standard_deviation, standard_error};
use serde::Serialize;

/// How much better the first strategy is than another within a budget, seed by seed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paired {
    /// The first strategy.
    pub strategy: String,
    /// The other one.
    pub than: String,
    /// Number of queries.
    pub budget: usize,
    /// Mean over the seeds of the difference: of validation accuracies, or of hypervolumes.
    pub difference_mean: f64,
    /// Its standard error; `null` of one seed.
    pub difference_standard_error: Option<f64>,
    /// Probability of a mean at least as far from zero if the two were equal, by random changes of the
    /// differences' signs.
    pub p: f64,
}

impl Paired {
    /// The first strategy against each other one within each budget; `worth` says what each seed's search
    /// of a strategy, by its place, is worth within a budget. A seed with which one of the two measured
    /// nothing is left out.
    pub(super) fn all(
        strategies: &[&str],
        budgets: &[usize],
        worth: impl Fn(usize, usize) -> Vec<Option<f64>>,
    ) -> Vec<Self> {
        let others = 1..strategies.len();
        let pairs = others.flat_map(|other| budgets.iter().map(move |&budget| (other, budget)));
        let pair = |(other, budget): (usize, usize)| {
            let both = worth(0, budget).into_iter().zip(worth(other, budget));
            let differences: Vec<f64> = both.filter_map(|(one, two)| Some(one? - two?)).collect();
            let deviation = standard_deviation(&differences);
            Some(Self {
                strategy: strategies[0].to_owned(),
                than: strategies[other].to_owned(),
                budget,
                difference_mean: mean(&differences)?,
                difference_standard_error: deviation.map(|d| standard_error(d, differences.len())),
                p: sign_flip(&differences),
            })
        };
        pairs.filter_map(pair).collect()
    }
}
