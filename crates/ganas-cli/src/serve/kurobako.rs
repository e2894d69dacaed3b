//! The protocol of kurobako's external solvers: <https://github.com/optuna/kurobako>.
//!
//! The messages of the protocol are defined here, because the crate `kurobako_core` depends on a
//! Lua interpreter.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::Arc;

use ganas::StrategySpec;
use ganas::graph::SearchSpace;
use ganas::graph::spaces::DescribedSpace;
use ganas::search::{Direction, Evaluation, Measurement, Study, StudySettings, TrialId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::domain::Problem;
use super::wire::Wire;
use crate::output::{self, Outcome};

/// Maximum budget of a study. It is large because kurobako does not announce its number of queries,
/// and may end a study at any time.
const BUDGET: u128 = 1_000_000;

/// A request of kurobako.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
enum Request {
    CreateSolverCast { solver_id: u64, random_seed: u64, problem: Problem },
    DropSolverCast { solver_id: u64 },
    AskCall { solver_id: u64, next_trial_id: u64 },
    TellCall { solver_id: u64, trial: Evaluated },
}

#[derive(Debug, Deserialize)]
struct Evaluated {
    id: u64,
    /// The values of the objectives, of which lower values are better. If the parameters could not
    /// be evaluated, the list is empty or contains a number that JSON cannot express.
    values: Vec<Option<f64>>,
}

/// A reply to kurobako.
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

/// The supported kinds of parameter. Conditional parameters are not supported, nor are several
/// objectives and concurrent evaluations.
const CAPABILITIES: [&str; 5] = [
    "UNIFORM_CONTINUOUS",
    "UNIFORM_DISCRETE",
    "LOG_UNIFORM_CONTINUOUS",
    "LOG_UNIFORM_DISCRETE",
    "CATEGORICAL",
];

/// Solves kurobako's problems until kurobako closes the connection.
pub(super) fn serve(wire: &mut Wire<impl BufRead, impl Write>, strategy: &StrategySpec) -> Outcome {
    let attributes = json!({"version": env!("CARGO_PKG_VERSION")});
    let spec = json!({
        "name": format!("ganas {strategy}"),
        "attrs": attributes,
        "capabilities": CAPABILITIES,
    });
    wire.send(&Reply::SolverSpecCast { spec })?;
    let mut solvers = HashMap::new();
    while let Some(line) = wire.receive()? {
        if line.as_ref().is_ok_and(|line| line.trim().is_empty()) {
            continue;
        }
        let request =
            line.and_then(|line| serde_json::from_str(&line).map_err(|it| it.to_string()));
        let request = match request {
            Ok(request) => request,
            Err(error) => {
                return output::wrong_usage(format!(
                    "could not read a message from kurobako: {error}"
                ));
            }
        };
        let reply = match request {
            Request::CreateSolverCast { solver_id, random_seed, problem } => {
                match Solver::new(problem, random_seed, strategy) {
                    Ok(solver) => solvers.insert(solver_id, solver),
                    Err(error) => return output::wrong_usage(error),
                };
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
        wire.send(
            &reply.unwrap_or_else(|error| Reply::ErrorReply {
                kind: "INVALID_INPUT",
                message: error,
            }),
        )?;
    }
    Ok(())
}

fn known(solvers: &mut HashMap<u64, Solver>, id: u64) -> Result<&mut Solver, String> {
    solvers.get_mut(&id).ok_or_else(|| format!("expected the ID of an existing solver, found {id}"))
}

/// The solver of a problem, for one of kurobako's studies.
#[derive(Debug)]
struct Solver {
    problem: Problem,
    space: Arc<DescribedSpace>,
    study: Study,
    /// Maps kurobako's trial numbers to the trials of `study`.
    trials: HashMap<u64, TrialId>,
}

impl Solver {
    fn new(problem: Problem, seed: u64, strategy: &StrategySpec) -> Result<Self, String> {
        let space = Arc::new(problem.space()?);
        let budget = space.size().unwrap_or(BUDGET).min(BUDGET);
        let settings = StudySettings {
            direction: Direction::Minimise,
            ..StudySettings::new(usize::try_from(budget).unwrap_or(usize::MAX), seed)
        };
        let strategy = strategy.build().map_err(|error| error.to_string())?;
        let study = Study::new(Arc::<DescribedSpace>::clone(&space), strategy, settings);
        let study = study.map_err(|error| error.to_string())?;
        Ok(Self { problem, space, study, trials: HashMap::new() })
    }

    fn ask(&mut self, next_trial_id: u64) -> Result<Reply, String> {
        let open = self.study.ask(1).map_err(|error| error.to_string())?.pop();
        let arch = match (open, self.study.stop_reason()) {
            (Some(open), _) => {
                self.trials.insert(next_trial_id, open.trial);
                open.arch
            }
            // The whole space has been evaluated, and kurobako continues to ask.
            (None, Some(_)) => self
                .study
                .best()
                .ok_or("expected at least one set of parameters that can be evaluated, found none")?
                .arch
                .clone(),
            (None, None) => {
                return Err(
                    "expected the result of the open trial before the next request for a trial"
                        .into(),
                );
            }
        };
        let params = self.problem.values(&self.space, &arch);
        let trial = Trial { id: next_trial_id, params, next_step: self.problem.steps.last() };
        Ok(Reply::AskReply { trial, next_trial_id: next_trial_id + 1 })
    }

    fn tell(&mut self, trial: &Evaluated) -> Result<Reply, String> {
        if let Some(ours) = self.trials.remove(&trial.id) {
            let value = trial.values.first().copied().flatten();
            let evaluation = match value {
                Some(value) => Evaluation::Measured(Measurement::new(value)),
                None => Evaluation::Failed {
                    reason: "not evaluable".into(),
                    attempts: 1,
                    train_seconds: None,
                },
            };
            self.study.tell(ours, evaluation).map_err(|error| error.to_string())?;
        }
        Ok(Reply::TellReply)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_problem_is_solved() {
        let problem = r#"{"name": "p", "params_domain": [{"name": "x", "range":
            {"type": "CATEGORICAL", "choices": ["a", "b", "c"]}, "distribution": "UNIFORM"}],
            "values_domain": [], "steps": [3, 9]}"#
            .replace('\n', "");
        let mut lines = format!(
            r#"{{"type": "CREATE_SOLVER_CAST", "solver_id": 0, "random_seed": 7, "problem": {problem}}}"#
        );
        for (id, values) in ["[3.0]", "[1.0]", "[null]", "[2.0]"].iter().enumerate() {
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
        serve(&mut wire, &"random".parse().unwrap()).unwrap();
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
