use std::fmt;

use ganas_bench::Benchmark;
use ganas_search::{StudySettings, TestOracle};
use serde::{Serialize, Serializer};

use crate::compare::{CompareArgs, Search};
use crate::paired::Paired;
use crate::report::{Optimum, TableRecord};
use crate::statistics::{mean, median, standard_deviation, standard_error};
use crate::table::Table;

/// One strategy's searches, one a seed.
#[derive(Debug)]
pub(crate) struct Searches {
    /// The strategy's name.
    pub(crate) strategy: String,
    /// Its searches in the order of seeds.
    pub(crate) searches: Vec<Search>,
}

/// What comparing strategies gave. `rows` and `queries_to_optimum` are a contract with whoever reads
/// the JSON; of all fields only `seconds_median` is not determined by the arguments.
#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    rows: Vec<Row>,
    #[serde(serialize_with = "as_map")]
    queries_to_optimum: Vec<(String, QueriesToOptimum)>,
    space: String,
    dataset: String,
    seeds: usize,
    distinct: String,
    query: String,
    optimum: Optimum,
    tables: Vec<TableRecord>,
    first_seed: u64,
    constraints: Vec<String>,
    paired: Vec<Paired>,
    /// What predicted the accuracies, if they were not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    predictor: Option<String>,
}

/// A strategy within a budget. Means and sample standard deviations are over the seeds; the test
/// ones are there only if every seed's test accuracy is known.
#[derive(Debug, Serialize)]
struct Row {
    strategy: String,
    budget: usize,
    seeds: usize,
    validation_mean: Option<f64>,
    validation_std: Option<f64>,
    test_mean: Option<f64>,
    test_std: Option<f64>,
    /// Share of the seeds that found the optimum within the budget.
    optimum_share: Option<f64>,
    /// Mean of what is missing to the optimum.
    regret_mean: Option<f64>,
    /// Median of the seconds until the budget's last query.
    seconds_median: Option<f64>,
}

/// After how many queries a strategy found the optimum, within the largest budget.
#[derive(Debug, Serialize)]
struct QueriesToOptimum {
    /// Median over all seeds, where one that missed stands behind all that did not; `null` if the
    /// median falls on a seed that missed.
    median: Option<f64>,
    /// The most that a seed needed that did not miss.
    max: Option<usize>,
    /// Number of seeds that did not find the optimum; `null` if the optimum is not known.
    missed: Option<usize>,
}

impl Comparison {
    /// Gathers what the searches of all strategies gave within each of the budgets.
    pub(crate) fn new(
        benchmark: &Benchmark,
        args: &CompareArgs,
        settings: &StudySettings,
        budgets: &[usize],
        groups: &[Searches],
    ) -> Self {
        let optimum = benchmark.optimum();
        let rows = groups.iter().flat_map(|group| {
            budgets.iter().map(move |&budget| Row::new(benchmark, group, budget))
        });
        let queries = |group: &Searches| {
            (group.strategy.clone(), QueriesToOptimum::new(optimum, &group.searches))
        };
        Self {
            rows: rows.collect(),
            queries_to_optimum: groups.iter().map(queries).collect(),
            space: benchmark.name.clone(),
            dataset: benchmark.dataset.clone(),
            seeds: args.seeds.get(),
            distinct: args.distinct.to_string(),
            query: args.query.to_string(),
            optimum: Optimum { validation: optimum },
            tables: TableRecord::all(benchmark),
            first_seed: args.first_seed,
            constraints: settings.constraints.iter().map(ToString::to_string).collect(),
            paired: Paired::all(groups, budgets),
            predictor: benchmark.predictor().map(Into::into),
        }
    }
}

impl Row {
    fn new(oracle: &dyn TestOracle, group: &Searches, budget: usize) -> Self {
        let best = || group.searches.iter().filter_map(|search| search.history.best_within(budget));
        let validation: Vec<_> = best().map(|trial| trial.measurement.value).collect();
        let test: Option<Vec<_>> = best().map(|trial| oracle.test(&trial.arch)).collect();
        let seconds = |search: &Search| search.seconds.iter().take(budget).next_back().copied();
        let seconds: Vec<_> = group.searches.iter().filter_map(seconds).collect();
        let share = |optimum| {
            let reached = validation.iter().filter(|value| **value >= optimum).count();
            reached as f64 / group.searches.len() as f64
        };
        Self {
            strategy: group.strategy.clone(),
            budget,
            seeds: group.searches.len(),
            validation_mean: mean(&validation),
            validation_std: standard_deviation(&validation),
            test_mean: test.as_deref().and_then(mean),
            test_std: test.as_deref().and_then(standard_deviation),
            optimum_share: oracle.optimum().map(share),
            regret_mean: oracle.optimum().zip(mean(&validation)).map(|(best, mean)| best - mean),
            seconds_median: median(&seconds),
        }
    }
}

impl QueriesToOptimum {
    fn new(optimum: Option<f64>, searches: &[Search]) -> Self {
        let Some(optimum) = optimum else {
            return Self { median: None, max: None, missed: None };
        };
        let queries = |search: &Search| {
            let reached = |value: f64| value >= optimum;
            let trials = search.history.trials();
            trials.iter().position(|trial| reached(trial.measurement.value)).map(|at| at + 1)
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

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { space, dataset, seeds, .. } = self;
        let known = self.optimum.validation;
        let optimum = known.map_or(String::new(), |value| format!(", optimum {value:.3} %"));
        let subject = [format!("{space}, {dataset}{optimum}")];
        let subject = [&subject[..], &self.constraints].concat().join(", ");
        writeln!(formatter, "{subject}; mean ± standard error of {seeds} seeds\n")?;
        let by = self.predictor.as_ref().map(|predictor| format!("predicted by {predictor}"));
        let value = by.as_deref().unwrap_or("validation");
        let mut table =
            Table::new(&["strategy", "queries", value, "regret", "test", "at optimum", "seconds"]);
        for row in &self.rows {
            table.push(row.cells());
        }
        writeln!(formatter, "{table}")?;
        let mut table = Table::new(&["queries to the optimum", "median", "most", "missed"]);
        for (strategy, queries) in &self.queries_to_optimum {
            table.push(queries.cells(strategy));
        }
        write!(formatter, "{table}")?;
        if self.paired.is_empty() {
            return Ok(());
        }
        let first = &self.paired[0].strategy;
        let difference = by.map_or("by".into(), |by| format!("by, {by}"));
        let mut table = Table::new(&[&format!("{first} better than"), "queries", &difference, "p"]);
        for paired in &self.paired {
            table.push(paired.cells());
        }
        write!(formatter, "\n{table}")
    }
}

/// What a table shows where there is nothing.
const NOTHING: &str = "–";

fn cell<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or(NOTHING.into(), text)
}

impl Paired {
    fn cells(&self) -> Vec<String> {
        let by = (self.difference_mean, self.difference_standard_error);
        let spread = by.1.map_or(String::new(), |error| format!(" ± {error:.3}"));
        let p = if self.p < 0.001 { "< 0.001".into() } else { format!("{:.3}", self.p) };
        vec![self.than.clone(), self.budget.to_string(), format!("{:+.3}{spread}", by.0), p]
    }
}

impl Row {
    fn cells(&self) -> Vec<String> {
        let accuracy = |mean, deviation: Option<f64>| {
            let spread = deviation.map_or(String::new(), |deviation| {
                format!(" ± {:.3}", standard_error(deviation, self.seeds))
            });
            cell(mean, |mean: f64| format!("{mean:.3}{spread}"))
        };
        vec![
            self.strategy.clone(),
            self.budget.to_string(),
            accuracy(self.validation_mean, self.validation_std),
            accuracy(self.regret_mean, self.validation_std),
            accuracy(self.test_mean, self.test_std),
            cell(self.optimum_share, |share| format!("{:.0} %", share * 100.0)),
            cell(self.seconds_median, |seconds| format!("{seconds:.2}")),
        ]
    }
}

impl QueriesToOptimum {
    fn cells(&self, strategy: &str) -> Vec<String> {
        vec![
            strategy.into(),
            cell(self.median, |median| median.to_string()),
            cell(self.max, |max| max.to_string()),
            cell(self.missed, |missed| missed.to_string()),
        ]
    }
}
