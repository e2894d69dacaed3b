//! Results told in any order count in the order asked.

use std::collections::BTreeMap;

use ganas_search::baselines::RandomSearch;
use ganas_search::{
    Evaluation, Outcome, StopReason, Study, StudyError, StudyReader, StudySettings, Told, TrialId,
};

use crate::fixture::{Did, Driver, InOrder, Place, baselines, finish, measured, mood, quick, same};

fn place(budget: usize, target: Option<f64>) -> Place {
    Place::new(StudySettings { target, constraints: quick(), ..StudySettings::new(budget, 4) })
}

/// The query of each trial that has one.
fn queries(reader: &StudyReader) -> BTreeMap<TrialId, usize> {
    let trials = reader.trials().unwrap();
    trials.iter().filter_map(|trial| Some((trial.trial, trial.query?))).collect()
}

/// What was seen of each kind: counted, held, late, given up.
fn tally(kinds: &mut [usize; 4], told: &Told) {
    let kind = match told {
        Told::Counted(_) | Told::Stopped { .. } | Told::Failed { .. } => 0,
        Told::Held => 1,
        Told::Late => 2,
        Told::GivenUp => 3,
    };
    kinds[kind] += 1;
}

#[test]
fn any_order_gives_the_same_history_and_the_same_numbers_in_the_store() {
    let mut kinds = [0; 4];
    for (make, target) in baselines().into_iter().flat_map(|make| [(make, None), (make, Some(3.0))])
    {
        let in_order = place(40, target);
        let mut one = in_order.open(make());
        finish(&mut one);
        assert_eq!(one.stop_reason() == Some(StopReason::Target), target.is_some());
        for (seed, workers) in (0..).zip([2, 5, 8, 11]) {
            let shuffled = place(40, target);
            let mut other = shuffled.open(make());
            let mut driver = Driver::new(workers, seed);
            loop {
                match driver.act(&mut other) {
                    Did::Told(_, told) => tally(&mut kinds, &told),
                    Did::Ended => break,
                    Did::Asked(_) | Did::Begun | Did::Reported => {}
                }
            }
            same(&one, &other);
            assert_eq!(queries(&in_order.reader()), queries(&shuffled.reader()));
        }
    }
    assert!(kinds.iter().all(|count| *count > 10), "{kinds:?}");
}

/// A round of three trials, in memory and in a store.
fn round_of_three(place: &Place) -> [(Study, [TrialId; 3]); 2] {
    let studies =
        [place.in_memory(Box::<InOrder>::default()), place.open(Box::<InOrder>::default())];
    studies.map(|mut study| {
        let round = study.ask(3).unwrap();
        (study, [round[0].trial, round[1].trial, round[2].trial])
    })
}

fn is_counted(told: &Told) -> bool {
    matches!(told, Told::Counted(Outcome::Measured(..)))
}

#[test]
fn what_comes_before_its_turn_is_held() {
    for (mut study, [first, second, third]) in round_of_three(&place(9, None)) {
        assert!(study.ask(1).unwrap().is_empty(), "the round is not over");
        let seconds = |value| {
            let Evaluation::Measured(found) = measured(value) else { panic!() };
            Evaluation::Measured(ganas_search::Measurement { train_seconds: Some(1.0), ..found })
        };
        assert_eq!(study.tell(third, seconds(3.0)).unwrap(), Told::Held);
        assert_eq!(study.tell(second, seconds(2.0)).unwrap(), Told::Held);
        assert_eq!(study.history().queries(), 0);
        assert!(is_counted(&study.tell(first, seconds(1.0)).unwrap()));
        let values: Vec<_> =
            study.history().trials().iter().map(|trial| trial.measurement.value).collect();
        assert_eq!(values, [1.0, 2.0, 3.0]);
    }
}

#[test]
fn what_comes_after_the_end_is_late() {
    let one_second = |value| {
        let Evaluation::Measured(found) = measured(value) else { panic!() };
        Evaluation::Measured(ganas_search::Measurement { train_seconds: Some(1.0), ..found })
    };
    for (mut study, [first, second, third]) in round_of_three(&place(9, Some(5.0))) {
        assert_eq!(study.tell(second, one_second(9.0)).unwrap(), Told::Held);
        assert_eq!(study.stop_reason(), None, "the first may reach the target too");
        assert!(is_counted(&study.tell(first, one_second(6.0)).unwrap()));
        assert_eq!(study.stop_reason(), Some(StopReason::Target));
        assert_eq!(study.open_trials().collect::<Vec<_>>(), [third]);
        assert_eq!(study.tell(third, one_second(7.0)).unwrap(), Told::Late);
        assert_eq!(study.history().queries(), 1);
        assert!(study.ask(1).unwrap().is_empty());
    }
}

#[test]
fn what_was_given_up_is_offered_again() {
    for (mut study, [first, second, _]) in round_of_three(&place(9, None)) {
        study.begin(second).unwrap();
        assert_eq!(study.tell(second, Evaluation::Cancelled).unwrap(), Told::GivenUp);
        let refused = study.tell(second, measured(1.0)).unwrap_err();
        assert!(matches!(refused, StudyError::NotOpen { .. }), "{refused}");
        let again = study.ask(9).unwrap();
        assert_eq!(again.iter().map(|open| open.trial).collect::<Vec<_>>(), [second]);
        assert_eq!(again[0].attempts_before, 1);
        assert!(matches!(study.tell(first, mood(&again[0].arch)).unwrap(), Told::Counted(_)));
    }
}

#[test]
fn a_late_result_counts_if_the_study_goes_on() {
    for asynchronous in [false, true] {
        let mut place = place(6, Some(3.0));
        place.settings.asynchronous = asynchronous;
        place.settings.workers = 4;
        place.settings.constraints.clear();
        let mut study = place.open(Box::new(RandomSearch));
        let out = study.ask(4).unwrap();
        study.tell(out[0].trial, measured(3.0)).unwrap();
        assert_eq!(study.stop_reason(), Some(StopReason::Target));
        assert_eq!(study.tell(out[2].trial, measured(2.0)).unwrap(), Told::Late);
        let before = study.outcome();
        drop(study);

        let again = place.open(Box::new(RandomSearch));
        assert_eq!(again.stop_reason(), Some(StopReason::Target));
        assert_eq!(again.history().trials(), before.history.trials(), "{asynchronous}");
        assert_eq!(
            place.reader().outcome(&*place.space, &place.settings).unwrap().history.queries(),
            1
        );
        drop(again);

        place.settings.target = None;
        let mut further = place.open(Box::new(RandomSearch));
        let offered: Vec<_> = further.ask(2).unwrap().iter().map(|open| open.trial).collect();
        assert_eq!(offered, [out[1].trial, out[3].trial], "{asynchronous}");
        further.tell(out[1].trial, measured(1.0)).unwrap();
        assert_eq!(further.history().queries(), 3, "{asynchronous}");
    }
}
