//! Readers of the store agree with the study at any time.

use std::collections::BTreeMap;
use std::sync::Arc;

use ganas_graph::Arch;
use ganas_search::baselines::RandomSearch;
use ganas_search::{
    Direction, Fidelity, Measurement, Objective, Study, StudyOutcome, StudySettings, Trial,
    pareto_front,
};

use crate::fixture::{
    Did, Driver, InOrder, Place, arch, baselines, finish, measured, quick, same_history, sum,
};

/// Objectives beside the value: a cost of the space, and what is measured.
fn further() -> [Objective; 2] {
    let objective =
        |metric: &str| Objective { metric: metric.into(), direction: Direction::Minimise };
    [objective("params"), objective("size")]
}

/// The trials to the last bit, with the sign of zero.
fn bits(trials: &[&Trial]) -> Vec<(i64, usize, u64)> {
    let bits = |trial: &&Trial| (trial.trial.0, trial.query, trial.measurement.value.to_bits());
    trials.iter().map(bits).collect()
}

fn agree(place: &Place, study: &Study) {
    let reader = place.reader();
    let read: StudyOutcome = reader.outcome(&*place.space, &place.settings).unwrap();
    let (one, other) = (study.history(), &read.history);
    same_history(one, other);
    assert_eq!(one.spent().to_bits(), other.spent().to_bits());
    let all: Vec<_> = one.trials().iter().collect();
    assert_eq!(bits(&all), bits(&other.trials().iter().collect::<Vec<_>>()));
    let stored = reader.trials().unwrap();
    for trial in one.trials() {
        let stored = stored.iter().find(|stored| stored.trial == trial.trial).unwrap();
        assert_eq!(stored.query, Some(trial.query));
        assert_eq!(stored.score(one.direction()), Some(trial.score));
    }
    let scores = stored.iter().filter_map(|stored| stored.score(one.direction()));
    assert_eq!(scores.count(), one.trials().len());
    assert_eq!(one.improvements(), other.improvements());
    assert_eq!(one.direction(), other.direction());
    assert!((one.train_seconds() - other.train_seconds()).abs() < 1e-9);
    for within in 0..=one.queries() {
        assert_eq!(one.best_within(within), other.best_within(within));
    }
    let front = |history| bits(&pareto_front(&*place.space, history, &further()));
    assert_eq!(front(one), front(other));
    assert_eq!(study.outcome().stop_reason, read.stop_reason);
    let status = reader.status().unwrap();
    assert_eq!(status.best.map(|best| best.trial), study.best().map(|best| best.trial));
    assert_eq!(status.queries, one.queries());
}

/// Some of known value: two that are equal, one that is too slow, one without seconds.
fn known() -> Vec<(Arch, Measurement)> {
    let of = |choices, value, train_seconds| {
        let metrics = BTreeMap::from([("size".into(), 1.0)]);
        (arch(choices), Measurement { value, train_seconds, metrics })
    };
    vec![
        of([4; 6], -0.0, Some(1.0)),
        of([3; 6], 0.0, Some(1.0)),
        of([2; 6], 99.0, Some(40.0)),
        of([2, 2, 2, 2, 2, 3], -99.0, Some(40.0)),
        of([1; 6], 0.0, None),
    ]
}

/// All ways in which a study can differ: its direction, whether it is asynchronous, its target, and
/// how evaluations can be cheaper than full ones.
fn ways() -> Vec<StudySettings> {
    let mut ways = Vec::new();
    for direction in [Direction::Maximise, Direction::Minimise] {
        for asynchronous in [false, true] {
            for target in [None, Some(if direction == Direction::Maximise { 3.0 } else { -3.0 })] {
                let constraints = quick();
                let settings = StudySettings::new(20, 6);
                ways.push(StudySettings {
                    direction,
                    asynchronous,
                    target,
                    constraints,
                    workers: 4,
                    ..settings
                });
            }
        }
        let base =
            || StudySettings { direction, constraints: quick(), ..StudySettings::new(20, 6) };
        ways.push(StudySettings { stopping: Some("8/median".parse().unwrap()), ..base() });
        ways.push(StudySettings {
            fidelity: Some(Fidelity::new("epochs", vec![1.0, 4.0]).unwrap()),
            ..base()
        });
    }
    ways
}

#[test]
fn readers_agree_with_the_study_after_every_act() {
    for settings in ways() {
        for make in baselines() {
            for knows in [false, true] {
                let place = Place::new(settings.clone());
                let mut study = place.open(make());
                if knows {
                    assert_eq!(study.add_known(&known()).unwrap(), known().len());
                }
                agree(&place, &study);
                let mut driver = Driver::new(4, 1);
                while !matches!(driver.act(&mut study), Did::Ended) {
                    agree(&place, &study);
                }
                drop(study);
                agree(&place, &place.open(make()));
            }
        }
    }
}

#[test]
fn readers_agree_with_a_study_that_is_opened_under_other_limits() {
    for make in baselines() {
        let mut place = Place::new(StudySettings::new(30, 6));
        let mut study = place.open(make());
        study.add_known(&known()).unwrap();
        finish(&mut study);
        drop(study);
        place.settings.constraints = quick();
        agree(&place, &place.open(make()));
        place.settings.constraints.clear();
        agree(&place, &place.open(make()));
    }
}

#[test]
fn what_models_said_reaches_the_store_and_its_readers() {
    let place = Place::new(StudySettings::new(5, 0));
    let mut study = place.open(Box::<InOrder>::default());
    let open = study.ask(1).unwrap().pop().unwrap();
    drop(study);
    finish(&mut place.open(Box::<InOrder>::default()));
    let trials = place.reader().trials().unwrap();
    assert_eq!(trials.len(), 5);
    assert_eq!(trials[0].trial, open.trial);
    for trial in &trials {
        let sum = sum(&trial.record.clone().read(&*place.space).unwrap());
        let expected = BTreeMap::from([("half".to_owned(), sum / 2.0), ("sum".to_owned(), sum)]);
        assert_eq!(trial.predictions, expected);
    }
    drop(place.open(Box::new(RandomSearch)));
    assert_eq!(place.reader().trials().unwrap(), trials, "opening changes none of it");
}

#[test]
fn studies_and_readers_refuse_another_space() {
    let place = Place::new(StudySettings::new(5, 0));
    finish(&mut place.open(Box::<InOrder>::default()));
    let other = ganas_graph::spaces::NasBench101::default();
    let error = place.reader().outcome(&other, &place.settings).unwrap_err().to_string();
    assert!(error.contains("expected a study of the search space nasbench101"), "{error}");
    let (other, settings, store) = (Arc::new(other), place.settings.clone(), place.store());
    let opened = Study::open(other, Box::new(RandomSearch), settings, Box::new(store));
    let error = opened.unwrap_err().to_string();
    let folder = place.folder().display();
    let expected = format!("{folder}: expected a study of the search space nasbench101");
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn a_reader_takes_full_evaluations_for_the_best_only() {
    let fidelity = Some("epochs=1,3,9/asha/3".parse().unwrap());
    let place = Place::new(StudySettings { fidelity, ..StudySettings::new(8, 0) });
    let mut study = place.open(Box::new(InOrder::default()));
    while let Some(open) = study.ask(1).unwrap().pop() {
        // What is cheap looks better than it is.
        let value = sum(&open.arch) - 10.0 * f64::from(open.rung.unwrap().rung);
        study.tell(open.trial, measured(value)).unwrap();
    }
    let best = place.reader().status().unwrap().best.unwrap();
    assert_eq!((best.rung, Some(best.trial)), (None, study.best().map(|best| best.trial)));
    let rungs = place.reader().trials().unwrap();
    assert!(rungs.iter().any(|trial| trial.rung == Some(0)));
}
