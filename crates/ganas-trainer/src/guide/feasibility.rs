//! What is learnt of limits that only an evaluation reveals.
//!
//! Source: Gelbart, Snoek and Adams, "Bayesian optimization with unknown constraints" (UAI 2014): each
//! limit has a model of its own, and the acquisition is multiplied by the probability that all hold.

use ganas_search::{Bound, Rejections};

use super::features::{Features, Vocabulary};
use super::gaussian_process::GaussianProcess;
use super::hyperparameters::Hyperparameters;
use super::kernel::Family;
use super::targets::Spread;
use crate::truth::Use;

/// Gaussian processes on what is limited, and on whether an architecture can be used at all.
#[derive(Debug)]
pub(crate) struct Feasibility {
    models: Vec<Model>,
}

#[derive(Debug)]
struct Model {
    process: GaussianProcess,
    /// The limit in units of the targets.
    limit: f64,
    /// 1 if what is limited must be above the limit, −1 if below.
    sign: f64,
}

/// What is limited is often a sum of parts, or follows the costs.
const FAMILIES: [Family; 4] = [Family::All, Family::Linear, Family::Numbers, Family::Settings];

/// No model knows a number better, in units of the numbers' deviation.
const SMALLEST_DEVIATION: f64 = 0.02;

/// Deviations by which a limit is taken to be wider: the best often lies right at it.
const OPTIMISM: f64 = 1.5;

/// Evaluations that a model learns from, at most: the latest.
const MOST_LEARNT: usize = 300;

/// Evaluations on which hyperparameters are chosen, at most: the latest.
const MOST_CHOSEN_ON: usize = 100;

/// Evaluations from which a number is modelled.
const FEWEST: usize = 4;

impl Feasibility {
    /// May an evaluation be of no use?
    pub(crate) fn is_in_question(constraints: &Rejections, uses: &[Use]) -> bool {
        constraints.measured_limits().next().is_some() || uses.iter().any(|one| !one.is_usable)
    }

    /// `None` where nothing speaks against any architecture.
    pub(crate) fn learn(
        constraints: &Rejections,
        uses: &[Use],
        features: &[Features],
        vocabulary: &Vocabulary,
    ) -> Option<Self> {
        let mut models = Vec::new();
        if uses.iter().any(|one| !one.is_usable) {
            let usable = |one: &Use| Some(if one.is_usable { 1.0 } else { -1.0 });
            let targets = uses.iter().map(usable);
            models.extend(Model::fit(targets, 0.0, 1.0, features, vocabulary));
        }
        for (place, (_, bound, limit)) in constraints.measured_limits().enumerate() {
            // Costs and times differ by factors.
            let known = || uses.iter().filter_map(|one| one.limited[place]);
            let is_positive = limit > 0.0 && known().all(|found| found > 0.0);
            let scaled = |number: f64| if is_positive { number.ln() } else { number };
            let beyond = |number: f64| scaled(number) - scaled(limit);
            let unit = median(known().map(|number| beyond(number).abs()));
            // What is far from the limit says little of where that is.
            let target = |number: f64| (beyond(number) / unit).asinh();
            let targets = uses.iter().map(|one| one.limited[place].map(target));
            let sign = match bound {
                Bound::Max => -1.0,
                Bound::Min => 1.0,
            };
            models.extend(Model::fit(targets, 0.0, sign, features, vocabulary));
        }
        (!models.is_empty()).then_some(Self { models })
    }

    /// Logarithm of the probability that an architecture can be used.
    pub(crate) fn log_probabilities(&self, features: &[&Features]) -> Vec<f64> {
        let mut logarithms = vec![0.0; features.len()];
        for model in &self.models {
            let posterior = model.process.posterior(features.to_vec());
            for (at, logarithm) in logarithms.iter_mut().enumerate() {
                let deviation = posterior.deviations[at].max(SMALLEST_DEVIATION);
                let margin = model.sign * (posterior.means[at] - model.limit) / deviation;
                *logarithm += log_normal(margin + OPTIMISM);
            }
        }
        logarithms
    }
}

impl Model {
    fn fit(
        targets: impl Iterator<Item = Option<f64>>,
        limit: f64,
        sign: f64,
        features: &[Features],
        vocabulary: &Vocabulary,
    ) -> Option<Self> {
        let known = targets.zip(features).filter_map(|(target, seen)| Some((target?, seen)));
        let (mut targets, mut features): (Vec<f64>, Vec<&Features>) = known.unzip();
        if targets.len() < FEWEST {
            return None;
        }
        let old = targets.len().saturating_sub(MOST_LEARNT);
        targets.drain(..old);
        features.drain(..old);
        let spread = Spread::of(&targets);
        for target in &mut targets {
            *target = spread.standardise(*target);
        }
        let latest = targets.len().saturating_sub(MOST_CHOSEN_ON);
        let chosen = Hyperparameters::likeliest(
            &FAMILIES,
            &features[latest..],
            &targets[latest..],
            vocabulary,
        );
        let mut process = GaussianProcess::fit(&features, &chosen, vocabulary)?;
        process.aim(&targets);
        let limit = spread.standardise(limit).clamp(-1e3, 1e3);
        Some(Self { process, limit, sign })
    }
}

/// The median; 1 where that is 0, as where there is nothing.
fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().filter(|median| *median > 0.0).unwrap_or(1.0)
}

/// Logarithm of the standard normal distribution's function.
fn log_normal(x: f64) -> f64 {
    if x < -30.0 {
        // The function is 0 in f64; this is its asymptotic form.
        return -x * x / 2.0 - (-x * (2.0 * std::f64::consts::PI).sqrt()).ln();
    }
    (libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_logarithm_is_right() {
        // Exact values by erf.
        for (x, exact) in [
            (0.0, -std::f64::consts::LN_2),
            (1.0, -0.172_753),
            (-1.0, -1.841_02),
            (-3.0, -6.607_73),
            (3.0, -0.001_351),
            (-8.0, -35.013_44),
        ] {
            let found = log_normal(x);
            assert!((found - exact).abs() < 1e-3, "{x}: {found} {exact}");
        }
        assert!(log_normal(-1e3).is_finite() && log_normal(1e3) <= 0.0);
        let steps = (-1000..1000).map(|step| log_normal(f64::from(step) / 20.0));
        assert!(steps.is_sorted_by(|a, b| a <= b));
    }
}
