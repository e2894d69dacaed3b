//! Asking for trials, invalid settings, and the end of a study.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ganas_graph::spaces::NasBench201;
use ganas_search::baselines::RandomSearch;
use ganas_search::{
    Context, Distinct, Evaluation, EvaluationError, Evaluator, Fidelity, Job, Measurement,
    Observation, Outcome, Proposal, StopReason, Strategy, StrategyError, Study, StudyError,
    StudySettings, Told, TrialId,
};

use crate::fixture::{InOrder, Noting, Place, arch, measured, same_history, sum};

fn study(settings: StudySettings) -> Study {
    Study::new(Arc::new(NasBench201::default()), Box::new(RandomSearch), settings).unwrap()
}

#[test]
fn a_study_ends_at_its_budget() {
    let mut study = study(StudySettings::new(5, 3));
    for value in [1.0, 5.0, 2.0, 3.0, 4.0] {
        let open = study.ask(1).unwrap().pop().unwrap();
        study.tell(open.trial, measured(value)).unwrap();
    }
    assert_eq!(study.stop_reason(), Some(StopReason::Budget));
    assert!(study.ask(1).unwrap().is_empty());
    assert_eq!(study.history().trials().len(), 5);
    assert_eq!(study.best().unwrap().measurement.value.to_bits(), 5.0_f64.to_bits());
}

#[test]
fn only_open_trials_can_be_told() {
    let mut study = study(StudySettings::new(5, 3));
    let error = study.tell(TrialId(9), measured(1.0)).unwrap_err();
    assert_eq!(error.to_string(), "trial 9 is not open, and no other trial is");
    let open = study.ask(1).unwrap().pop().unwrap();
    study.tell(open.trial, measured(1.0)).unwrap();
    let again = study.tell(open.trial, measured(1.0)).unwrap_err();
    assert!(matches!(again, StudyError::NotOpen { .. }) && again.is_refusal(), "{again}");
    let begun = study.begin(open.trial).unwrap_err();
    assert!(matches!(begun, StudyError::NotOpen { .. }), "{begun}");
}

#[test]
fn there_is_nothing_to_ask_while_the_study_waits() {
    let mut study = study(StudySettings::new(1, 3));
    let open = study.ask(9).unwrap();
    assert_eq!(open.len(), 1);
    assert!(study.ask(1).unwrap().is_empty());
    assert_eq!((study.stop_reason(), study.best()), (None, None));
    assert_eq!(study.open_trials().collect::<Vec<_>>(), [open[0].trial]);
}

#[test]
fn an_asynchronous_study_gives_as_many_as_it_has_workers() {
    let settings = StudySettings { workers: 3, asynchronous: true, ..StudySettings::new(9, 3) };
    let mut study = study(settings);
    let open = study.ask(9).unwrap();
    assert_eq!(open.len(), 3);
    study.tell(open[1].trial, measured(1.0)).unwrap();
    assert_eq!(study.ask(9).unwrap().len(), 1);
    assert!(study.ask(9).unwrap().is_empty());
}

#[test]
fn the_number_of_workers_changes_while_a_study_runs() {
    let settings = StudySettings { workers: 1, asynchronous: true, ..StudySettings::new(9, 3) };
    let mut study = study(settings);
    assert_eq!(study.ask(9).unwrap().len(), 1);
    study.set_workers(4).unwrap();
    assert_eq!(study.ask(9).unwrap().len(), 3);
    let error = study.set_workers(usize::MAX).unwrap_err();
    assert!(matches!(error, StudyError::TooManyWorkers { .. }), "{error}");
    assert_eq!(study.settings().workers, 4);
}

#[test]
fn a_study_that_nobody_resumes_keeps_no_state_of_its_strategy() {
    use ganas_search::Store as _;

    for is_resumed in [true, false] {
        let place = Place::new(StudySettings::new(5, 0));
        let mut study = place.open(Box::<InOrder>::default());
        if !is_resumed {
            study.disable_resume();
        }
        study.ask(1).unwrap();
        drop(study);
        let checkpoint = place.store().load().unwrap().checkpoint.unwrap();
        assert_eq!(!checkpoint.strategy.is_empty(), is_resumed);
    }
}

#[test]
fn a_study_that_cannot_start_says_why() {
    let start =
        |settings| Study::new(Arc::new(NasBench201::default()), Box::new(RandomSearch), settings);
    let error = start(StudySettings::new(0, 3)).unwrap_err();
    assert!(matches!(error, StudyError::NoBudget), "{error}");
    let all =
        |budget| StudySettings { distinct: Distinct::String, ..StudySettings::new(budget, 3) };
    assert!(start(all(15_625)).is_ok());
    let error = start(all(15_626)).unwrap_err();
    assert!(matches!(error, StudyError::BudgetTooLarge { available: 15_625, .. }), "{error}");
    for seconds in [0.0, -1.0, f64::NAN] {
        let max_train_seconds = Some(seconds);
        let error = start(StudySettings { max_train_seconds, ..all(9) }).unwrap_err();
        assert!(matches!(error, StudyError::TimeBudget { .. }), "{error}");
    }
}

#[test]
fn a_budget_has_the_unit_of_its_costs() {
    let plain = StudySettings::new(9, 0);
    let fidelity = Some(Fidelity::new("epochs", vec![1.0, 3.0]).unwrap());
    let stopping = Some("4/median".parse().unwrap());
    assert_eq!(plain.budget_unit(), "queries");
    let parts = [StudySettings { fidelity, ..plain.clone() }, StudySettings { stopping, ..plain }];
    assert!(parts.iter().all(|it| it.budget_unit() == "full evaluations" && it.has_parts()));
}

#[test]
fn the_first_architectures_are_those_given() {
    let first = vec![arch([4; 6]), arch([1; 6])];
    let mut study = study(StudySettings { first: first.clone(), ..StudySettings::new(4, 3) });
    let open = study.ask(2).unwrap();
    assert!(open.iter().all(|it| it.source == "given"));
    let asked: Vec<_> = open.iter().map(|it| it.arch.clone()).collect();
    assert_eq!(asked, first);
    for it in open {
        study.tell(it.trial, measured(1.0)).unwrap();
    }
    assert_ne!(study.ask(1).unwrap()[0].source, "given");
}

#[test]
fn a_target_that_the_last_query_meets_is_the_reason_to_end() {
    let mut study = study(StudySettings { target: Some(5.0), ..StudySettings::new(1, 3) });
    let open = study.ask(1).unwrap().pop().unwrap();
    study.tell(open.trial, measured(5.0)).unwrap();
    assert_eq!(study.stop_reason(), Some(StopReason::Target));
}

/// Proposes the same architecture in every round, and keeps what it hears.
#[derive(Debug)]
struct Obstinate(Arc<Mutex<Vec<Observation>>>);

impl Strategy for Obstinate {
    fn name(&self) -> &'static str {
        "obstinate"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.0.lock().unwrap().extend_from_slice(context.news);
        Ok(vec![context.proposal(arch([2; 6]), "again")])
    }
}

#[test]
fn a_strategy_that_proposes_nothing_new_is_stuck() {
    for asynchronous in [false, true] {
        let place = Place::new(StudySettings { asynchronous, ..StudySettings::new(9, 0) });
        let heard = Arc::<Mutex<Vec<Observation>>>::default();
        let mut study = place.open(Box::new(Obstinate(Arc::clone(&heard))));
        let open = study.ask(1).unwrap().pop().unwrap();
        study.tell(open.trial, measured(1.0)).unwrap();
        assert!(study.ask(1).unwrap().is_empty());
        assert_eq!(study.stop_reason(), Some(StopReason::Stuck), "{asynchronous}");
        drop(study);
        let saved = place.sql().query_row("SELECT round FROM checkpoint", [], |row| row.get(0));
        assert_eq!(saved, Ok(0_u64), "a round without a trial is not stored");
        let heard = heard.lock().unwrap();
        assert!(matches!(heard[0].outcome, Outcome::Measured(..)));
        let repeats = &heard[1..];
        assert!(repeats.len() > 9_000, "{}", repeats.len());
        assert!(repeats.iter().all(|it| matches!(it.outcome, Outcome::Repeat(..))));
    }
}

#[test]
fn what_became_of_a_result_has_a_name() {
    let place = Place::new(StudySettings { workers: 3, ..StudySettings::new(3, 0) });
    let mut study = place.in_memory(Box::<InOrder>::default());
    let open = study.ask(3).unwrap();
    let failed = Evaluation::Failed { reason: "no luck".into(), attempts: 1, train_seconds: None };
    let told = [
        (1, measured(1.0), "held"),
        (0, measured(1.0), "measured"),
        (2, Evaluation::Cancelled, "given up"),
        (2, failed, "failed"),
    ];
    for (at, evaluation, name) in told {
        assert_eq!(study.tell(open[at].trial, evaluation).unwrap().name(), name);
        // Offers again what was given up.
        study.ask(1).unwrap();
    }
}

#[test]
fn a_strategy_knows_its_round_and_is_not_asked_again_after_an_error() {
    for (asynchronous, at_most) in [(false, [9, 6, 4]), (true, [1, 1, 1])] {
        let settings = StudySettings { asynchronous, ..StudySettings::new(9, 0) };
        let (space, noted) = (Arc::new(NasBench201::default()), Arc::default());
        let fails_in = Some(2);
        let strategy = Noting { noted: Arc::clone(&noted), fails_in, ..Noting::default() };
        let mut study = Study::new(space, Box::new(strategy), settings).unwrap();
        let error = loop {
            match study.ask(1) {
                Ok(open) => study.tell(open[0].trial, measured(1.0)).unwrap(),
                Err(error) => break error,
            };
        };
        assert!(matches!(error, StudyError::Strategy(_)), "{error}");
        assert!(matches!(study.ask(1), Err(StudyError::Broken)));
        let noted = noted.lock().unwrap();
        let rounds: Vec<_> = noted.iter().map(|(round, _)| *round).collect();
        assert_eq!(rounds, [0, 1, 2]);
        let wanted: Vec<_> = noted.iter().map(|(_, at_most)| *at_most).collect();
        assert_eq!(wanted, at_most);
    }
}

/// What is told, and whether its refusal is the expected one.
type Refused = (Evaluation, fn(&StudyError) -> bool);

#[test]
fn what_is_refused_changes_nothing() {
    let settings = StudySettings { max_train_seconds: Some(100.0), ..StudySettings::new(3, 3) };
    let place = Place::new(settings);
    let good = |value| {
        Evaluation::Measured(Measurement {
            value,
            train_seconds: Some(1.0),
            metrics: BTreeMap::new(),
        })
    };
    let not_a_number: fn(&StudyError) -> bool = |it| matches!(it, StudyError::Measurement { .. });
    let refused: [Refused; 4] = [
        (good(f64::NAN), not_a_number),
        (good(f64::INFINITY), not_a_number),
        (measured(1.0), |it| matches!(it, StudyError::NoTrainSeconds { .. })),
        (
            Evaluation::Measured(Measurement {
                value: 1.0,
                train_seconds: Some(f64::NAN),
                metrics: BTreeMap::new(),
            }),
            |it| matches!(it, StudyError::NoTrainSeconds { .. }),
        ),
    ];
    for mut study in [place.in_memory(Box::new(RandomSearch)), place.open(Box::new(RandomSearch))] {
        while let Some(open) = study.ask(1).unwrap().pop() {
            let before = (study.outcome(), place.reader().trials().unwrap());
            for (evaluation, expected) in &refused {
                let error = study.tell(open.trial, evaluation.clone()).unwrap_err();
                assert!(error.is_refusal() && expected(&error), "{error}");
            }
            let error = study.tell(TrialId(77), good(1.0)).unwrap_err();
            assert!(matches!(error, StudyError::NotOpen { .. }), "{error}");
            same_history(study.history(), &before.0.history);
            assert_eq!(place.reader().trials().unwrap(), before.1);
            assert_eq!(study.open_trials().collect::<Vec<_>>(), [open.trial]);
            assert!(matches!(study.tell(open.trial, good(2.0)).unwrap(), Told::Counted(_)));
        }
        assert_eq!(study.history().queries(), 3);
    }
}

#[test]
fn a_failed_evaluation_names_the_architecture_as_people_write_it() {
    #[derive(Debug)]
    struct Broken;

    impl Evaluator for Broken {
        fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
            Err(EvaluationError { arch: job.arch.clone(), source: "no table".into() })
        }
    }

    let error = study(StudySettings::new(1, 0)).optimize(&Broken).unwrap_err().to_string();
    assert!(error.starts_with("evaluation of |") && error.ends_with("|: no table"), "{error}");
}

/// Proposes four architectures, one after the other, and then nothing.
#[derive(Debug, Default)]
struct Four(InOrder);

impl Strategy for Four {
    fn name(&self) -> &'static str {
        "four"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        let at_most = context.at_most.min(4 - self.0.next);
        self.0.ask(&Context { at_most, ..*context })
    }
}

#[test]
fn a_study_ends_when_nothing_is_left_but_not_before_the_last_result() {
    for asynchronous in [false, true] {
        let settings = StudySettings { workers: 3, asynchronous, ..StudySettings::new(9, 3) };
        let mut study = Place::new(settings).in_memory(Box::<Four>::default());
        let mut open = study.ask(3).unwrap();
        assert_eq!(open.len(), 3);
        for told in 0..4 {
            assert_eq!(study.stop_reason(), None, "{told} of 4 told");
            let it = open.pop().unwrap();
            study.tell(it.trial, measured(sum(&it.arch))).unwrap();
            open.extend(study.ask(3).unwrap());
        }
        assert_eq!(study.stop_reason(), Some(StopReason::Exhausted));
        assert_eq!(study.history().queries(), 4);
    }
}

#[test]
fn a_strategy_that_cannot_be_written_down_breaks_its_study() {
    #[derive(Debug)]
    struct Unwritable;

    impl Strategy for Unwritable {
        fn name(&self) -> &'static str {
            "unwritable"
        }

        fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
            RandomSearch.ask(context)
        }

        fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
            Err(StrategyError { strategy: self.name().into(), source: "no words".into() })
        }
    }

    let place = Place::new(StudySettings::new(5, 0));
    let mut study = place.open(Box::new(Unwritable));
    let error = study.ask(1).unwrap_err().to_string();
    assert_eq!(error, "strategy unwritable: no words");
    let refused = study.ask(1).unwrap_err();
    assert!(matches!(refused, StudyError::Broken), "{refused}");
    drop(study);
    assert!(place.reader().trials().unwrap().is_empty());
}
