//! A failed evaluation is no query: another architecture is asked for instead, and its seconds are counted.

use ganas_graph::Arch;
use ganas_search::{Evaluation, StopReason, Strategy, Study, StudySettings, TrialState};

use crate::fixture::{Did, Driver, InOrder, Place, baselines, finish, measured, same, sum};

fn failed(seconds: Option<f64>) -> Evaluation {
    Evaluation::Failed { reason: "no luck".into(), attempts: 1, train_seconds: seconds }
}

fn in_order() -> Box<dyn Strategy> {
    Box::<InOrder>::default()
}

/// Tells so many trials, of which those fail that `fails` says; fewer if the study ends.
fn tell(study: &mut Study, fails: impl Fn(&Arch) -> bool, most: usize) -> usize {
    for told in 0..most {
        let Some(open) = study.ask(1).unwrap().pop() else { return told };
        let value = measured(sum(&open.arch));
        let evaluation = if fails(&open.arch) { failed(None) } else { value };
        study.tell(open.trial, evaluation).unwrap();
    }
    most
}

/// About every second of the space.
fn is_unlucky(arch: &Arch) -> bool {
    sum(arch) % 2.0 > 0.0
}

#[test]
fn another_architecture_is_asked_for_instead() {
    for asynchronous in [false, true] {
        let place = Place::new(StudySettings { asynchronous, ..StudySettings::new(5, 0) });
        let mut study = place.open(in_order());
        let told = tell(&mut study, is_unlucky, 100);
        let history = study.history();
        assert_eq!(study.stop_reason(), Some(StopReason::Budget));
        assert_eq!((history.queries(), history.trials().len(), history.infeasible()), (5, 5, 0));
        assert!(history.failures() >= 2);
        assert_eq!(told, 5 + history.failures());
        let queries: Vec<_> = history.trials().iter().map(|trial| trial.query).collect();
        assert_eq!(queries, [1, 2, 3, 4, 5]);
        let trials = place.reader().trials().unwrap();
        let (vain, useful): (Vec<_>, Vec<_>) =
            trials.iter().partition(|trial| trial.state == TrialState::Failed);
        assert!(vain.iter().all(|trial| trial.query.is_none() && trial.place.is_some()));
        assert_eq!(useful.len(), 5);
        let places: Vec<_> = trials.iter().map(|trial| trial.place).collect();
        assert_eq!(places, (1..=told).map(Some).collect::<Vec<_>>());
        assert_eq!(place.reader().status().unwrap().queries, 5);
        let queries_before = study.outcome().rounds;
        assert!(queries_before.iter().all(|round| round.queries_before < 5));
    }
}

#[test]
fn a_kill_after_any_trial_gives_the_same_history() {
    for make in baselines().into_iter().chain([in_order as fn() -> Box<dyn Strategy>]) {
        let settings = || StudySettings::new(12, 3);
        let undisturbed = Place::new(settings());
        let mut whole = undisturbed.open(make());
        let told = tell(&mut whole, is_unlucky, 100);
        assert!(whole.history().failures() > 1 && whole.history().queries() == 12);
        for killed_after in 1..told {
            let place = Place::new(settings());
            tell(&mut place.open(make()), is_unlucky, killed_after);
            let mut study = place.open(make());
            assert_eq!(tell(&mut study, is_unlucky, 100), told - killed_after);
            same(&study, &whole);
            let stored = place.reader().trials().unwrap();
            let whole = undisturbed.reader().trials().unwrap();
            let numbers = |it: &ganas_search::StoredTrial| (it.trial, it.query, it.place);
            assert!(stored.iter().map(numbers).eq(whole.iter().map(numbers)));
        }
    }
}

#[test]
fn workers_in_any_order_give_the_same_history() {
    let mut failures = 0;
    for make in baselines() {
        let place = || Place::new(StudySettings::new(40, 4));
        let (in_turn, at_once) = (place(), place());
        let mut one = in_turn.open(make());
        finish(&mut one);
        failures += one.history().failures();
        assert_eq!(one.history().queries(), 40);
        let mut other = at_once.open(make());
        let mut driver = Driver::new(4, 9);
        while !matches!(driver.act(&mut other), Did::Ended) {}
        same(&one, &other);
    }
    assert!(failures > 0);
}

fn infeasible(seconds: Option<f64>) -> Evaluation {
    Evaluation::Infeasible { reason: "too large".into(), train_seconds: seconds }
}

#[test]
fn seconds_without_a_value_are_in_the_time_limit() {
    let (one, other): (fn(_) -> _, fn(_) -> _) = (failed, infeasible);
    for (make, asynchronous) in [(one, false), (one, true), (other, false), (other, true)] {
        let limited = StudySettings {
            max_train_seconds: Some(100.0),
            asynchronous,
            ..StudySettings::new(50, 0)
        };
        let place = Place::new(limited);
        let mut study = place.open(in_order());
        let mut told = 0;
        while let Some(open) = study.ask(1).unwrap().pop() {
            study.tell(open.trial, make(Some(30.0))).unwrap();
            told += 1;
        }
        assert_eq!((told, study.stop_reason()), (4, Some(StopReason::TimeBudget)));
        assert!((study.history().train_seconds() - 120.0).abs() < 1e-9);
        let queries = if make(None) == infeasible(None) { 4 } else { 0 };
        assert_eq!(study.history().queries(), queries);
        drop(study);
        let again = place.open(in_order());
        assert_eq!(again.stop_reason(), Some(StopReason::TimeBudget));
        let read = place.reader().outcome(&*place.space, &place.settings).unwrap().history;
        assert!((read.train_seconds() - 120.0).abs() < 1e-9);
    }
}

#[test]
fn seconds_out_of_their_range_are_refused() {
    let place = Place::new(StudySettings::new(5, 0));
    let mut study = place.open(in_order());
    let open = study.ask(1).unwrap().pop().unwrap();
    let stopped = |train_seconds| Evaluation::Stopped { train_seconds };
    for make in [failed, infeasible, stopped] {
        let error = study.tell(open.trial, make(Some(-1.0))).unwrap_err().to_string();
        assert!(error.contains("train_seconds from 0"), "{error}");
    }
    study.tell(open.trial, failed(Some(1.0))).unwrap();
}

#[test]
fn a_study_in_which_all_fails_ends_without_a_limit_too() {
    for asynchronous in [false, true] {
        let place = Place::new(StudySettings { asynchronous, ..StudySettings::new(5, 0) });
        let mut study = place.in_memory(in_order());
        let told = tell(&mut study, |_| true, usize::MAX);
        let (failures, queries) = (study.history().failures(), study.history().queries());
        assert_eq!((failures, queries), (told, 0));
        assert!(study.stop_reason().is_some_and(|it| it != StopReason::Budget));
    }
}
