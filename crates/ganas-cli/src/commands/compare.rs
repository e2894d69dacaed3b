//! `ganas compare`: compares strategies over many seeds.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use clap::Args;
use ganas::bench::{Benchmark, QuerySettings};
use ganas::search::{Distinct, Objective};
use ganas::{
    Cancel, CompareOptions, Error, SearchRecord, StrategySpec, at_least_one, strategy_help,
    whole_number,
};
use serde_json::json;

use crate::output::{self, ComparisonTables, Outcome, Progress, SearchesTable};
use crate::signals;

/// Compare strategies over many seeds
///
/// Each strategy searches once with every seed, up to the largest budget; results for smaller
/// budgets are read off the same search. Accuracies are those of the architecture with the highest
/// validation accuracy found within the budget. The first strategy is compared with each of the
/// others, seed by seed. With --objective, the hypervolumes of the Pareto fronts are compared as
/// well. The hypervolume is the fraction of the box between the worst and the best value of each objective
/// that a front covers. If the architectures of the benchmark's table can be listed, the box spans all of
/// them, whatever the limits; otherwise it spans everything that these searches measured. A
/// strategy that cannot search for fronts optimises the value alone. Ctrl-C prints the completed
/// searches; a second Ctrl-C exits at once.
///
/// With --dir each search is kept as a study in DIR/STRATEGY/seed-SEED. Running the same command
/// again, after Ctrl-C, a crash or a power cut, reuses the completed searches and resumes the
/// others, with the same result as an uninterrupted comparison; more seeds and strategies may be
/// added. The benchmark, data set, query, limits and largest budget must not change.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Name of a benchmark and its search space
    space: String,
    /// Data set that the architectures were trained on, such as cifar10
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        required = true,
        help = strategy_help()
    )]
    strategies: Vec<StrategySpec>,
    /// Number of seeds
    #[arg(long, value_name = "N", default_value = "20", value_parser = at_least_one)]
    seeds: usize,
    /// The first seed; the others follow it. Use seeds that were not used for tuning
    #[arg(long, value_name = "SEED", default_value_t = 0, value_parser = whole_number::<u64>)]
    first_seed: u64,
    /// Budgets to report results for, in queries, separated by commas
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_value = "50,100,150", value_parser = at_least_one)]
    budgets: Vec<usize>,
    /// The number that a query of the benchmark returns, such as mean, repeat=0, random=7 or epochs=12
    #[arg(long, value_name = "WHAT", default_value = "mean")]
    query: QuerySettings,
    /// Which architectures count as the same query: isomorphism (those with the same graph) or
    /// string (those with the same notation)
    #[arg(long, value_name = "HOW", default_value_t = Distinct::Isomorphism)]
    distinct: Distinct,
    /// Largest allowed cost, such as params=0.5 or params=@resnet; may be repeated
    #[arg(long, value_name = "METRIC=LIMIT")]
    max: Vec<String>,
    /// Smallest allowed cost; may be repeated
    #[arg(long, value_name = "METRIC=LIMIT")]
    min: Vec<String>,
    /// Search for the Pareto front of the value and this metric, as in params=minimise, and compare
    /// the hypervolume of the fronts; may be repeated
    #[arg(long = "objective", value_name = "METRIC=DIRECTION")]
    objectives: Vec<Objective>,
    /// Number of concurrent searches [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    jobs: Option<usize>,
    /// Keep each search in a folder in DIR, and continue the searches that DIR already contains
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `ganas compare`.
pub(crate) fn run(args: &CompareArgs) -> Outcome {
    let benchmark = Benchmark::open(&args.space, args.dataset.as_deref(), args.query)?;
    let options = CompareOptions {
        strategies: args.strategies.clone(),
        budgets: args.budgets.clone(),
        seeds: args.seeds,
        first_seed: args.first_seed,
        distinct: args.distinct,
        max: args.max.clone(),
        min: args.min.clone(),
        objectives: args.objectives.clone(),
        jobs: args.jobs.unwrap_or(0),
        folder: args.dir.clone(),
    };
    let (cancel, done) = (Cancel::default(), Mutex::new(Vec::new()));
    let progress = Progress::new(args.strategies.len() * args.seeds, "searches");
    signals::set_on_interrupt(&cancel, None, &progress)?;
    let comparison = ganas::compare(&benchmark, &options, &cancel, |search| {
        progress.advance();
        done.lock().unwrap_or_else(PoisonError::into_inner).push(search);
    });
    progress.clear();
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    match comparison {
        Ok(it) => output::write_either(args.json, &it, || ComparisonTables(&it).to_string()),
        Err(error) => {
            if matches!(error, Error::ComparisonInterrupted { .. }) {
                show_done(done, args.json)?;
            }
            Err(error.into())
        }
    }
}

/// Prints the completed searches of an interrupted comparison.
fn show_done(mut done: Vec<SearchRecord>, json: bool) -> Outcome {
    done.sort_by(|one, other| (&one.strategy, one.seed).cmp(&(&other.strategy, other.seed)));
    let object = json!({ "interrupted": true, "searches": done });
    output::write_either(json, &object, || SearchesTable(&done).to_string())
}
