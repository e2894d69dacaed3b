use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Arc;

use ganas_graph::SearchSpace;
use ganas_graph::export::describe;
use ganas_search::{AskTell, Direction, Evaluation, Measurement, Next, Offer, StudySettings};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Wire;
use crate::strategies::StrategySpec;

/// Version of the protocol; it changes when clients have to.
const VERSION: u32 = 1;

/// What a program asks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Request {
    Ask(usize),
    Tell(Told),
    Best,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    trial: u64,
    objective: Option<f64>,
    #[serde(default)]
    metrics: BTreeMap<String, f64>,
    train_seconds: Option<f64>,
    infeasible: Option<String>,
    failed: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Reply {
    Asked { trials: Vec<Map<String, Value>>, over: Option<String> },
    Told { told: u64 },
    Best { best: Option<Map<String, Value>>, queries: u64 },
    Error { error: String },
}

/// Serves one study until the other side has had enough.
pub(super) fn serve(
    wire: &mut Wire<impl BufRead, impl Write>,
    space: &Arc<dyn SearchSpace>,
    settings: StudySettings,
    strategy: &StrategySpec,
) -> anyhow::Result<()> {
    wire.send(&json!({
        "protocol": VERSION,
        "ganas": env!("CARGO_PKG_VERSION"),
        "space": space.name(),
        "strategy": strategy.to_string(),
        "budget": settings.budget,
        "seed": settings.seed,
    }))?;
    let direction = settings.direction;
    let study = AskTell::start(Arc::clone(space), settings, strategy.build()?);
    let mut desk = Desk { space, direction, study, queries: 0 };
    while let Some(line) = wire.receive()? {
        let reply = match serde_json::from_str(&line) {
            Ok(Request::Ask(count)) => desk.ask(count)?,
            Ok(Request::Tell(told)) => desk.tell(told),
            Ok(Request::Best) => desk.best()?,
            Err(error) => {
                Reply::Error { error: format!("expected `ask`, `tell` or `best`: {error}") }
            }
        };
        wire.send(&reply)?;
    }
    Ok(())
}

/// The study, as the program sees it.
#[derive(Debug)]
struct Desk<'s> {
    space: &'s Arc<dyn SearchSpace>,
    direction: Direction,
    study: AskTell,
    queries: u64,
}

impl Desk<'_> {
    fn ask(&mut self, count: usize) -> anyhow::Result<Reply> {
        let (mut trials, mut over) = (Vec::new(), None);
        while trials.len() < count {
            match self.study.ask()? {
                Next::Trial(offer) => trials.push(trial(&**self.space, &offer)),
                Next::Wait => break,
                Next::Over(outcome) => {
                    over = Some(outcome.stop_reason.to_string());
                    break;
                }
            }
        }
        Ok(Reply::Asked { trials, over })
    }

    fn tell(&mut self, told: Told) -> Reply {
        let trial = told.trial;
        let done = told.evaluation().and_then(|evaluation| {
            self.study.tell(trial, evaluation).map_err(|error| error.to_string())
        });
        match done {
            Ok(()) => {
                self.queries += 1;
                Reply::Told { told: trial }
            }
            Err(error) => Reply::Error { error },
        }
    }

    fn best(&mut self) -> anyhow::Result<Reply> {
        let direction = self.direction;
        let best = self.study.best()?.map(|trial| {
            let mut best = describe(&**self.space, &trial.arch);
            best.insert("objective".into(), json!(direction.flip(trial.measurement.value)));
            best.insert("metrics".into(), json!(trial.measurement.metrics));
            best.insert("query".into(), json!(trial.query));
            best
        });
        Ok(Reply::Best { best, queries: self.queries })
    }
}

impl Told {
    fn evaluation(self) -> Result<Evaluation, String> {
        match (self.objective, self.infeasible, self.failed) {
            (Some(value), None, None) => Ok(Evaluation::Measured(Measurement {
                value,
                train_seconds: self.train_seconds,
                metrics: self.metrics,
            })),
            (None, Some(reason), None) => Ok(Evaluation::Infeasible { reason }),
            (None, None, Some(reason)) => Ok(Evaluation::Failed { reason, attempts: 1 }),
            _ => Err("tell: expected one of `objective`, `infeasible` and `failed`".into()),
        }
    }
}

fn trial(space: &dyn SearchSpace, offer: &Offer) -> Map<String, Value> {
    let numbers = [
        ("trial", json!(offer.trial)),
        ("seed", json!(offer.seed)),
        ("attempts_before", json!(offer.attempts_before)),
    ];
    let numbers = numbers.into_iter().map(|(name, value)| (name.to_owned(), value));
    numbers.chain(describe(space, &offer.arch)).collect()
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use super::*;

    /// The answers to some lines, the greeting first.
    fn answers(budget: usize, lines: &str) -> Vec<Value> {
        answers_of(StudySettings::new(budget, 0), lines)
    }

    fn answers_of(settings: StudySettings, lines: &str) -> Vec<Value> {
        let space: Arc<dyn SearchSpace> = Arc::new(NasBench201::default());
        let mut wire = Wire { input: lines.as_bytes(), output: Vec::new() };
        serve(&mut wire, &space, settings, &"random".parse().unwrap()).unwrap();
        let text = String::from_utf8(wire.output).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_study_is_asked_and_told() {
        let found = answers(
            2,
            r#"{"ask": 1}
            {"tell": {"trial": 0, "objective": 1.5, "metrics": {"ms": 3}}}

            {"ask": 5}
            {"tell": {"trial": 1, "failed": "no memory"}}
            {"ask": 1}
            "best"
            "#,
        );
        assert_eq!(found[0]["protocol"], 1);
        assert_eq!(found[1]["trials"][0]["trial"], 0);
        assert!(found[1]["trials"][0]["arch"].as_str().unwrap().starts_with('|'));
        assert_eq!(found[2], json!({"told": 0}));
        assert_eq!(found[3]["trials"].as_array().unwrap().len(), 1);
        assert_eq!(found[5], json!({"trials": [], "over": "budget"}));
        assert_eq!(found[6]["best"]["objective"], 1.5);
        assert_eq!(found[6]["best"]["arch"], found[1]["trials"][0]["arch"]);
        assert_eq!(found[6]["queries"], 2);
    }

    #[test]
    fn the_best_of_a_study_that_minimises_is_the_lowest() {
        let direction = Direction::Minimise;
        let settings = StudySettings { direction, ..StudySettings::new(2, 0) };
        let found = answers_of(
            settings,
            r#"{"ask": 2}
            {"tell": {"trial": 1, "objective": 4}}
            {"tell": {"trial": 0, "objective": 3}}
            "best"
            "#,
        );
        assert_eq!(found[4]["best"]["objective"], 3.0);
        assert_eq!(found[4]["best"]["query"], 1);
    }

    #[test]
    fn wrong_requests_are_answered_and_change_nothing() {
        let found = answers(
            2,
            r#"{"ask": -1}
            nonsense
            {"tell": {"trial": 0, "objective": 1}}
            {"ask": 1}
            {"tell": {"trial": 0, "objective": 1e999}}
            {"tell": {"trial": 0}}
            {"tell": {"trial": 0, "objective": 1, "loss": 2}}
            {"tell": {"trial": 0, "objective": 1, "failed": "x"}}
            {"best": null}
            {"tell": {"trial": 0, "objective": 1}}
            "#,
        );
        let error = |at: usize| found[at]["error"].as_str().unwrap();
        assert!(error(1).contains("expected `ask`, `tell` or `best`"));
        assert!(error(2).contains("expected"));
        assert!(error(3).contains("found trial 0"));
        assert!(error(5).contains("out of range"));
        assert!(error(6).contains("expected one of `objective`"));
        assert!(error(7).contains("unknown field `loss`"));
        assert!(error(8).contains("expected one of `objective`"));
        assert_eq!(found[9], json!({"best": null, "queries": 0}));
        assert_eq!(found[10], json!({"told": 0}));
    }
}
