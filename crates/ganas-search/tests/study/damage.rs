//! A damaged store is refused.

use std::fs;

use ganas_search::baselines::{Evolution, EvolutionSettings};
use ganas_search::{
    Evaluation, Measurement, SqliteStore, StoreError, Strategy, Study, StudyError, StudyReader,
    StudySettings,
};
use rusqlite::types::Value;

use crate::fixture::{InOrder, Place, arch, finish, measured};

/// A study with a trial 1 that has something in every column, and one that failed.
fn place() -> Place {
    let place = Place::new(StudySettings::new(6, 0));
    let mut study = place.open(Box::<InOrder>::default());
    study.add_known(&[(arch([4; 6]), Measurement::new(2.5))]).unwrap();
    for open in study.ask(3).unwrap() {
        let full = Measurement {
            train_seconds: Some(1.5),
            metrics: [("size".into(), 3.25)].into(),
            ..Measurement::new(0.3)
        };
        let evaluation = match open.trial.0 {
            0 => Evaluation::Failed {
                reason: "no luck".into(),
                attempts: 3,
                train_seconds: Some(2.0),
            },
            _ => Evaluation::Measured(full),
        };
        study.tell(open.trial, evaluation).unwrap();
    }
    study.ask(1).unwrap();
    drop(study);
    place
}

/// The value with one bit of one byte changed; `None` behind its end.
fn flipped(value: &Value, at: usize) -> Option<Value> {
    let flip = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        *bytes.get_mut(at)? ^= 1 << (at % 7);
        Some(bytes)
    };
    Some(match value {
        Value::Blob(bytes) => Value::Blob(flip(bytes)?),
        Value::Text(text) => Value::Text(String::from_utf8(flip(text.as_bytes())?).unwrap()),
        Value::Real(real) => {
            Value::Real(f64::from_le_bytes(flip(&real.to_le_bytes())?.try_into().unwrap()))
        }
        Value::Integer(integer) => {
            let bytes = flip(&integer.to_le_bytes())?;
            Value::Integer(i64::from_le_bytes(bytes.try_into().unwrap()))
        }
        Value::Null => panic!("there is nothing in the column"),
    })
}

fn refusal(place: &Place) -> String {
    match SqliteStore::open(place.folder()).unwrap_err() {
        StoreError::Damaged { found, .. } => found,
        other => panic!("{other}"),
    }
}

/// Changes every byte of columns in turn; each time the store says that `what` is damaged.
fn every_change_is_seen(place: &Place, columns: &[&str], (table, id): (&str, i64), what: &str) {
    let sql = place.sql();
    for column in columns {
        let select = format!("SELECT {column} FROM {table} WHERE id = {id}");
        let whole: Value = sql.query_row(&select, [], |row| row.get(0)).unwrap();
        let update = format!("UPDATE {table} SET {column} = ?1 WHERE id = {id}");
        for at in 0.. {
            let Some(changed) = flipped(&whole, at) else { break };
            sql.execute(&update, [changed]).unwrap();
            let found = refusal(place);
            assert!(found.contains(what), "{column}, byte {at}: {found}");
        }
        sql.execute(&update, [whole]).unwrap();
    }
}

#[test]
fn a_changed_trial_is_refused_by_its_number() {
    let place = place();
    let columns = ["choices", "key", "arch", "source", "seed", "predictions"];
    every_change_is_seen(&place, &columns, ("trials", 1), "trial 1");
    let columns = ["state", "value", "train_seconds", "metrics", "attempts", "arrival", "query"];
    every_change_is_seen(&place, &columns, ("trials", 1), "trial 1");
    let columns = ["ended", "round"];
    every_change_is_seen(&place, &columns, ("trials", 1), "trial 1");
    every_change_is_seen(&place, &["reason"], ("trials", 0), "trial 0");
    every_change_is_seen(&place, &["choices", "value"], ("trials", -1), "trial -1");
    drop(place.open(Box::<InOrder>::default()));
}

#[test]
fn a_changed_study_or_checkpoint_is_refused() {
    let place = place();
    let columns = ["proposals", "strategy", "diagnostics", "round", "idle", "seen", "known"];
    every_change_is_seen(&place, &columns, ("checkpoint", 1), "checkpoint");
    every_change_is_seen(&place, &["seconds_in_strategy"], ("checkpoint", 1), "checkpoint");
    let columns = ["program", "space", "fingerprint", "strategy", "seed", "budget", "minimise"];
    every_change_is_seen(&place, &columns, ("study", 1), "the study");
    every_change_is_seen(&place, &["configuration", "began"], ("study", 1), "the study");
    drop(place.open(Box::<InOrder>::default()));
}

#[test]
fn readers_refuse_a_changed_trial_too() {
    let place = place();
    place.sql().execute("UPDATE trials SET value = 0.31 WHERE id = 1", []).unwrap();
    let error = StudyReader::open(place.folder()).unwrap_err();
    assert!(
        error.to_string().contains("trial 1: the contents differ from what was written"),
        "{error}"
    );
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn a_checkpoint_of_another_strategy_is_refused() {
    let place = Place::new(StudySettings::new(6, 0));
    let settings = EvolutionSettings { population: 2, sample: 1 };
    let evolution = || -> Box<dyn Strategy> { Box::new(Evolution::new(settings).unwrap()) };
    let mut study = place.open(evolution());
    let open = study.ask(1).unwrap().pop().unwrap();
    study.tell(open.trial, measured(1.0)).unwrap();
    drop(study);
    let sql = place.sql();
    sql.execute("UPDATE checkpoint SET strategy = x'ff', checksum = NULL", []).unwrap();
    let (space, store) = (place.space.clone(), Box::new(place.store()));
    let error = Study::open(space, evolution(), place.settings.clone(), store).unwrap_err();
    assert!(matches!(error, StudyError::Strategy(_)), "{error}");
    assert!(error.to_string().starts_with("strategy evolution: "), "{error}");
    finish(&mut place.in_memory(evolution()));
}

#[test]
fn a_store_whose_pages_do_not_add_up_is_refused() {
    let place = place();
    let mut bytes = fs::read(place.path()).unwrap();
    // The header's number of unused pages, which is in no row.
    bytes[39] += 1;
    fs::write(place.path(), bytes).unwrap();
    for error in [
        StudyReader::open(place.folder()).unwrap_err(),
        SqliteStore::open(place.folder()).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
}
