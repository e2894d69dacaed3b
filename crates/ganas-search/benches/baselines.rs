//! What thousands of queries of each baseline cost in the DARTS space, where there is always more to
//! find: time is linear in the number of queries. And in a space whose good part is soon known.

#![expect(clippy::unwrap_used, reason = "a bench may stop where it fails")]

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use ganas_graph::SearchSpace;
use ganas_graph::spaces::{Darts, NasBench201};
use ganas_search::baselines::{Evolution, LocalSearch, RandomSearch, Reinforce};
use ganas_search::{
    Evaluation, EvaluationError, Evaluator, Job, Measurement, StrategyEntry, Study, StudySettings,
};

fn main() {
    divan::main();
}

/// Takes no time, and has one best architecture or only a few.
#[derive(Debug)]
struct Sum;

impl Evaluator for Sum {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let sum = job.arch.choices().iter().map(|&choice| f64::from(choice)).sum();
        Ok(Evaluation::Measured(Measurement::new(sum)))
    }
}

fn search(
    bencher: Bencher<'_, '_>,
    space: impl SearchSpace + 'static,
    entry: &StrategyEntry,
    queries: usize,
) {
    let space: Arc<dyn SearchSpace> = Arc::new(space);
    bencher.counter(ItemsCount::new(queries)).bench_local(|| {
        let strategy = (entry.build)(&[]).unwrap();
        let settings = StudySettings::new(queries, 0);
        let mut study = Study::new(space.clone(), strategy, settings).unwrap();
        study.optimize(&Sum).unwrap();
        assert_eq!(study.history().queries(), queries);
    });
}

const QUERIES: [usize; 3] = [2_500, 5_000, 10_000];

#[divan::bench(args = QUERIES, sample_count = 3, sample_size = 1)]
fn evolution(bencher: Bencher<'_, '_>, queries: usize) {
    search(bencher, Darts::default(), &Evolution::ENTRY, queries);
}

#[divan::bench(args = QUERIES, sample_count = 3, sample_size = 1)]
fn local_search(bencher: Bencher<'_, '_>, queries: usize) {
    search(bencher, Darts::default(), &LocalSearch::ENTRY, queries);
}

#[divan::bench(args = QUERIES, sample_count = 3, sample_size = 1)]
fn random(bencher: Bencher<'_, '_>, queries: usize) {
    search(bencher, Darts::default(), &RandomSearch::ENTRY, queries);
}

#[divan::bench(args = QUERIES, sample_count = 3, sample_size = 1)]
fn reinforce(bencher: Bencher<'_, '_>, queries: usize) {
    search(bencher, Darts::default(), &Reinforce::ENTRY, queries);
}

/// What is near to the best is used up, so up to 10,000 children are bred for a query.
#[divan::bench(args = [1_000, 2_000], sample_count = 3, sample_size = 1)]
fn evolution_among_known(bencher: Bencher<'_, '_>, queries: usize) {
    search(bencher, NasBench201::default(), &Evolution::ENTRY, queries);
}

/// The policy settles, so up to 1,000 architectures are drawn for a query.
#[divan::bench(args = [2_500, 5_000], sample_count = 3, sample_size = 1)]
fn reinforce_among_known(bencher: Bencher<'_, '_>, queries: usize) {
    search(bencher, NasBench201::default(), &Reinforce::ENTRY, queries);
}
