//! The results of comparing strategies.

use ganas_bench::Benchmark;
use ganas_search::{Direction, Score, TestOracle, Trial};
use serde::{Serialize, Serializer};

use super::hypervolumes::Hypervolumes;
use super::paired::Paired;
use super::search::{Optimum, TableRecord};
use crate::Error;
use crate::compare::{CompareOptions, Search, Searches};
use ganas_report::statistics::{mean, median, standard_deviation};

/// The results of comparing strategies. `rows` and `queries_to_optimum` are a stable interface for
/// programs that read the JSON. The arguments of the comparison determine everything except the
/// rows' `seconds_median`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// A row for each combination of a strategy and a budget.
    pub rows: Vec<Row>,
    /// For each strategy, its name and the number of queries that it needed to find the optimum.
    #[serde(serialize_with = "as_map")]
    pub queries_to_optimum: Vec<(String, QueriesToOptimum)>,
    /// Name of the benchmark.
    pub space: String,
    /// The benchmark's data set.
    pub dataset: String,
    /// Number of seeds.
    pub seeds: usize,
    /// The criterion that decided whether two architectures were different. A measurement counted
    /// as a query if its architecture differed from all architectures measured before.
    pub distinct: String,
    /// The setting that determined which of an architecture's recorded results a query returned, in
    /// the notation of study files.
    pub query: String,
    /// The best value in the benchmark's whole space.
    pub optimum: Optimum,
    /// The benchmark's tables from which the results were read.
    pub tables: Vec<TableRecord>,
    /// The first seed.
    pub first_seed: u64,
    /// The limits that architectures had to satisfy.
    pub constraints: Vec<String>,
    /// Comparisons of the first strategy with each of the others.
    pub paired: Vec<Paired>,
    /// The model that predicted the accuracies; `None` if they were measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predictor: Option<String>,
    /// The hypervolumes of the Pareto fronts. `None` if the value is the only objective, or if no
    /// architecture in the set [`Hypervolumes::span`] has a number for every objective.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hypervolume: Option<Hypervolumes>,
    /// Whether lower values are better.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub minimise: bool,
    /// For each search, the queries that improved the best value. With these, a report can show
    /// individual searches as well as means.
    pub searches: Vec<SearchCurve>,
}

/// The best value over the course of one search of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchCurve {
    /// The strategy.
    pub strategy: String,
    /// The seed.
    pub seed: u64,
    /// The queries that found a new best value. Each query is given as a pair: its number, counted
    /// from 1, and the measured value.
    pub improvements: Vec<(usize, f64)>,
}

/// The results of a strategy within a budget. There is one search per seed. Means and sample
/// standard deviations are taken over the searches that found an architecture within the budget
/// (`found`). `test_mean` and `test_std` are `None` unless the test accuracy is known for all of
/// these searches.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The strategy.
    pub strategy: String,
    /// Number of queries.
    pub budget: usize,
    /// Number of seeds.
    pub seeds: usize,
    /// Number of searches that found an architecture that satisfies all limits within the budget.
    pub found: usize,
    /// Mean of the searches' best validation accuracies.
    pub validation_mean: Option<f64>,
    /// Sample standard deviation of the searches' best validation accuracies.
    pub validation_std: Option<f64>,
    /// Mean test accuracy of the architectures that had the best validation accuracy in their
    /// searches.
    pub test_mean: Option<f64>,
    /// Sample standard deviation of the test accuracies that `test_mean` averages.
    pub test_std: Option<f64>,
    /// Fraction of all `seeds` searches that found the optimum within the budget; `null` if the
    /// optimum is not known.
    pub optimum_share: Option<f64>,
    /// Mean regret of the `found` searches. The regret of a search is the difference between the
    /// optimum and the best value that it found.
    pub regret_mean: Option<f64>,
    /// Median of the times, in seconds, that the searches took to use up the budget. Searches that
    /// were interrupted or reused from a folder are left out.
    pub seconds_median: Option<f64>,
}

/// The number of queries that a strategy needed to find the optimum, in searches with the largest
/// budget of the comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueriesToOptimum {
    /// Median number of queries over all seeds, with one search per seed. A search that did not
    /// find the optimum counts as having needed infinitely many queries. The median is `null` if it
    /// is infinite, or if the optimum is not known.
    pub median: Option<f64>,
    /// The largest number of queries among the searches that found the optimum; `null` if none did.
    pub max: Option<usize>,
    /// Number of searches that did not find the optimum; `null` if the optimum is not known.
    pub missed: Option<usize>,
}

impl Comparison {
    /// Collects the results of all strategies within each of the budgets.
    pub(crate) fn new(
        benchmark: &Benchmark,
        options: &CompareOptions,
        constraints: Vec<String>,
        groups: &[Searches],
    ) -> Result<Self, Error> {
        let budgets = &options.budgets;
        let optimum = benchmark.optimum()?;
        let rows = groups.iter().flat_map(|group| {
            budgets.iter().map(move |&budget| Row::new(benchmark, group, budget))
        });
        let rows = rows.collect::<Result<_, Error>>()?;
        let best = optimum.map(|value| benchmark.direction().score(value));
        let queries = |group: &Searches| {
            (group.strategy.clone(), QueriesToOptimum::new(best, &group.searches))
        };
        let strategies: Vec<_> = groups.iter().map(|group| group.strategy.as_str()).collect();
        let best_scores = |group: usize, budget| {
            let best = |search: &Search| Some(search.history.best_within(budget)?.score.get());
            groups[group].searches.iter().map(best).collect()
        };
        Ok(Self {
            rows,
            queries_to_optimum: groups.iter().map(queries).collect(),
            space: benchmark.name.clone(),
            dataset: benchmark.dataset.clone(),
            seeds: options.seeds,
            distinct: options.distinct.to_string(),
            query: benchmark.query.to_string(),
            optimum: Optimum { validation: optimum },
            tables: TableRecord::all(benchmark),
            first_seed: options.first_seed,
            constraints,
            paired: Paired::all(&strategies, budgets, best_scores),
            predictor: benchmark.predictor().map(Into::into),
            hypervolume: Hypervolumes::of(benchmark, &options.objectives, groups, budgets)?,
            minimise: benchmark.direction() == Direction::Minimise,
            searches: groups.iter().flat_map(|it| SearchCurve::all(it, options)).collect(),
        })
    }
}

impl SearchCurve {
    /// Returns the curves of a strategy's searches, in the order of seeds.
    fn all(group: &Searches, options: &CompareOptions) -> impl Iterator<Item = Self> {
        let searches = (options.first_seed..).zip(&group.searches);
        searches.map(|(seed, search)| {
            let improvements = search.history.improvements().into_iter();
            let improvement = |trial: &Trial| (trial.query, trial.measurement.value);
            let improvements = improvements.map(improvement).collect();
            Self { strategy: group.strategy.clone(), seed, improvements }
        })
    }
}

impl Row {
    fn new(oracle: &dyn TestOracle, group: &Searches, budget: usize) -> Result<Self, Error> {
        let best = || group.searches.iter().filter_map(|search| search.history.best_within(budget));
        let validation: Vec<_> = best().map(|trial| trial.measurement.value).collect();
        let optimum = oracle.optimum()?;
        let test = best().map(|trial| oracle.test(&trial.arch)).collect::<Result<Vec<_>, _>>()?;
        let test: Option<Vec<_>> = test.into_iter().collect();
        let seconds =
            |search: &Search| search.seconds.as_ref()?.iter().take(budget).next_back().copied();
        let seconds: Vec<_> = group.searches.iter().filter_map(seconds).collect();
        let direction = oracle.direction();
        let share = |optimum| {
            let reached = |value: &&f64| direction.score(**value) >= direction.score(optimum);
            let reached = validation.iter().filter(reached).count();
            reached as f64 / group.searches.len() as f64
        };
        let regret = |(best, mean)| direction.score(best).get() - direction.score(mean).get();
        Ok(Self {
            strategy: group.strategy.clone(),
            budget,
            seeds: group.searches.len(),
            found: validation.len(),
            validation_mean: mean(&validation),
            validation_std: standard_deviation(&validation),
            test_mean: test.as_deref().and_then(mean),
            test_std: test.as_deref().and_then(standard_deviation),
            optimum_share: optimum.map(share),
            regret_mean: optimum.zip(mean(&validation)).map(regret),
            seconds_median: median(&seconds),
        })
    }
}

impl QueriesToOptimum {
    fn new(optimum: Option<Score>, searches: &[Search]) -> Self {
        let Some(optimum) = optimum else {
            return Self { median: None, max: None, missed: None };
        };
        let queries = |search: &Search| {
            let trials = search.history.trials();
            trials.iter().find(|trial| trial.score >= optimum).map(|trial| trial.query)
        };
        let queries: Vec<Option<usize>> = searches.iter().map(queries).collect();
        let ranked: Vec<_> =
            queries.iter().map(|found| found.map_or(f64::INFINITY, |found| found as f64)).collect();
        Self {
            median: median(&ranked).filter(|median| median.is_finite()),
            max: queries.iter().flatten().max().copied(),
            missed: Some(queries.iter().filter(|found| found.is_none()).count()),
        }
    }
}

fn as_map<S: Serializer>(
    pairs: &[(String, QueriesToOptimum)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, queries)| (name, queries)))
}
