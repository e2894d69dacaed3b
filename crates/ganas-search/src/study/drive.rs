//! The simplest driver: an evaluator, one trial after the other.

use super::{Study, Told};
use crate::{Cancel, Evaluator, Job, OpenTrial, StopReason, StudyError};

impl Study {
    /// Evaluates one trial; `None` if the study has ended, or `cancel` is set.
    ///
    /// # Errors
    /// What the evaluator failed with, or [`Study::ask`] and [`Study::tell`].
    pub fn step(
        &mut self,
        evaluator: &dyn Evaluator,
        cancel: &Cancel,
    ) -> Result<Option<Told>, StudyError> {
        if cancel.is_set() {
            return Ok(None);
        }
        let Some(open) = self.ask(1)?.pop() else { return Ok(None) };
        self.begin(open.trial)?;
        let space = self.space().clone();
        let evaluation = evaluator.evaluate(&open.job(&*space, cancel));
        let evaluation = evaluation.map_err(|error| StudyError::evaluation(&*space, error))?;
        self.tell(open.trial, evaluation).map(Some)
    }

    /// Evaluates until the study ends.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use ganas_graph::spaces::NasBench201;
    /// use ganas_search::{
    ///     Evaluation, EvaluationError, Evaluator, Job, Measurement, StopReason, Study, StudySettings,
    ///     baselines::RandomSearch,
    /// };
    ///
    /// /// Likes late operators.
    /// #[derive(Debug)]
    /// struct Toy;
    /// impl Evaluator for Toy {
    ///     fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
    ///         let value = job.arch.choices().iter().map(|&choice| f64::from(choice)).sum();
    ///         Ok(Evaluation::Measured(Measurement::new(value)))
    ///     }
    /// }
    ///
    /// let space = Arc::new(NasBench201::default());
    /// let mut study = Study::new(space, Box::new(RandomSearch), StudySettings::new(20, 7))?;
    /// assert_eq!(study.optimize(&Toy)?, StopReason::Budget);
    /// assert_eq!(study.history().queries(), 20);
    /// # Ok::<(), ganas_search::StudyError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Study::step`].
    pub fn optimize(&mut self, evaluator: &dyn Evaluator) -> Result<StopReason, StudyError> {
        let never = Cancel::default();
        while self.step(evaluator, &never)?.is_some() {}
        Ok(self.stop_reason().unwrap_or(StopReason::Interrupted))
    }
}

impl OpenTrial {
    /// The trial as an evaluator wants it.
    pub fn job<'a>(
        &'a self,
        space: &'a dyn ganas_graph::SearchSpace,
        cancel: &'a Cancel,
    ) -> Job<'a> {
        let Self { trial, arch, seed, attempts_before, rung, .. } = self;
        let (trial, seed, attempts_before, rung) = (*trial, *seed, *attempts_before, *rung);
        Job { space, arch, trial, seed, attempts_before, rung, cancel }
    }
}
