//! Gradients of every model against finite differences.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::sync::Arc;

use candle_core::{Device, Tensor, Var};
use ganas_gnn::{Discriminator, EdgeHead, EncoderSettings, Generator, Weights, ops};
use ganas_graph::spaces::{NasBench101, NasBench201};
use ganas_graph::{ArchGraph, SearchSpace, moves};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Half the distance between the two points of a difference: far enough for f32, near enough that
/// few rectifiers switch in between.
const STEP: f32 = 5e-4;

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Compares the gradient of `loss` along its own direction, for each weight apart, with the
/// difference of two values. A wrong backward pass of any layer shows in the layers below it.
fn check(weights: &[(String, Var)], loss: impl Fn() -> Tensor) {
    let gradients = loss().backward().unwrap();
    for (name, var) in weights {
        let Some(gradient) = gradients.get(var) else { panic!("{name} has no gradient") };
        let norm = gradient.sqr().unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap().sqrt();
        assert!(norm > 0.0, "{name} has gradient zero");
        let direction = (gradient / f64::from(norm)).unwrap();
        let centre = var.as_tensor().copy().unwrap();
        let at = |step: f32| {
            var.set(&(&centre + (&direction * f64::from(step)).unwrap()).unwrap()).unwrap();
            loss().to_scalar::<f32>().unwrap()
        };
        let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        at(0.0);
        let error = (difference - norm).abs() / norm.max(1e-2);
        assert!(error < 0.03, "{name}: gradient {norm}, difference {difference}");
    }
}

fn named(weights: &Weights) -> Vec<(String, Var)> {
    weights.by_name().into_iter().collect()
}

fn graphs(space: &dyn SearchSpace, count: usize) -> Vec<ArchGraph> {
    let mut rng = rng(5);
    let graph = |_| space.canonical_graph(&moves::sample(space, &mut rng));
    (0..count).map(graph).collect()
}

#[test]
fn affine() {
    let var = |shape: &[usize], seed: usize| {
        let value = |index| ((index * 37 + seed * 11) % 23) as f32 / 11.0 - 1.0;
        let values: Vec<f32> = (0..shape.iter().product()).map(value).collect();
        Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu).unwrap()).unwrap()
    };
    let (x, w, b) = (var(&[5, 3], 1), var(&[3, 4], 2), var(&[4], 3));
    let weights = [("x", &x), ("w", &w), ("b", &b)].map(|(name, var)| (name.into(), var.clone()));
    for activation in [ops::Activation::Identity, ops::Activation::Relu] {
        check(&weights, || {
            ops::affine(&x, None, &w, &b, activation).unwrap().sqr().unwrap().sum_all().unwrap()
        });
    }
}

#[test]
fn cross_entropy() {
    let logits = Var::new(&[0.3f32, -2.0, 4.0, 0.0, -0.7], &Device::Cpu).unwrap();
    check(&[("logits".into(), logits.clone())], || {
        let loss = ops::cross_entropy(&logits, vec![1.0, 1.0, 0.0, 0.0, 0.5]).unwrap();
        (loss * 3.0).unwrap()
    });
}

fn discriminator(k: usize) {
    let space = NasBench201::default();
    let settings = EncoderSettings { width: 8, layers: 2, k };
    let make =
        |vb: candle_nn::VarBuilder<'_>| Discriminator::new(space.labels().len(), settings, &vb);
    let (model, weights) = Weights::draw(rng(3), make).unwrap();
    let graphs = graphs(&space, 6);
    let graphs: Vec<_> = graphs.iter().collect();
    let pairs = Arc::new(vec![(0, 1), (1, 0), (2, 3), (4, 5), (5, 5)]);
    check(&named(&weights), || {
        model.logits(&graphs, &pairs).unwrap().sqr().unwrap().sum_all().unwrap()
    });
}

#[test]
fn discriminator_of_nodes() {
    discriminator(1);
}

#[test]
fn discriminator_of_pairs() {
    discriminator(2);
}

#[test]
fn gru() {
    let mut rng = rng(5);
    let mut var = |columns| {
        let values: Vec<f32> = (0..3 * columns).map(|_| rng.random::<f32>() * 2.0 - 1.0).collect();
        Var::from_vec(values, (3, columns), &Device::Cpu).unwrap()
    };
    let (input, recurrent, state) = (var(12), var(12), var(4));
    let weights = [("input", &input), ("recurrent", &recurrent), ("state", &state)]
        .map(|(name, var)| (name.into(), var.clone()));
    check(&weights, || {
        ops::gru(&input, &recurrent, &state).unwrap().sqr().unwrap().sum_all().unwrap()
    });
}

fn generator(space: &dyn SearchSpace, edge_head: EdgeHead, k: usize) {
    let settings = EncoderSettings { width: 8, layers: 2, k };
    let make = |vb: candle_nn::VarBuilder<'_>| Generator::new(space, settings, edge_head, &vb);
    let (model, weights) = Weights::draw(rng(4), make).unwrap();
    let rollout = model.sample(space, 8, &mut rng(0)).unwrap();
    let replay = model.replay(&rollout).unwrap();
    check(&named(&weights), || {
        let policy = model.policy(&replay).unwrap();
        let terms = [policy.log_probabilities, policy.entropies, policy.values.sqr().unwrap()];
        terms.iter().map(|term| term.sum_all().unwrap()).reduce(|a, b| (a + b).unwrap()).unwrap()
    });
}

#[test]
fn generator_of_operators() {
    generator(&NasBench201::default(), EdgeHead::Concatenated, 1);
}

#[test]
fn generator_of_edges() {
    generator(&NasBench101::default(), EdgeHead::Concatenated, 1);
}

#[test]
fn generator_of_edges_with_gru() {
    generator(&NasBench101::default(), EdgeHead::Gru, 1);
}

#[test]
fn generator_that_sees_pairs() {
    generator(&NasBench201::default(), EdgeHead::Concatenated, 2);
}
