//! Predicts which architectures are worth promoting to the next rung (level of fidelity), from the
//! results at their own rung.
//!
//! The value at the next rung is modelled as `rho · x + delta`. Here, `x` is the prediction of a
//! Gaussian process for the architecture's own rung. This process learns from all results at that
//! rung, so its prediction is less noisy than the architecture's own result. `delta` is the
//! prediction of a second Gaussian process, which learns the residuals of `rho · x`. Both processes
//! are fitted only to results in the study's history.
//!
//! Source: Kennedy and O'Hagan, "Predicting the output from a complex computer code when fast
//! approximations are available", Biometrika 87, 2000. Our model differs from theirs in two ways.
//! First, `rho` comes from a ridge regression that shrinks it towards 1. Second, the models learn
//! ranks instead of values.

use ganas_search::{Context, Partial, Trial};

use super::FAMILIES;
use super::features::{Features, Vocabulary};
use super::gaussian_process::GaussianProcess;
use super::hyperparameters::Hyperparameters;
use super::learner::Learner;
use super::targets::{Spread, logit_ranks};

/// Minimum number of results at the next rung; with fewer, only the order at the architectures' own
/// rung is known.
const MIN_RESULTS: usize = 4;

/// Number of standard deviations that are added to the predicted mean.
const OPTIMISM: f64 = 1.0;

/// Weight of the prior `rho = 1`, as a number of results.
const BELIEF: f64 = 1.0;

/// Returns the indices of the architectures expected to be best at the next rung, best first;
/// `None` if there are too few results at that rung.
pub(crate) fn promising(
    context: &Context<'_>,
    candidates: &[&Partial],
    count: usize,
) -> Option<Vec<usize>> {
    let rung = candidates.first()?.rung;
    let above = results_above(context, rung);
    if above.len() < MIN_RESULTS {
        return None;
    }
    let mut vocabulary = Vocabulary::default();
    let mut features = |trial: &Trial| {
        let graph = context.space.canonical_graph(&trial.arch);
        Features::of(context.space, &trial.arch, &graph, &mut vocabulary)
    };
    let partials = context.history.partials().iter().filter(|it| it.rung == rung);
    let (values, all): (Vec<_>, Vec<_>) =
        partials.map(|it| (it.trial.score.get(), features(&it.trial))).unzip();
    let learnt: Vec<_> = above.iter().map(|trial| features(trial)).collect();
    let asked: Vec<_> = candidates.iter().map(|it| features(&it.trial)).collect();
    let (learnt, asked) = (learnt.iter().collect::<Vec<_>>(), asked.iter().collect::<Vec<_>>());
    let here = smooth(&values, &all, &vocabulary)?;

    let xs = here.posterior(learnt.clone()).means;
    let values: Vec<_> = above.iter().map(|trial| trial.score.get()).collect();
    let targets = logit_ranks(&values);
    let line = Line::through(&xs, &targets);
    let rests: Vec<_> = xs.iter().zip(&targets).map(|(x, y)| y - line.at(*x)).collect();
    let chosen = Hyperparameters::likeliest(&FAMILIES, &learnt, &rests, &vocabulary);
    let mut process = GaussianProcess::fit(&learnt, &chosen, &vocabulary)?;
    process.set_targets(&rests);

    let xs = here.posterior(asked.clone()).means;
    let posterior = process.posterior(asked);
    let expected: Vec<_> =
        xs.iter().zip(&posterior.means).map(|(x, mean)| line.at(*x) + mean).collect();
    let score = |at: usize, deviation: f64| expected[at] + OPTIMISM * deviation;
    Some(posterior.choose(&process, count, score))
}

/// Returns the results at the next rung, of architectures promoted to it and of architectures that
/// started there.
fn results_above<'h>(context: &Context<'h>, rung: u32) -> Vec<&'h Trial> {
    let (history, next) = (context.history, rung + 1);
    match context.fidelity {
        Some(fidelity) if next < fidelity.top() => {
            let partials = history.partials().iter().filter(|it| it.rung == next);
            partials.map(|it| &it.trial).collect()
        }
        _ => history.trials().iter().filter(|it| it.query > 0).collect(),
    }
}

/// Fits a Gaussian process to the results of a rung.
fn smooth(values: &[f64], all: &[Features], vocabulary: &Vocabulary) -> Option<GaussianProcess> {
    let mut learner = Learner::default();
    learner.fit(&FAMILIES, values, all, vocabulary);
    learner.set_targets(&logit_ranks(values));
    learner.process
}

/// A regression line through the mean of the points; the targets must have mean 0.
#[derive(Debug, Clone, Copy)]
struct Line {
    middle: f64,
    slope: f64,
}

impl Line {
    fn through(xs: &[f64], targets: &[f64]) -> Self {
        let middle = Spread::of(xs).mean;
        let squares: f64 = xs.iter().map(|x| (x - middle).powi(2)).sum();
        let products: f64 = xs.iter().zip(targets).map(|(x, y)| (x - middle) * y).sum();
        Self { middle, slope: (products + BELIEF) / (squares + BELIEF) }
    }

    fn at(self, x: f64) -> f64 {
        self.slope * (x - self.middle)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ganas_graph::spaces::NasBench201;
    use ganas_search::{
        Evaluation, Fidelity, Measurement, Proposal, Strategy, StrategyError, Study, StudySettings,
    };

    use super::*;
    use crate::{GaNas, TrainerConfig};

    #[test]
    fn a_line_is_believed_to_rise_until_points_say_otherwise() {
        let slope = |xs: &[f64], ys: &[f64]| Line::through(xs, ys).slope;
        assert!((slope(&[0.0, 0.0], &[-1.0, 1.0]) - 1.0).abs() < 1e-12);
        let xs: Vec<_> = (0..100).map(f64::from).collect();
        let falling: Vec<_> = xs.iter().map(|x| 49.5 - x).collect();
        assert!((slope(&xs, &falling) + 1.0).abs() < 1e-3);
    }

    /// A strategy that proposes random architectures, and promotes them as GA-NAS does or by their
    /// order at the rung.
    #[derive(Debug)]
    struct Sampling {
        guided: Option<GaNas>,
    }

    impl Strategy for Sampling {
        fn name(&self) -> &'static str {
            "sampling"
        }

        fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
            let mut rng = context.streams.rng("test", context.round, 0);
            Ok(context.sample_open(context.at_most.min(10), &[], &mut rng))
        }

        fn promote(
            &self,
            context: &Context<'_>,
            candidates: &[&Partial],
            count: usize,
        ) -> Result<Vec<usize>, StrategyError> {
            let guided = self.guided.as_ref();
            guided.map_or(Ok(Vec::new()), |it| it.promote(context, candidates, count))
        }
    }

    /// Returns the mean value of the full evaluations. The full value is the number of pooled
    /// edges; the cheap value is the number of convolutions.
    fn mean(guided: Option<GaNas>) -> f64 {
        let fidelity =
            Fidelity { reduction: 4.0, ..Fidelity::new("epochs", vec![1.0, 10.0]).unwrap() };
        let settings = StudySettings { fidelity: Some(fidelity), ..StudySettings::new(30, 5) };
        let space = Arc::new(NasBench201::default());
        let mut study = Study::new(space, Box::new(Sampling { guided }), settings).unwrap();
        while let Some(open) = study.ask(1).unwrap().pop() {
            let liked = if open.rung.unwrap().rung == 0 { 3 } else { 4 };
            let choices = open.arch.choices().iter();
            let value = choices.filter(|&&choice| choice == liked).count() as f64;
            study.tell(open.trial, Evaluation::Measured(Measurement::new(value))).unwrap();
        }
        let whole = study.history().trials();
        assert!(whole.len() > 10, "{}", whole.len());
        whole.iter().map(|trial| trial.measurement.value).sum::<f64>() / whole.len() as f64
    }

    #[test]
    fn what_the_next_rung_likes_is_promoted() {
        let strategy = GaNas::new("ganas", TrainerConfig::ranked()).unwrap();
        let (guided, unguided) = (mean(Some(strategy)), mean(None));
        assert!(guided > unguided + 0.5, "{guided} {unguided}");
    }
}
