//! Architectures of known value.

use std::sync::{Arc, Mutex};

use ganas_graph::{Arch, ArchRecord, SearchSpace, moves, spaces::NasBench201};
use ganas_search::baselines::RandomSearch;
use ganas_search::{
    Context, Distinct, Measurement, Outcome, Proposal, StopReason, Strategy, StrategyError, Study,
    StudyError, StudySettings,
};

use crate::fixture::{Place, arch, finish, measured, mood, quick, sum};

fn known(choices: [u8; 6], value: f64) -> (Arch, Measurement) {
    (arch(choices), Measurement::new(value))
}

/// Studies that are alike, in memory and in the place's store.
fn both(place: &Place) -> [Study; 2] {
    [place.in_memory(Box::new(RandomSearch)), place.open(Box::new(RandomSearch))]
}

#[test]
fn known_ones_come_first_in_the_order_given() {
    let place = Place::new(StudySettings::new(4, 0));
    let given = [[4; 6], [0; 6], [3; 6], [1; 6]].map(|choices| known(choices, 7.0));
    for mut study in both(&place) {
        assert_eq!(study.add_known(&given).unwrap(), 4);
        finish(&mut study);
        let archs: Vec<_> = study.history().trials()[..4].iter().map(|it| &it.arch).collect();
        assert_eq!(archs, given.iter().map(|(arch, _)| arch).collect::<Vec<_>>());
        assert_eq!(study.best().unwrap().arch, given[0].0, "the earliest of equals");
        assert_eq!(study.history().queries(), 4);
    }
    let again = place.open(Box::new(RandomSearch));
    assert_eq!(again.history().trials()[2].arch, given[2].0);
    assert_eq!(again.best().unwrap().arch, given[0].0);
}

#[test]
fn known_ones_are_added_before_anything_is_asked_or_told() {
    let place = Place::new(StudySettings::new(4, 0));
    let given = [known([4; 6], 7.0)];
    for mut study in both(&place) {
        let open = study.ask(1).unwrap().pop().unwrap();
        let refused = study.add_known(&given).unwrap_err();
        assert!(matches!(refused, StudyError::Underway), "{refused}");
        study.tell(open.trial, measured(1.0)).unwrap();
        assert_eq!(study.history().trials().len(), 1);
    }
    assert_eq!(place.open(Box::new(RandomSearch)).add_known(&given).unwrap(), 1);
}

#[test]
fn a_target_that_a_known_value_meets_ends_the_study() {
    let place = Place::new(StudySettings { target: Some(6.0), ..StudySettings::new(4, 0) });
    for mut study in both(&place) {
        study.add_known(&[known([4; 6], 7.0)]).unwrap();
        assert_eq!(study.stop_reason(), Some(StopReason::Target));
        assert!(study.ask(1).unwrap().is_empty());
        assert_eq!(study.history().queries(), 0);
    }
    let said = place.reader().study().unwrap().stop_reason;
    assert_eq!(said.as_deref(), Some("target"));
}

#[test]
fn an_architecture_has_one_known_value() {
    let place = Place::new(StudySettings::new(4, 0));
    // The third differs from the first in an edge that leads nowhere.
    let (one, alike) = ([0, 1, 0, 0, 1, 0], [0, 2, 0, 0, 1, 0]);
    let (one, alike) = (known(one, 7.0), known(alike, 7.0));
    let other = (alike.0.clone(), Measurement::new(8.0));
    for mut study in both(&place) {
        let refused = study.add_known(&[one.clone(), known([4; 6], 1.0), other.clone()]);
        let refused = refused.unwrap_err();
        let StudyError::Contradiction { values, first, second, .. } = &refused else {
            panic!("{refused}")
        };
        assert_eq!((*values, *first, *second), ([7.0, 8.0], Some(0), 2));
        assert!(refused.to_string().ends_with("(entries 1 and 3)"), "{refused}");
        assert!(study.history().trials().is_empty(), "all or nothing");
        assert_eq!(study.add_known(&[one.clone(), alike.clone()]).unwrap(), 1, "one value");
        let later = study.add_known(&[known([4; 6], 1.0), other.clone()]).unwrap_err();
        let StudyError::Contradiction { first: None, second: 1, .. } = later else {
            panic!("{later}")
        };
        assert_eq!(study.history().trials().len(), 1);
        assert_eq!(study.add_known(std::slice::from_ref(&alike)).unwrap(), 0);
    }
}

#[test]
fn what_is_no_number_is_refused() {
    let place = Place::new(StudySettings::new(4, 0));
    let mut negative = known([2; 6], 1.0);
    negative.1.train_seconds = Some(-5.0);
    let mut shadow = known([2; 6], 1.0);
    shadow.1.metrics.insert("params".into(), 3.0);
    for odd in [known([4; 6], f64::NAN), known([2; 6], f64::INFINITY), negative, shadow] {
        for mut study in both(&place) {
            let error = study.add_known(&[known([3; 6], 1.0), odd.clone()]).unwrap_err();
            assert!(matches!(error, StudyError::Measurement { .. }), "{error}");
            assert!(study.history().trials().is_empty(), "all or nothing");
        }
    }
    let mut odd = known([3; 6], 1.0);
    odd.1.metrics.insert("size".into(), f64::INFINITY);
    for mut study in both(&place) {
        assert_eq!(study.add_known(&[odd.clone()]).unwrap(), 1);
        assert_eq!(study.history().trials()[0].measurement, Measurement::new(1.0));
    }
}

#[test]
fn one_that_breaks_a_constraint_does_not_count() {
    let place = Place::new(StudySettings { constraints: quick(), ..StudySettings::new(4, 0) });
    let mut slow = known([4; 6], 9.0);
    slow.1.train_seconds = Some(31.0);
    for mut study in both(&place) {
        study.add_known(&[slow.clone(), known([3; 6], 1.0)]).unwrap();
        assert_eq!(study.best().unwrap().arch, arch([3; 6]));
        assert_eq!(study.add_known(std::slice::from_ref(&slow)).unwrap(), 0, "given already");
        let refused = study.add_known(&[known([4; 6], 8.0)]).unwrap_err();
        assert!(matches!(refused, StudyError::Contradiction { .. }), "{refused}");
    }
    let queries: Vec<_> = place.reader().trials().unwrap().iter().map(|it| it.query).collect();
    assert_eq!(queries, [None, Some(0)]);
}

#[test]
fn what_was_evaluated_is_not_known() {
    let place = Place::new(StudySettings::new(6, 0));
    let mut study = place.open(Box::new(RandomSearch));
    finish(&mut study);
    let before = study.into_outcome().history;
    let evaluated = before.trials()[2].arch.clone();
    let mut study = place.open(Box::new(RandomSearch));
    assert_eq!(study.add_known(&[(evaluated, Measurement::new(1e9))]).unwrap(), 0);
    assert_eq!(study.history().trials(), before.trials());
}

#[test]
fn what_was_evaluated_takes_no_querys_place_in_an_earlier_store_either() {
    let place = Place::new(StudySettings::new(6, 0));
    let mut study = place.open(Box::new(RandomSearch));
    finish(&mut study);
    let before = study.into_outcome().history;
    let insert = "INSERT INTO trials (id, round, arch, choices, source, seed, state, attempts,
                  value, query) SELECT -1, -1, arch, choices, 'known', 0, 'known', 0, 1e9, 0
                  FROM trials WHERE id = 2";
    place.sql().execute(insert, []).unwrap();
    let after = place.open(Box::new(RandomSearch));
    assert_eq!(after.history().trials(), before.trials());
    assert_eq!(after.stop_reason(), Some(StopReason::Budget));
    let read = place.reader().outcome(&*place.space, &place.settings).unwrap();
    assert_eq!(read.history.trials(), before.trials());
}

#[test]
fn an_architecture_is_known_in_whatever_form_it_was_given() {
    let space = NasBench201::default();
    let mut seen = std::collections::HashMap::new();
    let (one, other) = moves::enumerate(&space)
        .find_map(|arch| Some((seen.insert(space.canonical(&arch), arch.clone())?, arch)))
        .unwrap();
    for (distinct, new) in [(Distinct::Isomorphism, 0), (Distinct::String, 1)] {
        let place = Place::new(StudySettings { distinct, ..StudySettings::new(6, 0) });
        for mut study in both(&place) {
            let mut add = |arch: &Arch| study.add_known(&[(arch.clone(), Measurement::new(1.0))]);
            assert_eq!(add(&one).unwrap(), 1);
            assert_eq!(add(&other).unwrap(), new, "{distinct}");
        }
    }
}

#[test]
fn what_became_known_meanwhile_is_not_evaluated_any_more() {
    for asynchronous in [false, true] {
        let settings = StudySettings { asynchronous, workers: 4, ..StudySettings::new(6, 0) };
        let place = Place::new(settings);
        let mut study = place.open(Box::new(RandomSearch));
        let open = study.ask(4).unwrap();
        for told in &open[..3] {
            study.tell(told.trial, measured(sum(&told.arch))).unwrap();
        }
        let pending = open[3].arch.clone();
        drop(study);
        let mut study = place.open(Box::new(RandomSearch));
        assert_eq!(study.add_known(&[(pending.clone(), Measurement::new(2.5))]).unwrap(), 1);
        drop(study);
        let mut study = place.open(Box::new(RandomSearch));
        let mut made = 0;
        while let Some(open) = study.ask(1).unwrap().pop() {
            assert_ne!(open.arch, pending, "{asynchronous}");
            study.tell(open.trial, measured(sum(&open.arch))).unwrap();
            made += 1;
        }
        assert_eq!((study.history().queries(), made), (6, 3), "{asynchronous}");
    }
}

/// Hears everything, remembers it over kills, and proposes the space in its order.
#[derive(Debug)]
struct Listener {
    next: usize,
    heard: Vec<ArchRecord>,
    /// What the last listener had heard when it was last asked.
    shown: Arc<Mutex<Vec<ArchRecord>>>,
}

impl Strategy for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.heard.extend(context.news.iter().map(|seen| ArchRecord::from(&seen.arch)));
        for seen in context.news {
            let was_known =
                context.history.trials().iter().any(|it| it.arch == seen.arch && it.query == 0);
            assert_eq!(matches!(seen.outcome, Outcome::Repeat(..)), was_known, "{seen:?}");
        }
        self.shown.lock().unwrap().clone_from(&self.heard);
        let wanted = context.at_most.min(2);
        // Where all edges carry something, each is a class of its own.
        let digit = |at: usize| [1, 2, 3][at % 3];
        let archs = (self.next..self.next + wanted)
            .map(|at| arch([3, digit(at), 2, digit(at / 3), digit(at / 9), 4]));
        self.next += wanted;
        Ok(archs.map(|arch| context.proposal(arch, "order")).collect())
    }

    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        Ok(serde_json::to_vec(&(self.next, &self.heard)).unwrap())
    }

    fn restore(&mut self, _: &dyn SearchSpace, bytes: &[u8]) -> Result<(), StrategyError> {
        (self.next, self.heard) = serde_json::from_slice(bytes).unwrap();
        Ok(())
    }
}

#[test]
fn a_strategy_hears_of_known_ones_exactly_once() {
    for (asynchronous, first) in [(false, false), (false, true), (true, false)] {
        for killed_after in 0..14 {
            let first = if first { vec![arch([1, 2, 3, 4, 0, 1])] } else { Vec::new() };
            let settings = StudySettings { asynchronous, first, ..StudySettings::new(8, 0) };
            let place = Place::new(settings);
            let shown = Arc::new(Mutex::new(Vec::new()));
            let open = || {
                let (next, heard) = (0, Vec::new());
                place.open(Box::new(Listener { next, heard, shown: shown.clone() }))
            };
            let mut study = open();
            study.add_known(&[known([0; 6], 1.0), known([1; 6], 2.0)]).unwrap();
            let (mut acts, mut added) = (0, false);
            while let Some(trial) = study.ask(1).unwrap().pop() {
                let mut act = |study: &mut Study| {
                    acts += 1;
                    if acts == 7 || acts == 7 + killed_after {
                        *study = place.in_memory(Box::new(RandomSearch));
                        *study = open();
                        if !added {
                            added = true;
                            let later = [known([2; 6], 3.0), known([3; 6], 4.0)];
                            assert_eq!(study.add_known(&later).unwrap(), 2);
                        }
                        return true;
                    }
                    false
                };
                if act(&mut study) {
                    continue;
                }
                study.begin(trial.trial).unwrap();
                if act(&mut study) {
                    continue;
                }
                study.tell(trial.trial, mood(&trial.arch)).unwrap();
                act(&mut study);
            }
            // One more question, so that all of it is heard.
            drop(study);
            let mut place = place;
            place.settings.budget += 1;
            let (next, heard) = (0, Vec::new());
            let listener = Listener { next, heard, shown: shown.clone() };
            let mut study = place.open(Box::new(listener));
            assert_eq!(study.ask(1).unwrap().len(), 1);
            let mut heard = shown.lock().unwrap().clone();
            let known = [[0; 6], [1; 6], [2; 6], [3; 6]];
            for choices in known {
                let record = ArchRecord::from(&arch(choices));
                let times = heard.iter().filter(|heard| **heard == record).count();
                assert_eq!(times, 1, "{choices:?}, killed after {killed_after}, {asynchronous}");
            }
            let count = heard.len();
            heard.sort_by(|one, other| one.choices().cmp(other.choices()));
            heard.dedup();
            assert_eq!(heard.len(), count, "nothing is heard twice");
        }
    }
}

#[test]
fn what_became_known_before_its_evaluation_is_heard_of_exactly_once() {
    for asynchronous in [false, true] {
        let settings = StudySettings { asynchronous, workers: 2, ..StudySettings::new(6, 0) };
        let place = Place::new(settings);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let open = || {
            let (next, heard) = (0, Vec::new());
            place.open(Box::new(Listener { next, heard, shown: shown.clone() }))
        };
        let mut study = open();
        let out = study.ask(2).unwrap();
        study.tell(out[0].trial, measured(1.0)).unwrap();
        drop(study);
        assert_eq!(open().add_known(&[(out[1].arch.clone(), Measurement::new(2.0))]).unwrap(), 1);
        let mut rounds = 0;
        loop {
            // Each time a fresh process.
            let mut study = open();
            let Some(next) = study.ask(1).unwrap().pop() else { break };
            study.tell(next.trial, measured(3.0)).unwrap();
            rounds += 1;
        }
        assert_eq!(rounds, 5);
        let record = ArchRecord::from(&out[1].arch);
        let heard = shown.lock().unwrap();
        let times = heard.iter().filter(|heard| **heard == record).count();
        assert_eq!(times, 1, "{asynchronous}");
    }
}

#[test]
fn known_ones_that_come_later_have_numbers_of_their_own() {
    let place = Place::new(StudySettings::new(3, 0));
    for mut study in both(&place) {
        assert_eq!(study.add_known(&[known([4; 6], 1.0), known([3; 6], 2.0)]).unwrap(), 2);
        assert_eq!(study.add_known(&[known([2; 6], 3.0), known([1; 6], 4.0)]).unwrap(), 2);
        let numbers: Vec<_> = study.history().trials().iter().map(|it| it.trial.0).collect();
        assert_eq!(numbers, [-1, -2, -3, -4]);
    }
}
