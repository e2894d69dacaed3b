//! Models that predict whether an architecture is usable and satisfies the limits that only an
//! evaluation can check.
//!
//! Source: Gelbart, Snoek and Adams, "Bayesian optimization with unknown constraints" (UAI 2014).
//! In that paper, each limit has its own model, and the acquisition function is multiplied by the
//! probability that all limits are satisfied. Here, the weighted logarithm of that probability is
//! added to the score.

use ganas_search::{Bound, ConstraintSet};

use super::features::{Features, Vocabulary};
use super::gaussian_process::GaussianProcess;
use super::hyperparameters::Hyperparameters;
use super::kernel::Family;
use super::targets::Spread;
use crate::truth::FeasibilitySample;

/// Gaussian processes on the metrics with limits, and on whether an architecture is usable at all.
#[derive(Debug)]
pub(crate) struct Feasibility {
    models: Vec<Model>,
}

#[derive(Debug)]
struct Model {
    process: GaussianProcess,
    /// The limit in units of the targets.
    limit: f64,
    /// 1 if the metric must be above the limit, −1 if it must be below.
    sign: f64,
}

/// Kernel families to choose from: metrics with limits are often sums of parts, or follow the
/// costs.
const FAMILIES: [Family; 4] = [Family::All, Family::Linear, Family::Numbers, Family::Settings];

/// Minimum standard deviation of a prediction, in units of the standard deviation of the targets.
const SMALLEST_DEVIATION: f64 = 0.02;

/// Number of standard deviations by which a limit is relaxed, since the best architectures often
/// lie right at the limit.
const OPTIMISM: f64 = 1.5;

/// Maximum number of evaluations that a model learns from; if there are more, the latest are used.
const MAX_LEARNT: usize = 300;

/// Maximum number of evaluations on which hyperparameters are chosen; if there are more, the latest
/// are used.
const MAX_FOR_HYPERPARAMETERS: usize = 100;

/// Minimum number of evaluations needed to model a metric.
const MIN_EVALUATIONS: usize = 4;

impl Feasibility {
    /// Returns true if evaluations may turn out unusable: if there are limits on measured metrics,
    /// or if an evaluation was unusable before.
    pub(crate) fn is_in_question(
        constraints: &ConstraintSet,
        samples: &[FeasibilitySample],
    ) -> bool {
        constraints.measured_limits().next().is_some() || samples.iter().any(|one| !one.is_usable)
    }

    /// Fits the models; `None` if nothing suggests that any architecture is unusable, or if there
    /// are too few evaluations to learn from.
    pub(crate) fn learn(
        constraints: &ConstraintSet,
        samples: &[FeasibilitySample],
        features: &[Features],
        vocabulary: &Vocabulary,
    ) -> Option<Self> {
        let mut models = Vec::new();
        if samples.iter().any(|one| !one.is_usable) {
            let usable = |one: &FeasibilitySample| Some(if one.is_usable { 1.0 } else { -1.0 });
            let targets = samples.iter().map(usable);
            models.extend(Model::fit(targets, 0.0, 1.0, features, vocabulary));
        }
        for (place, (_, bound, limit)) in constraints.measured_limits().enumerate() {
            // Costs and times vary by factors.
            let known = || samples.iter().filter_map(|one| one.limited[place]);
            let is_positive = limit > 0.0 && known().all(|found| found > 0.0);
            let scaled = |number: f64| if is_positive { number.ln() } else { number };
            let beyond = |number: f64| scaled(number) - scaled(limit);
            let unit = median(known().map(|number| beyond(number).abs()));
            // Values far from the limit tell little about its location.
            let target = |number: f64| (beyond(number) / unit).asinh();
            let targets = samples.iter().map(|one| one.limited[place].map(target));
            let sign = match bound {
                Bound::Max => -1.0,
                Bound::Min => 1.0,
            };
            models.extend(Model::fit(targets, 0.0, sign, features, vocabulary));
        }
        (!models.is_empty()).then_some(Self { models })
    }

    /// Returns the log probability that each architecture is usable.
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
        if targets.len() < MIN_EVALUATIONS {
            return None;
        }
        let old = targets.len().saturating_sub(MAX_LEARNT);
        targets.drain(..old);
        features.drain(..old);
        let spread = Spread::of(&targets);
        for target in &mut targets {
            *target = spread.standardise(*target);
        }
        let latest = targets.len().saturating_sub(MAX_FOR_HYPERPARAMETERS);
        let chosen = Hyperparameters::likeliest(
            &FAMILIES,
            &features[latest..],
            &targets[latest..],
            vocabulary,
        );
        let mut process = GaussianProcess::fit(&features, &chosen, vocabulary)?;
        process.set_targets(&targets);
        let limit = spread.standardise(limit).clamp(-1e3, 1e3);
        Some(Self { process, limit, sign })
    }
}

/// Returns the median; 1 if the median is 0 or there are no numbers.
fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().filter(|median| *median > 0.0).unwrap_or(1.0)
}

/// Returns the logarithm of the standard normal distribution function.
fn log_normal(x: f64) -> f64 {
    if x < -30.0 {
        // The function underflows to 0 in f64; this is its asymptotic form.
        return -x * x / 2.0 - (-x * (2.0 * std::f64::consts::PI).sqrt()).ln();
    }
    (libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0).ln()
}

#[cfg(test)]
mod tests {
    use ganas_graph::{moves, spaces::NasBench201};
    use ganas_search::{Constraint, KnownMetrics};

    use super::super::tests::features;
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn a_limit_is_learnt_from_four_measurements_at_least() {
        let mut vocabulary = Vocabulary::default();
        let features = &features(2_000, &mut vocabulary)[..5];
        let fitted = |known: usize| {
            let targets = (0..5_u8).map(|at| (usize::from(at) < known).then_some(f64::from(at)));
            Model::fit(targets, 2.0, 1.0, features, &vocabulary).is_some()
        };
        assert_eq!([0, 1, 3, 4, 5].map(fitted), [false, false, false, true, true]);
    }

    #[test]
    fn probabilities_do_not_depend_on_the_unit() {
        let mut vocabulary = Vocabulary::default();
        let features = features(1_000, &mut vocabulary);
        let (seen, unseen) = features.split_at(8);
        let probabilities = |unit: f64| {
            let targets = (0..8).map(|at| Some(f64::from(at % 3) * unit));
            let model = Model::fit(targets, 1.4 * unit, 1.0, seen, &vocabulary).unwrap();
            let unseen: Vec<_> = unseen.iter().collect();
            Feasibility { models: vec![model] }.log_probabilities(&unseen)
        };
        for (one, other) in probabilities(1.0).iter().zip(probabilities(20.0)) {
            assert!((one - other).abs() < 1e-6, "{one} {other}");
        }
    }

    #[test]
    fn a_small_deviation_makes_a_side_of_the_limit_certain() {
        let mut vocabulary = Vocabulary::default();
        let features = features(1_000, &mut vocabulary);
        let targets = (0..features.len()).map(|at| Some(if at < 8 { -1.0 } else { 1.0 }));
        let model = Model::fit(targets, 0.0, 1.0, &features, &vocabulary).unwrap();
        let seen: Vec<_> = features.iter().collect();
        let posterior = model.process.posterior(seen.clone());
        let found = Feasibility { models: vec![model] }.log_probabilities(&seen);
        let (least, most) = (found[0], found[features.len() - 1]);
        assert!(least < -1.0 && most > -0.01, "{least} {most} {:?}", posterior.deviations);
    }

    #[test]
    fn a_limit_of_0_has_no_logarithm() {
        let space = NasBench201::default();
        let mut vocabulary = Vocabulary::default();
        let features = features(1_000, &mut vocabulary);
        let limit = Constraint::parse(&space, KnownMetrics::Anything, Bound::Max, "ms=0").unwrap();
        let mut fixture = Fixture::new();
        fixture.settings.constraints.push(limit);
        let samples: Vec<_> = (1_u8..)
            .zip(moves::enumerate(&space).step_by(1_000))
            .map(|(ms, arch)| FeasibilitySample {
                arch,
                is_usable: true,
                limited: vec![Some(f64::from(ms))],
            })
            .collect();
        let found = fixture.with_context(move |context| {
            let learnt =
                Feasibility::learn(context.constraints, &samples, &features, &vocabulary).unwrap();
            learnt.log_probabilities(&features.iter().collect::<Vec<_>>())
        });
        assert!(found.iter().all(|it| it.is_finite() && *it < 0.0), "{found:?}");
    }

    #[test]
    fn the_normal_logarithm_is_right() {
        // Exact values from erf.
        for (x, exact) in [
            (0.0, -std::f64::consts::LN_2),
            (1.0, -0.172_753),
            (-1.0, -1.841_02),
            (-3.0, -6.607_73),
            (3.0, -0.001_351),
            (-8.0, -35.013_44),
            (-40.0, -804.608_44),
        ] {
            let found = log_normal(x);
            assert!((found - exact).abs() < 1e-3, "{x}: {found} {exact}");
        }
        assert!(log_normal(-1e3).is_finite() && log_normal(1e3) <= 0.0);
        let steps = (-1000..1000).map(|step| log_normal(f64::from(step) / 20.0));
        assert!(steps.is_sorted_by(|a, b| a <= b));
    }
}
