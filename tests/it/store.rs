//! A study stopped at any evaluation resumes and produces the same history.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ganas_graph::SearchSpace;
use ganas_graph::spaces::NasBench201;
use ganas_search::baselines::{
    Evolution, EvolutionSettings, LocalSearch, LocalSearchSettings, RandomSearch, Reinforce,
    ReinforceSettings,
};
use ganas_search::{
    Bound, Cancel, Constraint, Direction, Evaluation, EvaluationError, Evaluator, Fidelity, Job,
    KnownMetrics, Measurement, PromotionRule, Report, SqliteStore, StopReason, StoreError,
    Strategy, Study, StudyError, StudyOutcome, StudyReader, StudyRecord, StudySettings, TrialId,
    TrialState,
};
use ganas_trainer::{GaNas, TrainerConfig};

use crate::evaluating::{search, work};
use crate::toy::Toy;

/// Values by the sum of the choices; some architectures fail, some are too slow, some have no value.
/// Sets `cancel` at the evaluation numbered `end_at`, which it gives up.
#[derive(Debug, Default)]
struct Moody {
    /// The trials evaluated: how often, and the last seed.
    made: Mutex<BTreeMap<TrialId, (u32, u64)>>,
    end_at: Option<usize>,
    /// Nine steps of each evaluation are reported.
    reports: bool,
    cancel: Cancel,
}

impl Moody {
    fn ending_at(end_at: usize) -> Self {
        Self { end_at: Some(end_at), ..Self::default() }
    }
}

impl Evaluator for Moody {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let mut made = self.made.lock().unwrap();
        if job.cancel.is_set() || self.end_at == Some(made.len()) {
            self.cancel.set();
            return Ok(Evaluation::Cancelled);
        }
        let (count, seed) = made.entry(job.trial).or_default();
        (*count, *seed) = (*count + 1, job.seed);
        let mut evaluation = mood(job.arch.choices());
        if let (Evaluation::Measured(measurement), Some(rung)) = (&mut evaluation, job.rung) {
            measurement.value += f64::from(rung.rung) * f64::from(job.arch.choices()[2]);
        }
        if let (Evaluation::Measured(whole), Some(reporter), true) =
            (&evaluation, job.reporter, self.reports)
        {
            for step in 1..=STEPS {
                let share = step as f64 / STEPS as f64;
                let train_seconds = whole.train_seconds.map(|seconds| seconds * share);
                let report = Report { train_seconds, ..Report::new(step, whole.value * share) };
                if reporter.report(report).is_some() {
                    return Ok(Evaluation::Stopped { train_seconds: None });
                }
            }
        }
        Ok(evaluation)
    }
}

/// Steps of a full evaluation.
const STEPS: u64 = 9;

fn mood(choices: &[u8]) -> Evaluation {
    let number = |index: usize| f64::from(choices[index]);
    let sum: f64 = choices.iter().map(|&choice| f64::from(choice)).sum();
    match (choices[0], choices[1]) {
        (1, 2) => Evaluation::Failed { reason: "no luck".into(), attempts: 2, train_seconds: None },
        (2, 3) => Evaluation::OutOfDomain,
        (3, 1) => Evaluation::Infeasible { reason: "too large".into(), train_seconds: None },
        _ => Evaluation::Measured(Measurement {
            value: sum + 0.1 * number(3) * number(4),
            train_seconds: Some(10.0 * number(5)),
            metrics: BTreeMap::from([("size".into(), number(0) - number(2))]),
        }),
    }
}

fn settings(budget: usize) -> StudySettings {
    let space = NasBench201::default();
    let slow = Constraint::parse(&space, KnownMetrics::Anything, Bound::Max, "train_seconds=30");
    StudySettings { constraints: vec![slow.unwrap()], ..StudySettings::new(budget, 3) }
}

fn record(space: &dyn SearchSpace) -> StudyRecord {
    StudyRecord::new(space, "any", "{}".into())
}

/// The study of a folder, which it makes unless it is there.
fn open(
    folder: &Path,
    settings: StudySettings,
    strategy: Box<dyn Strategy>,
) -> Result<Study, StudyError> {
    let space = Arc::new(NasBench201::default());
    let record = StudyRecord { direction: settings.direction, ..record(&*space) };
    let store = SqliteStore::create(folder, &record).or_else(|_| SqliteStore::open(folder))?;
    Study::open(space, strategy, settings, Box::new(store))
}

/// Goes on with the study of a folder until it ends or the evaluator cancels it.
fn run(
    folder: &Path,
    evaluator: &Moody,
    settings: StudySettings,
    strategy: Box<dyn Strategy>,
) -> Result<StudyOutcome, StudyError> {
    let workers = settings.workers;
    let mut study = open(folder, settings, strategy)?;
    work(&mut study, evaluator, (workers, 0), &evaluator.cancel)?;
    Ok(study.into_outcome())
}

fn strategies() -> Vec<fn() -> Box<dyn Strategy>> {
    vec![
        || Box::new(RandomSearch),
        || Box::new(Evolution::new(EvolutionSettings { population: 8, sample: 3 }).unwrap()),
        || Box::new(LocalSearch::new(LocalSearchSettings::naszilla()).unwrap()),
        || Box::new(Reinforce::new(ReinforceSettings::fast()).unwrap()),
        || Box::new(GaNas::new("ganas", TrainerConfig::ranked()).unwrap()),
    ]
}

fn same(one: &StudyOutcome, other: &StudyOutcome) {
    assert_eq!(one.history.trials(), other.history.trials());
    assert_eq!(one.history.partials(), other.history.partials());
    assert_eq!(one.history.stopped(), other.history.stopped());
    assert_eq!(one.history.queries(), other.history.queries());
    assert_eq!(one.history.failures(), other.history.failures());
    assert_eq!(one.rounds, other.rounds);
    assert_eq!(one.stop_reason, other.stop_reason);
}

/// Studies that are stopped at every seventh evaluation, until they end; gives what they found.
fn stopped_anywhere(
    settings: impl Fn() -> StudySettings,
    make: fn() -> Box<dyn Strategy>,
) -> StudyOutcome {
    let space: Arc<dyn SearchSpace> = Arc::new(NasBench201::default());
    let reports = settings().stopping.is_some();
    let undisturbed =
        search(&space, make(), &Moody { reports, ..Moody::default() }, settings()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut made = BTreeMap::new();
    let outcome = loop {
        let evaluator = Moody { reports, ..Moody::ending_at(7) };
        let outcome = run(folder.path(), &evaluator, settings(), make()).unwrap();
        for (trial, (count, _)) in evaluator.made.into_inner().unwrap() {
            *made.entry(trial).or_insert(0) += count;
        }
        if outcome.stop_reason != StopReason::Interrupted {
            break outcome;
        }
    };
    same(&outcome, &undisturbed);
    assert!(made.values().all(|count| *count == 1), "{made:?}");
    let again = run(folder.path(), &Moody::default(), settings(), make());
    same(&again.unwrap(), &undisturbed);
    outcome
}

#[test]
fn what_was_stopped_anywhere_ends_as_if_it_had_not_been() {
    let failures = strategies()
        .into_iter()
        .map(|make| stopped_anywhere(|| settings(60), make).history.failures())
        .sum::<usize>();
    assert!(failures > 0, "failed evaluations are among what was stored");
}

#[test]
fn what_was_stopped_at_any_rung_ends_as_if_it_had_not_been() {
    for rule in PromotionRule::ALL {
        let rungs = Fidelity::new("epochs", vec![1.0, 4.0]).unwrap();
        let fidelity = Some(Fidelity { rule, reduction: 4.0, ..rungs });
        for make in strategies() {
            let settings = || StudySettings { fidelity: fidelity.clone(), ..settings(14) };
            let history = stopped_anywhere(settings, make).history;
            let (whole, cheap) = (history.trials().len(), history.partials().len());
            assert!(whole >= 4 && cheap > whole, "{rule}: {whole} of {cheap}");
        }
    }
}

#[test]
fn what_was_stopped_while_new_ones_are_evaluated_as_a_whole_ends_as_if_it_had_not_been() {
    let fidelity = Some(Fidelity::new("epochs", vec![1.0, 20.0]).unwrap());
    // Limits that only an evaluation reveals leave it to the cheap ones.
    let settings = || StudySettings { fidelity: fidelity.clone(), ..StudySettings::new(34, 3) };
    let make = strategies().pop().unwrap();
    let history = stopped_anywhere(settings, make).history;
    let cheap: Vec<_> = history.partials().iter().map(|it| &it.trial.arch).collect();
    let new = history.trials().iter().filter(|it| !cheap.contains(&&it.arch)).count();
    assert!(new > 7, "{new} of {}", history.trials().len());
}

#[test]
fn what_was_stopped_early_or_anywhere_ends_as_if_it_had_not_been() {
    for rule in ["9/median", "9/asha/3"] {
        let stopping = Some(rule.parse().unwrap());
        for make in strategies() {
            let settings = || StudySettings { stopping: stopping.clone(), ..settings(16) };
            let history = stopped_anywhere(settings, make).history;
            assert!(history.queries() > 16 && !history.stopped().is_empty(), "{rule}");
        }
    }
}

#[test]
fn workers_change_nothing_but_the_time() {
    for (make, stopping) in strategies().into_iter().flat_map(|make| [(make, false), (make, true)])
    {
        let run = |workers, target| {
            let rule = stopping.then(|| "9/median".parse().unwrap());
            let budget = if stopping { 20 } else { 50 };
            let settings = StudySettings { workers, target, stopping: rule, ..settings(budget) };
            let space = Arc::new(NasBench201::default());
            let mut study = Study::new(space, make(), settings).unwrap();
            let evaluator = Moody { reports: stopping, ..Moody::default() };
            work(&mut study, &evaluator, (workers, 7), &evaluator.cancel).unwrap();
            (study.into_outcome(), evaluator.made.into_inner().unwrap())
        };
        for target in [None, Some(15.0)] {
            let (one, seeds) = run(1, target);
            for workers in [2, 5] {
                let (many, others) = run(workers, target);
                same(&one, &many);
                assert!(seeds.iter().all(|(trial, seed)| others[trial] == *seed));
            }
        }
    }
}

#[test]
fn an_asynchronous_study_asks_for_nothing_twice_and_goes_on() {
    for make in strategies().into_iter().take(4) {
        let folder = tempfile::tempdir().unwrap();
        let mut made = BTreeMap::new();
        for end_at in [Some(5), Some(9), None] {
            let evaluator = Moody { end_at, ..Moody::default() };
            let settings = StudySettings { workers: 3, asynchronous: true, ..settings(40) };
            let outcome = run(folder.path(), &evaluator, settings, make()).unwrap();
            for (trial, (count, _)) in evaluator.made.into_inner().unwrap() {
                *made.entry(trial).or_insert(0) += count;
            }
            if end_at.is_none() {
                assert_eq!(outcome.stop_reason, StopReason::Budget);
                assert_eq!(outcome.history.queries(), 40);
            }
        }
        assert!(made.values().all(|count| *count == 1), "{made:?}");
        let trials = StudyReader::open(folder.path()).unwrap().trials().unwrap();
        assert!(trials.iter().all(|trial| trial.verdict().is_some()), "none is open");
        let mut archs: Vec<_> = trials.iter().map(|trial| &trial.arch).collect();
        archs.sort();
        archs.dedup();
        assert_eq!(archs.len(), trials.len());
    }
}

#[test]
fn what_is_measured_can_break_a_constraint() {
    let folder = tempfile::tempdir().unwrap();
    let outcome =
        run(folder.path(), &Moody::default(), settings(100), Box::new(RandomSearch)).unwrap();
    let slow = |seconds: Option<f64>| seconds.is_some_and(|seconds| seconds > 30.0);
    assert!(outcome.history.trials().iter().all(|t| !slow(t.measurement.train_seconds)));
    assert_eq!(outcome.history.queries(), 100);
    assert!(outcome.history.trials().len() < 90);
    let trials = StudyReader::open(folder.path()).unwrap().trials().unwrap();
    let broken: Vec<_> = trials.iter().filter(|trial| slow(trial.train_seconds)).collect();
    assert!(broken.len() > 5);
    for trial in broken {
        assert_eq!(trial.state, TrialState::Infeasible);
        assert_eq!(trial.reason.as_deref(), Some("expected train_seconds <= 30 s, found 40"));
    }
}

#[test]
fn failures_end_a_study_at_their_limit() {
    let folder = tempfile::tempdir().unwrap();
    let limited = |max_failures| StudySettings { max_failures, workers: 3, ..settings(150) };
    let run = |limit| run(folder.path(), &Moody::default(), limited(limit), Box::new(RandomSearch));
    let outcome = run(Some(2)).unwrap();
    assert_eq!(outcome.stop_reason, StopReason::Failures);
    assert_eq!(outcome.history.failures(), 2);
    assert_eq!(run(Some(2)).unwrap().stop_reason, StopReason::Failures);
    assert_eq!(run(None).unwrap().stop_reason, StopReason::Budget);
}

#[test]
fn a_study_can_minimise_and_stores_what_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let settings = StudySettings {
        direction: Direction::Minimise,
        target: Some(4.0),
        ..StudySettings::new(500, 0)
    };
    let outcome = run(folder.path(), &Moody::default(), settings, Box::new(RandomSearch)).unwrap();
    assert_eq!(outcome.stop_reason, StopReason::Target);
    let best = outcome.best().unwrap().measurement.value;
    assert!((0.0..=4.0).contains(&best), "{best}");
    let trials = StudyReader::open(folder.path()).unwrap().trials().unwrap();
    assert!(trials.iter().filter_map(|trial| trial.value).all(|value| value >= 0.0));
}

#[test]
fn known_architectures_cost_nothing_and_given_ones_come_first() {
    let space = NasBench201::default();
    let arch = |choices: [u8; 6]| ganas_graph::Arch::from_choices(&space, &choices).unwrap();
    let known = vec![(arch([4; 6]), Measurement::new(99.0)), (arch([3; 6]), Measurement::new(5.0))];
    let first = vec![arch([2; 6])];
    let make = || Box::new(Evolution::new(EvolutionSettings { population: 6, sample: 6 }).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let outcome = loop {
        let evaluator = Moody::ending_at(4);
        let settings = StudySettings { first: first.clone(), ..settings(20) };
        let mut study = open(folder.path(), settings, make()).unwrap();
        study.add_known(&known).unwrap();
        work(&mut study, &evaluator, (1, 0), &evaluator.cancel).unwrap();
        if study.stop_reason().is_some() {
            break study.into_outcome();
        }
    };
    let trials = outcome.history.trials();
    assert_eq!(outcome.history.queries(), 20);
    assert_eq!(trials[0].query, 0);
    assert_eq!((&trials[2].arch, &*trials[2].source), (&first[0], "given"));
    assert_eq!(outcome.history.queries_to_best(), Some(0));
    let children = trials.iter().filter(|trial| trial.source == "mutation");
    let near = |child: &ganas_search::Trial| {
        child.arch.choices().iter().filter(|choice| **choice != 4).count() == 1
    };
    assert!(near(children.into_iter().next().unwrap()), "the best known one is the first parent");
}

#[test]
fn a_new_study_does_not_take_over_trials() {
    let space = NasBench201::default();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("trials/000000")).unwrap();
    let error = SqliteStore::create(folder.path(), &record(&space)).unwrap_err();
    assert!(matches!(error, StoreError::Leftovers { .. }));
    let said = error.to_string();
    assert!(said.contains("trials: found trials of an earlier study, but no study.db"), "{said}");
    std::fs::remove_dir(folder.path().join("trials/000000")).unwrap();
    assert!(SqliteStore::create(folder.path(), &record(&space)).is_ok(), "there is nothing in it");
}

#[test]
fn stores_are_refused_untouched() {
    let space = NasBench201::default();
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("study.db");
    let error = |found: Result<SqliteStore, StoreError>| found.unwrap_err().to_string();
    assert!(error(SqliteStore::open(folder.path())).contains("found a folder without study.db"));

    let store = SqliteStore::create(folder.path(), &record(&space)).unwrap();
    let locked = error(SqliteStore::open(folder.path()));
    assert!(
        locked.contains(&format!("process {} is using this study", std::process::id())),
        "{locked}"
    );
    assert!(StudyReader::open(folder.path()).unwrap().status().is_ok(), "readers may read");
    let (toy, settings) = (Arc::new(Toy::default()), StudySettings::new(5, 0));
    let other = Study::open(toy, Box::new(RandomSearch), settings, Box::new(store));
    let other = other.unwrap_err().to_string();
    assert!(other.contains("expected a study of the search space toy"), "{other}");
    assert!(error(SqliteStore::create(folder.path(), &record(&space))).contains("already"));

    let whole = std::fs::read(&at).unwrap();
    let refused = |bytes: Vec<u8>, expected: &str| {
        std::fs::write(&at, &bytes).unwrap();
        let said = error(SqliteStore::open(folder.path()));
        assert!(said.contains(expected), "{said}");
        assert_eq!(std::fs::read(&at).unwrap(), bytes, "untouched");
    };
    let mut newer = whole.clone();
    newer[63] = 99;
    refused(newer, "found version 99; use a newer version of ganas");
    refused(b"not a database, but long enough to look like one".repeat(40), "is damaged");
    let mut damaged = whole.clone();
    let page = damaged.len() / 2;
    damaged[page..page + 3_000].fill(0xa5);
    refused(damaged, "is damaged");
    refused(whole[..whole.len() / 2].to_vec(), "is damaged");
    let mut foreign = whole;
    foreign[68..72].fill(0);
    refused(foreign, "another program's database");
}
