use std::fmt;
use std::time::Duration;

use ganas_bench::Benchmark;
use ganas_graph::spaces::Chain;
use ganas_graph::{Arch, SearchSpace};
use ganas_search::{Constraint, History, pareto_front};
use serde::Serialize;

use crate::improve::{Goal, ImproveArgs, chain, objectives, saving};
use crate::report::TableRecord;
use crate::table::Table;

/// A network and what the evaluator says of it, in percent.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) arch: Arch,
    pub(crate) value: f64,
}

/// What a search for an improvement found. The fields down to `seconds` are a contract with whoever
/// reads the JSON; of all fields only `seconds` is not determined by the arguments.
#[derive(Debug, Serialize)]
pub(crate) struct Improvement {
    baseline: NetworkRecord,
    best: NetworkRecord,
    predictor: String,
    better: bool,
    queries: usize,
    seed: u64,
    seconds: f64,
    evaluator: String,
    space: String,
    strategy: String,
    goal: &'static str,
    budget: usize,
    constraints: Vec<String>,
    changes: Vec<Change>,
    /// What no other network found beats in accuracy and all costs that are kept, by accuracy.
    front: Vec<NetworkRecord>,
    tables: Vec<TableRecord>,
    /// Are values predicted, or read from a table of trainings?
    #[serde(skip)]
    is_predicted: bool,
    #[serde(skip)]
    name: String,
}

/// A network: parameters and multiply-adds are counts.
#[derive(Debug, Clone, Serialize)]
struct NetworkRecord {
    arch: String,
    predicted: f64,
    params: u64,
    macs: u64,
    latency_ms: Option<f64>,
    costs: Vec<CostRecord>,
}

/// A cost by one of the space's metrics.
#[derive(Debug, Clone, Serialize)]
struct CostRecord {
    metric: String,
    value: f64,
    unit: String,
}

/// What is different in a part of the network.
#[derive(Debug, Serialize)]
struct Change {
    part: String,
    baseline: String,
    best: String,
    changed: bool,
}

impl Improvement {
    pub(crate) fn new(
        args: &ImproveArgs,
        benchmark: &Benchmark,
        baseline: &Found,
        history: &History,
        constraints: &[Constraint],
        elapsed: Duration,
    ) -> anyhow::Result<Self> {
        let (chain, space) = (chain(benchmark)?, &*benchmark.space);
        let found: Vec<_> = history.trials().iter().map(Found::of).collect::<Result<_, _>>()?;
        let best = best(space, args.goal, baseline, &found);
        let saves = saving(space, &baseline.arch, &best.arch) > 0.0;
        let record = |found: &Found| NetworkRecord::new(chain, space, found);
        Ok(Self {
            baseline: record(baseline),
            best: record(best),
            predictor: benchmark.predictor().unwrap_or(&benchmark.name).into(),
            better: best.value > baseline.value || (best.value >= baseline.value && saves),
            queries: found.len(),
            seed: args.seed,
            seconds: elapsed.as_secs_f64(),
            evaluator: benchmark.name.clone(),
            space: space.name().into(),
            strategy: args.strategy.to_string(),
            goal: args.goal.name(),
            budget: args.budget,
            constraints: constraints.iter().map(ToString::to_string).collect(),
            changes: changes(chain, &baseline.arch, &best.arch),
            front: front(space, baseline, history)?.iter().map(record).collect(),
            tables: TableRecord::all(benchmark),
            is_predicted: benchmark.predictor().is_some(),
            name: args.baseline.clone(),
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

/// The best for the goal: by accuracy, or by saving among those not worse than the baseline. The
/// baseline itself if there is no better.
fn best<'f>(
    space: &dyn SearchSpace,
    goal: Goal,
    baseline: &'f Found,
    found: &'f [Found],
) -> &'f Found {
    let worth = |found: &Found| match goal {
        Goal::Cost if found.value < baseline.value => f64::NEG_INFINITY,
        Goal::Cost => saving(space, &baseline.arch, &found.arch),
        Goal::Accuracy | Goal::Pareto => found.value,
    };
    let mut best = (baseline, worth(baseline));
    for one in found {
        let own = worth(one);
        if own > best.1 {
            best = (one, own);
        }
    }
    best.0
}

/// Networks at least as accurate as the baseline that no other beats in accuracy and every cost that is
/// kept, the most accurate first.
fn front(
    space: &dyn SearchSpace,
    baseline: &Found,
    history: &History,
) -> anyhow::Result<Vec<Found>> {
    let unbeaten = pareto_front(space, history, &objectives(space));
    let mut front: Vec<_> = unbeaten.into_iter().map(Found::of).collect::<Result<_, _>>()?;
    front.retain(|found| found.value >= baseline.value);
    front.sort_by(|one, other| other.value.total_cmp(&one.value));
    Ok(front)
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
    fn new(chain: &Chain, space: &dyn SearchSpace, found: &Found) -> Self {
        let cost = chain.network_cost(&found.arch);
        let values = space.cost_metrics().iter().zip(space.cost(&found.arch));
        let costs: Vec<_> = values
            .map(|(metric, value)| CostRecord {
                metric: metric.name.clone(),
                value,
                unit: metric.unit.clone(),
            })
            .collect();
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

impl fmt::Display for Improvement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { space, strategy, predictor, seed, name, baseline, best, .. } = self;
        let by = if self.is_predicted { "predicted by" } else { "from the table" };
        writeln!(
            formatter,
            "{name} in {space}, {strategy}, seed {seed}; accuracy {by} {predictor}\n"
        )?;
        if !self.better {
            writeln!(formatter, "  nothing better was found\n")?;
        }
        let mut table = Table::new(&[&format!("{by} {predictor}"), "baseline", "best", "change"]);
        let label = if self.is_predicted { "predicted accuracy, %" } else { "accuracy, %" };
        table.push(vec![
            label.into(),
            format!("{:.3}", baseline.predicted),
            format!("{:.3}", best.predicted),
            format!("{:+.3}", best.predicted - baseline.predicted),
        ]);
        for (old, new) in baseline.costs.iter().zip(&best.costs) {
            table.push(vec![
                format!("{}, {}", old.metric, old.unit),
                format!("{:.3}", old.value),
                format!("{:.3}", new.value),
                format!("{:+.1} %", 100.0 * (new.value / old.value - 1.0)),
            ]);
        }
        writeln!(formatter, "{table}")?;
        let mut table =
            Table::new(&[&format!("choices, {by} {predictor}"), "baseline", "best", ""]);
        for Change { part, baseline, best, changed } in &self.changes {
            let mark = if *changed { "changed" } else { "" };
            table.push(vec![part.clone(), baseline.clone(), best.clone(), mark.into()]);
        }
        writeln!(formatter, "{table}")?;
        let front = format!("better networks, {by} {predictor}");
        let mut table = Table::new(&[&front, "accuracy, %", "params, M", "macs, M"]);
        for network in self.front.iter().take(10) {
            let millions = |count: u64| format!("{:.3}", count as f64 / 1e6);
            table.push(vec![
                network.arch.clone(),
                format!("{:.3}", network.predicted),
                millions(network.params),
                millions(network.macs),
            ]);
        }
        writeln!(formatter, "{table}")?;
        writeln!(formatter, "  limits      {}", self.constraints.join(", "))?;
        writeln!(formatter, "  searched    {} queries in {:.1} s", self.queries, self.seconds)
    }
}
