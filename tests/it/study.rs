//! The study enforces its rules even if a strategy breaks them all.

use std::sync::{Arc, Mutex};

use ganas_graph::{SearchSpace, moves};
use ganas_search::{
    Bound, Constraint, Context, Distinct, Evaluation, EvaluationError, Evaluator, Job,
    KnownMetrics, Measurement, Observation, Outcome, Proposal, StopReason, Strategy, StrategyError,
    Study, StudyError, StudyOutcome, StudySettings,
};

use crate::evaluating;
use crate::toy::Toy;

/// What a strategy was told, question by question.
type Told = Arc<Mutex<Vec<Vec<Observation>>>>;

/// Proposes the whole space in every round, whatever is wanted and known.
#[derive(Debug, Default)]
struct Careless {
    told: Told,
}

impl Strategy for Careless {
    fn name(&self) -> &'static str {
        "careless"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.told.lock().unwrap().push(context.news.to_vec());
        let all = moves::enumerate(context.space);
        Ok(all.map(|arch| context.proposal(arch, "careless")).collect())
    }
}

/// Knows what has a branch.
#[derive(Debug)]
struct Branched;

impl Evaluator for Branched {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let choices = job.arch.choices();
        if choices[1] == 0 {
            return Ok(Evaluation::OutOfDomain);
        }
        let value = f64::from(choices[0]);
        Ok(Evaluation::Measured(Measurement::new(value)))
    }
}

/// A study by [`Careless`], and what that was told from its second question on.
fn careless(
    evaluator: &dyn Evaluator,
    settings: StudySettings,
) -> Result<(StudyOutcome, Vec<Vec<Observation>>), StudyError> {
    let told = Told::default();
    let strategy = Box::new(Careless { told: told.clone() });
    let space: Arc<dyn SearchSpace> = Arc::new(Toy::default());
    let outcome = evaluating::search(&space, strategy, evaluator, settings)?;
    let told = told.lock().unwrap();
    assert!(told[0].is_empty(), "there is no news in the beginning");
    Ok((outcome, told[1..].to_vec()))
}

fn count(observations: &[Observation], matches: fn(&Outcome) -> bool) -> usize {
    observations.iter().filter(|seen| matches(&seen.outcome)).count()
}

#[test]
fn each_proposal_has_its_outcome() {
    let space = Toy::default();
    let limit = Constraint::parse(&space, KnownMetrics::Nothing, Bound::Max, "params=3").unwrap();
    let settings = StudySettings { constraints: vec![limit], ..StudySettings::new(16, 0) };
    let (outcome, told) = careless(&Branched, settings).unwrap();
    let [first, second] = [&told[0], &told[1]];
    assert_eq!(first.len(), 16, "no more than were wanted");
    assert_eq!(count(first, |outcome| matches!(outcome, Outcome::Measured(..))), 6);
    assert_eq!(count(first, |outcome| matches!(outcome, Outcome::Repeat(..))), 2, "b+a is a+b");
    assert_eq!(count(first, |outcome| matches!(outcome, Outcome::Infeasible)), 4);
    assert_eq!(count(first, |outcome| matches!(outcome, Outcome::OutOfDomain)), 4);
    assert_eq!(count(second, |outcome| matches!(outcome, Outcome::Measured(..))), 0);
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
        let (outcome, told) = careless(&Branched, settings).unwrap();
        assert_eq!(outcome.history.trials().len(), queries, "{distinct:?}");
        let twin = space.parse("b+a/narrow").unwrap();
        let seen = told[0].iter().find(|seen| seen.arch == twin).unwrap();
        let known = matches!(seen.outcome, Outcome::Repeat(..));
        assert_eq!(known, distinct == Distinct::Isomorphism);
        let value = if known { 0.0 } else { 1.0 };
        assert!((seen.score().unwrap().get() - value).abs() < 1e-12, "a+b was measured first");
    }
}

/// Takes as many hours as the first choice says.
#[derive(Debug)]
struct Slow {
    says_so: bool,
}

impl Evaluator for Slow {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let hours = f64::from(job.arch.choices()[0]);
        let train_seconds = self.says_so.then_some(3_600.0 * hours);
        Ok(Evaluation::Measured(Measurement { train_seconds, ..Measurement::new(1.0) }))
    }
}

#[test]
fn a_time_budget_ends_the_study_with_the_query_that_reaches_it() {
    let space = Toy::default();
    let settings = StudySettings { max_train_seconds: Some(5_000.0), ..StudySettings::new(16, 0) };
    let run = |says_so| careless(&Slow { says_so }, settings.clone());
    let (outcome, _) = run(true).unwrap();
    assert_eq!(outcome.stop_reason, StopReason::TimeBudget);
    let seconds: Vec<_> =
        outcome.history.trials().iter().filter_map(|t| t.measurement.train_seconds).collect();
    let used: f64 = seconds.iter().sum();
    assert!((outcome.history.train_seconds() - used).abs() < 1e-9 && used >= 5_000.0);
    assert!(used - seconds.last().unwrap() < 5_000.0, "the query before left time");
    let error = run(false);
    let Err(StudyError::NoTrainSeconds { arch }) = error else { panic!("{error:?}") };
    assert!(space.parse(&arch).is_ok(), "{arch} is in the space's notation");
    for seconds in [0.0, -1.0, f64::NAN] {
        let settings = StudySettings { max_train_seconds: Some(seconds), ..settings.clone() };
        let refused = Study::new(Arc::new(Toy::default()), Box::<Careless>::default(), settings);
        assert!(matches!(refused, Err(StudyError::TimeBudget { .. })), "{seconds}");
    }
}
