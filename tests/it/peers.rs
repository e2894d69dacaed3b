//! Our baselines match those of other tools: mean validation accuracy on NAS-Bench-201, CIFAR-10, against
//! measurements with those tools. Here as there, a query is a distinct string.

use std::fs::File;
use std::sync::Arc;

use flate2::read::GzDecoder;
use ganas_graph::{SearchSpace, spaces::NasBench201};
use ganas_search::baselines::{
    Evolution, EvolutionSettings, LocalSearch, LocalSearchSettings, RandomDecisions, Reinforce,
    ReinforceSettings,
};
use ganas_search::{
    Distinct, Evaluation, EvaluationError, Evaluator, Job, Measurement, Strategy, StudySettings,
};

use crate::{evaluating, shared_data};

const SEEDS: u64 = 100;
const BUDGETS: [usize; 3] = [50, 100, 150];

/// Validation accuracy in percent after 200 epochs, mean over training seeds, by rank.
#[derive(Debug)]
struct Table(Vec<f64>);

impl Table {
    fn read() -> Option<Self> {
        let path = shared_data::path("nb201/nb201.csv.gz")?;
        let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(path).unwrap()));
        let headers = reader.headers().unwrap().clone();
        let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
        let (text, runs) = (
            column("arch_str"),
            ["c10_val_200_s0", "c10_val_200_s1", "c10_val_200_s2"].map(column),
        );
        let space = NasBench201::default();
        let mut values = vec![f64::NAN; 15_625];
        for record in reader.records().map(Result::unwrap) {
            let runs: Vec<f64> = runs.iter().filter_map(|run| record[*run].parse().ok()).collect();
            let rank = NasBench201::rank(&space.parse(&record[text]).unwrap());
            values[rank] = runs.iter().sum::<f64>() / runs.len() as f64;
        }
        Some(Self(values))
    }
}

impl Evaluator for Table {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let value = self.0[NasBench201::rank(job.arch)];
        Ok(Evaluation::Measured(Measurement::new(value)))
    }
}

/// Compares our mean after each of [`BUDGETS`] with the published one: apart by at most three
/// standard errors of the difference, and the rounding of what is published.
///
/// # Source
/// Each figure is a peer's mean and its standard error over 100 to 500 searches.
fn assert_like_peers(make: impl Fn() -> Box<dyn Strategy>, peers: [(f64, f64); 3]) {
    let Some(table) = Table::read() else { return };
    let space: Arc<dyn SearchSpace> = Arc::new(NasBench201::default());
    let mut best = BUDGETS.map(|_| Vec::new());
    for seed in 0..SEEDS {
        let distinct = Distinct::String;
        let settings = StudySettings { distinct, ..StudySettings::new(BUDGETS[2], seed) };
        let outcome = evaluating::search(&space, make(), &table, settings).unwrap();
        for (best, budget) in best.iter_mut().zip(BUDGETS) {
            best.push(outcome.history.best_within(budget).unwrap().measurement.value);
        }
    }
    for ((best, budget), (peer, peer_error)) in best.iter().zip(BUDGETS).zip(peers) {
        let (mean, error) = mean_and_error(best);
        let apart = (mean - peer).abs();
        let allowed = 3.0 * error.hypot(peer_error) + 0.005;
        assert!(apart < allowed, "{budget} queries: {mean:.3} ± {error:.3}, peers {peer}");
    }
}

/// Mean and its standard error.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// Which draws strings, each operator uniformly.
#[test]
fn random_search() {
    assert_like_peers(|| Box::new(RandomDecisions), [(90.79, 0.02), (91.04, 0.013), (91.13, 0.01)]);
}

/// Real et al.'s Algorithm 1, P = 50, S = 10.
#[test]
fn evolution() {
    assert_like_peers(
        || Box::new(Evolution::new(EvolutionSettings::ying_2019()).unwrap()),
        [(90.82, 0.02), (91.42, 0.01), (91.54, 0.005)],
    );
}

/// naszilla, `local_search` with its defaults.
#[test]
fn local_search() {
    assert_like_peers(
        || Box::new(LocalSearch::new(LocalSearchSettings::naszilla()).unwrap()),
        [(91.41, 0.016), (91.55, 0.008), (91.59, 0.004)],
    );
}

/// AutoDL-Projects, `reinforce.py` with its learning rate.
#[test]
fn reinforce() {
    assert_like_peers(
        || Box::new(Reinforce::new(ReinforceSettings::nats_bench()).unwrap()),
        [(90.81, 0.04), (91.04, 0.026), (91.17, 0.019)],
    );
}
