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
