//! The printed contract covers everything that a command encounters.

use std::fs;

use ganas_exec::{CONTRACT, CommandSettings};

use crate::fixture::{ANSWER, Fixture};

/// Is it named there, as code?
fn tells(name: &str) -> bool {
    CONTRACT.contains(&format!("`{name}`"))
}

#[test]
fn every_key_of_the_settings_is_in_it() {
    let mut settings = CommandSettings::new(vec!["train".into()]);
    settings.devices = vec!["0".into()];
    let keys = serde_json::to_value(settings).unwrap();
    let keys: Vec<_> = keys.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 13);
    for key in keys {
        assert!(CONTRACT.contains(&format!("\n| `{key}` | ")), "{key}");
    }
}

#[test]
fn the_defaults_are_those_of_a_study_file_that_names_only_the_command() {
    let settings: CommandSettings = serde_json::from_str(r#"{"command": ["train"]}"#).unwrap();
    let settings = serde_json::to_value(settings).unwrap();
    let numbers = settings.as_object().unwrap().iter().filter_map(|(key, value)| {
        let row = CONTRACT.lines().find(|line| line.starts_with(&format!("| `{key}` | "))).unwrap();
        let told = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        value.as_f64().map(|number| (key, number, told.parse()))
    });
    let numbers: Vec<_> = numbers.collect();
    assert_eq!(numbers.len(), 6);
    for (key, number, told) in numbers {
        assert_eq!(Ok(number), told, "{key}");
    }
}

#[test]
fn every_variable_and_every_field_of_the_request_is_in_it() {
    let fixture = Fixture::new(&format!("env > \"$3/env\"; {ANSWER}"));
    let fixture = fixture.with(|settings| settings.devices = vec!["0".into()]);
    fixture.value();
    let text = fs::read_to_string(fixture.attempt(1).join("env")).unwrap();
    let names = text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    // What the tests' own environment has is passed on.
    let is_given = |name: &&str| std::env::var_os(name).is_none();
    let is_ours = |it: &&str| it.starts_with("GANAS_") || *it == "CUDA_VISIBLE_DEVICES";
    let ours: Vec<_> = names.filter(is_ours).filter(is_given).collect();
    assert!(ours.len() >= 5, "{ours:?}");
    assert!(ours.iter().all(|name| tells(name)), "{ours:?}");
    let request = fs::read_to_string(fixture.attempt(1).join("request.json")).unwrap();
    let request: serde_json::Value = serde_json::from_str(&request).unwrap();
    for field in request.as_object().unwrap().keys() {
        assert!(tells(field), "{field}");
    }
    let results = ["\"trial\"", "\"objective\"", "\"infeasible\"", "\"failed\"", "\"final\""];
    for answer in results.into_iter().chain(["\"stopped\"", "\"step\"", "\"metrics\""]) {
        assert!(CONTRACT.contains(answer), "{answer}");
    }
}
