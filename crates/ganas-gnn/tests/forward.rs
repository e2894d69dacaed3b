//! Forward values against vectors made by `vectors/make_vectors.py`.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use candle_core::Tensor;
use ganas_gnn::{Discriminator, EdgeHead, Encoder, EncoderSettings, Generator, Weights};
use ganas_graph::{
    ArchGraph, LabelSet, NODES_PER_WORD, SearchSpace, moves,
    spaces::{NasBench101, NasBench201, described},
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

const SETTINGS: EncoderSettings = EncoderSettings { width: 8, layers: 2, k: 1 };

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/vectors.json")).unwrap()
}

/// The script's formula, which names every weight by its path.
fn set(weights: &Weights, prefix: &str) {
    for (name, var) in weights.by_name() {
        let length = prefix.len() + name.len();
        let value = |index: usize| (((index * 7 + length) % 11) as f32 - 5.0) / 10.0;
        let values: Vec<f32> = (0..var.elem_count()).map(value).collect();
        var.set(&Tensor::from_vec(values, var.shape(), var.device()).unwrap()).unwrap();
    }
}

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(0)
}

fn graph(labels: &[u8], edges: &[(usize, usize)]) -> ArchGraph {
    let mut graph = ArchGraph::new();
    for &label in labels {
        graph.add_node(LabelSet::one(label));
    }
    for &(from, to) in edges {
        graph.add_edge(from, to);
    }
    graph
}

fn chain() -> ArchGraph {
    graph(&[5, 3, 2, 6], &[(0, 1), (1, 2), (2, 3)])
}

fn fork() -> ArchGraph {
    graph(&[5, 3, 1, 4, 6], &[(0, 1), (0, 2), (1, 3), (2, 3), (2, 4), (3, 4)])
}

fn assert_close(found: &[f32], expected: &Value) {
    let expected: Vec<f64> = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!((f64::from(*found) - expected).abs() < 1e-4, "{found} is not {expected}");
    }
}

#[test]
fn encoder() {
    let (encoder, weights) =
        Weights::draw(rng(), |vb| Encoder::new(8, NODES_PER_WORD, SETTINGS, &vb)).unwrap();
    set(&weights, "encoder.");
    let (chain, fork) = (chain(), fork());
    let batches = encoder.lay_out([&chain, &fork], false, 8);
    let nodes = encoder.forward(&batches[0]).unwrap().to_vec2::<f32>().unwrap();
    for (node, expected) in vectors()["nodes_of_fork"].as_array().unwrap().iter().enumerate() {
        assert_close(&nodes[batches[0].row(1, node)], expected);
    }
}

#[test]
fn encoder_of_pairs() {
    let settings = EncoderSettings { k: 2, ..SETTINGS };
    let (encoder, weights) =
        Weights::draw(rng(), |vb| Encoder::new(8, NODES_PER_WORD, settings, &vb)).unwrap();
    set(&weights, "encoder.");
    let (chain, fork) = (chain(), fork());
    let batches = encoder.lay_out([&chain, &fork], false, 8);
    let graphs = encoder.graphs(&batches[0]).unwrap().to_vec2::<f32>().unwrap();
    let expected = serde_json::from_value::<Vec<f64>>(vectors()["sum_of_pairs_of_fork"].clone());
    for (found, expected) in graphs[1][8..].iter().zip(expected.unwrap()) {
        let error = (f64::from(*found) - expected).abs() / expected.abs().max(1.0);
        assert!(error < 1e-5, "{found} is not {expected}");
    }
}

#[test]
fn discriminator() {
    let make = |vb: candle_nn::VarBuilder<'_>| Discriminator::new(8, SETTINGS, &vb);
    let (model, weights) = Weights::draw(rng(), make).unwrap();
    set(&weights, "");
    let logits = model.compare(&[chain(), fork()], &[fork(), chain()]).unwrap();
    assert_close(&logits[0][..1], &Value::from(vec![vectors()["chain_fork_logit"].clone()]));
    assert_close(&logits[1][1..], &Value::from(vec![vectors()["fork_chain_logit"].clone()]));
}

#[test]
fn generator() {
    let space = NasBench201::default();
    let make =
        |vb: candle_nn::VarBuilder<'_>| Generator::new(&space, SETTINGS, EdgeHead::default(), &vb);
    let (model, weights) = Weights::draw(rng(), make).unwrap();
    set(&weights, "");
    let expected = vectors();
    let rollout = model.sample(&space, 300, &mut rng()).unwrap();
    assert_eq!(rollout.archs.len(), 300);
    let mut seen = [false; 5];
    for (arch, episode) in rollout.archs.iter().zip(&rollout.episodes) {
        let first = usize::from(arch.choices()[0]);
        seen[first] = true;
        let log_probability = expected["first_log_probabilities"][first].clone();
        assert_close(&[episode[0].log_probability], &Value::from(vec![log_probability]));
        assert_close(&[episode[0].value], &Value::from(vec![expected["first_value"].clone()]));
    }
    assert!(seen.iter().filter(|&&seen| seen).count() >= 4, "{seen:?}");
}

#[test]
fn order_of_nodes_makes_no_difference_to_the_discriminator() {
    let model = Weights::draw(rng(), |vb| Discriminator::new(8, SETTINGS, &vb)).unwrap().0;
    let fork = fork();
    let swapped = graph(&[5, 1, 3, 4, 6], &[(0, 1), (0, 2), (1, 3), (2, 3), (1, 4), (3, 4)]);
    assert!(swapped.is_isomorphic(&fork));
    let logits = model.compare(&[chain()], &[fork, swapped]).unwrap();
    assert!((logits[0][0] - logits[1][0]).abs() < 1e-5, "{logits:?}");
}

#[test]
fn sampling_follows_its_stream() {
    let space = NasBench201::default();
    let sample = |seed| {
        let make = |vb: candle_nn::VarBuilder<'_>| {
            Generator::new(&space, SETTINGS, EdgeHead::default(), &vb)
        };
        let model = Weights::draw(rng(), make).unwrap().0;
        model.sample(&space, 20, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap()
    };
    assert_eq!(sample(1).archs, sample(1).archs);
    assert_ne!(sample(1).archs, sample(2).archs);
    assert!(sample(1).entropy() > 0.5);
    assert_eq!(space.kinds().len(), 1);
}

/// Training must begin where sampling ended: what an episode was decided from does not depend on what
/// else is laid out beside it.
#[test]
fn a_replay_repeats_what_was_sampled() {
    let space = NasBench101::default();
    for head in [EdgeHead::Concatenated, EdgeHead::Gru] {
        let make = |vb: candle_nn::VarBuilder<'_>| Generator::new(&space, SETTINGS, head, &vb);
        let model = Weights::draw(rng(), make).unwrap().0;
        let rollout = model.sample(&space, 40, &mut rng()).unwrap();
        let policy = model.policy(&model.replay(&rollout).unwrap()).unwrap();
        let repeated = policy.log_probabilities.to_vec1::<f32>().unwrap();
        let values = policy.values.to_vec1::<f32>().unwrap();
        let sampled: Vec<_> = rollout.episodes.iter().flatten().collect();
        assert_eq!(repeated.len(), sampled.len());
        for ((choice, repeated), value) in sampled.iter().zip(repeated).zip(values) {
            assert!((choice.log_probability - repeated).abs() < 1e-5, "{choice:?}: {repeated}");
            assert!((choice.value - value).abs() < 1e-5, "{choice:?}: {value}");
        }
    }
}

#[test]
fn what_is_followed_is_as_likely_as_when_it_was_sampled() {
    let space = NasBench101::default();
    for head in [EdgeHead::Concatenated, EdgeHead::Gru] {
        let make = |vb: candle_nn::VarBuilder<'_>| Generator::new(&space, SETTINGS, head, &vb);
        let model = Weights::draw(rng(), make).unwrap().0;
        let sampled = model.sample(&space, 40, &mut rng()).unwrap();
        // In another order, since what else is followed makes no difference.
        let archs: Vec<_> = sampled.archs.iter().rev().cloned().collect();
        let followed = model.follow(&space, &archs).unwrap();
        assert_eq!(followed.archs, archs);
        let pairs = sampled.episodes.iter().rev().flatten().zip(followed.episodes.iter().flatten());
        for (sampled, followed) in pairs {
            let difference = sampled.log_probability - followed.log_probability;
            assert!(difference.abs() < 1e-5, "{sampled:?}, {followed:?}");
        }
        let expected = sampled.log_probabilities().into_iter().rev();
        for (expected, found) in expected.zip(followed.log_probabilities()) {
            assert!((expected - found).abs() < 1e-4, "{expected}, {found}");
        }
    }
}

#[test]
fn probabilities_of_all_architectures_add_up_to_one() {
    let space = described::parse(
        "name = 'small'\n\
         [[cells]]\n\
         name = 'cell'\n\
         inputs = ['in']\n\
         nodes = 2\n\
         operators = ['a', 'b', 'c']\n\
         operators_on = 'edges'\n\
         output = 'last'\n",
    )
    .unwrap();
    let all: Vec<_> = moves::enumerate(&space).collect();
    for head in [EdgeHead::Concatenated, EdgeHead::Gru] {
        let make = |vb: candle_nn::VarBuilder<'_>| Generator::new(&space, SETTINGS, head, &vb);
        let model = Weights::draw(rng(), make).unwrap().0;
        let log_probabilities = model.follow(&space, &all).unwrap().log_probabilities();
        let sum: f64 = log_probabilities.iter().map(|log| log.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
        assert_eq!(log_probabilities.len(), 27);
    }
}

#[test]
fn only_architectures_of_the_space_are_followed() {
    let space = NasBench201::default();
    let make =
        |vb: candle_nn::VarBuilder<'_>| Generator::new(&space, SETTINGS, EdgeHead::default(), &vb);
    let model = Weights::draw(rng(), make).unwrap().0;
    let other = NasBench101::default();
    let foreign = moves::sample(&other, &mut rng());
    let error = model.follow(&space, &[foreign]).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("nasbench201"), "{source}");
    assert!(model.follow(&space, &[]).unwrap().archs.is_empty());
}
