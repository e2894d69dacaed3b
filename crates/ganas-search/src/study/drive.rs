//! The simplest way to run a study: with one evaluator, one trial at a time.

use std::sync::{Mutex, PoisonError};

use super::{ReportReply, Study, Told};
use crate::{Cancel, Evaluator, Job, OpenTrial, Report, Reporter, StopReason, StudyError, TrialId};

impl Study {
    /// Evaluates one trial, tells the study the result, and returns what the study has done with
    /// the result. Returns `None` if `cancel` is set. Also returns `None` if the study has no trial
    /// to evaluate, which normally means that it has ended.
    ///
    /// # Errors
    /// Any error of the evaluator, [`Study::ask`] or [`Study::tell`].
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
        let direct = Direct { study: Mutex::new((self, None)), trial: open.trial };
        let job = Job { reporter: Some(&direct), ..open.job(&*space, cancel) };
        let evaluation = evaluator.evaluate(&job);
        let (study, error) = direct.study.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = error {
            return Err(error);
        }
        let evaluation = evaluation.map_err(|error| StudyError::evaluation(&*space, error))?;
        study.tell(open.trial, evaluation).map(Some)
    }

    /// Evaluates trials until the study ends, and returns the reason why the study ended.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use ganas_graph::spaces::NasBench201;
    /// use ganas_search::{
    ///     Evaluation, EvaluationError, Evaluator, Job, Measurement, StopReason, Study, StudySettings,
    ///     baselines::RandomSearch,
    /// };
    ///
    /// /// Prefers late operators.
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
    /// The errors of [`Study::step`].
    pub fn optimize(&mut self, evaluator: &dyn Evaluator) -> Result<StopReason, StudyError> {
        let never = Cancel::default();
        while self.step(evaluator, &never)?.is_some() {}
        Ok(self.stop_reason().unwrap_or(StopReason::Interrupted))
    }
}

/// A reporter that passes reports directly to the study, which waits for the evaluation to end.
#[derive(Debug)]
struct Direct<'s> {
    /// The study, and the first error that a report caused.
    study: Mutex<(&'s mut Study, Option<StudyError>)>,
    trial: TrialId,
}

impl Reporter for Direct<'_> {
    fn begin(&self) {
        let mut locked = self.study.lock().unwrap_or_else(PoisonError::into_inner);
        // The trial is open while it is evaluated.
        let _ = locked.0.report_anew(self.trial);
    }

    fn report(&self, report: Report) -> Option<u64> {
        let mut locked = self.study.lock().unwrap_or_else(PoisonError::into_inner);
        let (study, met) = &mut *locked;
        match study.report(self.trial, report) {
            Ok(ReportReply::Stop { step }) => Some(step),
            Err(error) if !error.is_refusal() => {
                met.get_or_insert(error);
                None
            }
            Ok(ReportReply::Continue) | Err(_) => None,
        }
    }
}

impl OpenTrial {
    /// Returns the job that describes this trial to an evaluator.
    pub fn job<'a>(
        &'a self,
        space: &'a dyn ganas_graph::SearchSpace,
        cancel: &'a Cancel,
    ) -> Job<'a> {
        let Self { trial, arch, seed, attempts_before, rung, .. } = self;
        let (trial, seed, attempts_before, rung) = (*trial, *seed, *attempts_before, *rung);
        Job { space, arch, trial, seed, attempts_before, rung, cancel, reporter: None }
    }
}
