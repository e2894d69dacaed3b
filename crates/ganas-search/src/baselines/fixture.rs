//! A study for the baselines' own tests.

use std::sync::{Arc, Mutex};

use ganas_graph::{Arch, spaces::NasBench201};

use crate::{
    Context, Evaluation, EvaluationError, Evaluator, Job, Measurement, Proposal, Strategy,
    StrategyError, Study, StudyOutcome, StudySettings,
};

/// An evaluator with several local maxima: the value is the sum of the choices, plus a bonus for
/// each pair of equal adjacent choices.
#[derive(Debug)]
struct Rugged;

impl Evaluator for Rugged {
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let sum: f64 = job.arch.choices().iter().map(|&choice| f64::from(choice)).sum();
        let equal = job.arch.choices().windows(2).filter(|pair| pair[0] == pair[1]).count();
        let value = sum + 3.5 * equal as f64;
        Ok(Evaluation::Measured(Measurement::new(value)))
    }
}

/// Runs a study of `budget` queries on NAS-Bench-201 with seed 1.
pub(super) fn study(strategy: impl Strategy + 'static, budget: usize) -> StudyOutcome {
    let space = Arc::new(NasBench201::default());
    let settings = StudySettings::new(budget, 1);
    let mut study = Study::new(space, Box::new(strategy), settings).unwrap();
    study.optimize(&Rugged).unwrap();
    study.into_outcome()
}

pub(super) fn distance(one: &Arch, other: &Arch) -> usize {
    one.choices().iter().zip(other.choices()).filter(|(a, b)| a != b).count()
}

/// A strategy that a test can inspect after the study.
#[derive(Debug)]
pub(super) struct Shared<S>(pub(super) Arc<Mutex<S>>);

impl<S: Strategy> Strategy for Shared<S> {
    fn name(&self) -> &'static str {
        "shared"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.0.lock().unwrap().ask(context)
    }
}
