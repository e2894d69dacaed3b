//! Tests that the guide learns from its own predictions, and chooses by them.

use std::collections::HashSet;
use std::sync::mpsc::{Sender, channel};

use ganas_graph::{moves, spaces::NasBench201};
use ganas_search::{Context, Evaluation, Proposal, Strategy, StrategyError, Study, StudySettings};
use nalgebra::{DMatrix, DVector};

use super::hyperparameters::Hyperparameters;
use super::kernel::Kernel;
use super::*;
use crate::GaNas;
use crate::fixture::{Fixture, small_with};

/// Applies `look` to a guide that is fitted to twenty architectures, and to its round.
fn with_guide<T: Send + 'static>(
    setting: &'static str,
    look: impl FnOnce(&mut Guide, &Round<'_>) -> T + Send + 'static,
) -> T {
    Fixture::new().knowing_random(20).with_context(move |context| {
        let config = small_with(&["guide.gaussian_process=true", setting]);
        let mut measured = Measured::default();
        measured.update(context);
        let mut guide = Guide::new(context.space, &config, context.streams).unwrap();
        let round = Round::new(context, &config, &measured);
        guide.update(&round);
        guide.calibrate(&round).unwrap();
        look(&mut guide, &round)
    })
}

/// Returns proposals of architectures that are not measured yet.
fn proposals(context: &Context<'_>, count: usize) -> Vec<Proposal> {
    let mut rng = context.streams.rng("test", 0, 0);
    let draws = std::iter::from_fn(|| Some(moves::sample(context.space, &mut rng)));
    draws.filter_map(|arch| context.open_proposal(arch, "test")).take(count).collect()
}

#[test]
fn a_model_that_predicted_the_measurements_gains_weight() {
    let shares = with_guide("guide.learned=true", |guide, round| {
        let targets = logit_ranks(&round.measured.values);
        let share = |is_process_right: bool| {
            let mut guide = Guide::new(round.context.space, round.config, round.context.streams)?;
            for (arch, target) in round.measured.archs.iter().zip(&targets) {
                let (right, wrong) = (*target, -*target);
                let (discriminator, mean) =
                    if is_process_right { (wrong, right) } else { (right, wrong) };
                let proposal = round.context.proposal(arch.clone(), "test");
                let prediction = Prediction { discriminator, mean, ..Prediction::default() };
                guide.lessons.ask(&proposal, prediction, false);
            }
            guide.update(round);
            Ok::<_, TrainerError>(guide.share)
        };
        assert!(guide.learner.process.is_some());
        (share(true).unwrap(), share(false).unwrap())
    });
    assert!(shares.0 > 0.9 && shares.1 < 0.1, "{shares:?}");
}

#[test]
fn without_a_weight_of_the_deviation_the_best_scores_are_chosen() {
    let (chosen, best) = with_guide("guide.deviation_weight=0", |guide, round| {
        let all = proposals(round.context, 60);
        let archs: Vec<_> = all.iter().map(|proposal| proposal.arch().clone()).collect();
        let scores = guide.scores(round, &archs).unwrap();
        let mut best: Vec<_> = scores.iter().zip(&archs).collect();
        best.sort_by(|a, b| b.0.total_cmp(a.0));
        let best: Vec<_> = best.iter().take(8).map(|(_, arch)| (*arch).clone()).collect();
        let chosen = guide.choose(round, all, 8, false).unwrap();
        (chosen.iter().map(|it| it.arch().clone()).collect::<Vec<_>>(), best)
    });
    assert_eq!(chosen, best);
}

#[test]
fn a_weight_of_the_deviation_chooses_no_twins() {
    let chosen = with_guide("guide.deviation_weight=10", |guide, round| {
        let all = proposals(round.context, 60);
        let twins = [all.clone(), all].concat();
        let chosen = guide.choose(round, twins, 8, false).unwrap();
        chosen.iter().map(|it| it.arch().clone()).collect::<HashSet<_>>()
    });
    assert_eq!(chosen.len(), 8);
}

/// Returns the features of every `step`-th cell of NAS-Bench-201.
pub(super) fn features(step: usize, vocabulary: &mut Vocabulary) -> Vec<Features> {
    let space = NasBench201::default();
    let of = |arch| Features::of(&space, &arch, &space.canonical_graph(&arch), vocabulary);
    moves::enumerate(&space).step_by(step).map(of).collect()
}

#[test]
fn distances_of_numbers_are_in_units_of_their_mean() {
    let mut vocabulary = Vocabulary::default();
    let features = features(1_000, &mut vocabulary);
    let seen: Vec<_> = features.iter().collect();
    let kernel = Kernel::new(&seen, &vocabulary);
    let shapes = [1.0, 1e12].map(|length| kernel.shape(Family::Numbers, length).unwrap());
    let matrices = kernel.with_measured(&kernel.prepare(seen), &shapes);
    let (near, far) = (&matrices[0], &matrices[1]);
    // Two kernels: a linear one, which the length does not change, and an exponential one.
    let (mut sum, mut pairs) = (0.0, 0.0);
    for second in 0..near.ncols() {
        for first in 0..second {
            let exponential: f64 = 2.0 * (near[(first, second)] - far[(first, second)]) + 1.0;
            sum -= exponential.ln();
            pairs += 1.0;
        }
    }
    assert!((sum / pairs - 1.0).abs() < 1e-6, "{}", sum / pairs);
    let own: f64 = near.diagonal().mean();
    assert!((own - 1.0).abs() < 1e-6, "{own}");
}

#[test]
fn the_mean_of_all_kernels_has_each_once() {
    let mut vocabulary = Vocabulary::default();
    let features = features(1_000, &mut vocabulary);
    let seen: Vec<_> = features.iter().collect();
    let kernel = Kernel::new(&seen, &vocabulary);
    let shapes = [Family::All, Family::Linear].map(|family| kernel.shape(family, 0.5).unwrap());
    let seen = kernel.prepare(seen);
    let exponentials = features::COUNTED as f64 + 1.0;
    for at in 0..seen.len() {
        let [all, linear] = shapes.each_ref().map(|shape| kernel.own(&seen, at, shape));
        // all (exponentials + linears) = linear linears + exponentials
        let linears = exponentials * (1.0 - all) / (all - linear);
        assert!(linears > 0.5 && (linears - linears.round()).abs() < 1e-6, "{at}: {linears}");
    }
}

#[test]
fn weights_of_hyperparameters_follow_their_likelihoods() {
    let mut vocabulary = Vocabulary::default();
    let features = features(1_000, &mut vocabulary);
    let seen: Vec<_> = features.iter().collect();
    let targets: Vec<_> = (0..seen.len()).map(|at| ((at * 7) % 5) as f64 - 2.0).collect();
    let kernel = Kernel::new(&seen, &vocabulary);
    let found = Hyperparameters::likeliest(&[Family::All], &seen, &targets, &vocabulary);
    let (count, targets) = (targets.len() as f64, DVector::from_vec(targets));
    let likelihood = |one: &Hyperparameters| {
        let shape = kernel.shape(one.family, one.length).unwrap();
        let matrix = kernel.with_measured(&kernel.prepare(seen.clone()), &[shape]).remove(0);
        let noise = one.noise + factor::JITTER;
        let matrix = matrix + DMatrix::identity(seen.len(), seen.len()) * noise;
        let misfit = targets.dot(&(matrix.clone().try_inverse().unwrap() * &targets)) / count;
        let determinant: f64 = matrix.determinant();
        -0.5 * count * misfit.ln() - 0.5 * determinant.ln()
    };
    let best = likelihood(&found[0]);
    assert!(found.len() > 1);
    for one in &found {
        let expected = (likelihood(one) - best).exp();
        let weight = one.weight / found[0].weight;
        assert!((weight / expected - 1.0).abs() < 1e-4, "{weight} {expected}");
    }
    let total: f64 = found.iter().map(|one| one.weight).sum();
    assert!((total - 1.0).abs() < 1e-9);
}

/// GA-NAS, which sends the length of its checkpoint after each ask.
#[derive(Debug)]
struct Watched {
    inner: GaNas,
    lengths: Sender<usize>,
}

impl Strategy for Watched {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        let proposals = self.inner.ask(context)?;
        self.lengths.send(self.inner.checkpoint()?.len()).unwrap();
        Ok(proposals)
    }
}

#[test]
fn nothing_is_remembered_of_proposals_that_failed() {
    for asynchronous in [false, true] {
        let (lengths, received) = channel();
        let inner = GaNas::new("ganas", small_with(&["guide.gaussian_process=true"])).unwrap();
        let settings = StudySettings { asynchronous, ..StudySettings::new(100, 0) };
        let mut study =
            Study::new(Fixture::new().space, Box::new(Watched { inner, lengths }), settings)
                .unwrap();
        study.add_known(&Fixture::new().knowing_random(20).known).unwrap();
        for _ in 0..60 {
            let open = study.ask(1).unwrap().pop().unwrap();
            let reason = "no luck".into();
            let failed = Evaluation::Failed { reason, attempts: 1, train_seconds: None };
            study.tell(open.trial, failed).unwrap();
        }
        drop(study);
        let lengths: Vec<_> = received.iter().collect();
        // The counts of Adam's steps grow by a few digits.
        let (early, last) = (lengths[2], lengths[lengths.len() - 1]);
        assert!(lengths.len() > 10 && last < early + 100, "{lengths:?}");
    }
}
