//! The protocol of kurobako's external solvers: <https://github.com/optuna/kurobako>.
//!
//! Its messages are written out here, as `kurobako_core` would bring a Lua interpreter along.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::Arc;

use anyhow::Context;
use ganas_graph::{Arch, DecisionKind, SearchSpace};
use ganas_search::{AskTell, Evaluation, Measurement, Next, StudySettings};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Wire;
use super::parameters::Parameters;
use crate::strategies::StrategySpec;

/// Queries of a study; kurobako does not say how many it is going to ask for, and ends it when it
/// likes.
const BUDGET: u128 = 1_000_000;

/// What kurobako says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
enum Request {
    CreateSolverCast { solver_id: u64, random_seed: u64, problem: Problem },
    DropSolverCast { solver_id: u64 },
    AskCall { solver_id: u64, next_trial_id: u64 },
    TellCall { solver_id: u64, trial: Evaluated },
}

#[derive(Debug, Deserialize)]
struct Problem {
    name: String,
    params_domain: Vec<Variable>,
    steps: Steps,
}

#[derive(Debug, Deserialize)]
struct Variable {
    name: String,
    range: Range,
    distribution: Distribution,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
enum Range {
    /// From `low` up to `high`; without a bound it has none.
    Continuous {
        low: Option<f64>,
        high: Option<f64>,
    },
    /// From `low` up to `high - 1`.
    Discrete {
        low: i64,
        high: i64,
    },
    Categorical {
        choices: Vec<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Distribution {
    Uniform,
    LogUniform,
}

/// How far an evaluation can be taken.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Steps {
    Max(u64),
    List(Vec<u64>),
}

#[derive(Debug, Deserialize)]
struct Evaluated {
    id: u64,
    /// Objectives, lower is better; none if the parameters could not be evaluated.
    values: Vec<f64>,
}

/// What is said to it.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(clippy::enum_variant_names, reason = "the protocol names them")]
enum Reply {
    SolverSpecCast { spec: serde_json::Value },
    AskReply { trial: Trial, next_trial_id: u64 },
    TellReply,
    ErrorReply { kind: &'static str, message: String },
}

#[derive(Debug, Serialize)]
struct Trial {
    id: u64,
    params: Vec<f64>,
    next_step: u64,
}

/// What a study can be made for. Conditions on parameters, more objectives than one and evaluations at
/// the same time it cannot.
const CAPABILITIES: [&str; 5] = [
    "UNIFORM_CONTINUOUS",
    "UNIFORM_DISCRETE",
    "LOG_UNIFORM_CONTINUOUS",
    "LOG_UNIFORM_DISCRETE",
    "CATEGORICAL",
];

/// Solves kurobako's problems until it has had enough.
pub(super) fn serve(
    wire: &mut Wire<impl BufRead, impl Write>,
    strategy: &StrategySpec,
    steps: usize,
) -> anyhow::Result<()> {
    let attributes = json!({"version": env!("CARGO_PKG_VERSION"), "steps": steps.to_string()});
    let spec = json!({
        "name": format!("ganas {strategy}"),
        "attrs": attributes,
        "capabilities": CAPABILITIES,
    });
    wire.send(&Reply::SolverSpecCast { spec })?;
    let mut solvers = HashMap::new();
    while let Some(line) = wire.receive()? {
        let request = serde_json::from_str(&line).context("reading a message of kurobako")?;
        let reply = match request {
            Request::CreateSolverCast { solver_id, random_seed, problem } => {
                let solver = Solver::new(&problem, random_seed, strategy, steps)?;
                solvers.insert(solver_id, solver);
                continue;
            }
            Request::DropSolverCast { solver_id } => {
                solvers.remove(&solver_id);
                continue;
            }
            Request::AskCall { solver_id, next_trial_id } => {
                known(&mut solvers, solver_id).and_then(|solver| solver.ask(next_trial_id))
            }
            Request::TellCall { solver_id, trial } => {
                known(&mut solvers, solver_id).and_then(|solver| solver.tell(&trial))
            }
        };
        wire.send(&reply.unwrap_or_else(|error| Reply::ErrorReply {
            kind: "INVALID_INPUT",
            message: format!("{error:#}"),
        }))?;
    }
    Ok(())
}

fn known(solvers: &mut HashMap<u64, Solver>, id: u64) -> anyhow::Result<&mut Solver> {
    solvers.get_mut(&id).with_context(|| format!("expected a solver that was created, found {id}"))
}

/// One of kurobako's studies.
#[derive(Debug)]
struct Solver {
    /// The values of each parameter's choices.
    values: Vec<Vec<f64>>,
    last_step: u64,
    study: AskTell,
    /// Our numbers of the trials that kurobako evaluates, by its numbers.
    trials: HashMap<u64, u64>,
}

impl Solver {
    fn new(
        problem: &Problem,
        seed: u64,
        strategy: &StrategySpec,
        steps: usize,
    ) -> anyhow::Result<Self> {
        let values = problem.params_domain.iter().map(|variable| variable.values(steps));
        let values = values.collect::<anyhow::Result<Vec<_>>>()?;
        let kind = |(variable, values): (&Variable, &Vec<f64>)| {
            let choices = match &variable.range {
                Range::Categorical { choices } => choices.clone(),
                _ => values.iter().map(ToString::to_string).collect(),
            };
            DecisionKind::choice(variable.name.clone(), choices)
        };
        let kinds = problem.params_domain.iter().zip(&values).map(kind).collect();
        let space = Parameters::new(&problem.name, kinds).with_context(|| {
            format!("{}: expected 1 to 64 parameters of 1 to 64 values", problem.name)
        })?;
        let budget = usize::try_from(space.size().unwrap_or(BUDGET).min(BUDGET))?;
        let settings = StudySettings::new(budget, seed);
        let study = AskTell::start(Arc::new(space), settings, strategy.build()?);
        Ok(Self { values, last_step: problem.steps.last(), study, trials: HashMap::new() })
    }

    fn ask(&mut self, next_trial_id: u64) -> anyhow::Result<Reply> {
        let arch = match self.study.ask()? {
            Next::Trial(offer) => {
                self.trials.insert(next_trial_id, offer.trial);
                offer.arch
            }
            Next::Wait => anyhow::bail!("expected that the open trial is told first"),
            // All there is has been evaluated, and kurobako wants to go on.
            Next::Over(outcome) => {
                outcome.best().context("expected parameters that can be evaluated")?.arch.clone()
            }
        };
        let params = self.params(&arch);
        let trial = Trial { id: next_trial_id, params, next_step: self.last_step };
        Ok(Reply::AskReply { trial, next_trial_id: next_trial_id + 1 })
    }

    fn tell(&mut self, trial: &Evaluated) -> anyhow::Result<Reply> {
        if let Some(ours) = self.trials.remove(&trial.id) {
            let value = trial.values.first().copied().filter(|value| value.is_finite());
            let evaluation = match value {
                Some(value) => Evaluation::Measured(Measurement::new(-value)),
                None => Evaluation::Failed { reason: "not evaluable".into(), attempts: 1 },
            };
            self.study.tell(ours, evaluation)?;
        }
        Ok(Reply::TellReply)
    }

    fn params(&self, arch: &Arch) -> Vec<f64> {
        let value = |(values, &choice): (&Vec<f64>, &u8)| values[usize::from(choice)];
        self.values.iter().zip(arch.choices()).map(value).collect()
    }
}

impl Variable {
    /// The values at which the parameter is searched, at most `steps` unless it is categorical.
    fn values(&self, steps: usize) -> anyhow::Result<Vec<f64>> {
        let low = match self.range {
            Range::Continuous { low, .. } => low,
            #[expect(clippy::cast_precision_loss, reason = "only its sign matters")]
            Range::Discrete { low, .. } => Some(low as f64),
            Range::Categorical { .. } => None,
        };
        if let (Distribution::LogUniform, Some(low)) =
            (self.distribution, low.filter(|it| *it <= 0.0))
        {
            anyhow::bail!(
                "{}: expected a range above 0 for LOG_UNIFORM, found one from {low}",
                self.name
            );
        }
        match &self.range {
            Range::Categorical { choices } => Ok((0..choices.len()).map(|at| at as f64).collect()),
            Range::Discrete { low, high } if low >= high => anyhow::bail!(
                "{}: expected a range from a low end to a higher one, found {low} to {high}",
                self.name
            ),
            &Range::Discrete { low, high } => {
                let count = usize::try_from(high.abs_diff(low)).unwrap_or(usize::MAX);
                #[expect(clippy::cast_precision_loss, reason = "kurobako's own values are floats")]
                let (low, high) = (low as f64, high as f64);
                let mut values: Vec<_> =
                    self.grid(low, high, count.min(steps)).map(f64::floor).collect();
                values.dedup_by(|one, other| one.to_bits() == other.to_bits());
                Ok(values)
            }
            &Range::Continuous { low: Some(low), high: Some(high) } if low < high => {
                Ok(self.grid(low, high, steps).collect())
            }
            Range::Continuous { low, high } => anyhow::bail!(
                "{}: expected a range with two bounds, found {low:?} to {high:?}",
                self.name
            ),
        }
    }

    /// The middles of `count` equal parts, equal in the parameter's distribution.
    fn grid(&self, low: f64, high: f64, count: usize) -> impl Iterator<Item = f64> + use<> {
        let share = move |at: usize| (at as f64 + 0.5) / count as f64;
        let logarithmic = self.distribution == Distribution::LogUniform;
        (0..count).map(move |at| {
            if logarithmic {
                low * (high / low).powf(share(at))
            } else {
                low + (high - low) * share(at)
            }
        })
    }
}

impl Steps {
    fn last(&self) -> u64 {
        match self {
            Self::Max(last) => *last,
            Self::List(steps) => steps.last().copied().unwrap_or(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn values(range: &str, distribution: &str, steps: usize) -> anyhow::Result<Vec<f64>> {
        let text =
            format!(r#"{{"name": "x", "range": {range}, "distribution": "{distribution}"}}"#);
        serde_json::from_str::<Variable>(&text).unwrap().values(steps)
    }

    fn close(found: anyhow::Result<Vec<f64>>, expected: &[f64]) {
        let found = found.unwrap();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        let close = |(one, other): (&f64, &f64)| (one - other).abs() < 1e-9;
        assert!(found.iter().zip(expected).all(close), "{found:?}");
    }

    #[test]
    fn numbers_are_searched_at_a_few_values() {
        let continuous = r#"{"type": "CONTINUOUS", "low": -1, "high": 1}"#;
        close(values(continuous, "UNIFORM", 4), &[-0.75, -0.25, 0.25, 0.75]);
        let wide = r#"{"type": "CONTINUOUS", "low": 1, "high": 10000}"#;
        close(values(wide, "LOG_UNIFORM", 2), &[10.0, 1000.0]);
        let discrete = r#"{"type": "DISCRETE", "low": -1, "high": 3}"#;
        close(values(discrete, "UNIFORM", 9), &[-1.0, 0.0, 1.0, 2.0]);
        close(values(discrete, "UNIFORM", 2), &[0.0, 2.0]);
        let few = r#"{"type": "DISCRETE", "low": 1, "high": 4}"#;
        close(values(few, "LOG_UNIFORM", 9), &[1.0, 2.0, 3.0]);
        let categorical = r#"{"type": "CATEGORICAL", "choices": ["a", "b", "c"]}"#;
        close(values(categorical, "UNIFORM", 2), &[0.0, 1.0, 2.0]);
        let endless = r#"{"type": "CONTINUOUS", "low": 0}"#;
        assert!(values(endless, "UNIFORM", 4).unwrap_err().to_string().contains("two bounds"));
    }

    #[test]
    fn ranges_that_hold_nothing_are_refused() {
        let error = |range, distribution| values(range, distribution, 4).unwrap_err().to_string();
        let from_zero = r#"{"type": "CONTINUOUS", "low": 0, "high": 1}"#;
        let expected = "x: expected a range above 0 for LOG_UNIFORM, found one from 0";
        assert_eq!(error(from_zero, "LOG_UNIFORM"), expected);
        assert_eq!(error(r#"{"type": "DISCRETE", "low": 0, "high": 9}"#, "LOG_UNIFORM"), expected);
        let expected = "x: expected a range from a low end to a higher one, found 3 to 1";
        assert_eq!(error(r#"{"type": "DISCRETE", "low": 3, "high": 1}"#, "UNIFORM"), expected);
        assert!(
            error(r#"{"type": "DISCRETE", "low": 3, "high": 3}"#, "UNIFORM").contains("3 to 3")
        );
    }

    #[test]
    fn a_problem_is_solved() {
        let problem = r#"{"name": "p", "params_domain": [{"name": "x", "range":
            {"type": "CATEGORICAL", "choices": ["a", "b", "c"]}, "distribution": "UNIFORM"}],
            "values_domain": [], "steps": [3, 9]}"#
            .replace('\n', "");
        let mut lines = format!(
            r#"{{"type": "CREATE_SOLVER_CAST", "solver_id": 0, "random_seed": 7, "problem": {problem}}}"#
        );
        for (id, values) in ["[3.0]", "[1.0]", "[]", "[2.0]"].iter().enumerate() {
            lines += &format!(
                r#"
                {{"type": "ASK_CALL", "solver_id": 0, "next_trial_id": {id}}}
                {{"type": "TELL_CALL", "solver_id": 0, "trial":
                    {{"id": {id}, "values": {values}, "current_step": 9}}}}"#
            )
            .replace("\"trial\":\n                    ", "\"trial\": ");
        }
        lines += "\n{\"type\": \"DROP_SOLVER_CAST\", \"solver_id\": 0}\n";
        lines += "{\"type\": \"ASK_CALL\", \"solver_id\": 0, \"next_trial_id\": 9}\n";
        let mut wire = Wire { input: lines.as_bytes(), output: Vec::new() };
        serve(&mut wire, &"random".parse().unwrap(), 8).unwrap();
        let text = String::from_utf8(wire.output).unwrap();
        let found: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(found[0]["type"], "SOLVER_SPEC_CAST");
        let asked = |at: usize| found[at]["trial"]["params"][0].as_f64().unwrap();
        let mut all = [asked(1), asked(3), asked(5)];
        all.sort_by(f64::total_cmp);
        assert_eq!(all.map(f64::to_bits), [0.0_f64, 1.0, 2.0].map(f64::to_bits), "no repeats");
        assert_eq!(found[1]["trial"]["next_step"], 9);
        assert_eq!(found[2], json!({"type": "TELL_REPLY"}));
        assert_eq!(asked(7).to_bits(), asked(3).to_bits(), "the lowest value once all are known");
        assert_eq!(found[9]["type"], "ERROR_REPLY");
    }
}
