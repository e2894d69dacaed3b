use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use ganas_bench::chains::{self, ChainBenchmark};
use ganas_bench::{Benchmark, QuerySettings};
use ganas_graph::spaces::Chain;
use ganas_graph::{Arch, CostMetric, SearchSpace};
use ganas_search::{
    Bound, Constraint, Direction, Evaluation, EvaluationError, Evaluator, History, Measurement,
    Objective, Study, StudySettings, Trial,
};

use crate::improvement::{Found, Improvement};
use crate::output;
use crate::progress::Progress;
use crate::strategies::{StrategySpec, strategy_help};

/// Costs that are counted or read from a table of measurements, and so must not rise above the
/// baseline's. What is itself predicted, as an accelerator's latency, is a limit only where the user
/// asks for one.
const KEPT: [&str; 3] = ["params", "macs", "latency_ms"];

/// Multiply-adds by another rule than `macs`: a limit too, and no saving of its own.
const KEPT_AGAIN: &str = "profiled_macs";

/// Name of the metric that is what the evaluator said, whatever the goal made of it.
const ACCURACY: &str = "accuracy";

/// GA-NAS with rounds of ten and a quarter of the generator's training. In trials of two seeds it took a
/// fifth of the time of `ganas`, found as much from EfficientNet-B0 and 0.1 percent less from
/// ProxylessNAS-Mobile on once-for-all's predictor.
const STRATEGY: &str = "ganas:per_round=10:inner_iterations=1:generator.ppo.epochs=2";

/// Search for a network that is better than a known one and costs no more
///
/// The search starts from the baseline, in its own search space. Accuracies are those that the
/// evaluator predicts: a real training has the last word.
#[derive(Debug, Args)]
pub(crate) struct ImproveArgs {
    /// A network by name, such as efficientnet-b0, proxylessnas-gpu or mobilenetv3-large, or in the
    /// notation of the evaluator's space
    pub(crate) baseline: String,
    /// What predicts accuracies: accel-nasbench, ofa-mbv3 or nasbench-macro; the first whose space has
    /// the baseline unless given
    #[arg(long, value_name = "NAME")]
    pub(crate) evaluator: Option<String>,
    /// What is to be better
    #[arg(long, value_enum, default_value_t = Goal::Accuracy)]
    pub(crate) goal: Goal,
    /// How to search
    #[arg(long, value_name = "NAME", default_value = STRATEGY, help = strategy_help())]
    pub(crate) strategy: StrategySpec,
    /// Number of queries: distinct networks evaluated, the baseline included
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub(crate) budget: usize,
    /// Seed of all randomness
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Largest cost allowed, besides the baseline's parameters, multiply-adds and, where the evaluator
    /// has a table of measured latencies, latency; may be repeated
    #[arg(long, value_name = "METRIC=LIMIT")]
    pub(crate) max: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a search for an improvement looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Goal {
    /// The highest accuracy at the baseline's cost
    Accuracy,
    /// The lowest cost at the baseline's accuracy
    Cost,
    /// Both: half of the queries for each
    Pareto,
}

/// Runs `ganas improve`.
pub(crate) fn run(args: &ImproveArgs) -> anyhow::Result<()> {
    let evaluator = args.evaluator()?;
    let benchmark = Benchmark::open(evaluator, None, QuerySettings::default())?;
    let space = &*benchmark.space;
    let arch = read(space, &args.baseline)?;
    let constraints = constraints(space, &arch, &args.max)?;
    let started = Instant::now();
    let value = accuracy(&benchmark.evaluate(&arch)?)
        .with_context(|| format!("{} does not know {}", benchmark.name, space.display(&arch)))?;
    let baseline = Found { arch, value };
    let mut progress = Progress::new(args.budget, "queries");
    let mut history = History::default();
    for (goal, budget) in args.goal.parts(args.budget) {
        let towards = Towards { benchmark: &benchmark, baseline: &baseline, goal };
        let is_first = history.trials().is_empty();
        let settings = StudySettings {
            constraints: constraints.clone(),
            known: towards.known(&history)?,
            first: if is_first { vec![baseline.arch.clone()] } else { Vec::new() },
            ..StudySettings::new(budget, args.seed)
        };
        let mut strategy = args.strategy.build()?;
        let study = Study::new(space, &towards, settings)?;
        history = study.run(&mut *strategy, &mut [&mut progress])?.history;
    }
    drop(progress);
    let improvement =
        Improvement::new(args, &benchmark, &baseline, &history, &constraints, started.elapsed())?;
    if args.json {
        output::write_json(&improvement)
    } else {
        output::write(&improvement.to_string())
    }
}

impl ImproveArgs {
    /// The evaluator that was named, or the first whose space has the baseline.
    fn evaluator(&self) -> anyhow::Result<&str> {
        if let Some(name) = &self.evaluator {
            return Ok(name);
        }
        let mut spaces = Vec::new();
        for benchmark in [ChainBenchmark::Accel, ChainBenchmark::Ofa, ChainBenchmark::NasBenchMacro]
        {
            let space = benchmark.space();
            if read(&space, &self.baseline).is_ok() {
                return Ok(benchmark.name());
            }
            spaces.push(format!("{} ({})", benchmark.name(), space.named_archs().join(", ")));
        }
        bail!(
            "expected a network that an evaluator knows, by name or in its notation: {}; found `{}`",
            spaces.join("; "),
            self.baseline
        )
    }
}

impl Goal {
    /// The studies to run, and the queries of each.
    fn parts(self, budget: usize) -> Vec<(Self, usize)> {
        match self {
            Self::Pareto if budget > 1 => {
                vec![(Self::Accuracy, budget - budget / 2), (Self::Cost, budget / 2)]
            }
            Self::Pareto => vec![(Self::Accuracy, budget)],
            goal => vec![(goal, budget)],
        }
    }
}

/// A network by its name or in the space's notation.
fn read(space: &dyn SearchSpace, text: &str) -> anyhow::Result<Arch> {
    if let Some(arch) = space.named(text) {
        return Ok(arch);
    }
    let names = space.named_archs().join(", ");
    space.parse(text).with_context(|| format!("`{text}` is none of the names {names}"))
}

fn accuracy(evaluation: &Evaluation) -> Option<f64> {
    match evaluation {
        Evaluation::Measured(measurement) => Some(measurement.value),
        _ => None,
    }
}

/// The baseline's costs as limits, and those that the user gave.
fn constraints(
    space: &dyn SearchSpace,
    baseline: &Arch,
    more: &[String],
) -> anyhow::Result<Vec<Constraint>> {
    let metrics = space.cost_metrics().iter().enumerate();
    let kept = metrics.filter(|(_, metric)| is_kept(metric) || metric.name == KEPT_AGAIN);
    let own =
        kept.map(|(place, metric)| format!("{}={}", metric.name, space.cost_of(baseline, place)));
    let all = own.chain(more.iter().cloned());
    let constraints: Vec<_> =
        all.map(|text| Constraint::parse(space, Bound::Max, &text)).collect::<Result<_, _>>()?;
    ensure!(!constraints.is_empty(), "{} knows no cost to keep", space.name());
    Ok(constraints)
}

/// The evaluator as a goal sees it. Its values order networks; reports show the evaluator's own.
#[derive(Debug)]
struct Towards<'a> {
    benchmark: &'a Benchmark,
    baseline: &'a Found,
    goal: Goal,
}

impl Evaluator for Towards<'_> {
    fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError> {
        let evaluation = self.benchmark.evaluate(arch)?;
        let Some(accuracy) = accuracy(&evaluation) else { return Ok(evaluation) };
        let mut measurement = Measurement::new(self.worth(arch, accuracy));
        measurement.metrics.insert(ACCURACY.into(), accuracy);
        Ok(Evaluation::Measured(measurement))
    }
}

impl Towards<'_> {
    /// For accuracy, the accuracy; for cost, the accuracy up to the baseline's, and from there on the
    /// mean saving in percent.
    fn worth(&self, arch: &Arch, accuracy: f64) -> f64 {
        if self.goal != Goal::Cost || accuracy < self.baseline.value {
            return accuracy;
        }
        self.baseline.value + 100.0 * saving(&*self.benchmark.space, &self.baseline.arch, arch)
    }

    /// What was evaluated for another goal, as this one sees it.
    fn known(&self, history: &History) -> anyhow::Result<Vec<(Arch, Measurement)>> {
        let seen = history.trials().iter().map(|trial| {
            let mut measurement = trial.measurement.clone();
            measurement.value = self.worth(&trial.arch, Found::of(trial)?.value);
            Ok((trial.arch.clone(), measurement))
        });
        seen.collect()
    }
}

impl Found {
    /// A network of a study.
    pub(crate) fn of(trial: &Trial) -> anyhow::Result<Self> {
        let value = trial.measurement.metric(ACCURACY).context("a network without accuracy")?;
        Ok(Self { arch: trial.arch.clone(), value })
    }
}

/// Must it not rise above the baseline's, and is it a saving if it falls?
fn is_kept(metric: &CostMetric) -> bool {
    KEPT.contains(&metric.name.as_str())
}

/// What a network is compared by: accuracy, and the costs that are kept.
pub(crate) fn objectives(space: &dyn SearchSpace) -> Vec<Objective> {
    let kept = space.cost_metrics().iter().filter(|metric| is_kept(metric));
    let costs = kept.map(|metric| (metric.name.clone(), Direction::Minimise));
    std::iter::once((ACCURACY.into(), Direction::Maximise))
        .chain(costs)
        .map(|(metric, direction)| Objective { metric, direction })
        .collect()
}

/// The mean share of the baseline's costs that a network saves, over the costs that are kept.
pub(crate) fn saving(space: &dyn SearchSpace, baseline: &Arch, arch: &Arch) -> f64 {
    let kept = space.cost_metrics().iter().enumerate().filter(|(_, metric)| is_kept(metric));
    let shares: Vec<_> = kept
        .map(|(place, _)| 1.0 - space.cost_of(arch, place) / space.cost_of(baseline, place))
        .collect();
    shares.iter().sum::<f64>() / shares.len().max(1) as f64
}

/// The space of chains behind a benchmark.
pub(crate) fn chain(benchmark: &Benchmark) -> anyhow::Result<&Chain> {
    benchmark.chain().with_context(|| {
        let names = chains::NAMES.join(", ");
        format!("expected an evaluator of networks in stages ({names}), found {}", benchmark.name)
    })
}
