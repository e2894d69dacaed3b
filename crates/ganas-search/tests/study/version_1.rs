//! Stores written by version 0.1.0 are read unchanged, and resumed.

use std::fs;
use std::sync::{Arc, Mutex};

use ganas_graph::Arch;
use ganas_search::baselines::{LocalSearch, LocalSearchSettings};
use ganas_search::{
    Context, Evaluation, Measurement, Observation, Outcome, Proposal, SqliteStore, StopReason,
    Store as _, Strategy, StrategyError, Study, StudySettings, TrialId, TrialState,
};
use rusqlite::Connection;

use crate::fixture::{Place, measured, same, sum};

/// A folder with a store of version 1 and `more` done to it.
fn place(more: &str) -> Place {
    let place = Place::new(StudySettings::new(14, 0));
    fs::remove_file(place.path()).unwrap();
    let old = Connection::open(place.path()).unwrap();
    old.execute_batch(include_str!("version_1.sql")).unwrap();
    old.execute_batch(more).unwrap();
    place
}

fn local_search() -> Box<dyn Strategy> {
    Box::new(LocalSearch::new(LocalSearchSettings::naszilla()).unwrap())
}

/// What trial 1 of the store has, and the sum of the choices for the rest.
fn value(arch: &Arch) -> Evaluation {
    if arch.choices() == [2, 0, 0, 4, 3, 1] {
        let (value, train_seconds) = (87.609_333_333_3, Some(1_627.178));
        return Evaluation::Measured(Measurement { train_seconds, ..Measurement::new(value) });
    }
    measured(80.0 + sum(arch))
}

fn finish(study: &mut Study) {
    while let Some(open) = study.ask(1).unwrap().pop() {
        study.tell(open.trial, value(&open.arch)).unwrap();
    }
    assert_eq!(study.stop_reason(), Some(StopReason::Budget));
}

/// The study as it would have been, had it not been killed.
fn undisturbed(place: &Place) -> Study {
    let mut study = place.in_memory(local_search());
    let known: Vec<_> = place.reader().trials().unwrap()[..3]
        .iter()
        .map(|it| (it.record.clone().read(&*place.space).unwrap(), it.measurement().unwrap()))
        .collect();
    study.add_known(&known).unwrap();
    finish(&mut study);
    study
}

#[test]
fn a_reader_shows_it_and_changes_nothing() {
    let place = place("");
    let before = fs::read(place.path()).unwrap();
    let reader = place.reader();
    let trials = reader.trials().unwrap();
    let numbers: Vec<_> = trials.iter().map(|it| it.trial.0).collect();
    assert_eq!(numbers, [-1, -2, -3, 0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(trials[0].query, Some(0));
    assert_eq!((trials[3].state, trials[3].attempts), (TrialState::Running, 1));
    assert_eq!((trials[4].state, trials[4].query), (TrialState::Measured, Some(1)));
    let status = reader.status().unwrap();
    assert_eq!((status.queries, status.budget, status.stop_reason), (1, 14, None));
    assert_eq!(status.best.unwrap().trial, TrialId(-3));
    let outcome = reader.outcome(&*place.space, &place.settings).unwrap();
    assert_eq!(outcome.history.trials().len(), 4);
    assert_eq!(outcome.best().unwrap().trial, TrialId(-3));
    assert_eq!(outcome.rejected, None, "that was not counted");
    drop(reader);
    assert_eq!(fs::read(place.path()).unwrap(), before, "the file is as it was");
    let beside = fs::read_dir(place.path().parent().unwrap()).unwrap();
    let names: Vec<_> = beside.map(|file| file.unwrap().file_name()).collect();
    let mut names: Vec<_> = names.iter().filter_map(|name| name.to_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["study.db", "study.lock"]);
}

#[test]
fn a_study_that_was_killed_goes_on_to_the_history_that_it_would_have_had() {
    let place = place("");
    let mut study = place.open(local_search());
    assert_eq!(study.history().queries(), 0, "trial 0 comes first");
    let open = study.ask(9).unwrap();
    let numbers: Vec<_> = open.iter().map(|open| open.trial.0).collect();
    assert_eq!(numbers, [0, 2, 3, 4, 5, 6]);
    assert_eq!((open[0].attempts_before, open[2].attempts_before), (1, 0));
    let seeds: Vec<_> = open.iter().map(|open| open.seed).collect();
    assert_eq!(seeds[..2], [155_986_959, 395_884_188], "as it was written down");
    drop(study);
    let mut study = place.open(local_search());
    finish(&mut study);
    same(&study, &undisturbed(&place));
    let read = place.reader().outcome(&*place.space, &place.settings).unwrap();
    assert_eq!(read.history.trials(), study.history().trials());
    drop(study);
    let study = place.open(local_search());
    same(&study, &undisturbed(&place));
    assert_eq!(study.outcome().rejected, None, "nor can it be known later");
}

#[test]
fn it_becomes_a_store_of_this_version_with_the_first_writer() {
    let place = place("");
    let store = place.store();
    assert_eq!(store.load().unwrap().checkpoint.unwrap().known, None, "it does not say");
    drop(store);
    let sql = place.sql();
    let version: u32 = sql.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 6);
    let made: u32 = sql.query_row("SELECT count(*) FROM migrations", [], |row| row.get(0)).unwrap();
    assert_eq!(made, 6);
    assert!(SqliteStore::open(place.path().parent().unwrap()).is_ok(), "once is enough");
}

#[test]
fn queries_of_an_asynchronous_study_are_counted_as_results_came() {
    let place = place(
        r#"UPDATE study SET configuration = '{"asynchronous":true}';
           UPDATE trials SET arrival = 3 WHERE id = 1;
           UPDATE trials SET state = 'failed', arrival = 2, reason = 'no luck' WHERE id = 2;
           UPDATE trials SET state = 'out of domain', arrival = 1 WHERE id = 0;"#,
    );
    let trials = place.reader().trials().unwrap();
    let queries: Vec<_> = trials[3..6].iter().map(|trial| trial.query).collect();
    assert_eq!(queries, [None, Some(1), None]);
    let places: Vec<_> = trials[3..6].iter().map(|trial| trial.place).collect();
    assert_eq!(places, [None, Some(2), Some(1)]);
    let mut place = place;
    place.settings.asynchronous = true;
    place.settings.workers = 9;
    let mut study = place.open(local_search());
    assert_eq!((study.history().queries(), study.history().failures()), (1, 1));
    assert_eq!(place.reader().trials().unwrap()[3..6], trials[3..6]);
    let numbers: Vec<_> = study.ask(4).unwrap().iter().map(|open| open.trial.0).collect();
    assert_eq!(numbers, [3, 4, 5, 6]);
}

/// Keeps what it hears.
#[derive(Debug)]
struct Ear(Arc<Mutex<Vec<Observation>>>);

impl Strategy for Ear {
    fn name(&self) -> &'static str {
        "ear"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.0.lock().unwrap().extend_from_slice(context.news);
        Ok(Vec::new())
    }
}

#[test]
fn its_strategy_is_not_told_again_what_was_known() {
    let place = place("");
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut study = place.open(Box::new(Ear(heard.clone())));
    for open in study.ask(9).unwrap() {
        study.tell(open.trial, value(&open.arch)).unwrap();
    }
    assert!(study.ask(1).unwrap().is_empty());
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 7, "the round, and nothing else");
    assert!(heard.iter().all(|seen| matches!(seen.outcome, Outcome::Measured(..))));
}
