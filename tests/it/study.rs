//! The study keeps the rules even if a strategy keeps none.

use ganas_graph::{Arch, SearchSpace, moves};
use ganas_search::{
    Bound, Constraint, Context, Distinct, Evaluation, EvaluationError, Evaluator, Measurement,
    Observation, Outcome, Proposal, StopReason, Strategy, StrategyError, Study, StudyError,
    StudySettings,
};

use crate::toy::Toy;

/// Proposes the whole space in every round, whatever is wanted and known.
#[derive(Debug, Default)]
struct Careless {
    told: Vec<Vec<Observation>>,
}

impl Strategy for Careless {
    fn name(&self) -> &'static str {
        "careless"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        Ok(Proposal::all(moves::enumerate(context.space).collect(), "careless"))
    }

    fn tell(&mut self, observations: &[Observation]) -> Result<(), StrategyError> {
        self.told.push(observations.to_vec());
        Ok(())
    }
}

/// Knows what has a branch.
#[derive(Debug)]
struct Branched;

impl Evaluator for Branched {
    fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError> {
        if arch.choices()[1] == 0 {
            return Ok(Evaluation::OutOfDomain);
        }
        let value = f64::from(arch.choices()[0]);
        Ok(Evaluation::Measured(Measurement::new(value)))
    }
}

fn count(observations: &[Observation], matches: fn(&Outcome) -> bool) -> usize {
    observations.iter().filter(|seen| matches(&seen.outcome)).count()
}

#[test]
fn each_proposal_has_its_outcome() {
    let space = Toy::default();
    let limit = Constraint::parse(&space, Bound::Max, "params=3").unwrap();
    let settings = StudySettings { constraints: vec![limit], ..StudySettings::new(16, 0) };
    let mut strategy = Careless::default();
    let outcome =
        Study::new(&space, &Branched, settings).unwrap().run(&mut strategy, &mut []).unwrap();
    let [first, second] = [&strategy.told[0], &strategy.told[1]];
    assert_eq!(first.len(), 16, "no more than were wanted");
    assert_eq!(count(first, |outcome| matches!(outcome, Outcome::Measured(_))), 6);
    assert_eq!(count(first, |outcome| matches!(outcome, Outcome::Repeat(_))), 2, "b+a is a+b");
    assert_eq!(count(first, |outcome| matches!(outcome, Outcome::Infeasible)), 4);
    assert_eq!(count(first, |outcome| matches!(outcome, Outcome::OutOfDomain)), 4);
    assert_eq!(count(second, |outcome| matches!(outcome, Outcome::Measured(_))), 0);
    for trial in outcome.history.trials() {
        assert!(space.cost(&trial.arch)[0] <= 3.0 && trial.arch.choices()[1] == 1);
    }
    assert_eq!(outcome.stop_reason, StopReason::Stuck);
    assert_eq!(outcome.rounds.len(), 1, "rounds without a query are not kept");
}

#[test]
fn a_repeat_costs_nothing_and_has_the_first_value() {
    let space = Toy::default();
    for (distinct, queries) in [(Distinct::Isomorphism, 10), (Distinct::String, 12)] {
        let settings = StudySettings { distinct, ..StudySettings::new(16, 0) };
        let mut strategy = Careless::default();
        let outcome =
            Study::new(&space, &Branched, settings).unwrap().run(&mut strategy, &mut []).unwrap();
        assert_eq!(outcome.history.trials().len(), queries, "{distinct:?}");
        let twin = space.parse("b+a/narrow").unwrap();
        let seen = strategy.told[0].iter().find(|seen| seen.arch == twin).unwrap();
        let known = matches!(seen.outcome, Outcome::Repeat(_));
        assert_eq!(known, distinct == Distinct::Isomorphism);
        let value = if known { 0.0 } else { 1.0 };
        assert!((seen.value().unwrap() - value).abs() < 1e-12, "a+b was measured first");
    }
}

/// Takes as many hours as the first choice says.
#[derive(Debug)]
struct Slow {
    says_so: bool,
}

impl Evaluator for Slow {
    fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError> {
        let train_seconds = self.says_so.then(|| 3_600.0 * f64::from(arch.choices()[0]));
        Ok(Evaluation::Measured(Measurement { train_seconds, ..Measurement::new(1.0) }))
    }
}

#[test]
fn a_time_budget_ends_the_study_with_the_query_that_reaches_it() {
    let space = Toy::default();
    let settings = StudySettings { max_train_seconds: Some(5_000.0), ..StudySettings::new(16, 0) };
    let run = |evaluator: &Slow| {
        let study = Study::new(&space, evaluator, settings.clone()).unwrap();
        study.run(&mut Careless::default(), &mut [])
    };
    let outcome = run(&Slow { says_so: true }).unwrap();
    assert_eq!(outcome.stop_reason, StopReason::TimeBudget);
    let seconds: Vec<_> =
        outcome.history.trials().iter().filter_map(|t| t.measurement.train_seconds).collect();
    let used: f64 = seconds.iter().sum();
    assert!((outcome.history.train_seconds() - used).abs() < 1e-9 && used >= 5_000.0);
    assert!(used - seconds.last().unwrap() < 5_000.0, "the query before left time");
    let error = run(&Slow { says_so: false });
    let Err(StudyError::NoTrainSeconds { arch }) = error else { panic!("{error:?}") };
    assert!(space.parse(&arch).is_ok(), "{arch} is in the space's notation");
    for seconds in [0.0, -1.0, f64::NAN] {
        let settings = StudySettings { max_train_seconds: Some(seconds), ..settings.clone() };
        let refused = Study::new(&space, &Branched, settings);
        assert!(matches!(refused, Err(StudyError::TimeBudget { .. })), "{seconds}");
    }
}
