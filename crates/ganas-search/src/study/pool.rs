//! Evaluations on as many threads as there are workers; with one worker, on the caller's.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use ganas_graph::{Arch, SearchSpace};

use crate::{Cancel, Evaluation, EvaluationError, Evaluator, Job};

/// One evaluation to be made.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) trial: u64,
    pub(super) arch: Arch,
    pub(super) seed: u64,
    pub(super) attempts_before: u32,
}

/// The trial, and what came of it.
type Done = (u64, Result<Evaluation, EvaluationError>);

/// Takes work and gives results, in the order in which they come.
pub(super) struct Pool<'p> {
    maker: &'p Maker<'p>,
    lane: Lane,
}

enum Lane {
    Here(VecDeque<Work>),
    Threads { work: Sender<Work>, done: Receiver<thread::Result<Done>> },
}

/// Makes evaluations.
struct Maker<'p> {
    space: &'p dyn SearchSpace,
    evaluator: &'p dyn Evaluator,
    cancel: Cancel,
}

/// Runs `body` with a pool. What is still under way when it ends is cancelled.
pub(super) fn with_pool<T>(
    space: &dyn SearchSpace,
    evaluator: &dyn Evaluator,
    workers: usize,
    cancel: &Cancel,
    body: impl FnOnce(&mut Pool<'_>) -> T,
) -> T {
    let maker = &Maker { space, evaluator, cancel: cancel.child() };
    if workers <= 1 {
        return body(&mut Pool { maker, lane: Lane::Here(VecDeque::new()) });
    }
    let (work, to_do) = mpsc::channel();
    let (results, done) = mpsc::channel();
    let to_do = &Mutex::new(to_do);
    thread::scope(|scope| {
        for _ in 0..workers {
            let results = results.clone();
            scope.spawn(move || maker.serve(to_do, &results));
        }
        body(&mut Pool { maker, lane: Lane::Threads { work, done } })
    })
}

impl Maker<'_> {
    fn make(&self, work: &Work) -> Done {
        let Work { trial, ref arch, seed, attempts_before } = *work;
        let (space, cancel) = (self.space, &self.cancel);
        let job = Job { space, arch, trial, seed, attempts_before, cancel };
        (trial, self.evaluator.run(&job))
    }

    /// Works until there will be no more work.
    fn serve(&self, to_do: &Mutex<Receiver<Work>>, results: &Sender<thread::Result<Done>>) {
        loop {
            let next = to_do.lock().map(|to_do| to_do.recv());
            let Ok(Ok(work)) = next else { return };
            let done = catch_unwind(AssertUnwindSafe(|| self.make(&work)));
            if results.send(done).is_err() {
                return;
            }
        }
    }
}

impl Pool<'_> {
    /// Takes work.
    pub(super) fn submit(&mut self, work: Work) {
        match &mut self.lane {
            Lane::Here(queue) => queue.push_back(work),
            Lane::Threads { work: sender, .. } => {
                sender.send(work).expect("workers wait for as long as the pool lives");
            }
        }
    }

    /// Waits for a result; there must be work under way.
    ///
    /// # Panics
    /// If the evaluator panicked, as it did.
    pub(super) fn next(&mut self) -> Done {
        let panicked = |payload: Box<dyn Any + Send>| -> Done { resume_unwind(payload) };
        match &mut self.lane {
            Lane::Here(queue) => {
                let work = queue.pop_front().expect("a result is asked for after work was given");
                self.maker.make(&work)
            }
            Lane::Threads { done, .. } => {
                done.recv().expect("workers live as long as the pool").unwrap_or_else(panicked)
            }
        }
    }

    /// Tells what is under way that it is no longer wanted.
    pub(super) fn cancel(&self) {
        self.maker.cancel.set();
    }
}

/// Workers end, whether the study returned or panicked.
impl Drop for Pool<'_> {
    fn drop(&mut self) {
        self.cancel();
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use super::*;
    use crate::Measurement;

    /// Waits until it is cancelled, but for trial 0 and trial 9, which panics.
    #[derive(Debug)]
    struct Patient;

    impl Evaluator for Patient {
        fn evaluate(&self, _: &Arch) -> Result<Evaluation, EvaluationError> {
            Ok(Evaluation::Measured(Measurement::new(1.0)))
        }

        fn run(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
            assert!(job.trial != 9, "trial 9");
            while job.trial != 0 && !job.cancel.is_set() {
                thread::yield_now();
            }
            if job.trial == 0 { self.evaluate(job.arch) } else { Ok(Evaluation::Cancelled) }
        }
    }

    fn work(trial: u64) -> Work {
        let arch = Arch::from_choices(&NasBench201::default(), &[0; 6]).unwrap();
        Work { trial, arch, seed: 0, attempts_before: 0 }
    }

    fn with_patient<T>(body: impl FnOnce(&mut Pool<'_>) -> T) -> T {
        with_pool(&NasBench201::default(), &Patient, 2, &Cancel::default(), body)
    }

    #[test]
    fn a_slow_evaluation_holds_up_nobody() {
        let first = with_patient(|pool| {
            pool.submit(work(1));
            pool.submit(work(0));
            pool.next().0
        });
        assert_eq!(first, 0, "the other one ends with the pool");
    }

    #[test]
    #[should_panic(expected = "trial 9")]
    fn a_panic_of_the_evaluator_is_passed_on() {
        with_patient(|pool| {
            pool.submit(work(1));
            pool.submit(work(9));
            pool.next().0
        });
    }
}
