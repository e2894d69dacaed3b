//! `ganas improve`: searches for a network that is better than a known one.

use std::time::Duration;

use clap::Args;
use ganas::{Goal, ImproveOptions, StrategySpec, strategy_help, whole_number};

use crate::output::{self, ImprovementTables, Outcome, Pace, Progress};

/// Search for a network that is better than a known one, with no more parameters or multiply-adds
///
/// The search starts from the baseline and stays in the baseline's search space. Accuracies are predicted by the
/// evaluator; confirm the result by training the network.
#[derive(Debug, Args)]
pub(crate) struct ImproveArgs {
    /// Network: a name, such as efficientnet-b0, proxylessnas-gpu or mobilenetv3-large, or an
    /// architecture in the notation of the evaluator's space or in a published notation
    baseline: String,
    /// Benchmark that predicts accuracies: accel-nasbench, ofa-mbv3 or nasbench-macro [default: the
    /// first whose space contains the baseline]
    #[arg(long, value_name = "NAME")]
    evaluator: Option<String>,
    /// Property to improve
    #[arg(long, value_enum, default_value_t = Goal::Accuracy)]
    goal: Goal,
    /// Search strategy
    #[arg(long, value_name = "NAME", default_value = ImproveOptions::STRATEGY, help = strategy_help())]
    strategy: StrategySpec,
    /// Number of queries: distinct networks evaluated, including the baseline
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = whole_number::<usize>)]
    budget: usize,
    /// Random seed
    #[arg(long, default_value_t = 0, value_parser = whole_number::<u64>)]
    seed: u64,
    /// Largest allowed cost; may be repeated. The baseline's parameters and multiply-adds are
    /// already limits, and so is its latency if the evaluator has measured latencies
    #[arg(long, value_name = "METRIC=LIMIT")]
    max: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `ganas improve`.
pub(crate) fn run(args: &ImproveArgs) -> Outcome {
    let options = ImproveOptions {
        baseline: args.baseline.clone(),
        evaluator: args.evaluator.clone(),
        goal: args.goal,
        strategy: args.strategy.clone(),
        budget: args.budget,
        seed: args.seed,
        max: args.max.clone(),
    };
    let progress = Progress::new(args.budget, "queries");
    let mut pace = Pace::new(None);
    let report = ganas::improve(&options, |study, _| {
        pace.note(Duration::ZERO, true);
        progress.show(study, &pace);
    });
    drop(progress);
    let report = report?;
    output::write_either(args.json, &report, || ImprovementTables(&report).to_string())
}
