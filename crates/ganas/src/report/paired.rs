//! Differences between two strategies, paired by seed.

use ganas_report::statistics::{mean, sign_flip, standard_deviation, standard_error};
use serde::Serialize;

/// The advantage of one strategy over another within a budget. It is computed from pairs of
/// searches, one by each strategy, that have the same seed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paired {
    /// The first strategy.
    pub strategy: String,
    /// The other strategy.
    pub than: String,
    /// Number of queries.
    pub budget: usize,
    /// Mean difference in validation accuracy, over the seeds for which both searches found an
    /// architecture, or mean difference in hypervolume, over all seeds. It is positive if the first
    /// strategy is better.
    pub difference_mean: f64,
    /// Standard error of the mean difference; `null` for a single pair.
    pub difference_standard_error: Option<f64>,
    /// The p-value of a sign-flip test. It is the probability that the mean difference would be at
    /// least as far from zero as `difference_mean` if the two strategies were equally good.
    pub p: f64,
}

impl Paired {
    /// Compares the first strategy with each of the others within each budget. `worth` takes the
    /// index of a strategy and a budget, and returns the worth of the strategy's search for each
    /// seed. A seed is left out if one of the two searches measured nothing.
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
