//! The results of a search for an improvement.

use ganas_bench::Benchmark;
use ganas_graph::spaces::Chain;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::{Constraint, Direction, History, first_best, pareto_front};
use serde::Serialize;

use super::search::{Cost, TableRecord};
use crate::Error;
use crate::improve::{Goal, ImproveOptions, PredictedNetwork, chain, objectives, saving};

/// The results of a search for an improvement. The fields from `baseline` to `seconds` are a stable
/// interface for programs that read the JSON. Two searches with the same options have the same
/// values in all fields except `seconds`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImprovementReport {
    /// The baseline.
    pub baseline: NetworkRecord,
    /// The best network found; the baseline itself if none is better.
    pub best: NetworkRecord,
    /// The model that predicted the accuracies, or the benchmark from which they were read.
    pub predictor: String,
    /// Whether the best network is better than the baseline.
    pub better: bool,
    /// Number of networks evaluated.
    pub queries: usize,
    /// The seed.
    pub seed: u64,
    /// Duration of the search in seconds.
    pub seconds: f64,
    /// Name of the benchmark that evaluated the networks.
    pub evaluator: String,
    /// Name of the benchmark's search space.
    pub space: String,
    /// The strategy with its settings.
    pub strategy: String,
    /// The property that the search aimed to improve.
    pub goal: &'static str,
    /// The budget in queries.
    pub budget: usize,
    /// The limits that networks had to satisfy.
    pub constraints: Vec<String>,
    /// The comparison of the baseline with the best network, part by part.
    pub changes: Vec<Change>,
    /// The Pareto front. Its objectives are the accuracy and those of the costs `params`, `macs`
    /// and `latency_ms` that the space has. Networks less accurate than the baseline are left out.
    /// The most accurate network comes first.
    pub front: Vec<NetworkRecord>,
    /// The benchmark's tables from which the results were read.
    pub tables: Vec<TableRecord>,
    /// Whether accuracies were predicted rather than read from a table of training runs.
    #[serde(skip)]
    pub is_predicted: bool,
    /// The baseline, as written by the user.
    #[serde(skip)]
    pub name: String,
}

/// A network with its accuracy and its costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkRecord {
    /// The network in its space's notation.
    pub arch: String,
    /// The network's accuracy in percent, predicted or read from a table.
    pub predicted: f64,
    /// Number of parameters.
    pub params: u64,
    /// Number of multiply–adds.
    pub macs: u64,
    /// Latency in milliseconds; `None` if the space does not provide it.
    pub latency_ms: Option<f64>,
    /// All costs.
    pub costs: Vec<Cost>,
}

/// A comparison of one part of the baseline with the same part of the best network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Name of the part, for example the name of a stage.
    pub part: String,
    /// Description of the part in the baseline.
    pub baseline: String,
    /// Description of the part in the best network.
    pub best: String,
    /// Whether the two descriptions differ.
    pub changed: bool,
}

impl ImprovementReport {
    pub(crate) fn new(
        options: &ImproveOptions,
        benchmark: &Benchmark,
        baseline: &PredictedNetwork,
        (history, queries): (&History, usize),
        constraints: &[Constraint],
        seconds: f64,
    ) -> Result<Self, Error> {
        let (chain, space) = (chain(benchmark)?, &*benchmark.space);
        let found: Vec<_> = history.trials().iter().filter_map(PredictedNetwork::of).collect();
        let best = best(space, options.goal, baseline, &found);
        let saves = saving(space, &baseline.arch, &best.arch) > 0.0;
        let record = |found: &PredictedNetwork| NetworkRecord::new(chain, space, found);
        Ok(Self {
            baseline: record(baseline),
            best: record(best),
            predictor: benchmark.predictor().unwrap_or(&benchmark.name).into(),
            better: best.value > baseline.value || (best.value >= baseline.value && saves),
            queries,
            seed: options.seed,
            seconds,
            evaluator: benchmark.name.clone(),
            space: space.name().into(),
            strategy: options.strategy.to_string(),
            goal: options.goal.name(),
            budget: options.budget,
            constraints: constraints.iter().map(Constraint::to_string).collect(),
            changes: changes(chain, &baseline.arch, &best.arch),
            front: front(space, baseline, history).iter().map(record).collect(),
            tables: TableRecord::all(benchmark),
            is_predicted: benchmark.predictor().is_some(),
            name: options.baseline.clone(),
        })
    }
}

impl Goal {
    const fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Cost => "cost",
            Self::Pareto => "pareto",
        }
    }
}

/// Returns the best network for the goal: the most accurate one or, if the goal is a lower cost,
/// the one that saves most without being less accurate than the baseline. Returns the baseline if
/// none is better.
fn best<'f>(
    space: &dyn SearchSpace,
    goal: Goal,
    baseline: &'f PredictedNetwork,
    found: &'f [PredictedNetwork],
) -> &'f PredictedNetwork {
    let worth = |found: &PredictedNetwork| match goal {
        Goal::Cost if found.value < baseline.value => f64::NEG_INFINITY,
        Goal::Cost => saving(space, &baseline.arch, &found.arch),
        Goal::Accuracy | Goal::Pareto => found.value,
    };
    let all = std::iter::once(baseline).chain(found);
    first_best(all, |found| Direction::Maximise.score(worth(found))).unwrap_or(baseline)
}

/// Returns the Pareto front of accuracy and the kept costs, without networks less accurate than the
/// baseline; the most accurate first.
fn front(
    space: &dyn SearchSpace,
    baseline: &PredictedNetwork,
    history: &History,
) -> Vec<PredictedNetwork> {
    let unbeaten = pareto_front(space, history, &objectives(space));
    let mut front: Vec<_> = unbeaten.into_iter().filter_map(PredictedNetwork::of).collect();
    front.retain(|found| found.value >= baseline.value);
    front.sort_by(|one, other| other.value.total_cmp(&one.value));
    front
}

fn changes(chain: &Chain, baseline: &Arch, best: &Arch) -> Vec<Change> {
    let (old, new) = (chain.parts(baseline), chain.parts(best));
    let rows = old.into_iter().zip(new).map(|((part, baseline), (_, best))| {
        let changed = baseline != best;
        Change { part, baseline, best, changed }
    });
    rows.collect()
}

impl NetworkRecord {
    fn new(chain: &Chain, space: &dyn SearchSpace, found: &PredictedNetwork) -> Self {
        let cost = chain.network_cost(&found.arch);
        let costs = Cost::all(space, &found.arch);
        let latency = costs.iter().find(|cost| cost.metric == "latency_ms");
        Self {
            arch: space.display(&found.arch),
            predicted: found.value,
            params: cost.parameters,
            macs: cost.multiply_adds,
            latency_ms: latency.map(|cost| cost.value),
            costs,
        }
    }
}
