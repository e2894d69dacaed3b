//! Drives a study with an evaluator on as many threads as there are workers.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use ganas_graph::SearchSpace;
use ganas_search::{
    Cancel, Evaluation, EvaluationError, Evaluator, OpenTrial, Study, StudyError, Told, TrialId,
};

type Done = (TrialId, Result<Evaluation, EvaluationError>);

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
        let evaluate = || (open.trial, evaluator.evaluate(&open.job(space, cancel)));
        if results.send(catch_unwind(AssertUnwindSafe(evaluate))).is_err() {
            return;
        }
    }
}

impl Workers<'_> {
    /// Keeps all workers busy and takes the next result; `None` if the study has ended, or its work is
    /// no longer wanted, and nothing is under way any more.
    ///
    /// # Errors
    /// What the evaluator, the strategy or the store failed with. What else was under way is cancelled
    /// then; what ended nevertheless is stored.
    ///
    /// # Panics
    /// If the evaluator panicked, as it did.
    pub fn step(&mut self, study: &mut Study) -> Result<Option<Told>, StudyError> {
        let told = self.fill(study).and_then(|()| self.take(study));
        if told.is_err() {
            self.cancel.set();
            while self.flying > 0 {
                // The first error is the one to tell of.
                let _ = self.take(study);
            }
        }
        told
    }

    /// Gives work to whoever has none.
    fn fill(&mut self, study: &mut Study) -> Result<(), StudyError> {
        while self.flying < self.count && !self.wanted.is_set() {
            let open = study.ask(self.count - self.flying)?;
            if open.is_empty() {
                break;
            }
            for open in open {
                study.begin(open.trial)?;
                self.work.send(open).expect("workers wait for as long as this lives");
                self.flying += 1;
            }
        }
        Ok(())
    }

    /// Waits for a result and tells it.
    fn take(&mut self, study: &mut Study) -> Result<Option<Told>, StudyError> {
        if self.flying == 0 {
            return Ok(None);
        }
        let panicked = |payload: Box<dyn Any + Send>| -> Done { resume_unwind(payload) };
        let done = self.done.recv().expect("workers live as long as this");
        let (trial, evaluation) = done.unwrap_or_else(panicked);
        self.flying -= 1;
        let evaluation = evaluation.map_err(|error| StudyError::evaluation(self.space, error))?;
        let told = study.tell(trial, evaluation)?;
        if study.stop_reason().is_some() {
            self.cancel.set();
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
