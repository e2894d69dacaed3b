//! The protocol of `ganas serve`: requests and answers, one line of JSON each.

use std::io::{BufRead, Write};

use ganas::Session;
use ganas::graph::export::describe;
use ganas::search::{
    Objective, OpenTrial, ReportReply, Study, Trial, TrialId, TrialReport, TrialResult,
    pareto_front,
};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::wire::Wire;
use crate::output::Outcome;

/// Version of the protocol. It changes when clients have to be adapted.
const VERSION: u32 = 1;

/// A request of the client.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Request {
    Ask(usize),
    Tell(TrialResult),
    Report(TrialReport),
    Best,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Reply {
    Asked {
        trials: Vec<Map<String, Value>>,
        over: Option<String>,
    },
    Told {
        told: TrialId,
        became: &'static str,
    },
    Reported {
        reported: TrialId,
        then: &'static str,
    },
    Best {
        best: Option<Map<String, Value>>,
        queries: usize,
        /// The Pareto front; present only if the study has further objectives.
        #[serde(skip_serializing_if = "Option::is_none")]
        front: Option<Vec<Map<String, Value>>>,
    },
    Error {
        error: String,
    },
}

/// Serves one study until the client closes the connection.
pub(super) fn serve(wire: &mut Wire<impl BufRead, impl Write>, session: Session) -> Outcome {
    let Session { mut study, plan, .. } = session;
    wire.send(&json!({
        "protocol": VERSION,
        "ganas": env!("CARGO_PKG_VERSION"),
        "space": study.space().name(),
        "strategy": plan.options.strategy().to_string(),
        "budget": study.settings().budget,
        "seed": study.settings().seed,
        "queries": study.history().queries(),
    }))?;
    while let Some(line) = wire.receive()? {
        let request = line.and_then(|line| {
            serde_json::from_str(&line).map_err(|error: serde_json::Error| {
                const FORM: &str =
                    "expected `ask`, `tell`, `report` or `best` as JSON, such as {\"ask\": 1}";
                if error.is_data() {
                    let error = error.to_string().replace("expected f64", "expected a number");
                    let error = error.replace("expected usize", "expected a whole number");
                    let error = error.replace("expected unit", "expected null");
                    return format!("expected a valid `ask`, `tell`, `report` or `best`: {error}");
                }
                let (column, text) = (error.column(), error.to_string());
                // A number that is too large is JSON too, but has an error of its own.
                let is_json = serde_json::from_str::<IgnoredAny>(&line).is_ok();
                if is_json && text.starts_with("expected value") {
                    return format!("{FORM}, found other JSON");
                }
                let reason = text.split(" at line ").next().unwrap_or(&text);
                format!("{FORM}, found a line that is not JSON (column {column}: {reason})")
            })
        });
        let reply = match request {
            Ok(Request::Ask(count)) => ask(&mut study, count)?,
            Ok(Request::Tell(result)) => tell(&mut study, result)?,
            Ok(Request::Report(report)) => report_on(&mut study, report)?,
            Ok(Request::Best) => best(&study),
            Err(error) => Reply::Error { error },
        };
        wire.send(&reply)?;
    }
    Ok(())
}

fn ask(study: &mut Study, count: usize) -> Outcome<Reply> {
    let mut trials = Vec::new();
    for open in study.ask(count)? {
        study.begin(open.trial)?;
        trials.push(trial(study, &open));
    }
    let over = study.stop_reason().filter(|_| trials.is_empty());
    Ok(Reply::Asked { trials, over: over.map(|reason| reason.to_string()) })
}

fn tell(study: &mut Study, result: TrialResult) -> Outcome<Reply> {
    let told = result.trial;
    let evaluation = match result.evaluation(1) {
        Ok(evaluation) => evaluation,
        Err(found) => return Ok(Reply::Error { error: format!("tell: found {found}") }),
    };
    match study.tell(told, evaluation) {
        Ok(became) => Ok(Reply::Told { told, became: became.name() }),
        Err(error) if error.is_refusal() => Ok(Reply::Error { error: error.to_string() }),
        Err(error) => Err(error.into()),
    }
}

fn report_on(study: &mut Study, read: TrialReport) -> Outcome<Reply> {
    let Some(reported) = read.trial else {
        return Ok(Reply::Error { error: "report: missing field `trial`".into() });
    };
    match study.report(reported, read.report) {
        Ok(ReportReply::Continue) => Ok(Reply::Reported { reported, then: "continue" }),
        Ok(ReportReply::Stop { .. }) => Ok(Reply::Reported { reported, then: "stop" }),
        Err(error) if error.is_refusal() => Ok(Reply::Error { error: error.to_string() }),
        Err(error) => Err(error.into()),
    }
}

fn best(study: &Study) -> Reply {
    let (history, objectives) = (study.history(), &study.settings().objectives);
    let best = study.best().map(|trial| measured(study, trial));
    let front = (!objectives.is_empty()).then(|| {
        let front = pareto_front(&**study.space(), history, objectives);
        front.into_iter().map(|trial| measured(study, trial)).collect()
    });
    Reply::Best { best, queries: history.queries(), front }
}

/// Returns a description of a trial's architecture, together with the results that the client
/// reported for it.
fn measured(study: &Study, trial: &Trial) -> Map<String, Value> {
    let space = &**study.space();
    let mut found = describe(space, &trial.arch);
    found.insert("objective".into(), json!(trial.measurement.value));
    found.insert("metrics".into(), json!(trial.measurement.metrics));
    found.insert("query".into(), json!(trial.query));
    let objectives = &study.settings().objectives;
    if !objectives.is_empty() {
        let number = |it: &Objective| (it.metric.clone(), json!(it.of_trial(space, trial)));
        let further: Map<_, _> = objectives.iter().map(number).collect();
        found.insert("objectives".into(), Value::Object(further));
    }
    found
}

fn trial(study: &Study, open: &OpenTrial) -> Map<String, Value> {
    let numbers = [
        ("trial", json!(open.trial)),
        ("seed", json!(open.seed)),
        ("attempts_before", json!(open.attempts_before)),
        ("fidelity", json!(open.rung.map(|rung| rung.fidelity))),
        ("resumes", json!(open.rung.and_then(|rung| rung.after).map(|trial| trial.0))),
    ];
    let numbers = numbers.into_iter().map(|(name, value)| (name.to_owned(), value));
    numbers.chain(describe(&**study.space(), &open.arch)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ganas::{Elsewhere, EvaluatorOptions, StudyOptions};

    use super::*;

    /// Returns the greeting of the server, followed by its answers to these lines.
    fn answers(budget: usize, lines: &str) -> Vec<Value> {
        answers_of(
            StudyOptions { budget: Some(budget), ..StudyOptions::default() },
            None,
            lines.as_bytes(),
        )
    }

    fn answers_of(options: StudyOptions, folder: Option<&Path>, lines: &[u8]) -> Vec<Value> {
        let options = StudyOptions {
            space: Some("nasbench201".into()),
            strategy: Some("random".parse().unwrap()),
            evaluator: Some(EvaluatorOptions::Elsewhere(Elsewhere::Elsewhere)),
            ..options
        };
        let here = Path::new("");
        let session = match folder {
            Some(folder) => Session::begin_or_resume(options, here, folder).unwrap(),
            None => options.begin(here, None).unwrap(),
        };
        let mut wire = Wire { input: lines, output: Vec::new() };
        serve(&mut wire, session).unwrap();
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
            {"tell": {"trial": 2, "infeasible": "no memory"}}
            {"ask": 1}
            "best"
            "#,
        );
        assert_eq!(found[0]["protocol"], 1);
        assert_eq!(found[1]["trials"][0]["trial"], 0);
        assert!(found[1]["trials"][0]["arch"].as_str().unwrap().starts_with('|'));
        assert_eq!(found[2], json!({"told": 0, "became": "measured"}));
        assert_eq!(found[3]["trials"].as_array().unwrap().len(), 1);
        assert_eq!(found[5]["trials"][0]["trial"], 2, "a failure is no query");
        assert_eq!(found[7], json!({"trials": [], "over": "budget"}));
        assert_eq!(found[8]["best"]["objective"], 1.5);
        assert_eq!(found[8]["best"]["arch"], found[1]["trials"][0]["arch"]);
        assert_eq!(found[8]["queries"], 2);
    }

    #[test]
    fn the_best_of_a_study_that_minimises_is_the_lowest() {
        let options = StudyOptions { budget: Some(2), minimise: true, ..StudyOptions::default() };
        let found = answers_of(
            options,
            None,
            br#"{"ask": 2}
            {"tell": {"trial": 1, "objective": 4}}
            {"tell": {"trial": 0, "objective": 3}}
            "best"
            "#,
        );
        assert_eq!(found[4]["best"]["objective"], 3.0);
        assert_eq!(found[4]["best"]["query"], 1);
    }

    #[test]
    fn a_trial_that_falls_behind_is_to_stop() {
        let stopping = Some("4/median".parse().unwrap());
        let options = StudyOptions { budget: Some(5), stopping, ..StudyOptions::default() };
        let of = |trial: usize| {
            [
                format!("{{\"report\": {{\"trial\": {trial}, \"step\": 1, \"objective\": 5}}}}\n"),
                format!("{{\"tell\": {{\"trial\": {trial}, \"objective\": 6}}}}\n"),
            ]
        };
        let first: String = (0..3).flat_map(of).collect();
        let mut lines = format!("{{\"ask\": 3}}\n{first}");
        lines += r#"{"ask": 1}
            {"report": {"step": 1, "objective": 4}}
            {"report": {"trial": 9, "step": 1, "objective": 4}}
            {"report": {"trial": 3, "step": 1, "objective": NaN}}
            {"report": {"trial": 3, "step": 1, "objective": 4}}
            {"tell": {"trial": 3, "stopped": true}}
            {"tell": {"trial": 3, "stopped": true}}
            "best"
            "#;
        let found = answers_of(options, None, lines.as_bytes());
        assert_eq!(found[2], json!({"reported": 0, "then": "continue"}));
        let error = |at: usize| found[at]["error"].as_str().unwrap();
        assert!(error(9).contains("missing field `trial`"));
        assert!(error(10).contains("trial 9 is not open"));
        assert!(error(11).contains("expected `ask`"), "{}", error(11));
        assert_eq!(found[12], json!({"reported": 3, "then": "stop"}));
        assert_eq!(found[13], json!({"told": 3, "became": "stopped"}));
        assert!(error(14).contains("trial 3 is not open"), "it is over");
        assert_eq!((&found[15]["best"]["query"], &found[15]["queries"]), (&json!(1), &json!(4)));
    }

    #[test]
    fn a_study_of_several_objectives_has_a_front() {
        let options = || StudyOptions {
            budget: Some(4),
            objectives: vec!["ms=minimise".parse().unwrap(), "params=minimise".parse().unwrap()],
            ..StudyOptions::default()
        };
        let nothing = answers_of(options(), None, b"\"best\"\n");
        assert_eq!(nothing[1], json!({"best": null, "queries": 0, "front": []}));
        let found = answers_of(
            options(),
            None,
            br#"{"ask": 4}
            {"tell": {"trial": 0, "objective": 1, "metrics": {"ms": 1}}}
            {"tell": {"trial": 1, "objective": 3, "metrics": {"ms": 5}}}
            {"tell": {"trial": 2, "objective": 9}}
            {"tell": {"trial": 3, "infeasible": "too slow"}}
            "best"
            "#,
        );
        let front = found[6]["front"].as_array().unwrap();
        let numbers: Vec<_> = front
            .iter()
            .map(|it| {
                (it["query"].clone(), it["objective"].clone(), it["objectives"]["ms"].clone())
            })
            .collect();
        let row = |query: u64, value: f64, ms: f64| (json!(query), json!(value), json!(ms));
        assert_eq!(numbers, [row(2, 3.0, 5.0), row(1, 1.0, 1.0)], "one lacks an objective");
        let params = &front[0]["costs"]["params"]["value"];
        assert_eq!(front[0]["objectives"]["params"], *params);
        assert_eq!(front[0]["arch"], found[1]["trials"][1]["arch"]);
        assert_eq!(found[6]["best"]["objectives"]["ms"], Value::Null);
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
        assert!(error(1).contains("expected a valid `ask`, `tell`, `report` or `best`: invalid"));
        assert!(error(2).contains("found a line that is not JSON (column "));
        assert!(error(3).contains("trial 0 is not open"));
        assert!(error(5).contains("out of range"));
        assert!(error(6).contains("neither `objective`"));
        assert!(error(7).contains("unknown field `loss`"));
        assert!(error(8).contains("more than one of `objective`"));
        assert_eq!(found[9], json!({"best": null, "queries": 0}));
        assert_eq!(found[10], json!({"told": 0, "became": "measured"}));
    }

    #[test]
    fn every_line_is_answered() {
        let long = format!("{{\"ask\": {}1}}\n", " ".repeat(1 << 20));
        let mut lines = b"\n\xff\xfe\n".to_vec();
        lines.extend(long.as_bytes());
        lines.extend(b"{\"tell\": [0, 1]}\n{\"ask\": 1}\n");
        let options = StudyOptions { budget: Some(2), ..StudyOptions::default() };
        let found = answers_of(options, None, &lines);
        let error = |at: usize| found[at]["error"].as_str().unwrap();
        assert!(error(1).contains("expected `ask`"), "{}", error(1));
        assert!(error(2).contains("UTF-8") && error(3).contains("shorter than 1048576 bytes"));
        assert!(error(4).contains("JSON object"), "{}", error(4));
        assert_eq!(found[5]["trials"].as_array().unwrap().len(), 1);
        assert_eq!(found.len(), 6);
    }

    #[test]
    fn a_study_that_is_kept_offers_its_open_trials_again() {
        let folder = tempfile::tempdir().unwrap();
        let kept = |lines: &str| {
            let options = StudyOptions { budget: Some(4), ..StudyOptions::default() };
            answers_of(options, Some(folder.path()), lines.as_bytes())
        };
        let first = kept("{\"ask\": 2}\n{\"tell\": {\"trial\": 1, \"objective\": 7}}\n");
        assert_eq!(first[2], json!({"told": 1, "became": "held"}));
        let second = kept(
            "{\"ask\": 1}\n{\"tell\": {\"trial\": 0, \"objective\": 5}}\n\"best\"\n{\"ask\": 9}\n",
        );
        let (before, again) = (&first[1]["trials"][0], &second[1]["trials"][0]);
        assert_eq!((&again["trial"], &again["arch"]), (&json!(0), &before["arch"]));
        assert_eq!((&again["attempts_before"], &again["seed"]), (&json!(1), &before["seed"]));
        assert_eq!(second[3]["best"]["objective"], 7.0);
        assert_eq!(second[4]["trials"].as_array().unwrap().len(), 2);
    }
}
