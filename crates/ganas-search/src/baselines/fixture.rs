//! A study for the baselines' own tests.

use ganas_graph::{Arch, spaces::NasBench201};

use crate::{
    Evaluation, EvaluationError, Evaluator, Measurement, Strategy, Study, StudyOutcome,
    StudySettings,
};

/// The sum of the choices, and a little more if neighbouring choices are equal, so that there are
/// several local maxima.
#[derive(Debug)]
struct Rugged;

impl Evaluator for Rugged {
    fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError> {
        let sum: f64 = arch.choices().iter().map(|&choice| f64::from(choice)).sum();
        let equal = arch.choices().windows(2).filter(|pair| pair[0] == pair[1]).count();
        let value = sum + 3.5 * equal as f64;
        Ok(Evaluation::Measured(Measurement::new(value)))
    }
}

/// A study of `budget` queries on NAS-Bench-201 with seed 1.
pub(super) fn study(strategy: &mut dyn Strategy, budget: usize) -> StudyOutcome {
    let space = NasBench201::default();
    let study = Study::new(&space, &Rugged, StudySettings::new(budget, 1)).unwrap();
    study.run(strategy, &mut []).unwrap()
}

/// Number of choices that differ.
pub(super) fn distance(one: &Arch, other: &Arch) -> usize {
    one.choices().iter().zip(other.choices()).filter(|(a, b)| a != b).count()
}
