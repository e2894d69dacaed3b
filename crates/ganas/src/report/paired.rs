//! Paired differences between strategies, seed by seed.

use ganas_search::Streams;
use rand::Rng;
use serde::Serialize;

use super::statistics::{mean, standard_deviation, standard_error};

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

/// Flips of the test; the least p is one in this many.
const FLIPS: u32 = 20_000;

/// Two-sided test that paired differences are symmetric about zero: the share of random changes of
/// their signs, the given ones among them, whose mean is as far from zero.
///
/// It assumes no distribution, which matters here: many differences are exactly zero.
///
/// Source: Fisher, "The design of experiments", 1935, section 21.
fn sign_flip(differences: &[f64]) -> f64 {
    let mut rng = Streams::new(0).rng("sign-flip", 0, 0);
    let found = differences.iter().sum::<f64>().abs();
    // Sums of equal numbers in another order differ in the last bits.
    let least = found * (1.0 - 1e-9);
    let mut flipped = || {
        let signed = differences.iter().map(|value| if rng.random() { *value } else { -value });
        signed.sum::<f64>().abs() >= least
    };
    let as_far = (1..FLIPS).filter(|_| flipped()).count() + 1;
    as_far as f64 / f64::from(FLIPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_known_samples() {
        // All of one sign: 2 of 2⁸ changes of signs are as far.
        let p = sign_flip(&[1.0, 2.0, 1.5, 0.5, 3.0, 1.0, 2.5, 0.7]);
        assert!((p - 2.0 / 256.0).abs() < 0.001, "{p}");
        assert!(sign_flip(&[1.0, -1.0, 0.5, -0.5]) > 0.99);
        assert!(sign_flip(&[0.0; 5]) > 0.99);
        assert!(sign_flip(&[1.0; 30]) < 2.0 / f64::from(FLIPS));
    }
}
