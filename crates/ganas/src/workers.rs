//! Runs a study with workers. Each worker is a thread that calls the evaluator.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ganas_graph::SearchSpace;
use ganas_search::{
    Cancel, Evaluation, EvaluationError, Evaluator, Job, OpenTrial, Report, ReportReply, Reporter,
    Study, StudyError, Told,
};
use log::debug;

/// An event in the evaluation of a trial by a worker.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'e> {
    /// The evaluation of a trial begins.
    Started(&'e OpenTrial),
    /// A running trial sent an invalid report. The report was ignored, and the evaluation
    /// continues.
    Refused {
        /// The trial.
        trial: &'e OpenTrial,
        /// A message that states what was expected in the report and what was found.
        found: &'e str,
    },
    /// The evaluation of a trial has ended, and the study has received the result.
    Ended {
        /// The trial.
        trial: &'e OpenTrial,
        /// The evaluation.
        evaluation: &'e Evaluation,
        /// What the study did with the result of the evaluation.
        told: &'e Told,
        /// The duration of the evaluation.
        took: Duration,
    },
}

/// A callback for events. It receives the study in its current state, and the event.
pub type OnEvent<'e> = dyn FnMut(&Study, &Event<'_>) + 'e;

type Done = (OpenTrial, Duration, Result<Evaluation, EvaluationError>);

/// A message from a running trial.
#[derive(Debug)]
enum TrialMessage {
    /// The first or a later attempt begins.
    Started,
    /// A report.
    Report(Report),
    /// An invalid report.
    Invalid(String),
}

/// A message from a worker.
#[derive(Debug)]
enum Message {
    /// A running trial has sent a message and waits for the answer.
    Trial(OpenTrial, TrialMessage, Sender<Option<u64>>),
    /// An evaluation has ended or panicked.
    Done(Box<thread::Result<Done>>),
}

/// Threads that evaluate the trials of a study.
#[derive(Debug)]
pub struct Workers<'w> {
    space: &'w dyn SearchSpace,
    count: usize,
    /// Number of trials in flight.
    in_flight: usize,
    work: Sender<OpenTrial>,
    messages: Receiver<Message>,
    /// Set by the caller to end the work.
    wanted: &'w Cancel,
    /// Set to cancel the evaluations in flight, by the caller or by this type.
    cancel: Cancel,
}

/// Starts `count` workers, or one worker if `count` is 0, and runs `body` with them. When `body`
/// returns, cancels all evaluations that are still running, and waits for them to end.
///
/// # Panics
/// If the evaluator panicked.
pub fn with<T>(
    evaluator: &dyn Evaluator,
    space: &dyn SearchSpace,
    count: usize,
    cancel: &Cancel,
    body: impl FnOnce(&mut Workers<'_>) -> T,
) -> T {
    let (wanted, cancel) = (cancel, cancel.child());
    let (work, to_do) = mpsc::channel();
    let (sender, messages) = mpsc::channel();
    let (to_do, count) = (&Mutex::new(to_do), count.max(1));
    let inner = &cancel.clone();
    thread::scope(|scope| {
        for _ in 0..count {
            let sender = sender.clone();
            scope.spawn(move || serve(evaluator, space, inner, to_do, &sender));
        }
        body(&mut Workers { space, count, in_flight: 0, work, messages, wanted, cancel })
    })
}

/// Evaluates trials until there is no more work.
fn serve(
    evaluator: &dyn Evaluator,
    space: &dyn SearchSpace,
    cancel: &Cancel,
    to_do: &Mutex<Receiver<OpenTrial>>,
    sender: &Sender<Message>,
) {
    loop {
        let next = to_do.lock().map(|to_do| to_do.recv());
        let Ok(Ok(open)) = next else { return };
        let evaluate = || {
            let started = Instant::now();
            let sender = Mutex::new(sender.clone());
            let reporter = Channel { open: &open, sender };
            let job = Job { reporter: Some(&reporter), ..open.job(space, cancel) };
            let evaluation = evaluator.evaluate(&job);
            (open, started.elapsed(), evaluation)
        };
        let done = catch_unwind(AssertUnwindSafe(evaluate));
        if sender.send(Message::Done(Box::new(done))).is_err() {
            return;
        }
    }
}

/// Passes a trial's reports to the thread that drives the study.
#[derive(Debug)]
struct Channel<'o> {
    open: &'o OpenTrial,
    sender: Mutex<Sender<Message>>,
}

impl Channel<'_> {
    fn send(&self, said: TrialMessage) -> Option<u64> {
        let (answer, answers) = mpsc::channel();
        let sent = self.sender.lock().unwrap_or_else(PoisonError::into_inner).send(Message::Trial(
            self.open.clone(),
            said,
            answer,
        ));
        // The driver of the study answers, or is gone.
        sent.ok().and_then(|()| answers.recv().ok().flatten())
    }
}

impl Reporter for Channel<'_> {
    fn begin(&self) {
        self.send(TrialMessage::Started);
    }

    fn report(&self, report: Report) -> Option<u64> {
        self.send(TrialMessage::Report(report))
    }

    fn refuse(&self, found: &str) {
        self.send(TrialMessage::Invalid(found.into()));
    }
}

impl Workers<'_> {
    /// Gives work to all idle workers and waits until the evaluation of a trial ends. Returns what
    /// the study did with the trial's result, or `None` if there was nothing to wait for, because
    /// the study has ended or was cancelled. `on_event` is called for each event.
    ///
    /// # Errors
    /// Any error of the evaluator, the strategy or the store. In that case, all other running
    /// evaluations are cancelled. If one of them completes nevertheless, its result is stored.
    ///
    /// # Panics
    /// If the evaluator panicked.
    pub fn step(
        &mut self,
        study: &mut Study,
        on_event: &mut OnEvent<'_>,
    ) -> Result<Option<Told>, StudyError> {
        let told = self.fill(study, on_event).and_then(|()| self.take(study, on_event));
        if told.is_err() {
            self.cancel.set();
            while self.in_flight > 0 {
                // The first error is the one to report.
                let _ = self.take(study, on_event);
            }
        }
        told
    }

    /// Assigns work to idle workers.
    fn fill(&mut self, study: &mut Study, on_event: &mut OnEvent<'_>) -> Result<(), StudyError> {
        while self.in_flight < self.count && !self.wanted.is_set() {
            let asked = Instant::now();
            let open = study.ask(self.count - self.in_flight)?;
            debug!(
                "asked for {} trials, got {} after {:?}",
                self.count - self.in_flight,
                open.len(),
                asked.elapsed()
            );
            if open.is_empty() {
                break;
            }
            for open in open {
                study.begin(open.trial)?;
                on_event(study, &Event::Started(&open));
                self.work.send(open).expect("workers wait for as long as this lives");
                self.in_flight += 1;
            }
        }
        Ok(())
    }

    /// Answers a message from a running trial.
    fn answer(
        study: &mut Study,
        on_event: &mut OnEvent<'_>,
        (trial, said): (&OpenTrial, TrialMessage),
    ) -> Result<Option<u64>, StudyError> {
        let refused = match said {
            TrialMessage::Started => return study.report_anew(trial.trial).map(|()| None),
            TrialMessage::Invalid(found) => found,
            TrialMessage::Report(report) => match study.report(trial.trial, report) {
                Ok(ReportReply::Continue) => return Ok(None),
                Ok(ReportReply::Stop { step }) => return Ok(Some(step)),
                Err(error) if error.is_refusal() => error.to_string(),
                Err(error) => return Err(error),
            },
        };
        on_event(study, &Event::Refused { trial, found: &refused });
        Ok(None)
    }

    /// Waits for a result, answering reports meanwhile, and tells the result to the study.
    fn take(
        &mut self,
        study: &mut Study,
        on_event: &mut OnEvent<'_>,
    ) -> Result<Option<Told>, StudyError> {
        if self.in_flight == 0 {
            return Ok(None);
        }
        let panicked = |payload: Box<dyn Any + Send>| -> Done { resume_unwind(payload) };
        let done = loop {
            match self.messages.recv().expect("workers live as long as this") {
                Message::Done(done) => break *done,
                Message::Trial(trial, said, answer) => {
                    let step = Self::answer(study, on_event, (&trial, said))?;
                    // A worker that has panicked no longer waits.
                    let _ = answer.send(step);
                }
            }
        };
        let (trial, took, evaluation) = done.unwrap_or_else(panicked);
        self.in_flight -= 1;
        let evaluation = evaluation.map_err(|error| StudyError::evaluation(self.space, error))?;
        let told = study.tell(trial.trial, evaluation.clone())?;
        on_event(
            study,
            &Event::Ended { trial: &trial, evaluation: &evaluation, told: &told, took },
        );
        if study.stop_reason().is_some() {
            self.cancel.cancel_permanently();
        }
        Ok(Some(told))
    }
}

/// Cancels the evaluations in flight, whether the body returned or panicked.
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

    /// Trial 0 ends at once, trial 2 cannot be evaluated, trial 9 panics; the others wait until
    /// they are cancelled.
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
                Event::Refused { .. } => {}
                Event::Started(open) => heard.push((open.trial, None)),
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
                    assert_eq!(workers.in_flight, 0);
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
