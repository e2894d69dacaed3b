//! Guides a search for the Pareto front by the hypervolume that an architecture is expected to add.
//!
//! Source: Emmerich, Giannakoglou and Naujoks, "Single- and multiobjective evolutionary
//! optimization assisted by Gaussian random field metamodels", IEEE Transactions on Evolutionary
//! Computation 10 (2006). Each objective has its own Gaussian process, unless the objective is a
//! cost that the space computes without an evaluation. Unlike in the paper, the processes learn
//! ranks. Draws from a process are mapped back to the objective's scale, and the expected
//! hypervolume is the mean over the draws.

use ganas_graph::{Arch, SearchSpace};
use ganas_search::{Context, Streams, hypervolume_gain};
use rand::Rng;

use super::features::{Features, Vocabulary};
use super::gaussian_process::Posterior;
use super::kernel::Family;
use super::learner::Learner;
use super::targets::logit_ranks;
use super::value_scale::{Curve, Scale};
use crate::truth::Measured;

/// The models of the objectives, and the Pareto front so far.
#[derive(Debug)]
pub(crate) struct Front {
    models: Vec<Model>,
    /// Standard normal draws, each with one number per model.
    draws: Vec<Vec<f64>>,
    /// Points of the front, as shares of each objective's scale.
    points: Vec<Vec<f64>>,
}

/// The model of an objective.
#[derive(Debug)]
enum Model {
    /// A cost that the space computes without an evaluation. The cost is given by its index.
    Known {
        cost: usize,
        sign: f64,
        scale: Scale,
    },
    Learnt {
        learner: Box<Learner>,
        families: &'static [Family],
        curve: Curve,
    },
}

/// Number of draws from the models per architecture.
const DRAWS: usize = 64;

/// Kernel families for the Gaussian process of the main objective, the same as in a study with this
/// objective alone. Other objectives have more families ([`OF_OTHERS`]), since they are often
/// costs, which are sums of parts.
const OF_THE_VALUE: &[Family] = &[Family::All, Family::Settings];
const OF_OTHERS: &[Family] = &[Family::All, Family::Linear, Family::Numbers, Family::Settings];

/// Distance of the reference point below the lower end of each objective's scale, which runs from 0
/// (worst) to 1 (best). It lets the end points of a front add hypervolume too.
const BELOW: f64 = 0.05;

/// Smallest expected hypervolume that is distinguished; smaller ones are treated as this one.
const MIN_VOLUME: f64 = 1e-9;

impl Front {
    pub(crate) fn new(context: &Context<'_>) -> Self {
        let space = context.space;
        let learnt =
            |families| Model::Learnt { learner: Box::default(), families, curve: Curve::default() };
        let further = context.objectives.iter().map(|objective| {
            let cost = space.cost_metrics().iter().position(|it| it.name == objective.metric);
            let sign = objective.direction.score(1.0).get();
            match cost {
                Some(cost) => Model::Known { cost, sign, scale: Scale::default() },
                None => learnt(OF_OTHERS),
            }
        });
        let models: Vec<_> = std::iter::once(learnt(OF_THE_VALUE)).chain(further).collect();
        let mut rng = Streams::new(0).rng("front", 0, 0);
        let draws = (0..DRAWS).map(|_| models.iter().map(|_| normal(&mut rng)).collect());
        Self { draws: draws.collect(), models, points: Vec::new() }
    }

    /// Fits the models to the measurements.
    pub(crate) fn update(
        &mut self,
        measured: &Measured,
        features: &[Features],
        vocabulary: &Vocabulary,
    ) {
        let mut shares = Vec::new();
        for (objective, model) in self.models.iter_mut().enumerate() {
            let values: Vec<_> = measured.scores.iter().map(|scores| scores[objective]).collect();
            let own = Scale::of(&values);
            match model {
                Model::Known { scale, .. } => *scale = own,
                Model::Learnt { learner, families, curve } => {
                    learner.fit(families, &values, features, vocabulary);
                    let targets = logit_ranks(&values);
                    learner.set_targets(&targets);
                    *curve = Curve::of(&targets, &values);
                }
            }
            shares.push(values.iter().map(|value| own.share(*value)).collect::<Vec<_>>());
        }
        self.points = measured
            .front()
            .into_iter()
            .map(|place| shares.iter().map(|shares| shares[place]).collect())
            .collect();
    }

    /// Returns the log of the hypervolume that each architecture is expected to add.
    pub(crate) fn scores(
        &self,
        space: &dyn SearchSpace,
        archs: &[&Arch],
        features: &[&Features],
    ) -> Vec<f64> {
        let beliefs = self.beliefs(space, archs, features);
        (0..archs.len()).map(|at| self.log_gain(&beliefs, &[], at)).collect()
    }

    /// Chooses architectures one by one: each is expected to add the most hypervolume to the front
    /// and the architectures chosen before it. `log_feasible` is the weighted log probability that
    /// each architecture is usable.
    pub(crate) fn choose(
        &self,
        space: &dyn SearchSpace,
        archs: &[&Arch],
        features: &[&Features],
        log_feasible: &[f64],
        count: usize,
    ) -> Vec<usize> {
        let beliefs = self.beliefs(space, archs, features);
        let mut chosen: Vec<usize> = Vec::new();
        while chosen.len() < count {
            let open = (0..archs.len()).filter(|at| !chosen.contains(at));
            let scored =
                open.map(|at| (at, self.log_gain(&beliefs, &chosen, at) + log_feasible[at]));
            let best = scored.reduce(|best, next| if next.1 > best.1 { next } else { best });
            let Some((best, _)) = best else { break };
            chosen.push(best);
        }
        chosen
    }

    fn beliefs<'f>(
        &'f self,
        space: &dyn SearchSpace,
        archs: &[&Arch],
        features: &[&'f Features],
    ) -> Vec<PredictedScores<'f>> {
        let belief = |model: &'f Model| match model {
            Model::Known { cost, sign, scale } => {
                let share = |arch: &&Arch| scale.share(sign * space.cost_of(arch, *cost));
                PredictedScores::Known(archs.iter().map(share).collect())
            }
            Model::Learnt { learner, curve, .. } => match &learner.process {
                Some(process) => {
                    PredictedScores::Learnt(process.posterior(features.to_vec()), curve)
                }
                None => PredictedScores::Known(vec![0.0; archs.len()]),
            },
        };
        self.models.iter().map(belief).collect()
    }

    /// Returns the log of the hypervolume that the architecture with index `at` is expected to add
    /// to the front and `others`. In each draw, all architectures deviate from their means in an
    /// objective by the same number of standard deviations.
    fn log_gain(&self, beliefs: &[PredictedScores<'_>], others: &[usize], at: usize) -> f64 {
        let reference = vec![-BELOW; self.models.len()];
        let drawn = |at: usize, draws: &[f64]| -> Vec<f64> {
            beliefs.iter().zip(draws).map(|(belief, draw)| belief.share(at, *draw)).collect()
        };
        let mut points = self.points.clone();
        let gain = |draws: &Vec<f64>| {
            points.truncate(self.points.len());
            points.extend(others.iter().map(|other| drawn(*other, draws)));
            hypervolume_gain(&points, &reference, &drawn(at, draws))
        };
        let mean = self.draws.iter().map(gain).sum::<f64>() / self.draws.len() as f64;
        mean.max(MIN_VOLUME).ln()
    }
}

/// The predicted scores of some architectures in one objective.
enum PredictedScores<'f> {
    Known(Vec<f64>),
    Learnt(Posterior<'f>, &'f Curve),
}

impl PredictedScores<'_> {
    /// Returns the position, on the objective's scale, of a score that is `deviations` standard
    /// deviations above the architecture's predicted mean.
    fn share(&self, at: usize, deviations: f64) -> f64 {
        match self {
            Self::Known(shares) => shares[at],
            Self::Learnt(posterior, curve) => {
                curve.share(posterior.means[at] + deviations * posterior.deviations[at])
            }
        }
    }
}

/// Draws a standard normal number.
///
/// Source: Box and Muller, "A note on the generation of random normal deviates", 1958.
fn normal(rng: &mut impl Rng) -> f64 {
    let (radius, angle): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

#[cfg(test)]
mod tests {
    use ganas_graph::moves;
    use ganas_search::{Direction, Measurement, Objective, hypervolume};

    use super::*;
    use crate::fixture::Fixture;

    /// Returns a fixture with two objectives: convolutions on edges are good, and each costs a
    /// millisecond.
    fn fixture(count: usize, metric: &str) -> Fixture {
        let mut fixture = Fixture::new().knowing_random(count);
        for (arch, measurement) in &mut fixture.known {
            let convolutions = arch.choices().iter().filter(|choice| **choice == 3).count() as f64;
            *measurement = Measurement::new(convolutions);
            measurement.metrics.insert("milliseconds".into(), convolutions);
        }
        let (metric, direction) = (metric.to_owned(), Direction::Minimise);
        fixture.settings.objectives = vec![Objective { metric, direction }];
        fixture
    }

    /// Fits a front to the fixture, then applies `look` to the front, the space, and random
    /// architectures with their features.
    fn with_front<T: Send + 'static>(
        fixture: Fixture,
        look: impl FnOnce(&Front, &dyn SearchSpace, &[Arch], &[Features]) -> T + Send + 'static,
    ) -> T {
        fixture.with_context(move |context| {
            let mut measured = Measured::default();
            measured.update(context);
            let mut vocabulary = Vocabulary::default();
            let space = context.space;
            let mut features = |archs: &[Arch]| -> Vec<Features> {
                let graph = |arch| space.canonical_graph(arch);
                archs.iter().map(|a| Features::of(space, a, &graph(a), &mut vocabulary)).collect()
            };
            let known = features(&measured.archs);
            let mut rng = Streams::new(5).rng("test", 0, 0);
            let archs: Vec<_> = (0..40).map(|_| moves::sample(space, &mut rng)).collect();
            let unknown = features(&archs);
            let mut front = Front::new(context);
            front.update(&measured, &known, &vocabulary);
            look(&front, space, &archs, &unknown)
        })
    }

    #[test]
    fn what_would_widen_the_front_scores_above_what_is_behind_it() {
        // A number of convolutions has a single cost, so every number is on the front.
        for metric in ["milliseconds", "params"] {
            let (points, scores, gains) =
                with_front(fixture(12, metric), |front, space, archs, all| {
                    let (archs, all): (Vec<_>, Vec<_>) =
                        (archs.iter().collect(), all.iter().collect());
                    let scores = front.scores(space, &archs, &all);
                    let beliefs = front.beliefs(space, &archs, &all);
                    let expected = |at: usize| {
                        let point: Vec<_> = beliefs.iter().map(|it| it.share(at, 0.0)).collect();
                        hypervolume_gain(&front.points, &[-BELOW, -BELOW], &point)
                    };
                    let gains: Vec<_> = (0..archs.len()).map(expected).collect();
                    (front.points.clone(), scores, gains)
                });
            assert!(hypervolume(&points, &[-BELOW, -BELOW]) > 0.3, "{metric}: {points:?}");
            assert_eq!(scores.len(), gains.len());
            let most = (0..gains.len()).max_by(|a, b| gains[*a].total_cmp(&gains[*b])).unwrap();
            let better = scores.iter().filter(|score| **score > scores[most]).count();
            assert!(better < 10, "{metric}: the largest gain is number {better} by score");
            let least = (0..gains.len()).min_by(|a, b| gains[*a].total_cmp(&gains[*b])).unwrap();
            assert!(scores[least] < scores[most], "{metric}: {scores:?}");
        }
    }

    #[test]
    fn a_round_does_not_add_the_same_twice() {
        let (chosen, count) =
            with_front(fixture(12, "milliseconds"), |front, space, archs, all| {
                // Each architecture occurs twice.
                let archs: Vec<_> = archs.iter().chain(archs).collect();
                let all: Vec<_> = all.iter().chain(all).collect();
                let zeros = vec![0.0; archs.len()];
                let twins = archs.len() / 2;
                let first = front.choose(space, &archs, &all, &zeros, 1);
                assert!(first[0] < twins, "the first of equals");
                let chosen = front.choose(space, &archs, &all, &zeros, 4);
                (chosen.iter().map(|at| at % twins).collect::<Vec<_>>(), twins)
            });
        let mut distinct = chosen.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 4, "{chosen:?} of {count}");
    }

    #[test]
    fn what_cannot_be_used_is_not_chosen() {
        let chosen = with_front(fixture(12, "milliseconds"), |front, space, archs, all| {
            let (archs, all): (Vec<_>, Vec<_>) = (archs.iter().collect(), all.iter().collect());
            let mut log_feasible = vec![-100.0; archs.len()];
            log_feasible[7] = 0.0;
            front.choose(space, &archs, &all, &log_feasible, 1)
        });
        assert_eq!(chosen, [7]);
    }

    #[test]
    fn draws_are_standard_normal() {
        let mut rng = Streams::new(1).rng("test", 0, 0);
        let draws: Vec<_> = (0..10_000).map(|_| normal(&mut rng)).collect();
        let mean = draws.iter().sum::<f64>() / 10_000.0;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 10_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean}, {variance}");
    }
}
