//! Opening and asking benchmark tables.

use divan::{Bencher, black_box};
use ganas_bench::nasbench201::NasBench201Table;
use ganas_bench::{Benchmark, QuerySettings};
use ganas_graph::{Arch, moves};
use ganas_search::{Evaluator, TestOracle};

fn main() {
    divan::main();
}

#[divan::bench]
fn open_nasbench201() -> NasBench201Table {
    NasBench201Table::embedded().expect("the table is sound")
}

/// One query through the search's own interface.
#[divan::bench]
fn query_nasbench201(bencher: Bencher<'_, '_>) {
    let benchmark = Benchmark::open_with("nasbench201", None, QuerySettings::default(), None)
        .expect("the table is sound");
    let archs: Vec<Arch> = moves::enumerate(&*benchmark.space).step_by(7).collect();
    let evaluator: &dyn Evaluator = &benchmark;
    let mut next = archs.iter().cycle();
    bencher.bench_local(|| evaluator.evaluate(black_box(next.next().expect("a cycle"))));
}

#[divan::bench]
fn rank_nasbench201(bencher: Bencher<'_, '_>) {
    let benchmark = Benchmark::open_with("nasbench201", None, QuerySettings::default(), None)
        .expect("the table is sound");
    bencher.bench_local(|| benchmark.rank(black_box(90.0)));
}
