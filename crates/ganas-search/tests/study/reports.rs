//! Studies whose trials report intermediate results.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use ganas_graph::spaces::NasBench201;
use ganas_search::{
    Bound, Constraint, Evaluation, EvaluationError, Evaluator, Job, KnownMetrics, MAX_REPORTS,
    Measurement, Outcome, Report, ReportReply, StopReason, Stopping, Strategy, Study, StudyError,
    StudySettings, Told, TrialId, TrialState, Verdict,
};

use crate::fixture::{InOrder, Place, finish, measured, sum};

fn settings(rule: &str) -> StudySettings {
    let stopping: Stopping = rule.parse().unwrap();
    StudySettings { stopping: Some(stopping), ..StudySettings::new(8, 0) }
}

fn in_order() -> Box<dyn Strategy> {
    Box::<InOrder>::default()
}

/// Tells the three trials of the first round, which reported `values` at steps 1 and 2.
fn first_round(study: &mut Study, values: [f64; 3]) {
    for (open, value) in study.ask(3).unwrap().into_iter().zip(values) {
        for step in 1..=2 {
            let heard = study.report(open.trial, Report::new(step, value)).unwrap();
            assert_eq!(heard, ReportReply::Continue, "nothing counts yet");
        }
        study.tell(open.trial, measured(value)).unwrap();
    }
}

#[test]
fn a_stopped_trial_is_a_result_at_its_step_and_costs_its_share() {
    let place = Place::new(settings("4/median"));
    let mut study = place.open(in_order());
    first_round(&mut study, [5.0, 6.0, 7.0]);
    let open = study.ask(1).unwrap().remove(0);
    let heard = study.report(open.trial, Report::new(1, 1.0)).unwrap();
    assert_eq!(heard, ReportReply::Stop { step: 1 });
    // What comes after is not kept.
    assert_eq!(study.report(open.trial, Report::new(2, 9.0)).unwrap(), heard);
    let told = study.tell(open.trial, Evaluation::Stopped { train_seconds: Some(2.5) }).unwrap();
    assert!(matches!(told, Told::Stopped { step: 1, .. }), "{told:?}");
    let history = study.history();
    assert_eq!((history.queries(), history.spent(), history.trials().len()), (4, 3.25, 3));
    let stopped = &history.stopped()[0];
    assert_eq!((stopped.step, stopped.trial.measurement.value), (1, 1.0));
    assert!((history.train_seconds() - 2.5).abs() < 1e-9);
    assert!(history.contains(stopped.key) && history.best().unwrap().query == 3);
    let trials = place.reader().trials().unwrap();
    let stored = &trials[3];
    assert_eq!((stored.state, stored.step), (TrialState::Stopped, Some(1)));
    assert!(matches!(stored.verdict(), Some(Verdict::Stopped { step: 1, .. })));
    assert_eq!((stored.reports.len(), trials[0].reports.len()), (1, 2));
    assert_eq!(place.reader().status().unwrap().best.unwrap().trial, TrialId(2));
    let stopping = study.settings().stopping.clone().unwrap();
    assert!((stopping.spent(&trials) - 3.25).abs() < 1e-9);
    let found = place.reader().outcome(&*place.space, &place.settings).unwrap().history;
    assert_eq!((found.stopped(), found.spent()), (study.history().stopped(), 3.25));
}

#[test]
fn a_stopped_trial_that_violates_a_limit_costs_its_share_too() {
    let limit = |metric: &str| {
        let text = format!("{metric}=3");
        Constraint::parse(&NasBench201::default(), KnownMetrics::Anything, Bound::Max, &text)
    };
    let constraints = vec![limit("memory").unwrap(), limit("latency").unwrap()];
    let place = Place::new(StudySettings { constraints, ..settings("4/median") });
    let within = BTreeMap::from([("memory".into(), 1.0), ("latency".into(), 2.0)]);
    let mut study = place.open(in_order());
    for open in study.ask(3).unwrap() {
        study.report(open.trial, Report::new(1, 5.0)).unwrap();
        let metrics = within.clone();
        let measurement = Measurement { metrics, ..Measurement::new(5.0) };
        study.tell(open.trial, Evaluation::Measured(measurement)).unwrap();
    }
    let open = study.ask(1).unwrap().remove(0);
    let metrics = BTreeMap::from([("latency".into(), 4.0)]);
    let heard = study.report(open.trial, Report { metrics, ..Report::new(1, 1.0) }).unwrap();
    assert_eq!(heard, ReportReply::Stop { step: 1 });
    let told = study.tell(open.trial, Evaluation::Stopped { train_seconds: Some(2.5) }).unwrap();
    assert!(matches!(told, Told::Counted(Outcome::Infeasible)), "{told:?}");
    assert!((study.history().spent() - 3.25).abs() < 1e-9, "{}", study.history().spent());
    let trials = place.reader().trials().unwrap();
    assert_eq!((trials[3].state, trials[3].step), (TrialState::Infeasible, Some(1)));
    assert_eq!(trials[3].reason.as_deref(), Some("expected latency <= 3, found 4"));
    assert_eq!(trials[3].train_seconds, Some(2.5));
    let found = place.reader().outcome(&*place.space, &place.settings).unwrap().history;
    assert!((found.spent() - 3.25).abs() < 1e-9, "{}", found.spent());
}

#[test]
fn a_stopped_trial_states_its_training_time_if_that_is_limited() {
    let limit =
        Constraint::parse(&NasBench201::default(), KnownMetrics::Anything, Bound::Max, "latency=3");
    let constraints = vec![limit.unwrap()];
    let settings =
        StudySettings { constraints, max_train_seconds: Some(100.0), ..settings("4/median") };
    for latency in [2.0, 4.0] {
        let mut study = Place::new(settings.clone()).in_memory(in_order());
        let open = study.ask(1).unwrap().remove(0);
        let metrics = BTreeMap::from([("latency".into(), latency)]);
        study.report(open.trial, Report { metrics, ..Report::new(1, 1.0) }).unwrap();
        let told = study.tell(open.trial, Evaluation::Stopped { train_seconds: None });
        assert!(matches!(told, Err(StudyError::NoTrainSeconds { .. })), "{told:?}");
    }
}

#[test]
fn what_is_saved_buys_more_trials() {
    let mut study = Place::new(settings("9/asha/3")).in_memory(in_order());
    finish(&mut study);
    let history = study.history();
    assert_eq!(study.stop_reason(), Some(StopReason::Budget));
    assert!(history.queries() > 8 && !history.stopped().is_empty());
    assert!(history.spent() <= 8.0 + 1e-9 && history.spent() > 7.0, "{}", history.spent());
}

#[test]
fn the_order_of_reports_within_a_round_changes_nothing() {
    let run = |turned: bool| {
        let mut study = Place::new(settings("4/median")).in_memory(in_order());
        first_round(&mut study, [5.0, 6.0, 7.0]);
        let mut round = study.ask(3).unwrap();
        if turned {
            round.reverse();
        }
        for open in round {
            let report = Report::new(1, 4.0 + sum(&open.arch) % 3.0);
            let evaluation = match study.report(open.trial, report).unwrap() {
                ReportReply::Stop { .. } => Evaluation::Stopped { train_seconds: None },
                ReportReply::Continue => measured(sum(&open.arch)),
            };
            study.tell(open.trial, evaluation).unwrap();
        }
        study
    };
    let (one, other) = (run(false), run(true));
    assert!(!one.history().stopped().is_empty());
    crate::fixture::same(&one, &other);
}

#[test]
fn a_trial_that_is_ahead_is_stopped_where_it_would_have_been() {
    for ends in [measured(9.0), Evaluation::Stopped { train_seconds: None }] {
        for is_killed in [false, true] {
            let place = Place::new(settings("4/median"));
            let mut study = place.open(in_order());
            for (open, value) in study.ask(3).unwrap().into_iter().zip([5.0, 5.0, 6.0]) {
                study.report(open.trial, Report::new(1, value)).unwrap();
                study.tell(open.trial, measured(value)).unwrap();
            }
            // The second of the round is over before the first has reported anything.
            let round = study.ask(3).unwrap();
            let (first, second) = (round[0].trial, round[1].trial);
            for (step, value) in [(1, 1.0), (2, 9.0), (3, 9.0)] {
                let heard = study.report(second, Report::new(step, value)).unwrap();
                assert_eq!(heard, ReportReply::Continue);
            }
            assert_eq!(study.tell(second, ends.clone()).unwrap(), Told::Held);
            if is_killed {
                drop(study);
                study = place.open(in_order());
                assert_eq!(study.ask(1).unwrap()[0].trial, first);
            }
            study.report(first, Report::new(1, 7.0)).unwrap();
            study.tell(first, measured(7.0)).unwrap();
            let stopped = study.history().stopped();
            assert_eq!((stopped.len(), stopped[0].step), (1, 1), "the first report decides");
            let (stored, trials) = (study.history().clone(), place.reader().trials().unwrap());
            let second = (trials[4].state, trials[4].value, trials[4].step);
            assert_eq!(second, (TrialState::Stopped, Some(1.0), Some(1)));
            assert_eq!(trials[4].reports, [Report::new(1, 1.0)]);
            drop(study);
            crate::fixture::same_history(place.open(in_order()).history(), &stored);
        }
    }
}

#[test]
fn a_trial_may_stop_by_itself() {
    let settings = StudySettings { stopping: None, ..settings("4/median") };
    let mut study = Place::new(settings).in_memory(in_order());
    let round = study.ask(2).unwrap();
    study.report(round[0].trial, Report::new(3, 1.0)).unwrap();
    let stopped = Evaluation::Stopped { train_seconds: None };
    study.tell(round[0].trial, stopped.clone()).unwrap();
    // One that never reported says nothing.
    study.tell(round[1].trial, stopped).unwrap();
    let history = study.history();
    assert_eq!((history.stopped()[0].step, history.failures(), history.spent()), (3, 1, 1.0));
}

#[test]
fn reports_that_cannot_be_are_refused_and_change_nothing() {
    let place = Place::new(settings("4/median"));
    let mut study = place.open(in_order());
    let open = study.ask(1).unwrap().remove(0).trial;
    let error = |study: &mut Study, trial, report| {
        let error = study.report(trial, report).unwrap_err();
        assert!(error.is_refusal(), "{error}");
        error.to_string()
    };
    let report = |step| Report::new(step, 1.0);
    assert!(error(&mut study, TrialId(7), report(1)).contains("trial 7 is not open"));
    assert!(error(&mut study, open, Report::new(1, f64::NAN)).contains("found NaN"));
    assert!(error(&mut study, open, report(u64::MAX)).contains("expected a step from 0"));
    let seconds = Report { train_seconds: Some(-1.0), ..report(1) };
    assert!(error(&mut study, open, seconds).contains("found -1"));
    let mut named = report(1);
    named.metrics.insert("params".into(), 1.0);
    assert!(error(&mut study, open, named).contains("the same name as a cost"));
    study.report(open, report(5)).unwrap();
    assert_eq!(study.report(open, report(5)).unwrap(), ReportReply::Continue, "the same again");
    let other = Report::new(5, 2.0);
    assert!(error(&mut study, open, other).contains("expected a step after 5, found 5"));
    assert!(error(&mut study, open, report(4)).contains("expected a step after 5, found 4"));
    study.tell(open, measured(1.0)).unwrap();
    assert!(error(&mut study, open, report(6)).contains("is not open"), "it is over");
    assert_eq!(place.reader().trials().unwrap()[0].reports, [report(5)]);
}

#[test]
fn a_trial_reports_a_bounded_number_of_times() {
    let settings = StudySettings { stopping: None, ..settings("4/median") };
    let mut study = Place::new(settings).in_memory(in_order());
    let open = study.ask(1).unwrap().remove(0).trial;
    for step in 0..MAX_REPORTS as u64 {
        study.report(open, Report::new(step, 1.0)).unwrap();
    }
    let error = study.report(open, Report::new(MAX_REPORTS as u64, 1.0)).unwrap_err();
    assert!(error.to_string().contains("at most 10000 reports"), "{error}");
    study.report_anew(open).unwrap();
    study.report(open, Report::new(7, 2.0)).unwrap();
    study.tell(open, measured(1.0)).unwrap();
    let curve = study.history().curves().next().unwrap().1;
    assert_eq!(curve.len(), 8, "a further attempt goes on from its first step");
    assert_eq!(curve[7], Report::new(7, 2.0));
}

#[test]
fn rungs_and_stopping_exclude_each_other() {
    let fidelity = Some("1,3,9".parse().unwrap());
    let settings = StudySettings { fidelity, ..settings("9/median") };
    let place = Place::new(StudySettings::new(8, 0));
    let error = Study::new(place.space.clone(), in_order(), settings).unwrap_err().to_string();
    assert!(error.contains("found both"), "{error}");
}

/// Trains in two attempts of four steps each, of which the first breaks off; also reports steps that
/// have passed. Each architecture is worse than the one before.
#[derive(Debug, Default)]
struct Training(AtomicUsize);

impl Evaluator for Training {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let (reporter, value) = (job.reporter.unwrap(), -(job.trial.0 as f64));
        let _ = reporter.report(Report::new(1, value + 9.0));
        reporter.begin();
        for step in 1..=4 {
            if let Some(stop) = reporter.report(Report::new(step, value)) {
                assert_eq!(stop, step);
                return Ok(Evaluation::Stopped { train_seconds: None });
            }
            assert_eq!(reporter.report(Report::new(1, 99.0)), None, "it is refused");
        }
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(measured(value))
    }
}

#[test]
fn an_evaluator_hears_that_it_falls_behind() {
    let place = Place::new(settings("4/median"));
    let mut study = place.open(in_order());
    let training = Training::default();
    assert_eq!(study.optimize(&training).unwrap(), StopReason::Budget);
    let stopped = study.history().stopped().len();
    assert!(stopped > 0);
    assert_eq!(study.history().trials().len(), training.0.into_inner());
    let first = &place.reader().trials().unwrap()[0];
    let steps: Vec<_> = first.reports.iter().map(|it| (it.step, it.value)).collect();
    assert_eq!(steps, [1, 2, 3, 4].map(|step| (step, 0.0)));
}

#[test]
fn an_asynchronous_study_stops_what_falls_behind_others_that_still_run() {
    let settings = StudySettings { asynchronous: true, workers: 4, ..settings("4/median") };
    let mut study = Place::new(settings).in_memory(in_order());
    let open = study.ask(4).unwrap();
    for (it, value) in open.iter().zip([5.0, 6.0, 7.0]) {
        assert_eq!(study.report(it.trial, Report::new(1, value)).unwrap(), ReportReply::Continue);
    }
    let heard = study.report(open[3].trial, Report::new(1, 1.0)).unwrap();
    assert_eq!(heard, ReportReply::Stop { step: 1 });
}

/// Loses the store's table of reports before it reports.
#[derive(Debug)]
struct Losing<'p>(&'p Place);

impl Evaluator for Losing<'_> {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        self.0.sql().execute_batch("DROP TABLE reports").unwrap();
        let _ = job.reporter.unwrap().report(Report::new(1, 1.0));
        Ok(measured(1.0))
    }
}

#[test]
fn an_evaluation_ends_with_the_error_that_its_report_met() {
    let place = Place::new(settings("4/median"));
    let mut study = place.open(in_order());
    let error = study.optimize(&Losing(&place)).unwrap_err();
    assert!(matches!(error, StudyError::Store(_)), "{error}");
    assert!(error.to_string().contains("no such table"), "{error}");
}
