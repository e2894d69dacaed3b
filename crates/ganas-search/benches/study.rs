//! What a study costs beside evaluations: one that is stored, one in memory, and a look at a large
//! store.

#![expect(clippy::unwrap_used, reason = "a bench may stop where it fails")]

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use ganas_graph::spaces::NasBench101;
use ganas_search::baselines::{Evolution, EvolutionSettings, RandomSearch};
use ganas_search::{
    Evaluation, EvaluationError, Evaluator, Job, Measurement, SqliteStore, Strategy, Study,
    StudyReader, StudyRecord, StudySettings,
};
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// Takes no time.
#[derive(Debug)]
struct Instant;

impl Evaluator for Instant {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let sum = job.arch.choices().iter().map(|&choice| f64::from(choice)).sum();
        Ok(Evaluation::Measured(Measurement::new(sum)))
    }
}

/// A study in a folder.
fn stored(budget: usize, strategy: Box<dyn Strategy>) -> TempDir {
    let (space, folder) = (Arc::new(NasBench101::default()), tempfile::tempdir().unwrap());
    let record = StudyRecord::new(&*space, "", String::new());
    let store = Box::new(SqliteStore::create(folder.path(), &record).unwrap());
    let settings = StudySettings::new(budget, 0);
    let mut study = Study::open(space, strategy, settings, store).unwrap();
    study.optimize(&Instant).unwrap();
    folder
}

const QUERIES: usize = 200;

/// A strategy that asks for 50 at a time.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn stored_rounds_of_50(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(QUERIES)).bench(|| stored(QUERIES, Box::new(RandomSearch)));
}

/// A strategy that asks for one at a time.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn stored_one_by_one(bencher: Bencher<'_, '_>) {
    let settings = EvolutionSettings { population: 1, sample: 1 };
    bencher
        .counter(ItemsCount::new(QUERIES))
        .with_inputs(|| Box::new(Evolution::new(settings).unwrap()))
        .bench_values(|strategy| stored(QUERIES, strategy));
}

/// Linear in the number of trials.
#[divan::bench(args = [5_000, 10_000, 20_000], sample_count = 3, sample_size = 1)]
fn in_memory(bencher: Bencher<'_, '_>, queries: usize) {
    bencher.counter(ItemsCount::new(queries)).bench(|| {
        let space = Arc::new(NasBench101::default());
        let settings = StudySettings::new(queries, 0);
        let mut study = Study::new(space, Box::new(RandomSearch), settings).unwrap();
        study.optimize(&Instant).unwrap();
        study.history().queries()
    });
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn status_of_10_000_trials(bencher: Bencher<'_, '_>) {
    let folder = stored(10_000, Box::new(RandomSearch));
    bencher.bench_local(|| StudyReader::open(folder.path()).unwrap().status().unwrap());
}
