//! The models' forward passes and training steps, sizes of the default preset; on NAS-Bench-201 where
//! no other space is named.

use std::sync::Arc;

use divan::Bencher;
use ganas_gnn::{
    Adam, AdamSettings, Discriminator, EdgeHead, Encoder, EncoderSettings, Generator, Weights,
};
use ganas_graph::{
    ArchGraph, NODES_PER_WORD, SearchSpace, moves,
    spaces::{Darts, NasBench201},
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn main() {
    // Once a large buffer was freed, as in every search, glibc's allocator keeps pages; until then their
    // coming and going is most of what is measured.
    drop(std::hint::black_box(vec![1_u8; 1 << 24]));
    divan::main();
}

const WIDE: EncoderSettings = EncoderSettings { width: 64, layers: 2, k: 1 };
const NARROW: EncoderSettings = EncoderSettings { width: 32, layers: 2, k: 1 };
const ADAM: AdamSettings = AdamSettings { learning_rate: 1e-3, weight_decay: 0.0 };

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(0)
}

fn graphs(count: usize) -> Vec<ArchGraph> {
    graphs_of(&NasBench201::default(), count)
}

fn graphs_of(space: &dyn SearchSpace, count: usize) -> Vec<ArchGraph> {
    let mut rng = rng();
    (0..count).map(|_| space.canonical_graph(&moves::sample(space, &mut rng))).collect()
}

fn discriminator(space: &dyn SearchSpace) -> (Discriminator, Weights) {
    let labels = space.labels().len();
    Weights::draw(rng(), |vb| Discriminator::new(labels, WIDE, &vb)).expect("weights are drawn")
}

#[divan::bench]
fn lay_out_64_graphs(bencher: Bencher<'_, '_>) {
    let encoder =
        Weights::draw(rng(), |vb| Encoder::new(8, NODES_PER_WORD, WIDE, &vb)).expect("drawn").0;
    let graphs = graphs(64);
    bencher.bench_local(|| encoder.lay_out(&graphs, false, 64));
}

#[divan::bench]
fn encoder_forward_64_graphs(bencher: Bencher<'_, '_>) {
    let encoder =
        Weights::draw(rng(), |vb| Encoder::new(8, NODES_PER_WORD, WIDE, &vb)).expect("drawn").0;
    let graphs = graphs(64);
    let batch = encoder.lay_out(&graphs, false, 64).remove(0);
    bencher.bench_local(|| encoder.forward(&batch));
}

#[divan::bench]
fn discriminator_step_64_graphs_4032_pairs(bencher: Bencher<'_, '_>) {
    discriminator_step(bencher, &NasBench201::default());
}

#[divan::bench]
fn discriminator_step_64_darts_graphs(bencher: Bencher<'_, '_>) {
    discriminator_step(bencher, &Darts::default());
}

fn discriminator_step(bencher: Bencher<'_, '_>, space: &dyn SearchSpace) {
    let (model, weights) = discriminator(space);
    let mut adam = Adam::new(&weights, ADAM);
    let graphs = graphs_of(space, 64);
    let graphs: Vec<_> = graphs.iter().collect();
    let all = |i: u32| (0..64).filter(move |j| *j != i).map(move |j| (i, j));
    let pairs = Arc::new((0..64).flat_map(all).collect());
    bencher.bench_local(|| {
        let logits = model.logits(&graphs, &pairs).expect("shapes fit");
        let loss = logits.sqr().and_then(|squares| squares.mean_all()).expect("a scalar");
        adam.descend(&loss, "loss").expect("a finite loss")
    });
}

#[divan::bench]
fn discriminator_scores_1000_against_15(bencher: Bencher<'_, '_>) {
    discriminator_scores(bencher, &NasBench201::default());
}

#[divan::bench]
fn discriminator_scores_1000_darts_graphs(bencher: Bencher<'_, '_>) {
    discriminator_scores(bencher, &Darts::default());
}

fn discriminator_scores(bencher: Bencher<'_, '_>, space: &dyn SearchSpace) {
    let model = discriminator(space).0;
    let (truth, candidates) = (graphs_of(space, 15), graphs_of(space, 1000));
    bencher.bench_local(|| model.compare(&truth, &candidates));
}

#[divan::bench]
fn generator_samples_200(bencher: Bencher<'_, '_>) {
    let space = NasBench201::default();
    let make =
        |vb: candle_nn::VarBuilder<'_>| Generator::new(&space, NARROW, EdgeHead::default(), &vb);
    let model = Weights::draw(rng(), make).expect("weights are drawn").0;
    let mut rng = rng();
    bencher.bench_local(|| model.sample(&space, 200, &mut rng));
}

/// One pass of PPO over 64 episodes: the policy's gradient and a step.
#[divan::bench]
fn ppo_pass_64_episodes(bencher: Bencher<'_, '_>) {
    let space = NasBench201::default();
    let make =
        |vb: candle_nn::VarBuilder<'_>| Generator::new(&space, NARROW, EdgeHead::default(), &vb);
    let (model, weights) = Weights::draw(rng(), make).expect("weights are drawn");
    let mut adam = Adam::new(&weights, ADAM);
    let rollout = model.sample(&space, 64, &mut rng()).expect("the space is the generator's");
    let replay = model.replay(&rollout).expect("the rollout is the generator's");
    bencher.bench_local(|| {
        let policy = model.policy(&replay).expect("the rollout is the generator's");
        let ratio = policy.log_probabilities.exp().and_then(|ratio| ratio.mean_all());
        let error = policy.values.sqr().and_then(|squares| squares.mean_all());
        let loss = error.and_then(|error| error - ratio?).expect("scalars");
        adam.descend(&loss, "loss").expect("a finite loss")
    });
}
