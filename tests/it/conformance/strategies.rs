//! Properties of every strategy. Each function takes a maker of fresh strategies.

use std::collections::BTreeSet;
use std::sync::Arc;

use ganas_graph::spaces::described::{self, DescribedSpace};
use ganas_graph::{ArchRecord, SearchSpace, moves, spaces::NasBench201};
use ganas_search::{
    Bound, Cancel, Constraint, Context, Distinct, Evaluator, KnownMetrics, Proposal, SqliteStore,
    StopReason, Strategy, StrategyError, Study, StudyError, StudyOutcome, StudyRecord,
    StudySettings,
};

use super::evaluators::{Constant, Half, Made};
use crate::evaluating;
use crate::toy::Toy;

type Make<'a> = &'a dyn Fn() -> Box<dyn Strategy>;

const BOTH: [Distinct; 2] = [Distinct::Isomorphism, Distinct::String];

/// Checks what passes between a study and a strategy.
#[derive(Debug)]
struct Watched(Box<dyn Strategy>);

impl Strategy for Watched {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        assert!(context.at_most > 0);
        let proposals = self.0.ask(context)?;
        assert!(proposals.len() <= context.at_most, "more proposals than were asked for");
        for proposal in &proposals {
            let again = ArchRecord::from(proposal.arch()).read(context.space);
            assert_eq!(again.as_ref(), Ok(proposal.arch()), "a valid architecture");
            assert_eq!(proposal.key(), context.key(proposal.arch()), "its own identity");
        }
        Ok(proposals)
    }

    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        self.0.checkpoint()
    }

    fn restore(&mut self, space: &dyn SearchSpace, bytes: &[u8]) -> Result<(), StrategyError> {
        self.0.restore(space, bytes)
    }
}

fn run(
    make: Make<'_>,
    space: impl SearchSpace + 'static,
    evaluator: &dyn Evaluator,
    settings: StudySettings,
) -> Result<StudyOutcome, StudyError> {
    let space: Arc<dyn SearchSpace> = Arc::new(space);
    evaluating::search(&space, Box::new(Watched(make())), evaluator, settings)
}

/// A study of NAS-Bench-201 with made-up values.
fn nasbench201(make: Make<'_>, settings: StudySettings) -> StudyOutcome {
    run(make, NasBench201::default(), &Made, settings).unwrap()
}

pub(super) fn equal_seed_gives_equal_history(make: Make<'_>) {
    let [one, other] = [1, 2].map(|_| nasbench201(make, StudySettings::new(120, 5)));
    assert_eq!(one.history.trials(), other.history.trials());
    assert_eq!(one.rounds, other.rounds);
}

pub(super) fn other_seed_gives_other_history(make: Make<'_>) {
    let [one, other] = [5, 6].map(|seed| nasbench201(make, StudySettings::new(60, seed)));
    assert_ne!(one.history.trials(), other.history.trials());
}

pub(super) fn a_restored_one_asks_what_the_first_would(make: Make<'_>) {
    let space = Arc::new(NasBench201::default());
    let settings = StudySettings::new(90, 5);
    let undisturbed = nasbench201(make, settings.clone());
    let (folder, never) = (tempfile::tempdir().unwrap(), Cancel::default());
    let record = StudyRecord::new(&*space, "any", String::new());
    drop(SqliteStore::create(folder.path(), &record).unwrap());
    let mut stops = [7, 15, 16, 31, 58, 59, 60, 77].into_iter();
    let outcome = loop {
        let store = Box::new(SqliteStore::open(folder.path()).unwrap());
        let strategy = Box::new(Watched(make()));
        let mut study = Study::open(space.clone(), strategy, settings.clone(), store).unwrap();
        let stop = stops.next();
        while Some(study.history().queries()) != stop
            && study.step(&Made, &never).unwrap().is_some()
        {}
        if study.stop_reason().is_some() {
            break study.into_outcome();
        }
    };
    assert_eq!(outcome.history.trials(), undisturbed.history.trials());
    assert_eq!(outcome.rounds, undisturbed.rounds);
}

pub(super) fn budget_is_met_exactly(make: Make<'_>) {
    for budget in [1, 2, 11, 51, 120] {
        let outcome = nasbench201(make, StudySettings::new(budget, 0));
        assert_eq!(outcome.history.trials().len(), budget);
        assert_eq!(outcome.stop_reason, StopReason::Budget);
    }
}

pub(super) fn no_identity_is_queried_twice(make: Make<'_>) {
    let space = NasBench201::default();
    for distinct in BOTH {
        let settings = StudySettings { distinct, ..StudySettings::new(150, 3) };
        let outcome = nasbench201(make, settings);
        let keys: BTreeSet<_> = outcome
            .history
            .trials()
            .iter()
            .map(|trial| distinct.key(&space, &trial.arch))
            .collect();
        assert_eq!(keys.len(), 150, "{distinct:?}");
    }
}

pub(super) fn constraints_are_never_violated(make: Make<'_>) {
    let space = NasBench201::default();
    let limits = [(Bound::Max, "params=0.4"), (Bound::Min, "flops=12")];
    let constraints = limits
        .map(|(bound, text)| Constraint::parse(&space, KnownMetrics::Nothing, bound, text).unwrap())
        .to_vec();
    let outcome = nasbench201(make, StudySettings { constraints, ..StudySettings::new(80, 0) });
    assert_eq!(outcome.stop_reason, StopReason::Budget);
    for trial in outcome.history.trials() {
        let costs = space.cost(&trial.arch);
        assert!(costs[0] <= 0.4 && costs[1] >= 12.0, "{costs:?}");
    }
}

/// A budget of all there is: everything is measured once, and the study ends.
pub(super) fn whole_space_is_a_budget(make: Make<'_>) {
    for (distinct, available) in BOTH.into_iter().zip([16, 22]) {
        for seed in 0..5 {
            let settings = StudySettings { distinct, ..StudySettings::new(available, seed) };
            let outcome = run(make, Toy::default(), &Made, settings).unwrap();
            assert_eq!(outcome.history.trials().len(), available, "{distinct:?}, seed {seed}");
            assert_eq!(outcome.stop_reason, StopReason::Budget);
        }
        let settings = StudySettings { distinct, ..StudySettings::new(available + 1, 0) };
        let error = run(make, Toy::default(), &Made, settings).unwrap_err();
        assert!(matches!(error, StudyError::BudgetTooLarge { .. }), "{error}");
    }
    let error = run(make, Toy::default(), &Made, StudySettings::new(0, 0)).unwrap_err();
    assert!(matches!(error, StudyError::NoBudget), "{error}");
}

/// A budget of more than the constraints and the evaluator leave: what is left is measured, and the
/// study ends.
pub(super) fn whole_domain_is_found(make: Make<'_>) {
    let space = Toy::default();
    let limit = Constraint::parse(&space, KnownMetrics::Nothing, Bound::Max, "params=3").unwrap();
    let left = moves::enumerate(&space)
        .filter(|arch| Half::knows(space.canonical(arch)) && space.cost(arch)[0] <= 3.0)
        .count();
    assert!((3..20).contains(&left), "{left}");
    let mut settings = StudySettings::new(22, 0);
    settings.distinct = Distinct::String;
    settings.constraints = vec![limit];
    let outcome = run(make, Toy::default(), &Half, settings).unwrap();
    assert_eq!(outcome.history.trials().len(), left);
    assert_eq!(outcome.stop_reason, StopReason::Exhausted);
}

/// A chain of twelve decisions, of whose 16,777,216 networks 37 keep to the limit.
const TWELVE: &str = r#"
name = "twelve"
[chain]
resolution = [32]
classes = 10
stem = { width = [16] }
head = { width = [64] }
stages = [
    { width = [56], expansion = [2, 3, 4, 6], kernel = [3, 5, 7, 9] },
    { width = [56], expansion = [2, 3, 4, 6], kernel = [3, 5, 7, 9] },
    { width = [8], expansion = [2, 3, 4, 6], kernel = [3, 5, 7, 9] },
    { width = [64], expansion = [2, 3, 4, 6], kernel = [3, 5, 7, 9] },
    { width = [40], expansion = [2, 3, 4, 6], kernel = [3, 5, 7, 9] },
    { width = [32], expansion = [2, 3, 4, 6], kernel = [3, 5, 7, 9] },
]
"#;

/// The space, and a study of it within the limit.
fn few() -> (DescribedSpace, StudySettings) {
    let space = described::parse(TWELVE).unwrap();
    assert_eq!(space.size(), Some(1 << 24));
    let limit =
        Constraint::parse(&space, KnownMetrics::Nothing, Bound::Max, "params=54.5k").unwrap();
    let settings = StudySettings { constraints: vec![limit], ..StudySettings::new(60, 4) };
    (space, settings)
}

pub(super) fn the_few_within_limits_are_all_found(make: Make<'_>) {
    let (space, settings) = few();
    let outcome = run(make, space.clone(), &Made, settings).unwrap();
    let archs: BTreeSet<_> = outcome.history.trials().iter().map(|trial| &trial.arch).collect();
    assert_eq!((archs.len(), outcome.history.queries()), (37, 37));
    assert!(archs.iter().all(|arch| space.cost(arch)[0] <= 0.0545));
    assert_eq!(outcome.stop_reason, StopReason::Exhausted);
}

pub(super) fn a_restored_one_finds_the_same_few(make: Make<'_>) {
    let (space, settings) = few();
    let undisturbed = run(make, space.clone(), &Made, settings.clone()).unwrap();
    let (folder, never, space) = (tempfile::tempdir().unwrap(), Cancel::default(), Arc::new(space));
    let record = StudyRecord::new(&*space, "any", String::new());
    drop(SqliteStore::create(folder.path(), &record).unwrap());
    for stop in [9, 30, 37] {
        let store = Box::new(SqliteStore::open(folder.path()).unwrap());
        let strategy = Box::new(Watched(make()));
        let mut study = Study::open(space.clone(), strategy, settings.clone(), store).unwrap();
        while study.history().queries() < stop && study.step(&Made, &never).unwrap().is_some() {}
        let trials = study.history().trials();
        assert_eq!(trials, &undisturbed.history.trials()[..trials.len()]);
        assert_eq!(trials.len(), stop);
    }
}

pub(super) fn nothing_feasible_is_explained(make: Make<'_>) {
    let space = Toy::default();
    let limits = [(Bound::Max, "params=2"), (Bound::Min, "params=2.5")];
    let constraints = limits
        .map(|(bound, text)| Constraint::parse(&space, KnownMetrics::Nothing, bound, text).unwrap())
        .to_vec();
    let settings = StudySettings { constraints, ..StudySettings::new(10, 0) };
    let error = run(make, Toy::default(), &Made, settings).unwrap_err();
    let StudyError::NothingFeasible { rejections } = &error else { panic!("{error}") };
    for (line, limit) in
        rejections.iter().zip(["params <= 2 M rejected", "params >= 2.5 M rejected"])
    {
        let (counts, nearest) = line.split_once(", the nearest with ").unwrap();
        let counts: Vec<u64> = counts.split(' ').filter_map(|word| word.parse().ok()).collect();
        let (rejected, checked) = (counts[counts.len() - 2], counts[counts.len() - 1]);
        assert!(line.starts_with(limit) && 0 < rejected && rejected < checked, "{line}");
        assert!(nearest.ends_with(" M"), "{line}");
    }
}

pub(super) fn unknown_architectures_cost_nothing(make: Make<'_>) {
    let space = NasBench201::default();
    let outcome = run(make, NasBench201::default(), &Half, StudySettings::new(100, 0)).unwrap();
    assert_eq!(outcome.stop_reason, StopReason::Budget);
    assert_eq!(outcome.history.trials().len(), 100);
    for trial in outcome.history.trials() {
        assert!(Half::knows(space.canonical(&trial.arch)));
    }
}

pub(super) fn unusable_value_is_an_error(make: Make<'_>) {
    for value in [f64::NAN, f64::INFINITY] {
        let error =
            run(make, Toy::default(), &Constant(value), StudySettings::new(5, 0)).unwrap_err();
        assert!(matches!(error, StudyError::Measurement { .. }), "{error}");
    }
    let outcome = run(make, Toy::default(), &Constant(0.0), StudySettings::new(10, 0)).unwrap();
    assert_eq!(outcome.history.queries_to_best(), Some(1), "equal values are no failure");
}

pub(super) fn target_stops_the_study(make: Make<'_>) {
    let settings = StudySettings { target: Some(17.0), ..StudySettings::new(1_000, 0) };
    let outcome = nasbench201(make, settings);
    assert_eq!(outcome.stop_reason, StopReason::Target);
    let values: Vec<_> =
        outcome.history.trials().iter().map(|trial| trial.measurement.value >= 17.0).collect();
    assert_eq!(values.iter().position(|reached| *reached), Some(values.len() - 1));
}
