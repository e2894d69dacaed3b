//! The weight of the Gaussian process relative to the discriminator. The weight is learnt from how
//! well each of the two models predicted results before they were measured.

use serde::{Deserialize, Serialize};

/// A weighted least-squares fit of the discriminator's errors to the difference between the two
/// models' predictions; the weights of older measurements decay exponentially. Its slope is the
/// Gaussian process's share, between 0 and 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ModelWeights {
    sums: Sums,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Sums {
    weight: f64,
    difference: f64,
    rest: f64,
    difference_squared: f64,
    difference_rest: f64,
}

/// Factor by which each new measurement multiplies the weights of earlier measurements.
const KEPT: f64 = 0.95;

impl ModelWeights {
    /// Learns from a measured `target`; the discriminator had predicted `discriminator`, and the
    /// Gaussian process `mean`.
    pub(crate) fn learn(&mut self, discriminator: f64, mean: f64, target: f64) {
        let (difference, rest) = (mean - discriminator, target - discriminator);
        let Sums { weight, difference: sum, rest: rests, difference_squared, difference_rest } =
            self.sums;
        self.sums = Sums {
            weight: weight * KEPT + 1.0,
            difference: sum * KEPT + difference,
            rest: rests * KEPT + rest,
            difference_squared: difference_squared * KEPT + difference.powi(2),
            difference_rest: difference_rest * KEPT + difference * rest,
        };
    }

    /// Returns the Gaussian process's share; `prior` until there are two measurements.
    pub(crate) fn share(&self, prior: f64) -> f64 {
        let Sums { weight, difference, rest, difference_squared, difference_rest } = self.sums;
        if weight < 1.5 {
            return prior;
        }
        let together = difference_rest - difference * rest / weight;
        let alone = difference_squared - difference.powi(2) / weight;
        ((together + prior) / (alone + 1.0)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the share after fifty measurements with the given predictions.
    fn share(discriminator: impl Fn(f64) -> f64, mean: impl Fn(f64) -> f64) -> f64 {
        let mut weights = ModelWeights::default();
        for step in 0..50 {
            let target = f64::from(step % 7) - 3.0;
            weights.learn(discriminator(target), mean(target), target);
        }
        weights.share(0.25)
    }

    #[test]
    fn who_foresaw_it_is_believed() {
        let wrong = |target: f64| -0.5 * target;
        let right = |target: f64| target;
        assert!(share(wrong, right) > 0.95);
        assert!(share(right, wrong) < 0.05);
        let half = share(|target| 1.5 * target, |target| 0.5 * target);
        assert!((half - 0.5).abs() < 0.05, "{half}");
    }

    #[test]
    fn nothing_known_is_the_prior() {
        let mut weights = ModelWeights::default();
        assert_eq!(weights.share(0.25).to_bits(), 0.25_f64.to_bits());
        weights.learn(1.0, 0.0, 0.0);
        assert_eq!(weights.share(0.25).to_bits(), 0.25_f64.to_bits());
    }

    #[test]
    fn what_was_long_ago_is_forgotten() {
        let mut weights = ModelWeights::default();
        let mut tell = |is_process_right: bool| {
            for step in 0..100 {
                let target = f64::from(step % 5) - 2.0;
                let (right, wrong) = (target, -target);
                let (first, second) =
                    if is_process_right { (wrong, right) } else { (right, wrong) };
                weights.learn(first, second, target);
            }
            weights.share(0.25)
        };
        assert!(tell(true) > 0.9);
        assert!(tell(false) < 0.1);
    }
}
