//! Comparisons of strategies over many seeds on a benchmark.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use ganas_bench::Benchmark;
use ganas_search::{
    Cancel, Constraint, Direction, Distinct, History, KnownMetrics, Objective, Study,
    StudySettings, TestOracle as _,
};
use log::debug;
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;

use crate::options::StudyOptions;
use crate::report::Comparison;
use crate::settings::{check_objectives, limits};
use crate::stored_comparison::StoredComparison;
use crate::{Error, StrategySpec};

/// The options of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareOptions {
    /// The strategies to compare. The first strategy is compared with each of the others, seed by
    /// seed.
    pub strategies: Vec<StrategySpec>,
    /// The budgets for which results are reported, as numbers of queries. At least one budget is
    /// required.
    pub budgets: Vec<usize>,
    /// Number of seeds.
    pub seeds: usize,
    /// The first seed. The other seeds are the numbers that follow the first.
    pub first_seed: u64,
    /// The criterion that decides whether two architectures are different. Measuring an
    /// architecture costs a query if it differs from all architectures measured before.
    pub distinct: Distinct,
    /// Upper limits on costs and metrics, such as `params=0.5`.
    pub max: Vec<String>,
    /// Lower limits on costs and metrics.
    pub min: Vec<String>,
    /// Objectives in addition to the main objective
    /// ([`Measurement::value`](ganas_search::Measurement::value)), for strategies that search for
    /// the Pareto front.
    pub objectives: Vec<Objective>,
    /// Number of concurrent searches; 0 means one per processor.
    pub jobs: usize,
    /// The folder in which each search is stored as a study; `None` if searches are not stored.
    pub folder: Option<PathBuf>,
}

impl CompareOptions {
    /// Returns the options common to all searches; `budget` is the largest of the budgets.
    fn in_common(&self, benchmark: &Benchmark, budget: usize) -> StudyOptions {
        StudyOptions {
            benchmark: Some(benchmark.name.clone()),
            dataset: Some(benchmark.dataset.clone()),
            query: Some(benchmark.query),
            budget: Some(budget),
            distinct: Some(self.distinct),
            minimise: benchmark.direction() == Direction::Minimise,
            max: self.max.clone(),
            min: self.min.clone(),
            objectives: self.objectives.clone(),
            ..StudyOptions::default()
        }
    }
}

/// The searches of one strategy, one per seed.
#[derive(Debug)]
pub(crate) struct Searches {
    /// The strategy's name.
    pub(crate) strategy: String,
    /// Its searches, in the order of seeds.
    pub(crate) searches: Vec<Search>,
}

/// The result of one search in a comparison. It is available before the other searches have ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchRecord {
    /// The strategy.
    pub strategy: String,
    /// The seed.
    pub seed: u64,
    /// Pairs of a budget and the best value found within that budget, in ascending order of budget.
    /// The value is `None` if no value was found.
    pub best: Vec<(usize, Option<f64>)>,
}

impl SearchRecord {
    fn new(strategy: String, seed: u64, found: &Search, budgets: &[usize]) -> Self {
        let value = |budget| found.history.best_within(budget).map(|best| best.measurement.value);
        let best = budgets.iter().map(|&budget| (budget, value(budget))).collect();
        Self { strategy, seed, best }
    }
}

/// One search of a comparison.
#[derive(Debug)]
pub(crate) struct Search {
    /// All queries.
    pub(crate) history: History,
    /// The time of each query in seconds; `None` if an earlier run made some of the queries.
    pub(crate) seconds: Option<Vec<f64>>,
}

/// Runs one search per strategy and seed, up to the largest budget, and returns the comparison. The
/// results for smaller budgets are taken from the same searches. Apart from the recorded times, the
/// result does not depend on the number of concurrent searches. `on_search` is called after each
/// completed search. Setting `cancel` interrupts the running searches.
///
/// If the options name a folder, searches that an earlier call completed are reused, and searches
/// that it left unfinished are resumed. Apart from the recorded times, the result is that of an
/// uninterrupted comparison.
///
/// # Errors
/// [`Error::Compared`], with the strategy and the seed, if a search failed. [`Error::Usage`] if no
/// budget is given, if the seeds exceed the range of `u64`, or if the folder contains something
/// other than this comparison. The comparison in the folder may differ in its strategies, seeds,
/// number of jobs, and budgets other than the largest. It must agree in all other options, in the
/// benchmark's tables and in the version of ganas. [`Error::ComparisonInterrupted`] if `cancel` was
/// set before all searches had ended. Errors in limits, objectives and other options are returned
/// as well.
pub fn compare(
    benchmark: &Benchmark,
    options: &CompareOptions,
    cancel: &Cancel,
    on_search: impl Fn(SearchRecord) + Sync,
) -> Result<Comparison, Error> {
    let mut options = options.clone();
    options.budgets.sort_unstable();
    options.budgets.dedup();
    let mut strategies: Vec<StrategySpec> = Vec::new();
    for strategy in &options.strategies {
        if !strategies.contains(strategy) {
            strategies.push(strategy.clone());
        }
    }
    options.strategies = strategies;
    let budget = options.budgets.last().copied();
    let budget = budget.ok_or_else(|| Error::Usage("expected at least one budget".into()))?;
    let (space, measured) = (&*benchmark.space, KnownMetrics::Records(benchmark));
    let parse = |bound, text: &str| Constraint::parse(space, measured, bound, text);
    let constraints = limits(&options.max, &options.min, parse)?;
    check_objectives(&options.objectives, space, measured)?;
    let settings = StudySettings {
        distinct: options.distinct,
        objectives: options.objectives.clone(),
        constraints,
        direction: benchmark.direction(),
        ..StudySettings::new(budget, options.first_seed)
    };
    settings.check(space)?;
    let pairs = pairs(&options)?;
    let common = || options.in_common(benchmark, budget);
    let kept = options.folder.as_deref();
    let kept =
        kept.map(|folder| StoredComparison::open(folder, benchmark, common())).transpose()?;
    let searching = Searching { benchmark, settings: &settings, kept: kept.as_ref(), cancel };
    let searches = searching.all(&options, &pairs, on_search)?;
    let constraints = settings.constraints.iter().map(Constraint::to_string).collect();
    Comparison::new(benchmark, &options, constraints, &searches)
}

/// Returns each pair of a strategy and a seed, ordered by strategy and then by seed.
fn pairs(options: &CompareOptions) -> Result<Vec<(&StrategySpec, u64)>, Error> {
    let end = options.first_seed.checked_add(options.seeds as u64);
    let message = "--first-seed: expected a number small enough that all seeds are below 2^64";
    let seeds = options.first_seed..end.ok_or_else(|| Error::Usage(message.into()))?;
    let with_seeds = |spec| seeds.clone().map(move |seed| (spec, seed));
    Ok(options.strategies.iter().flat_map(with_seeds).collect())
}

/// The common context of all searches of a comparison.
#[derive(Debug)]
struct Searching<'a> {
    benchmark: &'a Benchmark,
    settings: &'a StudySettings,
    kept: Option<&'a StoredComparison>,
    cancel: &'a Cancel,
}

impl Searching<'_> {
    /// Runs all searches and returns them in order, whatever the number of jobs.
    fn all(
        &self,
        options: &CompareOptions,
        pairs: &[(&StrategySpec, u64)],
        on_search: impl Fn(SearchRecord) + Sync,
    ) -> Result<Vec<Searches>, Error> {
        let pool = ThreadPoolBuilder::new().num_threads(options.jobs).build();
        let pool = pool.map_err(|source| Error::Threads { source })?;
        let done = AtomicUsize::new(0);
        let one = |&(spec, seed): &(&StrategySpec, u64)| {
            let strategy = spec.to_string();
            match self.search(spec, seed) {
                Ok(Some(found)) => {
                    done.fetch_add(1, Ordering::Relaxed);
                    debug!("{strategy}, seed {seed}: the search has ended");
                    on_search(SearchRecord::new(strategy, seed, &found, &options.budgets));
                    Ok(Some(found))
                }
                Ok(None) => Ok(None),
                Err(source) => {
                    let folder = self.kept.map(|kept| kept.folder_of(spec, seed));
                    Err(Error::Compared { strategy, seed, folder, source: Box::new(source) })
                }
            }
        };
        let found =
            pool.install(|| pairs.par_iter().map(one).collect::<Result<Vec<_>, Error>>())?;
        let (all, folder) = (found.len(), options.folder.clone());
        let interrupted = || Error::ComparisonInterrupted { done: done.into_inner(), all, folder };
        let found: Vec<_> = found.into_iter().collect::<Option<_>>().ok_or_else(interrupted)?;
        let mut found = found.into_iter();
        let group = |spec: &StrategySpec| Searches {
            strategy: spec.to_string(),
            searches: found.by_ref().take(options.seeds).collect(),
        };
        Ok(options.strategies.iter().map(group).collect())
    }

    /// Runs one search; returns `None` if it was cancelled.
    fn search(&self, spec: &StrategySpec, seed: u64) -> Result<Option<Search>, Error> {
        let Self { benchmark, settings, kept, cancel } = *self;
        let settings = StudySettings { seed, ..settings.clone() };
        let ended = kept.map(|kept| kept.ended(benchmark, spec, &settings)).transpose()?.flatten();
        if let Some(history) = ended {
            return Ok(Some(Search { history, seconds: None }));
        }
        if cancel.is_set() {
            return Ok(None);
        }
        let started = Instant::now();
        let mut study = match kept {
            Some(kept) => kept.study(benchmark, spec, settings)?,
            None => Study::new(benchmark.space.clone(), spec.build()?, settings)?,
        };
        let is_timed = study.history().queries() == 0;
        let mut seconds = Vec::new();
        while study.step(benchmark, cancel)?.is_some() {
            seconds.resize(study.history().queries(), started.elapsed().as_secs_f64());
        }
        if study.stop_reason().is_none() {
            return Ok(None);
        }
        let history = study.into_outcome().history;
        Ok(Some(Search { history, seconds: is_timed.then_some(seconds) }))
    }
}
