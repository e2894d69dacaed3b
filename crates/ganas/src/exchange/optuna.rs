//! Export to Optuna's journal format, which has one line of JSON per operation.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};

use ganas_graph::{Arch, ChoiceValue};
use ganas_report::Study;
use ganas_search::{Direction, StoredTrial, TrialState};
use serde_json::{Map, Value, json};

/// Codes of Optuna's operations.
const CREATE_STUDY: u8 = 0;
const SET_STUDY_USER_ATTR: u8 = 2;
const SET_STUDY_SYSTEM_ATTR: u8 = 3;
const CREATE_TRIAL: u8 = 4;

/// Codes of the states of Optuna's trials.
const RUNNING: u8 = 0;
const COMPLETE: u8 = 1;
const PRUNED: u8 = 2;
const FAIL: u8 = 3;
const WAITING: u8 = 4;

/// A decision with more than this many distinct numbers is exported as a range.
const RANGE: usize = 32;

/// Returns a study in the file format of Optuna's `JournalStorage`. Architectures whose values were
/// known before the study come first. They are followed by the study's own trials in order of their
/// numbers. The choices of each architecture become the parameters of its trial. Trials that were
/// stopped early, or measured at less than full fidelity, are exported as pruned, with intermediate
/// values. Trials that violate a limit are exported with a number above 0 in `constraints`. A trial
/// that violates a limit and has no value is exported as failed.
///
/// ```
/// # let options = ganas::StudyOptions { benchmark: Some("nasbench201".into()), strategy: Some("random".parse()?), budget: Some(5), ..Default::default() };
/// # let parent = tempfile::tempdir().unwrap();
/// # let folder = parent.path().join("mine");
/// # options.begin(".".as_ref(), Some(&folder))?.run(&ganas::Cancel::default(), |_, _| {})?;
/// let study = ganas::read_study(&folder)?;
/// let journal = ganas::optuna_journal(&study);
/// assert_eq!(journal.lines().count(), 9); // the study, three attributes, five trials
/// # Ok::<(), ganas::Error>(())
/// ```
pub fn optuna_journal(study: &Study) -> String {
    let number = |direction: Direction| if direction == Direction::Minimise { 1 } else { 2 };
    let further = study.objectives.iter().map(|objective| number(objective.direction));
    let directions: Vec<u8> = [number(study.record.direction)].into_iter().chain(further).collect();
    // Without names, Optuna Dashboard calls the objectives 0 and 1.
    let further = study.objectives.iter().map(|objective| objective.metric.as_str());
    let names: Vec<&str> = ["value"].into_iter().chain(further).collect();
    let attribute = |name: &str, value: &str| json!({"op_code": SET_STUDY_USER_ATTR, "worker_id": "ganas", "study_id": 0, "user_attr": {name: value}});
    let mut lines = vec![
        json!({"op_code": CREATE_STUDY, "worker_id": "ganas", "study_name": study.name, "directions": directions}),
        attribute("strategy", &study.record.strategy),
        attribute("space", &study.record.space),
        json!({"op_code": SET_STUDY_SYSTEM_ATTR, "worker_id": "ganas", "study_id": 0, "system_attr": {"study:metric_names": names}}),
    ];
    let chosen: Vec<Vec<(String, ChoiceValue)>> =
        study.trials.iter().map(|it| chosen(study, it)).collect();
    let distributions = distributions(&chosen);
    let trials = study.trials.iter().zip(&chosen);
    lines.extend(trials.map(|(trial, chosen)| line(study, trial, chosen, &distributions)));
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    lines.join("\n") + "\n"
}

fn chosen(study: &Study, trial: &StoredTrial) -> Vec<(String, ChoiceValue)> {
    let arch = study.space.parse(&trial.arch);
    arch.map(|arch| study.space.named_choices(&arch)).unwrap_or_default()
}

/// The distribution of a parameter.
#[derive(Debug)]
enum Distribution {
    Range(f64, f64),
    Choices(Vec<Value>),
}

impl Distribution {
    /// Returns the distribution in Optuna's form, as a string that contains JSON.
    fn text(&self) -> String {
        let (name, attributes) = match self {
            Self::Range(low, high) => {
                let attributes = json!({"low": low, "high": high, "step": null, "log": false});
                ("FloatDistribution", attributes)
            }
            Self::Choices(choices) => ("CategoricalDistribution", json!({"choices": choices})),
        };
        json!({"name": name, "attributes": attributes}).to_string()
    }

    /// Returns a value in Optuna's internal form: a number, or the index of the choice.
    fn inside(&self, value: &ChoiceValue) -> Option<Value> {
        match self {
            Self::Range(..) => value.number().map(Value::from),
            Self::Choices(choices) => {
                let value = Value::from(value.clone());
                choices.iter().position(|it| *it == value).map(Value::from)
            }
        }
    }
}

/// Returns one distribution per parameter for all trials: Optuna requires a parameter's
/// distribution to be the same in all trials.
fn distributions(chosen: &[Vec<(String, ChoiceValue)>]) -> BTreeMap<&str, Distribution> {
    let mut values: BTreeMap<&str, Vec<&ChoiceValue>> = BTreeMap::new();
    for (name, value) in chosen.iter().flatten() {
        values.entry(name).or_default().push(value);
    }
    let distribution = |values: Vec<&ChoiceValue>| {
        let numbers: Option<Vec<f64>> = values.iter().map(|value| value.number()).collect();
        let texts: BTreeSet<String> = values.iter().map(ToString::to_string).collect();
        if let Some(numbers) = numbers.filter(|_| texts.len() > RANGE) {
            let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            return Distribution::Range(least, numbers.iter().copied().fold(least, f64::max));
        }
        let mut choices: Vec<Value> = Vec::new();
        for value in values {
            let value = Value::from(value.clone());
            if !choices.contains(&value) {
                choices.push(value);
            }
        }
        choices.sort_by_key(Value::to_string);
        Distribution::Choices(choices)
    };
    values.into_iter().map(|(name, values)| (name, distribution(values))).collect()
}

fn line(
    study: &Study,
    trial: &StoredTrial,
    chosen: &[(String, ChoiceValue)],
    all: &BTreeMap<&str, Distribution>,
) -> Value {
    let (state, values) = state(study, trial);
    let mut distributions = Map::new();
    let mut params = Map::new();
    for (name, value) in chosen {
        let Some(distribution) = all.get(name.as_str()) else { continue };
        if let Some(inside) = distribution.inside(value) {
            distributions.insert(name.clone(), distribution.text().into());
            params.insert(name.clone(), inside);
        }
    }
    let mut known = json!({
        "ganas:trial": trial.trial.0,
        "ganas:arch": trial.arch,
        "ganas:source": trial.source,
        "ganas:state": trial.state,
        "metrics": trial.metrics,
    });
    if let Some(reason) = &trial.reason {
        known["reason"] = reason.as_str().into();
    }
    if let Some(seconds) = trial.train_seconds {
        known["train_seconds"] = seconds.into();
    }
    let single = values.as_ref().filter(|values| values.len() == 1).map(|values| values[0]);
    let limits = (!study.constraints.is_empty()).then(
        || json!({"constraints": [if trial.state == TrialState::Infeasible { 1.0 } else { 0.0 }]}),
    );
    let mut line = json!({
        "op_code": CREATE_TRIAL,
        "worker_id": "ganas",
        "study_id": 0,
        "state": state,
        "value": single,
        "values": values.filter(|values| values.len() > 1),
        "datetime_start": trial.started.map(time),
        "distributions": distributions,
        "params": params,
        "user_attrs": known,
        "system_attrs": limits.unwrap_or_else(|| json!({})),
        "intermediate_values": partial(study, trial),
    });
    if state != RUNNING && state != WAITING {
        let ended = trial.ended.or(trial.started).unwrap_or(study.status.began);
        line["datetime_complete"] = time(ended).into();
    }
    line
}

/// Returns the state of a trial in Optuna, and the values if the trial is complete there.
fn state(study: &Study, trial: &StoredTrial) -> (u8, Option<Vec<f64>>) {
    match trial.state {
        TrialState::Pending => return (WAITING, None),
        TrialState::Running => return (RUNNING, None),
        TrialState::Stopped => return (PRUNED, None),
        TrialState::Measured | TrialState::Infeasible
            if trial.rung.is_some() || trial.step.is_some() =>
        {
            return (PRUNED, None);
        }
        TrialState::Known | TrialState::Measured | TrialState::Infeasible => {}
        _ => return (FAIL, None),
    }
    let values = study.space.parse(&trial.arch).ok().and_then(|arch| {
        let further = further(study, trial, &arch)?;
        Some([trial.value?].into_iter().chain(further).collect())
    });
    if values.is_some() { (COMPLETE, values) } else { (FAIL, None) }
}

/// Returns the values in the further objectives, if the trial has them all.
fn further(study: &Study, trial: &StoredTrial, arch: &Arch) -> Option<Vec<f64>> {
    let measurement = trial.measurement()?;
    let number = |it: &ganas_search::Objective| it.of(&*study.space, arch, &measurement);
    study.objectives.iter().map(number).collect()
}

/// Returns the intermediate values by step: the reports and, for a trial below the top rung, its
/// value. The step of that value is the fidelity if it is an integer, else the rung.
fn partial(study: &Study, trial: &StoredTrial) -> Map<String, Value> {
    let found = trial.rung.zip(trial.value).map(|(rung, value)| {
        let fidelity = study.fidelity.as_ref().map(|it| it.at(rung));
        let step = fidelity.filter(|it| it.fract().abs() < 1e-9).map(|it| format!("{it:.0}"));
        (step.unwrap_or_else(|| rung.to_string()), Value::from(value))
    });
    let reports = trial.reports.iter().map(|it| (it.step.to_string(), Value::from(it.value)));
    reports.chain(found).collect()
}

/// Formats seconds since 1970 as a time that Python can parse.
fn time(seconds: f64) -> String {
    let since = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let text = humantime::format_rfc3339_micros(UNIX_EPOCH + since).to_string();
    text.replace('Z', "+00:00")
}
