//! The results of a search, taken from a running or a stored study.

use std::collections::BTreeMap;

use ganas_bench::{Benchmark, TableInfo};
use ganas_graph::{SearchSpace, export};
use ganas_search::{
    Constraint, Evaluated, History, Rejected, Round, StudyOutcome, TestOracle, Trial,
};
use serde::Serialize;

use super::front::{FrontRecord, HypervolumeRecord, front, hypervolume};
use crate::Error;
use crate::plan::Plan;
use crate::subject::Subject;

/// The results of a search. The fields from `space` to `seconds_in_strategy` are a stable interface
/// for programs that read the JSON. Without `asynchronous`, the options and the evaluator's results
/// determine all fields of a completed search except `seconds` and `seconds_in_strategy`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchReport {
    /// Name of the benchmark, or of the space if there is no benchmark.
    pub space: String,
    /// The benchmark's data set; `null` if there is no benchmark.
    pub dataset: Option<String>,
    /// The strategy with its settings.
    pub strategy: String,
    /// The seed.
    pub seed: u64,
    /// Number of queries made.
    pub queries: usize,
    /// The reason why the search ended; `interrupted` if it has not ended.
    pub stop_reason: String,
    /// The number of the query that found the best architecture. Queries are numbered from 1; 0
    /// means that the architecture's value was known before the study.
    pub queries_to_best: usize,
    /// The best architecture.
    pub best: Best,
    /// The best value in the benchmark's whole space, regardless of limits.
    pub optimum: Optimum,
    /// Duration of the search in seconds.
    pub seconds: f64,
    /// Time in seconds that the strategy itself took, without the evaluations.
    pub seconds_in_strategy: f64,
    /// The criterion that decided whether two architectures were different. A measurement counted
    /// as a query if its architecture differed from all architectures measured before.
    pub distinct: String,
    /// The query setting, which selects one of an architecture's recorded results; empty if there
    /// is no benchmark.
    pub query: String,
    /// The study's budget, in queries.
    pub budget: usize,
    /// The limits that architectures had to satisfy.
    pub constraints: Vec<String>,
    /// The benchmark's tables from which the results were read.
    pub tables: Vec<TableRecord>,
    /// The model that predicted the accuracies; `None` if they were measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predictor: Option<String>,
    /// The queries that found a new best value.
    pub improvements: Vec<Improvement>,
    /// The strategy's rounds.
    pub rounds: Vec<RoundRecord>,
    /// Number of failed evaluations, which do not count as queries.
    pub failed: usize,
    /// Number of queries whose architectures proved unusable or violated a limit.
    pub infeasible: usize,
    /// The Pareto front; `None` if the value is the only objective.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pareto: Option<Vec<FrontRecord>>,
    /// The hypervolume of the Pareto front. `None` if the value is the only objective, or if no
    /// architecture has a value in every objective.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hypervolume: Option<HypervolumeRecord>,
    /// The part of the budget that was used, as a number of full evaluations; `None` if every query
    /// is a full evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent: Option<f64>,
    /// For each limit on a cost, the number of candidates that it ruled out before they were
    /// evaluated. `null` if the study was begun by a version of ganas that did not count them.
    pub rejected: Option<Vec<Rejected>>,
    /// All architectures that have a value and violate no limit; `None` if the report was made
    /// without this list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<Query>>,
}

/// The architecture with the best value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// The architecture in its space's notation.
    pub arch: String,
    /// An explanation of the notation for human readers.
    #[serde(skip)]
    pub notation: String,
    /// The architecture's canonical hash, which all isomorphic architectures share.
    pub hash: String,
    /// The architecture's measured value.
    pub validation: f64,
    /// The architecture's test accuracy, if known.
    pub test: Option<f64>,
    /// The architecture's rank in the benchmark, if known. The rank is the number of architectures
    /// with a better value, plus one.
    pub rank: Option<usize>,
    /// The architecture's regret, if known. The regret is the difference between the optimum and
    /// the architecture's value.
    pub regret: Option<f64>,
    /// The number of the architecture's trial. If the evaluator is a command, the trial's folder is
    /// named after this number. Trials are numbered from 0, including failed ones. A negative
    /// number means that the architecture's value was known before the study.
    pub trial: i64,
    /// What proposed the architecture, such as `random`, `mutation` or `generator`.
    pub source: String,
    /// The architecture's costs.
    pub costs: Vec<Cost>,
}

/// The best value in a benchmark's whole space.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Optimum {
    /// The value; `null` if it is not known, or if the study does not optimise in the benchmark's
    /// direction.
    pub validation: Option<f64>,
}

/// A cost of an architecture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// Name of the metric.
    pub metric: String,
    /// The cost, in the unit given by `unit`.
    pub value: f64,
    /// The unit.
    pub unit: String,
}

/// A table from which results were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRecord {
    /// Name of the part of the benchmark that the table contains.
    pub part: String,
    /// The SHA-256 hash of the table.
    pub sha256: String,
}

/// A query that found a new best value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Improvement {
    /// The number of the query. Queries are numbered from 1; 0 means that the value was known
    /// before the study.
    pub query: usize,
    /// What proposed the architecture, such as `random`, `mutation` or `generator`.
    pub source: String,
    /// The value found by the query.
    pub validation: f64,
}

/// A round of the strategy's proposals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoundRecord {
    /// Number of queries made before the round.
    pub queries: usize,
    /// Number of proposals.
    pub proposed: usize,
    /// Number of proposed architectures that had been measured before.
    pub repeats: usize,
    /// Diagnostic numbers from the strategy, by name.
    pub diagnostics: BTreeMap<String, f64>,
}

/// An architecture with its value, which was either known before the study or measured in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Query {
    /// The architecture in its space's notation.
    pub arch: String,
    /// What proposed the architecture, such as `random`, `mutation` or `generator`.
    pub source: String,
    /// The architecture's value.
    pub validation: f64,
    /// The rung (level of fidelity) at which the architecture was measured. `None` if that was the
    /// top rung, if the study has no rungs, or if the value was known before the study.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rung: Option<u32>,
    /// The step at which the training run was stopped; `None` if it was not stopped early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u64>,
    /// Training time in seconds, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_seconds: Option<f64>,
}

impl SearchReport {
    /// Returns the report of a search that took `seconds` seconds. If `with_history` is set, the
    /// report lists all architectures that have a value and violate no limit.
    ///
    /// # Errors
    /// [`Error::NothingFound`] if no full evaluation found an architecture that satisfies all
    /// limits; [`Error::NothingProposed`] if nothing was evaluated; [`Error::Oracle`] if a table is
    /// damaged.
    pub fn new(
        plan: &Plan,
        subject: &Subject,
        outcome: &StudyOutcome,
        seconds: f64,
        with_history: bool,
    ) -> Result<Self, Error> {
        let (options, history, space) = (&plan.options, &outcome.history, &*subject.space);
        let benchmark = subject.as_benchmark();
        let settings = plan.settings(subject)?;
        let strategy = options.strategy().to_string();
        let nothing = || Error::nothing_found(history, &options.strategy());
        let best = history.best().ok_or_else(nothing)?;
        let oracle = subject.oracle().filter(|oracle| oracle.direction() == settings.direction);
        Ok(Self {
            space: benchmark.map_or(space.name(), |benchmark| &benchmark.name).into(),
            dataset: benchmark.map(|benchmark| benchmark.dataset.clone()),
            seed: settings.seed,
            queries: history.queries(),
            stop_reason: outcome.stop_reason.to_string(),
            queries_to_best: best.query,
            best: Best::new(subject, best, oracle)?,
            optimum: Optimum { validation: optimum(oracle)? },
            seconds,
            seconds_in_strategy: outcome.in_strategy.as_secs_f64(),
            distinct: settings.distinct.to_string(),
            query: benchmark.map_or_else(String::new, |benchmark| benchmark.query.to_string()),
            budget: settings.budget,
            constraints: settings.constraints.iter().map(Constraint::to_string).collect(),
            tables: benchmark.map_or_else(Vec::new, TableRecord::all),
            predictor: benchmark.and_then(Benchmark::predictor).map(Into::into),
            improvements: history.improvements().into_iter().map(Improvement::new).collect(),
            rounds: outcome.rounds.iter().map(RoundRecord::new).collect(),
            failed: history.failures(),
            infeasible: history.infeasible(),
            pareto: (!options.objectives.is_empty())
                .then(|| front(space, history, &options.objectives)),
            hypervolume: (!options.objectives.is_empty())
                .then(|| hypervolume(space, history, &options.objectives))
                .flatten(),
            spent: settings.has_parts().then(|| history.spent()),
            rejected: outcome.rejected.clone(),
            history: with_history.then(|| queries(space, history)),
            strategy,
        })
    }
}

impl Best {
    fn new(
        subject: &Subject,
        trial: &Trial,
        oracle: Option<&dyn TestOracle>,
    ) -> Result<Self, Error> {
        let (space, validation) = (&*subject.space, trial.measurement.value);
        let test = subject.oracle().map(|oracle| oracle.test(&trial.arch)).transpose()?;
        let rank = oracle.map(|oracle| oracle.rank(validation)).transpose()?;
        // In either direction, better values are higher as scores.
        let regret = |optimum: f64| {
            let direction = oracle.map_or_else(Default::default, TestOracle::direction);
            direction.score(optimum).get() - trial.score.get()
        };
        Ok(Self {
            arch: space.display(&trial.arch),
            notation: space.notation(),
            hash: space.canonical(&trial.arch).to_string(),
            validation,
            test: test.flatten(),
            rank: rank.flatten(),
            regret: optimum(oracle)?.map(regret),
            trial: trial.trial.0,
            source: trial.source.to_string(),
            costs: Cost::all(space, &trial.arch),
        })
    }
}

fn optimum(oracle: Option<&dyn TestOracle>) -> Result<Option<f64>, Error> {
    Ok(oracle.map(TestOracle::optimum).transpose()?.flatten())
}

impl Cost {
    /// Returns the costs of an architecture, in the order of the space's metrics.
    pub(super) fn all(space: &dyn SearchSpace, arch: &ganas_graph::Arch) -> Vec<Self> {
        let costs = export::shown_costs(space, arch);
        let cost = |(metric, value): (&ganas_graph::CostMetric, f64)| {
            let (metric, unit) = (metric.name.clone(), metric.unit.clone());
            Self { metric, value, unit }
        };
        costs.map(cost).collect()
    }
}

impl TableRecord {
    /// Returns all tables of the benchmark, including imported ones.
    pub(crate) fn all(benchmark: &Benchmark) -> Vec<Self> {
        let record = |table: TableInfo| Self { part: table.part, sha256: table.sha256 };
        benchmark.tables().into_iter().map(record).collect()
    }
}

impl Improvement {
    fn new(trial: &Trial) -> Self {
        let (query, validation) = (trial.query, trial.measurement.value);
        Self { query, source: trial.source.to_string(), validation }
    }
}

impl RoundRecord {
    fn new(round: &Round) -> Self {
        let number =
            |(name, number): &(std::borrow::Cow<'static, str>, f64)| (name.to_string(), *number);
        Self {
            queries: round.queries_before,
            proposed: round.proposed,
            repeats: round.repeats,
            diagnostics: round.diagnostics.iter().map(number).collect(),
        }
    }
}

fn queries(space: &dyn SearchSpace, history: &History) -> Vec<Query> {
    let query = |trial: &Trial, rung: Option<u32>, step: Option<u64>| Query {
        arch: space.display(&trial.arch),
        source: trial.source.to_string(),
        validation: trial.measurement.value,
        rung,
        step,
        train_seconds: trial.measurement.train_seconds,
    };
    let measured = |evaluated: Evaluated<'_>| match evaluated {
        Evaluated::Feasible(trial) => Some(query(trial, None, None)),
        Evaluated::Partial(partial) => Some(query(&partial.trial, Some(partial.rung), None)),
        Evaluated::Stopped(stopped) => Some(query(&stopped.trial, None, Some(stopped.step))),
        Evaluated::Infeasible(..) | Evaluated::Failed(_) => None,
    };
    history.evaluated(0).filter_map(measured).collect()
}
