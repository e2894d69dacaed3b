//! Opening and asking benchmark tables.

use divan::{Bencher, black_box};
use ganas_bench::nasbench101::{NasBench101Table, Variant};
use ganas_bench::nasbench201::NasBench201Table;
use ganas_bench::{Benchmark, QuerySettings};
use ganas_graph::{Arch, moves};
use ganas_search::TestOracle;

fn main() {
    divan::main();
}

#[divan::bench]
fn open_nasbench201() -> NasBench201Table {
    NasBench201Table::embedded().expect("the table is sound")
}

/// One query.
#[divan::bench]
fn query_nasbench201(bencher: Bencher<'_, '_>) {
    let benchmark = Benchmark::open_with("nasbench201", None, QuerySettings::default(), None)
        .expect("the table is sound");
    let archs: Vec<Arch> = moves::enumerate(&*benchmark.space).step_by(7).collect();
    let mut next = archs.iter().cycle();
    bencher.bench_local(|| benchmark.measure(black_box(next.next().expect("a cycle"))));
}

#[divan::bench]
fn rank_nasbench201(bencher: Bencher<'_, '_>) {
    let benchmark = Benchmark::open_with("nasbench201", None, QuerySettings::default(), None)
        .expect("the table is sound");
    bencher.bench_local(|| benchmark.rank(black_box(90.0)));
}

/// The surrogate's table, if it was imported into the user's data folder.
fn surrogate() -> Option<NasBench101Table> {
    NasBench101Table::open(Variant::Surrogate, &ganas_bench::data_folder().ok()?).ok()
}

#[divan::bench]
fn open_nasbench101(bencher: Bencher<'_, '_>) {
    if surrogate().is_some() {
        bencher.bench_local(|| surrogate().map(|table| table.len()));
    }
}

/// The results of a module hash, once the pages and blocks that are asked for have been read.
#[divan::bench]
fn query_nasbench101_by_hash(bencher: Bencher<'_, '_>) {
    let Some(table) = surrogate() else { return };
    let rows: Vec<_> = table.rows().step_by(41).collect();
    let mut hashes: Vec<_> = rows.iter().filter_map(|row| table.hash(*row).ok()).collect();
    hashes.sort_by_key(|hash| hash.as_bytes()[15]);
    let mut next = hashes.iter().cycle();
    bencher.bench_local(|| {
        let hash = *black_box(next.next().expect("a cycle"));
        let row = table.find(hash).ok().flatten().expect("a hash of the table");
        table.training(row, 0, 0).ok().map(|training| training.validation)
    });
}
