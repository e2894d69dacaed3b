//! What a study costs beside evaluations: one that is stored, and a look at a large store.

#![expect(clippy::unwrap_used, reason = "a bench may stop where it fails")]

use divan::Bencher;
use divan::counter::ItemsCount;
use ganas_graph::{Arch, spaces::NasBench101};
use ganas_search::baselines::{Evolution, EvolutionSettings, RandomSearch};
use ganas_search::{
    Evaluation, EvaluationError, Evaluator, Measurement, Store, Strategy, Study, StudyReader,
    StudyRecord, StudySettings,
};
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// Takes no time.
#[derive(Debug)]
struct Instant;

impl Evaluator for Instant {
    fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError> {
        let sum = arch.choices().iter().map(|&choice| f64::from(choice)).sum();
        Ok(Evaluation::Measured(Measurement::new(sum)))
    }
}

/// A study in a folder.
fn stored(budget: usize, workers: usize, strategy: &mut dyn Strategy) -> TempDir {
    let (space, folder) = (NasBench101::default(), tempfile::tempdir().unwrap());
    let store = Store::create(folder.path(), &StudyRecord::new(&space, "", String::new()));
    let settings = StudySettings { workers, ..StudySettings::new(budget, 0) };
    let study = Study::new(&space, &Instant, settings).unwrap().stored(store.unwrap()).unwrap();
    study.run(strategy, &mut []).unwrap();
    folder
}

const QUERIES: usize = 200;

/// A strategy that asks for 50 at a time.
#[divan::bench(args = [1, 4], sample_count = 5, sample_size = 1)]
fn stored_rounds_of_50(bencher: Bencher<'_, '_>, workers: usize) {
    bencher.counter(ItemsCount::new(QUERIES)).bench(|| stored(QUERIES, workers, &mut RandomSearch));
}

/// A strategy that asks for one at a time.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn stored_one_by_one(bencher: Bencher<'_, '_>) {
    let settings = EvolutionSettings { population: 1, sample: 1 };
    bencher
        .counter(ItemsCount::new(QUERIES))
        .with_inputs(|| Evolution::new(settings).unwrap())
        .bench_values(|mut strategy| stored(QUERIES, 1, &mut strategy));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn status_of_10_000_trials(bencher: Bencher<'_, '_>) {
    let folder = stored(10_000, 4, &mut RandomSearch);
    bencher.bench_local(|| StudyReader::open(folder.path()).unwrap().status().unwrap());
}
