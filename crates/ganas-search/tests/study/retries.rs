//! Failed trials are retried once their cause is fixed.

use ganas_graph::Arch;
use ganas_search::{
    Evaluation, Measurement, StopReason, Strategy, Study, StudyError, StudySettings, TrialId,
    TrialState,
};

use crate::fixture::{InOrder, Make, Place, baselines, measured, same, same_history, sum};

fn settings(asynchronous: bool) -> StudySettings {
    StudySettings { asynchronous, workers: 2, ..StudySettings::new(16, 3) }
}

/// Fails every third time or so.
fn broken(arch: &Arch) -> Evaluation {
    if sum(arch) % 3.0 < 1.0 {
        return Evaluation::Failed { reason: "no script".into(), attempts: 2, train_seconds: None };
    }
    mended(arch)
}

fn mended(arch: &Arch) -> Evaluation {
    measured(sum(arch))
}

/// Evaluates until the study ends, at most `most` trials.
fn evaluate(study: &mut Study, how: fn(&Arch) -> Evaluation, most: usize) -> usize {
    for made in 0..most {
        let Some(open) = study.ask(1).unwrap().pop() else { return made };
        study.begin(open.trial).unwrap();
        study.tell(open.trial, how(&open.arch)).unwrap();
    }
    most
}

/// A study that was evaluated `most` times by what is broken.
fn failing(settings: StudySettings, make: Make, most: usize) -> (Place, Vec<TrialId>) {
    let place = Place::new(settings);
    evaluate(&mut place.open(make()), broken, most);
    let trials = place.reader().trials().unwrap();
    let failed = trials.iter().filter(|trial| trial.state == TrialState::Failed);
    let failed = failed.map(|trial| trial.trial).collect();
    (place, failed)
}

fn same_when_opened_again(place: &Place, study: Study, strategy: Box<dyn Strategy>) {
    let (outcome, stop_reason) = (study.outcome(), study.stop_reason());
    drop(study);
    let again = place.open(strategy);
    same_history(again.history(), &outcome.history);
    assert_eq!((again.outcome().rounds, again.stop_reason()), (outcome.rounds, stop_reason));
}

#[test]
fn what_failed_is_measured_within_the_budget() {
    for asynchronous in [false, true] {
        for make in baselines() {
            for most in [9, 12] {
                let (place, failed) = failing(settings(asynchronous), make, most);
                assert!(!failed.is_empty());
                let mut study = place.open(make());
                let before = study.history().queries();
                assert_eq!(study.retry_failed().unwrap(), failed);
                assert_eq!((study.stop_reason(), study.history().failures()), (None, 0));
                assert_eq!(study.history().queries(), before, "a failure was none");
                evaluate(&mut study, mended, 40);
                assert_eq!(study.stop_reason(), Some(StopReason::Budget));
                assert_eq!(study.history().queries(), 16);
                assert_eq!(study.history().trials().len(), 16, "all have a value");
                let trials = place.reader().trials().unwrap();
                assert_eq!(trials.len(), 16, "they keep their numbers");
                for trial in trials {
                    assert_eq!(trial.state, TrialState::Measured);
                    let tries = if failed.contains(&trial.trial) { 3 } else { 1 };
                    assert_eq!((trial.attempts, trial.reason), (tries, None));
                }
                let stored = place.reader().outcome(&*place.space, &place.settings).unwrap();
                same_history(&stored.history, study.history());
                same_when_opened_again(&place, study, make());
            }
        }
    }
}

#[test]
fn what_failed_waits_for_a_budget_that_has_room_for_it() {
    for asynchronous in [false, true] {
        for make in baselines() {
            let (mut place, failed) = failing(settings(asynchronous), make, 60);
            let mut study = place.open(make());
            assert_eq!(study.history().failures(), failed.len());
            assert_eq!(study.stop_reason(), Some(StopReason::Budget));
            assert!(study.retry_failed().unwrap().is_empty(), "no query is left");
            drop(study);
            let states = place.reader().status().unwrap().states;
            assert_eq!(states["failed"], failed.len(), "and no reason is forgotten");
            place.settings.budget = 17;
            let mut study = place.open(make());
            assert_eq!(study.retry_failed().unwrap(), failed[..1]);
            assert_eq!(evaluate(&mut study, mended, 40), 1);
            assert_eq!(study.history().trials().last().unwrap().trial, failed[0]);
            assert_eq!(study.history().trials().last().unwrap().query, 17, "the next one");
            let trials = place.reader().trials().unwrap();
            let retried = trials.iter().find(|trial| trial.trial == failed[0]).unwrap();
            assert_eq!(retried.query, Some(17));
            same_when_opened_again(&place, study, make());
        }
    }
}

/// What a study is after its failures were made good, killed and opened again after so many trials.
fn retried(make: Make, most: usize, killed_after: usize) -> (Place, Study) {
    let (place, _) = failing(settings(false), make, most);
    let mut study = place.open(make());
    study.retry_failed().unwrap();
    evaluate(&mut study, mended, killed_after);
    drop(study);
    let mut study = place.open(make());
    evaluate(&mut study, mended, 40);
    (place, study)
}

#[test]
fn a_kill_after_any_trial_changes_nothing() {
    for make in baselines() {
        for most in [9, 12] {
            let (_, undisturbed) = retried(make, most, 40);
            for killed_after in [0, 1, 3, 6] {
                let (place, study) = retried(make, most, killed_after);
                same(&study, &undisturbed);
                same_when_opened_again(&place, study, make());
            }
        }
    }
}

#[test]
fn what_fails_again_can_be_made_good_later() {
    let in_order = || -> Box<dyn Strategy> { Box::new(InOrder::default()) };
    for asynchronous in [false, true] {
        let limited = StudySettings { max_failures: Some(3), ..settings(asynchronous) };
        let (place, failed) = failing(limited, in_order, 40);
        assert_eq!(failed.len(), 3);
        let mut study = place.open(in_order());
        assert_eq!(study.stop_reason(), Some(StopReason::Failures));
        assert_eq!(place.reader().study().unwrap().stop_reason.as_deref(), Some("failures"));
        study.retry_failed().unwrap();
        assert_eq!(place.reader().study().unwrap().stop_reason, None);
        evaluate(&mut study, broken, 40);
        assert_eq!(study.stop_reason(), Some(StopReason::Failures));
        same_when_opened_again(&place, study, in_order());
        let mut study = place.open(in_order());
        assert!(!study.history().trials().is_empty(), "nothing that was measured is hidden");
        assert!(study.retry_failed().unwrap().len() >= 3);
        evaluate(&mut study, mended, 40);
        assert_eq!((study.history().queries(), study.history().failures()), (16, 0));
        same_when_opened_again(&place, study, in_order());
        let most = place.reader().trials().unwrap().iter().map(|trial| trial.attempts).max();
        assert!(most > Some(3), "attempts are counted on");
    }
}

#[test]
fn failures_are_made_good_before_anything_is_asked_or_told() {
    let (place, failed) = failing(settings(false), baselines()[0], 9);
    let mut study = place.open(baselines()[0]());
    study.ask(1).unwrap();
    let refused = study.retry_failed().unwrap_err();
    assert!(matches!(refused, StudyError::Underway), "{refused}");
    drop(study);
    let mut study = place.open(baselines()[0]());
    assert_eq!(study.retry_failed().unwrap(), failed);
    assert!(study.retry_failed().unwrap().is_empty(), "nothing failed any more");
    assert!(place.in_memory(baselines()[0]()).retry_failed().unwrap().is_empty());
}

#[test]
fn what_still_waits_is_evaluated_before_what_failed() {
    for asynchronous in [false, true] {
        let limited = StudySettings { max_failures: Some(1), ..settings(asynchronous) };
        let mut place = Place::new(limited);
        let in_order = || -> Box<dyn Strategy> { Box::new(InOrder::default()) };
        let mut study = place.open(in_order());
        let open = study.ask(2).unwrap();
        let reason = "no script".into();
        let failed = Evaluation::Failed { reason, attempts: 1, train_seconds: None };
        study.tell(open[0].trial, failed).unwrap();
        assert_eq!((open.len(), study.stop_reason()), (2, Some(StopReason::Failures)));
        drop(study);
        let waiting = place.reader().trials().unwrap().len() - 1;
        assert!(waiting > 0);
        for retried in [0, 1] {
            place.settings.budget = waiting + retried;
            let mut study = place.open(in_order());
            let failed: Vec<_> = open[..retried].iter().map(|open| open.trial).collect();
            assert_eq!(study.retriable().unwrap(), failed, "the others wait for a result");
            assert_eq!(study.retry_failed().unwrap(), failed);
        }
        let mut study = place.open(in_order());
        assert_eq!(evaluate(&mut study, mended, 40), waiting + 1);
        assert_eq!(study.stop_reason(), Some(StopReason::Budget));
        let states = place.reader().status().unwrap().states;
        assert_eq!((states["measured"], states.len()), (waiting + 1, 1), "{states:?}");
        same_when_opened_again(&place, study, in_order());
    }
}

#[test]
fn what_became_known_is_not_evaluated_again() {
    let (place, failed) = failing(settings(false), baselines()[0], 9);
    let mut study = place.open(baselines()[0]());
    study.retry_failed().unwrap();
    let left = 16 - study.history().queries();
    let trials = place.reader().trials().unwrap();
    let first = trials.iter().find(|trial| trial.trial == failed[0]).unwrap();
    let arch = first.record.clone().read(&*place.space).unwrap();
    assert_eq!(study.add_known(&[(arch, Measurement::new(50.0))]).unwrap(), 1);
    assert_eq!(evaluate(&mut study, mended, 40), left, "the known one costs nothing");
    assert_eq!(study.history().queries(), 16);
    assert_eq!(study.best().unwrap().query, 0);
}

/// How many trials are told until failures in a row end the study, where those that `fails` says fail.
fn ends_after(asynchronous: bool, fails: impl Fn(usize) -> bool) -> (usize, Option<StopReason>) {
    let limited = StudySettings { max_failures_in_a_row: Some(3), ..settings(asynchronous) };
    let place = Place::new(limited);
    let mut study = place.open(Box::new(InOrder::default()));
    let mut told = 0;
    while let Some(open) = study.ask(1).unwrap().pop() {
        let failed =
            Evaluation::Failed { reason: "no script".into(), attempts: 1, train_seconds: None };
        let evaluation = if fails(told) { failed } else { mended(&open.arch) };
        study.tell(open.trial, evaluation).unwrap();
        told += 1;
    }
    let stop_reason = study.stop_reason();
    drop(study);
    assert_eq!(place.open(Box::new(InOrder::default())).stop_reason(), stop_reason);
    (told, stop_reason)
}

#[test]
fn failures_in_a_row_end_a_study_and_scattered_ones_do_not() {
    for asynchronous in [false, true] {
        let ends_after = |fails: fn(usize) -> bool| ends_after(asynchronous, fails);
        assert_eq!(ends_after(|_| true), (3, Some(StopReason::Failures)));
        assert_eq!(ends_after(|at| at > 4), (8, Some(StopReason::Failures)));
        assert_eq!(ends_after(|at| at % 3 > 0), (46, Some(StopReason::Budget)));
    }
}

#[test]
fn a_budget_may_fall_below_what_was_asked_and_rise_again() {
    let in_order = || -> Box<dyn Strategy> { Box::new(InOrder::default()) };
    let makes: [Make; 2] = [baselines()[0], in_order];
    for (make, asynchronous) in makes.into_iter().flat_map(|make| [(make, false), (make, true)]) {
        let mut place = Place::new(settings(asynchronous));
        let undisturbed = Place::new(settings(asynchronous));
        evaluate(&mut undisturbed.open(make()), mended, 40);
        evaluate(&mut place.open(make()), mended, 4);
        place.settings.budget = 5;
        let mut study = place.open(make());
        assert_eq!(evaluate(&mut study, mended, 40), 1);
        assert_eq!((study.history().queries(), study.stop_reason()), (5, Some(StopReason::Budget)));
        same_when_opened_again(&place, study, make());
        place.settings.budget = 16;
        let mut study = place.open(make());
        assert_eq!(evaluate(&mut study, mended, 40), 11);
        same_history(study.history(), undisturbed.open(make()).history());
    }
}
