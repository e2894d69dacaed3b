//! Checks the assumptions of the theorem in [the crate's documentation](crate#convergence), in a
//! search space that is so small that all its architectures can be listed.

use std::collections::BTreeSet;

use candle_core::Tensor;
use ganas_gnn::Adam;
use ganas_graph::{Arch, SearchSpace, moves};
use ganas_search::{
    Context, Evaluation, EvaluationError, Evaluator, Job, Measurement, StopReason, Streams, Study,
};
use rand::Rng;

use crate::fixture::Fixture;
use crate::models::Models;
use crate::round::Round;
use crate::truth::Measured;
use crate::{GaNas, Selection, TrainerConfig};

/// Returns the theorem's ε: the smallest of the `probabilities` with which the `archs` are drawn.
///
/// # Errors
/// If the probabilities do not sum to one, or `drawn` does not look like a sample drawn with them.
fn epsilon(archs: &[Arch], probabilities: &[f64], drawn: &[Arch]) -> Result<f64, String> {
    let sum: f64 = probabilities.iter().sum();
    if (sum - 1.0).abs() > 1e-5 {
        return Err(format!("the probabilities add up to {sum}"));
    }
    let draws = drawn.len() as f64;
    for (arch, probability) in archs.iter().zip(probabilities) {
        let found = drawn.iter().filter(|it| *it == arch).count() as f64;
        let (mean, variance) = (draws * probability, draws * probability * (1.0 - probability));
        if (found - mean).abs() > 5.0 * variance.sqrt() + 1.0 {
            return Err(format!("{arch:?} was drawn {found} times, expected {mean:.1}"));
        }
    }
    Ok(probabilities.iter().copied().fold(1.0, f64::min))
}

/// A selection rule: maps the probabilities of a decision's two choices to new ones.
type Rule = fn([f64; 2]) -> [f64; 2];

fn greedily([first, second]: [f64; 2]) -> [f64; 2] {
    if first < second { [0.0, 1.0] } else { [1.0, 0.0] }
}

/// Choices with a smaller probability are dropped.
const CLIP: f64 = 0.45;

fn clipped(choices: [f64; 2]) -> [f64; 2] {
    let kept = choices.map(|choice| if choice < CLIP { 0.0 } else { choice });
    kept.map(|choice| choice / (kept[0] + kept[1]))
}

/// Returns the probability that each architecture would have if every choice were made by `rule`.
/// The space must have two choices per decision.
fn by_rule(all: &[Arch], probabilities: &[f64], rule: Rule) -> Vec<f64> {
    let beginning = |prefix: &[u8], next: u8| -> f64 {
        let begins = |arch: &Arch| arch.choices().starts_with(&[prefix, &[next]].concat());
        all.iter().zip(probabilities).filter(|(arch, _)| begins(arch)).map(|(_, it)| it).sum()
    };
    let choice = |arch: &Arch, at: usize| {
        let (before, chosen) = (&arch.choices()[..at], usize::from(arch.choices()[at]));
        let weights = [0, 1].map(|next| beginning(before, next));
        rule(weights.map(|weight| weight / (weights[0] + weights[1])))[chosen]
    };
    let whole = |arch: &Arch| (0..arch.choices().len()).map(|at| choice(arch, at)).product();
    all.iter().map(whole).collect()
}

/// Draws architectures with the given probabilities.
fn draws(all: &[Arch], probabilities: &[f64], count: usize, rng: &mut impl Rng) -> Vec<Arch> {
    let one = |_| {
        let mut rest = rng.random::<f64>() * probabilities.iter().sum::<f64>();
        let end = probabilities.iter().position(|probability| {
            rest -= probability;
            rest < 0.0
        });
        all[end.expect("the rest ends below zero")].clone()
    };
    (0..count).map(one).collect()
}

/// Returns a bound on all logits of the generator in graphs of at most `nodes` nodes with `labels`
/// labels each. A layer with weights `w` and biases `b` receives sums of at most `nodes`
/// embeddings. With embeddings within ± x, its outputs are at most
/// `max(|b| + nodes · x · Σ |w|)`, and relu does not increase them.
fn logit_bound(generator: &Adam, layers: usize, nodes: usize, labels: usize) -> f64 {
    let state = generator.state().unwrap();
    let weight = |name: &str| -> &Tensor {
        &state.iter().find(|(it, _)| *it == format!("{name}.weight")).unwrap().1
    };
    let largest = |tensor: &Tensor| {
        f64::from(tensor.flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap())
    };
    // A node's position also counts as a label.
    let embedded = (labels + 1) as f64 * largest(&weight("encoder.embedding").abs().unwrap());
    let names = (0..layers).map(|layer| format!("encoder.layer{layer}"));
    names.chain(["hidden".into(), "policy".into()]).fold(embedded, |bound, name| {
        let sums = weight(&format!("{name}.weight")).abs().unwrap().sum(0).unwrap();
        let grown = (sums * (nodes as f64 * bound)).unwrap();
        largest(&(grown + weight(&format!("{name}.bias")).abs().unwrap()).unwrap())
    })
}

/// Returns a lower bound on `ln ε`, derived from a bound on the logits: if the logits of two
/// choices are within ± bound, each has a probability of at least `1 ∕ (1 + exp(2 · bound)) ≥
/// exp(−2 · bound) ∕ 2`.
fn log_epsilon_bound(models: &Models, config: &TrainerConfig, space: &dyn SearchSpace) -> f64 {
    let nodes = |arch: Arch| {
        let prefixes = (0..=arch.choices().len()).map(|end| space.graph(&arch.choices()[..end]));
        prefixes.map(|graph| graph.len()).max().unwrap_or(0)
    };
    let nodes = moves::enumerate(space).map(nodes).max().unwrap();
    let layers = config.generator.encoder.layers;
    let bound = logit_bound(models.generator.optimiser(), layers, nodes, space.labels().len());
    assert!(bound.is_finite());
    let decisions = moves::enumerate(space).map(|arch| arch.choices().len()).max().unwrap();
    -(decisions as f64) * (2.0 * bound + 2.0_f64.ln())
}

/// Adapts a preset to a space of eight architectures. Rounds have one proposal and do less work.
/// The truth set holds only two of the eight architectures, so the generator can learn to avoid the
/// others.
fn tiny(preset: TrainerConfig) -> TrainerConfig {
    let mut config =
        TrainerConfig { initial: 2, truth_size: 2, per_round: 1, inner_iterations: 1, ..preset };
    config.candidates.generator_samples = 20;
    config.generator.ppo.updates = 2;
    config
}

/// Applies `look` to models trained for `rounds` rounds in the tiny space, where `known`
/// architectures are measured.
fn trained<T: Send + 'static>(
    config: TrainerConfig,
    known: usize,
    rounds: u64,
    look: impl FnOnce(&mut Models, &Round<'_>) -> T + Send + 'static,
) -> T {
    let fixture = Fixture::tiny();
    let all: Vec<_> = moves::enumerate(&*fixture.space).collect();
    fixture.knowing(all[..known].to_vec()).with_context(move |context| {
        let mut measured = Measured::default();
        measured.update(context);
        let mut models = Models::new(context.space, &config, context.streams).unwrap();
        for round in 0..rounds {
            let context = Context { round, ..*context };
            models.train(&Round::new(&context, &config, &measured)).unwrap();
        }
        look(&mut models, &Round::new(context, &config, &measured))
    })
}

/// Returns all architectures and the probability with which the generator samples each.
fn law(models: &Models, round: &Round<'_>) -> (Vec<Arch>, Vec<f64>) {
    let space = round.context.space;
    let all: Vec<_> = moves::enumerate(space).collect();
    let logs = models.generator.log_probabilities(space, &all).unwrap();
    (all, logs.into_iter().map(f64::exp).collect())
}

/// Runs many rounds of one proposal each, without learning in between, and returns the proposals.
fn proposed(models: &mut Models, round: &Round<'_>, rounds: u64) -> Vec<Arch> {
    let propose = |number| {
        let context = Context { round: number, ..*round.context };
        let round = Round::new(&context, round.config, round.measured);
        let proposals = models.propose(&round, &mut Vec::new()).unwrap();
        proposals[0].arch().clone()
    };
    (0..rounds).map(propose).collect()
}

fn rng() -> impl Rng {
    Streams::new(5).rng("test", 0, 0)
}

/// Returns the ε of the paper's preset after some rounds of training; checks it against its bound
/// and against samples.
fn epsilon_after(rounds: u64) -> f64 {
    trained(tiny(TrainerConfig::paper()), 8, rounds, |models, round| {
        let (all, probabilities) = law(models, round);
        let space = round.context.space;
        let drawn = models.generator.sample(space, 200_000, &mut rng()).unwrap().archs;
        let epsilon = epsilon(&all, &probabilities, &drawn).unwrap();
        let bound = log_epsilon_bound(models, round.config, space);
        assert!(epsilon > 0.0 && epsilon.ln() >= bound, "{epsilon}, {bound}");
        epsilon
    })
}

#[test]
fn the_papers_generator_can_draw_every_architecture() {
    let (first, last) = (epsilon_after(1), epsilon_after(6));
    assert!(first > 1e-3, "after one round every architecture is drawn: {first}");
    assert!(last < 0.1 * first, "training changes it: {first}, {last}");
}

#[test]
fn epsilon_is_zero_where_choices_are_left_out() {
    trained(tiny(TrainerConfig::paper()), 8, 1, |models, round| {
        let (all, probabilities) = law(models, round);
        for rule in [greedily as Rule, clipped] {
            let left = by_rule(&all, &probabilities, rule);
            let drawn = draws(&all, &left, 20_000, &mut rng());
            assert_eq!(epsilon(&all, &left, &drawn), Ok(0.0));
            // A false claim that nothing is left out is detected.
            let error = epsilon(&all, &probabilities, &drawn).unwrap_err();
            assert!(error.contains("was drawn"), "{error}");
        }
        let same = by_rule(&all, &probabilities, |choices| choices);
        let drawn = draws(&all, &same, 20_000, &mut rng());
        assert!(epsilon(&all, &same, &drawn).unwrap() > 0.0, "the rules alone cause it");
    });
}

#[test]
fn a_round_of_the_paper_proposes_as_the_generator_draws() {
    trained(tiny(TrainerConfig::paper()), 4, 4, |models, round| {
        let (all, probabilities) = law(models, round);
        let (open, of_open) = (&all[4..], &probabilities[4..]);
        let sum: f64 = of_open.iter().sum();
        // Measured architectures are redrawn until one is open; after the last draw, a random one is
        // proposed.
        let chance = (1.0 - sum).powi(20);
        let of_a_round = |draw: &f64| draw / sum * (1.0 - chance) + chance / open.len() as f64;
        let of_a_round: Vec<_> = of_open.iter().map(of_a_round).collect();
        epsilon(open, &of_a_round, &proposed(models, round, 1000)).unwrap();
        for (of_a_round, draw) in of_a_round.iter().zip(of_open) {
            assert!(of_a_round >= draw && *draw > 0.0, "{of_a_round}, {draw}");
        }
    });
}

#[test]
fn the_default_leaves_the_theorem() {
    trained(tiny(TrainerConfig::ranked()), 4, 2, |models, round| {
        assert_eq!(round.config.candidates.selection, Selection::Ranked);
        let proposed: BTreeSet<_> = proposed(models, round, 40).into_iter().collect();
        assert_eq!(proposed.len(), 1, "of four that are open: {proposed:?}");
    });
}

/// An evaluator that gives higher values to choices that the space lists earlier.
#[derive(Debug)]
struct Evaluated;

impl Evaluator for Evaluated {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let value = job.arch.choices().iter().map(|&choice| -f64::from(choice)).sum();
        Ok(Evaluation::Measured(Measurement::new(value)))
    }
}

#[test]
fn a_finite_space_is_exhausted_after_its_size() {
    for preset in [TrainerConfig::ranked(), TrainerConfig::paper()] {
        let Fixture { space, settings, .. } = Fixture::tiny();
        let strategy = Box::new(GaNas::new("ganas", tiny(preset)).unwrap());
        let mut study = Study::new(space, strategy, settings).unwrap();
        assert_eq!(study.optimize(&Evaluated).unwrap(), StopReason::Budget);
        assert_eq!(study.history().queries(), 8);
    }
}
