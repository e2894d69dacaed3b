//! Data about trials for a page's script. The data is stored in columns, which take less space than
//! one object per trial.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::drawings;
use crate::number::{number, significant};
use crate::study::{Study, TrialRows, export_line};

/// Returns all data on a study's trials.
pub(super) fn of(study: &Study, seen: &TrialRows<'_>, writes_pytorch: bool) -> Value {
    let mut states: Vec<String> = Vec::new();
    let mut state_of = |text: String| {
        states.iter().position(|it| *it == text).unwrap_or_else(|| {
            states.push(text);
            states.len() - 1
        })
    };
    let rows = &seen.rows;
    let state = |row: &crate::study::Row<'_>| {
        let rung = row.trial.rung.and_then(|rung| study.fidelity.as_ref().map(|it| (it, rung)));
        let rung = rung.map(|(it, rung)| {
            format!(", only at {} {}, below the top rung", it.name, number(it.at(rung)))
        });
        let step = row.trial.step.map(|step| format!(" at step {step}"));
        state_of(format!("{}{}", row.trial.state, rung.or(step).unwrap_or_default()))
    };
    let state: Vec<usize> = rows.iter().map(state).collect();
    let source = |name: &str| seen.sources.iter().position(|it| *it == name);
    let cost = |(name, unit): &(String, String)| {
        let numbers = rows.iter().map(|row| row.metric(study, name).map(short)).collect::<Vec<_>>();
        json!([name, unit, numbers])
    };
    let reasons = rows.iter().filter_map(|row| {
        let reason: String = row.trial.reason.as_ref()?.chars().take(400).collect();
        Some((row.trial.trial.to_string(), Value::String(reason)))
    });
    json!({
        "export": export_line(study, writes_pytorch),
        "unit": study.unit,
        "trials": rows.iter().map(|row| row.trial.trial.0).collect::<Vec<_>>(),
        "sources": seen.sources,
        "source": rows.iter().map(|row| source(&row.trial.source)).collect::<Vec<_>>(),
        "state": state,
        "states": states,
        "query": rows.iter().map(|row| row.trial.query).collect::<Vec<_>>(),
        "value": rows.iter().map(|row| row.trial.value).collect::<Vec<_>>(),
        "seconds": rows.iter().map(|row| row.trial.train_seconds.map(short)).collect::<Vec<_>>(),
        "arch": notations(seen),
        "costs": seen.costs.iter().map(cost).collect::<Vec<_>>(),
        "reasons": reasons.collect::<serde_json::Map<_, _>>(),
        "drawings": drawings::of(&*study.space, seen),
    })
}

/// Returns the notations of all architectures: a list of words and, for each architecture, the
/// indices of its words. The architectures of a space share most of their words.
fn notations(seen: &TrialRows<'_>) -> Value {
    let (mut words, mut places): (Vec<&str>, HashMap<&str, usize>) = Default::default();
    let mut place = |word| {
        *places.entry(word).or_insert_with(|| {
            words.push(word);
            words.len() - 1
        })
    };
    let of = |arch| str::split_inclusive(arch, [')', ']', '|', ';']).map(&mut place).collect();
    let of: Vec<Vec<usize>> = seen.rows.iter().map(|row| row.trial.arch.as_str()).map(of).collect();
    json!({ "words": words, "of": of })
}

/// Rounds a number to the digits that a reader needs.
fn short(value: f64) -> f64 {
    significant(value, 5).parse().unwrap_or(value)
}
