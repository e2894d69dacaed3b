//! Evaluators of made-up values, for any space.

use ganas_graph::{Arch, ArchHash, SearchSpace};
use ganas_search::{Evaluation, EvaluationError, Evaluator, Measurement};

fn measured(value: f64) -> Evaluation {
    Evaluation::Measured(Measurement::new(value))
}

/// The sum of the choices, and up to one more by chance, the same for isomorphic architectures.
#[derive(Debug)]
pub(super) struct Made<'a>(pub(super) &'a dyn SearchSpace);

impl Evaluator for Made<'_> {
    fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError> {
        let sum: f64 = arch.choices().iter().map(|&choice| f64::from(choice)).sum();
        Ok(measured(sum + f64::from(self.0.canonical(arch).as_bytes()[0]) / 256.0))
    }
}

/// Knows only some architectures, about half of all.
#[derive(Debug)]
pub(super) struct Half<'a>(pub(super) &'a dyn SearchSpace);

impl Half<'_> {
    pub(super) fn knows(hash: ArchHash) -> bool {
        hash.as_bytes()[1].is_multiple_of(2)
    }
}

impl Evaluator for Half<'_> {
    fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError> {
        if Self::knows(self.0.canonical(arch)) {
            return Made(self.0).evaluate(arch);
        }
        Ok(Evaluation::OutOfDomain)
    }
}

/// Gives one value to all.
#[derive(Debug)]
pub(super) struct Constant(pub(super) f64);

impl Evaluator for Constant {
    fn evaluate(&self, _: &Arch) -> Result<Evaluation, EvaluationError> {
        Ok(measured(self.0))
    }
}
