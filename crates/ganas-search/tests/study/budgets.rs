//! Studies that go on under another budget.

use ganas_search::baselines::RandomSearch;
use ganas_search::{Evaluation, Fidelity, Measurement, StopReason, StudySettings, TrialId};

use crate::fixture::{InOrder, Place, arch, baselines, finish, measured, same, same_history, sum};

#[test]
fn a_study_that_goes_further_has_not_ended() {
    use ganas_search::Store as _;

    let place = Place::new(StudySettings::new(6, 0));
    finish(&mut place.open(Box::new(RandomSearch)));
    let mut store = place.store();
    assert_eq!(store.study().unwrap().stop_reason.as_deref(), Some("budget"));
    store.replan(9, "").unwrap();
    assert_eq!(store.study().unwrap().stop_reason, None);
}

#[test]
fn a_larger_budget_gives_what_it_would_have_given_at_once() {
    let [_, evolution, _, reinforce] = baselines();
    for make in [evolution, reinforce] {
        let mut place = Place::new(StudySettings::new(6, 0));
        finish(&mut place.open(make()));
        place.settings.budget = 20;
        let mut further = place.open(make());
        finish(&mut further);
        let mut at_once = place.in_memory(make());
        finish(&mut at_once);
        same(&further, &at_once);
    }
}

#[test]
fn a_smaller_budget_that_is_spent_ends_a_study_at_once() {
    let fidelity = Some(Fidelity::new("epochs", vec![1.0, 3.0]).unwrap());
    let plain = StudySettings::new(20, 0);
    for settings in [plain.clone(), StudySettings { fidelity, ..plain }] {
        let has_rungs = settings.fidelity.is_some();
        let mut place = Place::new(settings);
        let mut study = place.open(Box::new(InOrder::default()));
        let round = study.ask(3).unwrap();
        // Without rungs trials stay open; with them the round is over.
        let told = if has_rungs { round.len() } else { 1 };
        for open in &round[..told] {
            study.tell(open.trial, measured(sum(&open.arch))).unwrap();
        }
        drop(study);
        place.settings.budget = 1;
        let study = place.open(Box::new(InOrder::default()));
        assert_eq!(study.stop_reason(), Some(StopReason::Budget), "rungs: {has_rungs}");
    }
}

#[test]
fn what_costs_nothing_leaves_room_under_a_lowered_budget() {
    let failed = || Evaluation::Failed { reason: "luck".into(), attempts: 1, train_seconds: None };
    for is_known in [true, false] {
        let mut place = Place::new(StudySettings::new(6, 0));
        let mut study = place.open(Box::<InOrder>::default());
        if is_known {
            study.add_known(&[(arch([0; 6]), Measurement::new(1.0))]).unwrap();
        }
        let round = study.ask(3).unwrap();
        if is_known {
            assert_eq!(round.len(), 2, "the first of the round is known");
        } else {
            study.tell(round[0].trial, failed()).unwrap();
        }
        drop(study);
        place.settings.budget = 1;
        let mut study = place.open(Box::<InOrder>::default());
        let open: Vec<_> = study.ask(3).unwrap().iter().map(|it| it.trial).collect();
        let waiting = if is_known { &round } else { &round[1..] };
        assert_eq!(open, [waiting[0].trial], "known: {is_known}");
    }
}

#[test]
fn a_lowered_budget_offers_again_only_what_it_has_room_for() {
    for asynchronous in [false, true] {
        let settings = StudySettings { workers: 3, asynchronous, ..StudySettings::new(6, 0) };
        let mut place = Place::new(settings);
        let mut study = place.open(Box::<InOrder>::default());
        assert_eq!(study.ask(3).unwrap().len(), 3);
        drop(study);
        place.settings.budget = 2;
        let mut study = place.open(Box::<InOrder>::default());
        let again: Vec<_> = study.ask(3).unwrap().iter().map(|it| it.trial).collect();
        assert_eq!(again, [TrialId(0), TrialId(1)], "{asynchronous}");
    }
}

#[test]
fn a_study_that_is_opened_again_waits_for_cheap_evaluations_too() {
    for asynchronous in [false, true] {
        for told in 0..3 {
            let fidelity = Some("epochs=1,3,9/asha/3".parse().unwrap());
            let settings = StudySettings { fidelity, ..StudySettings::new(1, 0) };
            let place = Place::new(StudySettings { asynchronous, workers: 3, ..settings });
            let mut study = place.open(Box::<InOrder>::default());
            for open in &study.ask(3).unwrap()[..told] {
                study.tell(open.trial, measured(1.0)).unwrap();
            }
            let history = study.history().clone();
            drop(study);
            let mut study = place.open(Box::<InOrder>::default());
            same_history(study.history(), &history);
            assert_eq!(study.stop_reason(), None, "asynchronous: {asynchronous}, {told} of 3 told");
            for open in study.ask(3).unwrap() {
                study.tell(open.trial, measured(1.0)).unwrap();
            }
            let trials = place.reader().trials().unwrap();
            assert!(trials[..3].iter().all(|trial| trial.query.is_some()), "{trials:?}");
        }
    }
}
