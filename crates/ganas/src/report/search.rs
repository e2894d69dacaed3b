use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::Context;
use ganas_bench::{Benchmark, TableInfo};
use ganas_graph::SearchSpace;
use ganas_search::{Direction, History, Round, StudyOutcome, StudySettings, TestOracle, Trial};
use serde::Serialize;

use crate::compromise::{Compromise, compromises};
use crate::plan::{StudyPlan, Subject, SubjectPlan};
use crate::table::Table;

/// What a search found. The fields down to `seconds_in_strategy` are a contract with whoever reads
/// the JSON; of all fields only those two are not determined by the arguments.
#[derive(Debug, Serialize)]
pub(crate) struct SearchReport {
    space: String,
    /// `null` where a command measures.
    dataset: Option<String>,
    strategy: String,
    seed: u64,
    queries: usize,
    stop_reason: String,
    queries_to_best: usize,
    best: Best,
    optimum: Optimum,
    seconds: f64,
    seconds_in_strategy: f64,
    distinct: String,
    query: String,
    budget: usize,
    constraints: Vec<String>,
    tables: Vec<TableRecord>,
    /// What predicted the accuracies, if they were not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    predictor: Option<String>,
    improvements: Vec<Improvement>,
    rounds: Vec<RoundRecord>,
    failed: usize,
    infeasible: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pareto: Option<Vec<Compromise>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<Query>>,
}

/// The architecture of the highest validation accuracy.
#[derive(Debug, Serialize)]
struct Best {
    arch: String,
    hash: String,
    validation: f64,
    test: Option<f64>,
    rank: Option<usize>,
    regret: Option<f64>,
    source: String,
    costs: Vec<Cost>,
}

/// The best that the benchmark's whole space holds, whatever the constraints.
#[derive(Debug, Serialize)]
pub(crate) struct Optimum {
    pub(crate) validation: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Cost {
    metric: String,
    value: f64,
    unit: String,
}

/// A table that results were read from.
#[derive(Debug, Serialize)]
pub(crate) struct TableRecord {
    part: String,
    sha256: String,
}

/// A query that gave a new best.
#[derive(Debug, Serialize)]
struct Improvement {
    query: usize,
    source: String,
    validation: f64,
}

/// A round of the strategy, with its numbers.
#[derive(Debug, Serialize)]
struct RoundRecord {
    queries: usize,
    proposed: usize,
    repeats: usize,
    diagnostics: BTreeMap<String, f64>,
}

/// One measured architecture.
#[derive(Debug, Serialize)]
struct Query {
    arch: String,
    source: String,
    validation: f64,
}

impl SearchReport {
    /// Gathers what there is to say of a finished search.
    ///
    /// # Errors
    /// If nothing was measured.
    pub(crate) fn new(
        plan: &StudyPlan,
        subject: &Subject,
        settings: &StudySettings,
        outcome: &StudyOutcome,
        elapsed: Duration,
        with_history: bool,
    ) -> anyhow::Result<Self> {
        let history = &outcome.history;
        let (space, benchmark, direction) =
            (subject.space(), subject.benchmark(), settings.direction);
        let nothing = || plan.proposed_nothing();
        let best = outcome.best().with_context(nothing)?;
        Ok(Self {
            space: benchmark.map_or(space.name(), |benchmark| &benchmark.name).into(),
            dataset: benchmark.map(|benchmark| benchmark.dataset.clone()),
            strategy: plan.strategy.to_string(),
            seed: settings.seed,
            queries: history.queries(),
            stop_reason: outcome.stop_reason.to_string(),
            queries_to_best: history.queries_to_best().with_context(nothing)?,
            best: Best::new(subject, best, direction),
            optimum: Optimum { validation: subject.oracle().and_then(TestOracle::optimum) },
            seconds: elapsed.as_secs_f64(),
            seconds_in_strategy: outcome.in_strategy.as_secs_f64(),
            distinct: plan.distinct.to_string(),
            query: match &plan.subject {
                SubjectPlan::Benchmark { query, .. } => query.clone(),
                SubjectPlan::Command { .. } => String::new(),
            },
            budget: settings.budget,
            constraints: settings.constraints.iter().map(ToString::to_string).collect(),
            tables: benchmark.map_or_else(Vec::new, TableRecord::all),
            predictor: benchmark.and_then(Benchmark::predictor).map(Into::into),
            improvements: improvements(history, direction),
            rounds: outcome.rounds.iter().map(RoundRecord::new).collect(),
            failed: history.failures(),
            infeasible: infeasible(history),
            pareto: (!plan.objectives.is_empty())
                .then(|| compromises(space, history, direction, &plan.objectives)),
            history: with_history.then(|| queries(space, history, direction)),
        })
    }
}

impl Best {
    fn new(subject: &Subject, trial: &Trial, direction: Direction) -> Self {
        let (space, oracle) = (subject.space(), subject.oracle());
        let validation = direction.flip(trial.measurement.value);
        let costs = space.cost_metrics().iter().zip(space.cost(&trial.arch));
        Self {
            arch: space.display(&trial.arch),
            hash: space.canonical(&trial.arch).to_string(),
            validation,
            test: oracle.and_then(|oracle| oracle.test(&trial.arch)),
            rank: oracle.and_then(|oracle| oracle.rank(validation)),
            regret: oracle.and_then(TestOracle::optimum).map(|optimum| optimum - validation),
            source: trial.source.to_string(),
            costs: costs
                .map(|(metric, value)| Cost {
                    metric: metric.name.clone(),
                    value,
                    unit: metric.unit.clone(),
                })
                .collect(),
        }
    }
}

impl TableRecord {
    /// Every table of the benchmark, what was imported included.
    pub(crate) fn all(benchmark: &Benchmark) -> Vec<Self> {
        let record = |table: TableInfo| Self { part: table.part, sha256: table.sha256 };
        benchmark.tables().into_iter().map(record).collect()
    }
}

impl RoundRecord {
    fn new(round: &Round) -> Self {
        Self {
            queries: round.queries_before,
            proposed: round.proposed,
            repeats: round.repeats,
            diagnostics: round
                .diagnostics
                .iter()
                .map(|(name, it)| (name.to_string(), *it))
                .collect(),
        }
    }
}

/// Queries that broke a constraint.
fn infeasible(history: &History) -> usize {
    let feasible = history.trials().iter().filter(|trial| trial.query > 0).count();
    history.queries() - history.failures() - feasible
}

fn improvements(history: &History, direction: Direction) -> Vec<Improvement> {
    let mut best = f64::NEG_INFINITY;
    let mut found = Vec::new();
    for trial in history.trials() {
        let value = trial.measurement.value;
        if value > best {
            best = value;
            let validation = direction.flip(value);
            found.push(Improvement {
                query: trial.query,
                source: trial.source.to_string(),
                validation,
            });
        }
    }
    found
}

fn queries(space: &dyn SearchSpace, history: &History, direction: Direction) -> Vec<Query> {
    let query = |trial: &Trial| Query {
        arch: space.display(&trial.arch),
        source: trial.source.to_string(),
        validation: direction.flip(trial.measurement.value),
    };
    history.trials().iter().map(query).collect()
}

impl fmt::Display for SearchReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { space, strategy, seed, queries, best, .. } = self;
        let dataset = self.dataset.as_ref().map_or(String::new(), |name| format!(", {name}"));
        writeln!(formatter, "{strategy} on {space}{dataset}, seed {seed}\n")?;
        writeln!(formatter, "  best        {}", best.arch)?;
        let kind = match (&self.predictor, &self.dataset) {
            (Some(_), _) => "predicted",
            (None, Some(_)) => "validation",
            (None, None) => "value",
        };
        writeln!(formatter, "  {kind:10}  {}", self.validation_line())?;
        if self.dataset.is_some() {
            writeln!(formatter, "  test        {}", self.test_line())?;
        }
        writeln!(formatter, "  costs       {}", self.cost_line())?;
        writeln!(formatter, "  found       query {}, by {}", self.queries_to_best, best.source)?;
        if !self.constraints.is_empty() {
            writeln!(formatter, "  limits      {}", self.constraints.join(", "))?;
        }
        if self.failed + self.infeasible > 0 {
            let Self { failed, infeasible, .. } = self;
            writeln!(formatter, "  in vain     {failed} failed, {infeasible} infeasible")?;
        }
        for compromise in self.pareto.iter().flatten() {
            writeln!(formatter, "  front       {compromise}")?;
        }
        let by = self.predictor.as_ref().map(|predictor| format!("predicted by {predictor}"));
        let mut table = Table::new(&["source", "query", by.as_deref().unwrap_or(kind)]);
        for Improvement { query, source, validation } in &self.improvements {
            table.push(vec![source.clone(), query.to_string(), format!("{validation:.3}")]);
        }
        writeln!(formatter, "\n{table}")?;
        let Self { stop_reason, seconds, seconds_in_strategy, .. } = self;
        writeln!(
            formatter,
            "  stopped     {stop_reason}, after {queries} queries in {seconds:.1} s ({seconds_in_strategy:.1} s in the strategy)"
        )
    }
}

impl SearchReport {
    fn validation_line(&self) -> String {
        let Best { validation, rank, regret, .. } = &self.best;
        let rank = rank.map_or(String::new(), |rank| format!(", rank {rank}"));
        let regret = match (self.optimum.validation, regret) {
            (Some(optimum), Some(regret)) => {
                format!(", {regret:.3} below the optimum of {optimum:.3} %")
            }
            _ => String::new(),
        };
        let unit = if self.dataset.is_some() { " %" } else { "" };
        let by = self.predictor.as_ref().map_or(String::new(), |name| format!(", by {name}"));
        format!("{validation:.3}{unit}{by}{rank}{regret}")
    }

    fn test_line(&self) -> String {
        match self.best.test {
            Some(test) => format!("{test:.3} %"),
            None if self.space == "nasbench201" => {
                "not known; `ganas bench import nasbench201 FILE` adds it".into()
            }
            None => "not known".into(),
        }
    }

    fn cost_line(&self) -> String {
        let cost = |cost: &Cost| format!("{:.3} {} {}", cost.value, cost.unit, cost.metric);
        self.best.costs.iter().map(cost).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use ganas_search::StopReason;
    use insta::assert_snapshot;

    use super::*;

    fn report() -> SearchReport {
        SearchReport {
            space: "nasbench201".into(),
            dataset: Some("cifar10".into()),
            strategy: "ganas".into(),
            seed: 0,
            queries: 150,
            stop_reason: StopReason::Budget.to_string(),
            queries_to_best: 72,
            best: Best {
                arch: "|none~0|+…".into(),
                hash: "00".into(),
                validation: 91.5,
                test: None,
                rank: Some(3),
                regret: Some(0.125),
                source: "mutation".into(),
                costs: vec![Cost { metric: "params".into(), value: 0.5, unit: "M".into() }],
            },
            optimum: Optimum { validation: Some(91.625) },
            seconds: 1.25,
            seconds_in_strategy: 1.0,
            distinct: "isomorphism".into(),
            query: "mean".into(),
            budget: 150,
            constraints: vec!["params <= 0.5 M".into()],
            tables: vec![TableRecord { part: "validation".into(), sha256: "ab".into() }],
            predictor: None,
            improvements: vec![
                Improvement { query: 1, source: "random".into(), validation: 80.25 },
                Improvement { query: 72, source: "mutation".into(), validation: 91.5 },
            ],
            rounds: vec![RoundRecord {
                queries: 0,
                proposed: 2,
                repeats: 1,
                diagnostics: BTreeMap::from([
                    ("entropy".into(), 1.5),
                    ("novelty".into(), f64::NAN),
                ]),
            }],
            failed: 0,
            infeasible: 0,
            pareto: None,
            history: None,
        }
    }

    #[test]
    fn people_read_a_summary() {
        assert_snapshot!(report());
    }

    #[test]
    fn what_is_predicted_is_said_so() {
        let text = SearchReport { predictor: Some("a model".into()), ..report() }.to_string();
        assert!(text.contains("  predicted   91.500 %, by a model, rank 3"), "{text}");
        assert!(text.contains("query  predicted by a model"), "{text}");
        assert!(!text.contains("validation"), "{text}");
    }

    #[test]
    fn programs_read_the_contract() {
        assert_snapshot!(serde_json::to_string_pretty(&report()).unwrap());
    }
}
