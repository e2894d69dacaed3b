//! A study killed at any moment resumes and produces the same history.

use std::collections::BTreeMap;

use ganas_search::baselines::RandomDecisions;
use ganas_search::{
    Bound, Constraint, Fidelity, KnownMetrics, OpenTrial, PromotionRule, StopReason, Store as _,
    Study, StudySettings, Told, TrialId,
};

use crate::fixture::{Did, Driver, Make, Place, baselines, finish, quick, same, same_history};

fn settings(budget: usize) -> StudySettings {
    StudySettings { constraints: quick(), ..StudySettings::new(budget, 2) }
}

/// Runs a study that is killed after each of its acts for which `kill` says so. Each trial is told
/// once, and what was out is offered again.
fn run(
    place: &Place,
    make: Make,
    mut driver: Driver,
    mut kill: impl FnMut(usize) -> bool,
) -> (Study, usize) {
    let mut study = place.open(make());
    let (mut begun, mut told) = (BTreeMap::<TrialId, u32>::new(), Vec::new());
    let mut seen = BTreeMap::<TrialId, OpenTrial>::new();
    for act in 0.. {
        let offered = match driver.act(&mut study) {
            Did::Ended => return (study, act),
            Did::Begun => {
                *begun.entry(driver.out.last().unwrap().trial).or_default() += 1;
                Vec::new()
            }
            Did::Reported | Did::Told(_, Told::GivenUp) => Vec::new(),
            Did::Told(open, _) => {
                assert!(!told.contains(&open.trial), "{open:?} is evaluated twice");
                told.push(open.trial);
                Vec::new()
            }
            Did::Asked(offered) => offered,
        };
        for open in offered {
            let attempts_before = begun.get(&open.trial).copied().unwrap_or(0);
            assert_eq!(open.attempts_before, attempts_before);
            let first = seen.entry(open.trial).or_insert_with(|| open.clone());
            assert_eq!(
                OpenTrial { attempts_before, ..first.clone() },
                open,
                "it is the same trial"
            );
        }
        if kill(act) {
            let before = study.outcome();
            drop(study);
            study = place.open(make());
            same_history(study.history(), &before.history);
            assert_eq!(study.stop_reason().unwrap_or(StopReason::Interrupted), before.stop_reason);
            let out = driver.die();
            let again = study.ask(out.len()).unwrap();
            assert!(again.len() == out.len() || study.stop_reason().is_some());
            let known = |open: &OpenTrial| seen.contains_key(&open.trial);
            let earlier = again.iter().filter(|open| known(open)).count();
            assert!(study.stop_reason().is_some() || earlier == out.len(), "{again:?} {out:?}");
            assert!(again.iter().all(|open| !told.contains(&open.trial)));
            // And once more, so that they are asked under the driver's eyes.
            drop(study);
            study = place.open(make());
        }
    }
    unreachable!("a study ends");
}

#[test]
fn a_kill_after_any_act_changes_nothing() {
    for make in baselines() {
        let undisturbed = {
            let mut study = Place::new(settings(8)).in_memory(make());
            finish(&mut study);
            study
        };
        let (_, acts) = run(&Place::new(settings(8)), make, Driver::new(1, 0), |_| false);
        assert!(acts >= 24);
        for at in 0..acts {
            let (study, _) =
                run(&Place::new(settings(8)), make, Driver::new(1, 0), |act| act == at);
            same(&study, &undisturbed);
        }
    }
}

#[test]
fn a_kill_changes_nothing_where_there_are_rungs() {
    for rule in PromotionRule::ALL {
        let settings = || {
            let rungs = Fidelity::new("epochs", vec![1.0, 3.0, 9.0]).unwrap();
            let resumes = rule == PromotionRule::Asha;
            let fidelity = Fidelity { rule, reduction: 3.0, resumes, ..rungs };
            StudySettings { fidelity: Some(fidelity), ..settings(6) }
        };
        for make in baselines() {
            let undisturbed = undisturbed(&settings, make);
            assert!(!undisturbed.history().partials().is_empty());
            for (workers, every) in [(1, 5), (3, 11), (6, 17)] {
                killed(&settings, make, (workers, every), &undisturbed);
            }
        }
    }
}

/// A study that nobody kills.
fn undisturbed(settings: &dyn Fn() -> StudySettings, make: Make) -> Study {
    let mut study = Place::new(settings()).in_memory(make());
    finish(&mut study);
    study
}

/// One of so many workers that is killed at every so many acts is the same in the end, and has spent the same.
fn killed(
    settings: &dyn Fn() -> StudySettings,
    make: Make,
    (workers, every): (usize, usize),
    undisturbed: &Study,
) {
    let driver = Driver::new(workers, every as u64);
    let (study, _) = run(&Place::new(settings()), make, driver, |act| act % every == every - 1);
    same(&study, undisturbed);
    let spent = [&study, undisturbed].map(|study| study.history().spent().to_bits());
    assert_eq!(spent[0], spent[1]);
}

#[test]
fn a_kill_changes_nothing_where_trials_are_stopped() {
    let drivers = [(1, 7), (3, 11), (6, 17)];
    for (rule, (workers, every)) in
        ["9/median", "9/asha/3", "9/hyperband/3"].into_iter().zip(drivers)
    {
        let settings = || {
            let stopping = Some(rule.parse().unwrap());
            StudySettings { stopping, ..settings(12) }
        };
        for make in baselines() {
            let undisturbed = undisturbed(&settings, make);
            assert!(!undisturbed.history().stopped().is_empty(), "{rule}");
            killed(&settings, make, (workers, every), &undisturbed);
        }
    }
}

#[test]
fn a_kill_changes_no_count_of_what_limits_rejected() {
    let settings = || {
        let limit = |bound, text| {
            let space = ganas_graph::spaces::NasBench201::default();
            Constraint::parse(&space, KnownMetrics::Nothing, bound, text).unwrap()
        };
        let costs = [limit(Bound::Max, "params=0.6"), limit(Bound::Min, "flops=20")];
        let constraints = quick().into_iter().chain(costs).collect();
        StudySettings { constraints, ..StudySettings::new(12, 5) }
    };
    for make in baselines() {
        let mut undisturbed = Place::new(settings()).in_memory(make());
        finish(&mut undisturbed);
        let counted = undisturbed.outcome().rejected.unwrap();
        assert_eq!(counted.len(), 2, "measured limits reject no candidates");
        assert!(
            counted.iter().all(|it| it.rejected > 0 && it.rejected < it.checked),
            "{counted:?}"
        );
        for (workers, every) in [(1, 4), (3, 11), (6, 17)] {
            let place = Place::new(settings());
            let driver = Driver::new(workers, every as u64);
            let (study, _) = run(&place, make, driver, |act| act % every == every - 1);
            assert_eq!(study.outcome().rejected.as_ref(), Some(&counted), "every {every}");
            let read = place.reader();
            assert_eq!(read.status().unwrap().rejected.as_ref(), Some(&counted));
            let outcome = read.outcome(&*place.space, &place.settings).unwrap();
            assert_eq!(outcome.rejected.as_ref(), Some(&counted));
        }
    }
}

#[test]
fn what_was_asked_in_vain_is_counted_once_however_often_a_study_resumes() {
    let limit = ["params=0.0741"].map(|text| {
        let space = ganas_graph::spaces::NasBench201::default();
        Constraint::parse(&space, KnownMetrics::Nothing, Bound::Max, text).unwrap()
    });
    let place =
        Place::new(StudySettings { constraints: limit.into(), ..StudySettings::new(5000, 1) });
    let mut study = place.open(Box::new(RandomDecisions));
    finish(&mut study);
    assert_eq!(study.stop_reason(), Some(StopReason::Exhausted));
    let counted = study.outcome().rejected;
    drop(study);
    let asked = place.store().load().unwrap().checkpoint.unwrap().rejected;
    assert_ne!(asked, counted, "it was asked once more than it proposed");
    assert_eq!(place.reader().status().unwrap().rejected, counted);
    for _ in 0..3 {
        let mut study = place.open(Box::new(RandomDecisions));
        finish(&mut study);
        assert_eq!(study.outcome().rejected, counted);
        assert_eq!(place.reader().status().unwrap().rejected, counted);
    }
}

#[test]
fn many_kills_with_many_out_change_nothing() {
    for target in [None, Some(3.0)] {
        for make in baselines() {
            let settings = || StudySettings { target, ..settings(24) };
            let mut undisturbed = Place::new(settings()).in_memory(make());
            finish(&mut undisturbed);
            for (workers, every) in [(2, 9), (3, 11), (6, 17)] {
                let driver = Driver::new(workers, every as u64);
                let (study, _) =
                    run(&Place::new(settings()), make, driver, |act| act % every == every - 1);
                same(&study, &undisturbed);
            }
        }
    }
}

#[test]
fn an_asynchronous_study_evaluates_nothing_twice_whenever_it_is_killed() {
    for target in [None, Some(3.0)] {
        for make in baselines() {
            for (workers, every) in [(1, 10), (3, 11), (5, 17)] {
                let asynchronous = true;
                let settings = StudySettings { workers, asynchronous, target, ..settings(24) };
                let place = Place::new(settings);
                let driver = Driver::new(workers, every as u64);
                let (study, _) = run(&place, make, driver, |act| act % every == every - 1);
                let best = study.best().unwrap().measurement.value;
                let met = target.is_some_and(|target| best >= target);
                let expected = if met { StopReason::Target } else { StopReason::Budget };
                assert_eq!(study.stop_reason(), Some(expected));
                let mut archs: Vec<_> =
                    place.reader().trials().unwrap().into_iter().map(|trial| trial.arch).collect();
                let count = archs.len();
                archs.sort();
                archs.dedup();
                assert_eq!(archs.len(), count, "no architecture has two trials");
                same_history(
                    study.history(),
                    &place.reader().outcome(&*place.space, &place.settings).unwrap().history,
                );
            }
        }
    }
}
