use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use ganas_bench::{Benchmark, QuerySettings};
use ganas_search::{History, Observer, Strategy, Study, StudySettings};
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::comparison::{Comparison, Searches};
use crate::output;
use crate::plan::constraints;
use crate::progress::Progress;
use crate::search::DistinctName;
use crate::strategies::{StrategySpec, strategy_help};

/// Compare strategies over many seeds
///
/// Each strategy searches once with every seed, up to the largest budget; a smaller budget is
/// read off the same search. Accuracies are of the architecture with the highest validation
/// accuracy found within the budget. The first strategy is compared with each other seed by seed.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Search space, and the benchmark of it
    pub(crate) space: String,
    /// Data set that the architectures were trained on, such as cifar10
    #[arg(long, value_name = "NAME")]
    pub(crate) dataset: Option<String>,
    /// Strategies, with commas between
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true, help = strategy_help())]
    pub(crate) strategies: Vec<StrategySpec>,
    /// Number of seeds
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) seeds: NonZeroUsize,
    /// The first seed, from which the others count: fresh ones for what was tuned on others
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) first_seed: u64,
    /// Numbers of queries to report at, with commas between
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_value = "50,100,150")]
    pub(crate) budgets: Vec<NonZeroUsize>,
    /// Which of a benchmark's numbers a query gives, such as mean, repeat=0, random=7 or epochs=12
    #[arg(long, value_name = "WHAT", default_value = "mean")]
    pub(crate) query: QuerySettings,
    /// When two architectures count as two queries
    #[arg(long, value_enum, value_name = "HOW", default_value_t = DistinctName::Isomorphism)]
    pub(crate) distinct: DistinctName,
    /// Largest cost allowed, such as params=0.5 or params=@resnet; may be repeated
    #[arg(long, value_name = "METRIC=LIMIT")]
    pub(crate) max: Vec<String>,
    /// Smallest cost allowed; may be repeated
    #[arg(long, value_name = "METRIC=LIMIT")]
    pub(crate) min: Vec<String>,
    /// Searches at a time; as many as there are processors unless given
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// One search of a comparison.
#[derive(Debug)]
pub(crate) struct Search {
    /// Every query.
    pub(crate) history: History,
    /// Seconds after which each query was made.
    pub(crate) seconds: Vec<f64>,
}

/// Runs `ganas compare`.
pub(crate) fn run(args: &CompareArgs) -> anyhow::Result<()> {
    let benchmark = Benchmark::open(&args.space, args.dataset.as_deref(), args.query)?;
    let budgets = args.budgets();
    let strategies = args.strategies();
    let limits = constraints(&*benchmark.space, &benchmark, &args.max, &args.min)?;
    let settings = StudySettings {
        distinct: args.distinct.into(),
        constraints: limits,
        ..StudySettings::new(budgets[budgets.len() - 1], args.first_seed)
    };
    let searches = search_all(args, &benchmark, &strategies, &settings)?;
    let comparison = Comparison::new(&benchmark, args, &settings, &budgets, &searches);
    if args.json { output::write_json(&comparison) } else { output::write(&comparison.to_string()) }
}

impl CompareArgs {
    /// The budgets in ascending order, each once; at least one, as the argument requires.
    fn budgets(&self) -> Vec<usize> {
        let mut budgets: Vec<_> = self.budgets.iter().map(|budget| budget.get()).collect();
        budgets.sort_unstable();
        budgets.dedup();
        budgets
    }

    /// The strategies in the order given, each once.
    fn strategies(&self) -> Vec<StrategySpec> {
        let mut strategies = Vec::new();
        for strategy in &self.strategies {
            if !strategies.contains(strategy) {
                strategies.push(strategy.clone());
            }
        }
        strategies
    }
}

/// Every strategy with every seed, in that order, whatever the number of jobs.
fn search_all(
    args: &CompareArgs,
    benchmark: &Benchmark,
    strategies: &[StrategySpec],
    settings: &StudySettings,
) -> anyhow::Result<Vec<Searches>> {
    let end = args.first_seed.checked_add(args.seeds.get() as u64);
    let seeds = args.first_seed..end.context("--first-seed: expected room for all seeds")?;
    let pairs: Vec<_> =
        strategies.iter().flat_map(|name| seeds.clone().map(move |seed| (name, seed))).collect();
    let jobs = args.jobs.map_or(0, NonZeroUsize::get);
    let pool = ThreadPoolBuilder::new().num_threads(jobs).build().context("starting threads")?;
    let progress = Progress::new(pairs.len(), "searches");
    let one = |&(name, seed): &(&StrategySpec, u64)| {
        let found = name.build().and_then(|mut strategy| {
            search(benchmark, strategy.as_mut(), StudySettings { seed, ..settings.clone() })
        });
        progress.advance();
        found.with_context(|| format!("strategy {name}, seed {seed}"))
    };
    let found: Vec<_> =
        pool.install(|| pairs.par_iter().map(one).collect::<anyhow::Result<_>>())?;
    let mut found = found.into_iter();
    let group = |name: &StrategySpec| Searches {
        strategy: name.to_string(),
        searches: found.by_ref().take(args.seeds.get()).collect(),
    };
    Ok(strategies.iter().map(group).collect())
}

fn search(
    benchmark: &Benchmark,
    strategy: &mut dyn Strategy,
    settings: StudySettings,
) -> anyhow::Result<Search> {
    let mut clock = Clock { started: Instant::now(), seconds: Vec::new() };
    let study = Study::new(&*benchmark.space, benchmark, settings)?;
    let outcome = study.run(strategy, &mut [&mut clock])?;
    Ok(Search { history: outcome.history, seconds: clock.seconds })
}

/// Notes when each query was made.
#[derive(Debug)]
struct Clock {
    started: Instant,
    seconds: Vec<f64>,
}

impl Observer for Clock {
    fn on_query(&mut self, _: &History) {
        self.seconds.push(self.started.elapsed().as_secs_f64());
    }
}
