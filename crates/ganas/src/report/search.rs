//! What a search found, of a study that is running or stored.

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

/// What a search found. The fields down to `seconds_in_strategy` are a contract with whoever reads
/// the JSON; of all fields only those two are not determined by the options.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchReport {
    /// Name of the benchmark, or of the space where something else measures.
    pub space: String,
    /// The benchmark's data set; `null` where something else measures.
    pub dataset: Option<String>,
    /// The strategy with its settings.
    pub strategy: String,
    /// The seed.
    pub seed: u64,
    /// Queries made.
    pub queries: usize,
    /// Why it ended; `interrupted` if it has not.
    pub stop_reason: String,
    /// Number of queries after which the best was known.
    pub queries_to_best: usize,
    /// The best architecture.
    pub best: Best,
    /// The best that the benchmark's whole space holds, whatever the constraints.
    pub optimum: Optimum,
    /// Seconds that the search took.
    pub seconds: f64,
    /// Seconds of it that the strategy took.
    pub seconds_in_strategy: f64,
    /// When two architectures counted as two queries.
    pub distinct: String,
    /// Which of a benchmark's numbers a query gave.
    pub query: String,
    /// Queries that the study may make.
    pub budget: usize,
    /// The hard limits.
    pub constraints: Vec<String>,
    /// The tables that results were read from.
    pub tables: Vec<TableRecord>,
    /// What predicted the accuracies, if they were not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predictor: Option<String>,
    /// The queries that gave a new best.
    pub improvements: Vec<Improvement>,
    /// The strategy's rounds.
    pub rounds: Vec<RoundRecord>,
    /// Evaluations that failed, which are no queries.
    pub failed: usize,
    /// Queries that cannot be used or broke a limit.
    pub infeasible: usize,
    /// The Pareto front, where there are further objectives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pareto: Option<Vec<FrontRecord>>,
    /// How much the Pareto front covers, where there are further objectives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hypervolume: Option<HypervolumeRecord>,
    /// What all queries cost in whole evaluations, where some are parts of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent: Option<f64>,
    /// How many candidates each limit on a cost rejected before an evaluation; `null` where a version of the
    /// program began the study that did not count.
    pub rejected: Option<Vec<Rejected>>,
    /// Every query, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<Query>>,
}

/// The architecture of the best value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// The architecture in its space's notation.
    pub arch: String,
    /// How to read it; for people only.
    #[serde(skip)]
    pub notation: String,
    /// Its canonical hash.
    pub hash: String,
    /// Its value, as it was measured.
    pub validation: f64,
    /// Its test accuracy, where it is known.
    pub test: Option<f64>,
    /// How many architectures have a better value, plus one, where it is known.
    pub rank: Option<usize>,
    /// What is missing to the optimum, where it is known.
    pub regret: Option<f64>,
    /// The number of its trial, from 0, which its folder is named by; failed ones count.
    pub trial: i64,
    /// Where the strategy had it from.
    pub source: String,
    /// Its costs.
    pub costs: Vec<Cost>,
}

/// The best that a benchmark's whole space holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Optimum {
    /// Its value, where it is known and the study searches in its direction.
    pub validation: Option<f64>,
}

/// A cost of an architecture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// Name of the metric.
    pub metric: String,
    /// The cost in its unit.
    pub value: f64,
    /// The unit.
    pub unit: String,
}

/// A table that results were read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRecord {
    /// Which part of the benchmark it is.
    pub part: String,
    /// Its SHA-256.
    pub sha256: String,
}

/// A query that gave a new best.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Improvement {
    /// Which query it was, from 1; 0 if its value was known before.
    pub query: usize,
    /// Where the strategy had it from.
    pub source: String,
    /// Its value, as it was measured.
    pub validation: f64,
}

/// A round of the strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoundRecord {
    /// Queries made before it.
    pub queries: usize,
    /// Proposals.
    pub proposed: usize,
    /// Proposals that had been measured before.
    pub repeats: usize,
    /// The strategy's numbers.
    pub diagnostics: BTreeMap<String, f64>,
}

/// A measured architecture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Query {
    /// The architecture in its space's notation.
    pub arch: String,
    /// Where the strategy had it from.
    pub source: String,
    /// Its value, as it was measured.
    pub validation: f64,
    /// The rung below the top that it was measured at, where there are several fidelities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rung: Option<u32>,
    /// The step at which it was stopped, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u64>,
    /// Seconds of training, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_seconds: Option<f64>,
}

impl SearchReport {
    /// Gathers what there is to say of a search. `seconds` is what it took.
    ///
    /// # Errors
    /// [`Error::NothingProposed`] if nothing was measured; [`Error::Oracle`] if a table is damaged.
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
        let nothing = || Error::NothingProposed { strategy: strategy.clone() };
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
        // Better numbers are higher as scores, in either direction.
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
    /// The costs of an architecture, in the order of the space's metrics.
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
    /// Every table of the benchmark, what was imported included.
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
