//! Hashing, graphs and moves of built-in spaces.

use divan::{Bencher, black_box};
use ganas_graph::{SearchSpace, moves, spaces::NasBench201};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn main() {
    divan::main();
}

#[divan::bench]
fn hash_nasbench201(bencher: Bencher<'_, '_>) {
    let space = NasBench201::default();
    let arch = moves::sample(&space, &mut ChaCha8Rng::seed_from_u64(0));
    bencher.bench_local(|| space.canonical(black_box(&arch)));
}

#[divan::bench]
fn encode_nasbench201(bencher: Bencher<'_, '_>) {
    let space = NasBench201::default();
    let arch = moves::sample(&space, &mut ChaCha8Rng::seed_from_u64(0));
    bencher.bench_local(|| space.canonical_graph(black_box(&arch)));
}

#[divan::bench]
fn mutate_nasbench201(bencher: Bencher<'_, '_>) {
    let space = NasBench201::default();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let arch = moves::sample(&space, &mut rng);
    bencher.bench_local(|| moves::mutate(&space, black_box(&arch), &mut rng));
}
