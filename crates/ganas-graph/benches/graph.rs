//! Hashing, graphs and moves of built-in spaces.

use divan::{Bencher, black_box};
use ganas_graph::spaces::nasbench101::ModelSpec;
use ganas_graph::spaces::{Chain, Darts, NasBench101, NasBench201};
use ganas_graph::{SearchSpace, moves};
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

#[divan::bench]
fn hash_nasbench101(bencher: Bencher<'_, '_>) {
    let space = NasBench101::default();
    let arch = space.inception();
    bencher.bench_local(|| space.canonical(black_box(&arch)));
}

#[divan::bench]
fn hash_spec_nasbench101(bencher: Bencher<'_, '_>) {
    let space = NasBench101::default();
    let spec = space.decode(&space.inception());
    bencher.bench_local(|| black_box(&spec).hash());
}

#[divan::bench]
fn cost_nasbench101(bencher: Bencher<'_, '_>) {
    let space = NasBench101::default();
    let arch = space.inception();
    bencher.bench_local(|| space.cost(black_box(&arch)));
}

#[divan::bench]
fn mutate_nasbench101(bencher: Bencher<'_, '_>) {
    let space = NasBench101::default();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let arch = space.inception();
    bencher.bench_local(|| moves::mutate(&space, black_box(&arch), &mut rng));
}

#[divan::bench]
fn enumerate_nasbench101_1293208_cells() -> usize {
    ModelSpec::all().count()
}

#[divan::bench]
fn hash_16_specs_nasbench101(bencher: Bencher<'_, '_>) {
    let space = NasBench101::default();
    let specs = [space.decode(&space.inception()); 16];
    bencher.bench_local(|| ModelSpec::hashes(black_box(&specs)));
}

/// Every cell of the space, from its bits: pruned, checked and hashed.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn hash_nasbench101_1293208_cells() -> usize {
    let specs: Vec<_> = ModelSpec::all()
        .map(|spec| ModelSpec::from_bits(spec.edge_bits(), spec.operators()).expect("valid"))
        .collect();
    ModelSpec::hashes(&specs).len()
}

#[divan::bench]
fn hash_darts(bencher: Bencher<'_, '_>) {
    let space = Darts::default();
    let arch = moves::sample(&space, &mut ChaCha8Rng::seed_from_u64(0));
    bencher.bench_local(|| space.canonical(black_box(&arch)));
}

#[divan::bench]
fn encode_darts(bencher: Bencher<'_, '_>) {
    let space = Darts::default();
    let arch = moves::sample(&space, &mut ChaCha8Rng::seed_from_u64(0));
    bencher.bench_local(|| space.canonical_graph(black_box(&arch)));
}

/// Parameters and multiply-adds, from choices.
#[divan::bench(args = ["efficientnet", "proxylessnas", "mnasnet", "ofa-mbv3", "nasbench-macro"])]
fn cost_chain(bencher: Bencher<'_, '_>, name: &str) {
    let space = Chain::built_in(name).expect("a built-in space");
    let arch = moves::sample(&space, &mut ChaCha8Rng::seed_from_u64(0));
    bencher.bench_local(|| space.cost(black_box(&arch)));
}

#[divan::bench(args = ["mnasnet", "ofa-mbv3"])]
fn hash_chain(bencher: Bencher<'_, '_>, name: &str) {
    let space = Chain::built_in(name).expect("a built-in space");
    let arch = moves::sample(&space, &mut ChaCha8Rng::seed_from_u64(0));
    bencher.bench_local(|| space.canonical(black_box(&arch)));
}

#[divan::bench(args = ["mnasnet", "ofa-mbv3"])]
fn mutate_chain(bencher: Bencher<'_, '_>, name: &str) {
    let space = Chain::built_in(name).expect("a built-in space");
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let arch = moves::sample(&space, &mut rng);
    bencher.bench_local(|| moves::mutate(&space, black_box(&arch), &mut rng));
}
