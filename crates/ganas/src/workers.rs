//! Drives a study with an evaluator on as many threads as there are workers.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use ganas_graph::SearchSpace;
use ganas_search::{
    Cancel, Evaluation, EvaluationError, Evaluator, OpenTrial, Study, StudyError, Told,
};
use log::debug;

/// What happens to a trial while workers are at work on its study.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'e> {
    /// Its evaluation begins.
    Began(&'e OpenTrial),
    /// Its evaluation has ended, and the study was told.
    Ended {
        /// The trial.
        trial: &'e OpenTrial,
        /// What the evaluator said.
        evaluation: &'e Evaluation,
        /// What became of it in the study.
        told: &'e Told,
        /// How long the evaluation took.
        took: Duration,
    },
}

/// Hears of events, with the study as it is then.
pub type OnEvent<'e> = dyn FnMut(&Study, &Event<'_>) + 'e;

type Done = (OpenTrial, Duration, Result<Evaluation, EvaluationError>);

/// Threads that evaluate the trials of a study.
#[derive(Debug)]
pub struct Workers<'w> {
    space: &'w dyn SearchSpace,
    count: usize,
    /// Trials under way.
    flying: usize,
    work: Sender<OpenTrial>,
    done: Receiver<thread::Result<Done>>,
    /// Set by whoever wants the work to end.
    wanted: &'w Cancel,
    /// Set for what is under way, by us too.
    cancel: Cancel,
}

/// Runs `body` with workers, at least one. What is still under way when it ends is cancelled and
/// waited for.
///
/// # Panics
/// If the evaluator panicked, as it did.
pub fn with<T>(
    evaluator: &dyn Evaluator,
    space: &dyn SearchSpace,
    count: usize,
    cancel: &Cancel,
    body: impl FnOnce(&mut Workers<'_>) -> T,
) -> T {
    let (wanted, cancel) = (cancel, cancel.child());
    let (work, to_do) = mpsc::channel();
    let (results, done) = mpsc::channel();
    let (to_do, count) = (&Mutex::new(to_do), count.max(1));
    let inner = &cancel.clone();
    thread::scope(|scope| {
        for _ in 0..count {
            let results = results.clone();
            scope.spawn(move || serve(evaluator, space, inner, to_do, &results));
        }
        body(&mut Workers { space, count, flying: 0, work, done, wanted, cancel })
    })
}

/// Evaluates until there will be no more work.
fn serve(
    evaluator: &dyn Evaluator,
    space: &dyn SearchSpace,
    cancel: &Cancel,
    to_do: &Mutex<Receiver<OpenTrial>>,
    results: &Sender<thread::Result<Done>>,
) {
    loop {
        let next = to_do.lock().map(|to_do| to_do.recv());
        let Ok(Ok(open)) = next else { return };
        let evaluate = || {
            let started = Instant::now();
            let evaluation = evaluator.evaluate(&open.job(space, cancel));
            (open, started.elapsed(), evaluation)
        };
        if results.send(catch_unwind(AssertUnwindSafe(evaluate))).is_err() {
            return;
        }
    }
}

impl Workers<'_> {
    /// Keeps all workers busy and takes the next result; `None` if the study has ended, or its work is
    /// no longer wanted, and nothing is under way any more. `on_event` hears of what begins and ends.
    ///
    /// # Errors
    /// What the evaluator, the strategy or the store failed with. What else was under way is cancelled
    /// then; what ended nevertheless is stored.
    ///
    /// # Panics
    /// If the evaluator panicked, as it did.
    pub fn step(
        &mut self,
        study: &mut Study,
        on_event: &mut OnEvent<'_>,
    ) -> Result<Option<Told>, StudyError> {
        let told = self.fill(study, on_event).and_then(|()| self.take(study, on_event));
        if told.is_err() {
            self.cancel.set();
            while self.flying > 0 {
                // The first error is the one to tell of.
                let _ = self.take(study, on_event);
            }
        }
        told
    }

    /// Gives work to whoever has none.
    fn fill(&mut self, study: &mut Study, on_event: &mut OnEvent<'_>) -> Result<(), StudyError> {
        while self.flying < self.count && !self.wanted.is_set() {
            let asked = Instant::now();
            let open = study.ask(self.count - self.flying)?;
            debug!(
                "asked for {} trials, got {} after {:?}",
                self.count - self.flying,
                open.len(),
                asked.elapsed()
            );
            if open.is_empty() {
                break;
            }
            for open in open {
                study.begin(open.trial)?;
                on_event(study, &Event::Began(&open));
                self.work.send(open).expect("workers wait for as long as this lives");
                self.flying += 1;
            }
        }
        Ok(())
    }

    /// Waits for a result and tells it.
    fn take(
        &mut self,
        study: &mut Study,
        on_event: &mut OnEvent<'_>,
    ) -> Result<Option<Told>, StudyError> {
        if self.flying == 0 {
            return Ok(None);
        }
        let panicked = |payload: Box<dyn Any + Send>| -> Done { resume_unwind(payload) };
        let done = self.done.recv().expect("workers live as long as this");
        let (trial, took, evaluation) = done.unwrap_or_else(panicked);
        self.flying -= 1;
        let evaluation = evaluation.map_err(|error| StudyError::evaluation(self.space, error))?;
        let told = study.tell(trial.trial, evaluation.clone())?;
        on_event(
            study,
            &Event::Ended { trial: &trial, evaluation: &evaluation, told: &told, took },
        );
        if study.stop_reason().is_some() {
            self.cancel.set_for_good();
        }
        Ok(Some(told))
    }
}

/// What is under way ends, whether the body returned or panicked.
impl Drop for Workers<'_> {
    fn drop(&mut self) {
        self.cancel.set();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ganas_graph::spaces::NasBench201;
    use ganas_search::baselines::RandomSearch;
    use ganas_search::{Job, Measurement, StopReason, StudySettings, TrialId};

    use super::*;

    /// Trial 0 ends at once, trial 2 does not let itself be evaluated, trial 9 panics; the others wait
    /// until they are cancelled.
    #[derive(Debug)]
    struct Patient;

    impl Evaluator for Patient {
        fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
            assert!(job.trial.0 != 9, "trial 9");
            while job.trial.0 % 3 == 1 && !job.cancel.is_set() {
                thread::yield_now();
            }
            match job.trial.0 % 3 {
                0 => Ok(Evaluation::Measured(Measurement::new(job.trial.0 as f64))),
                1 => Ok(Evaluation::Cancelled),
                _ => Err(EvaluationError { arch: job.arch.clone(), source: "no table".into() }),
            }
        }
    }

    fn study(target: Option<f64>) -> Study {
        let space = Arc::new(NasBench201::default());
        let settings =
            StudySettings { workers: 2, asynchronous: true, target, ..StudySettings::new(20, 0) };
        Study::new(space, Box::new(RandomSearch), settings).unwrap()
    }

    fn with_patient<T>(count: usize, body: impl FnOnce(&mut Workers<'_>) -> T) -> T {
        with(&Patient, &NasBench201::default(), count, &Cancel::default(), body)
    }

    #[test]
    fn a_slow_evaluation_holds_up_nobody() {
        let mut study = study(None);
        with_patient(2, |workers| workers.step(&mut study, &mut |_, _| {}).unwrap());
        assert_eq!(study.history().trials()[0].trial, TrialId(0), "trial 1 ends with the workers");
    }

    #[test]
    fn a_study_that_ends_cancels_what_is_under_way() {
        let mut study = study(Some(-1.0));
        let told = with_patient(2, |workers| {
            let told = std::iter::from_fn(|| workers.step(&mut study, &mut |_, _| {}).unwrap());
            told.collect::<Vec<_>>()
        });
        assert!(matches!(told[..], [Told::Counted(_), Told::GivenUp]), "{told:?}");
        assert_eq!(study.stop_reason(), Some(StopReason::Target));
    }

    #[test]
    fn what_begins_and_ends_is_told() {
        let mut study = study(None);
        let mut heard = Vec::new();
        with_patient(1, |workers| {
            let mut on_event = |study: &Study, event: &Event<'_>| match event {
                Event::Began(open) => heard.push((open.trial, None)),
                Event::Ended { trial, evaluation, .. } => {
                    assert!(matches!(evaluation, Evaluation::Measured(_)));
                    heard.push((trial.trial, Some(study.history().queries())));
                }
            };
            workers.step(&mut study, &mut on_event).unwrap();
        });
        assert_eq!(heard, [(TrialId(0), None), (TrialId(0), Some(1))]);
    }

    #[test]
    fn an_error_names_the_architecture_and_ends_all_workers() {
        let mut study = study(None);
        let error = with_patient(2, |workers| {
            loop {
                if let Err(error) = workers.step(&mut study, &mut |_, _| {}) {
                    assert_eq!(workers.flying, 0);
                    break error.to_string();
                }
            }
        });
        assert!(error.starts_with("evaluation of |") && error.ends_with("|: no table"), "{error}");
    }

    #[test]
    fn what_is_not_wanted_is_not_begun() {
        let (mut study, cancel) = (study(None), Cancel::default());
        cancel.set();
        let space = NasBench201::default();
        let told = with(&Patient, &space, 2, &cancel, |workers| {
            workers.step(&mut study, &mut |_, _| {}).unwrap()
        });
        assert_eq!((told, study.open_trials().count()), (None, 0));
    }

    #[test]
    #[should_panic(expected = "trial 9")]
    fn a_panic_of_the_evaluator_is_passed_on() {
        #[derive(Debug)]
        struct Panics;
        impl Evaluator for Panics {
            fn evaluate(&self, _: &Job<'_>) -> Result<Evaluation, EvaluationError> {
                panic!("trial 9")
            }
        }
        let mut study = study(None);
        let space = NasBench201::default();
        let never = Cancel::default();
        let _ =
            with(&Panics, &space, 2, &never, |workers| workers.step(&mut study, &mut |_, _| {}));
    }
}
