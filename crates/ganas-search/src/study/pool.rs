//! Evaluations on as many threads as there are workers; with one worker, on the caller's; or made by
//! somebody else.

use std::any::Any;
use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use ganas_graph::{Arch, SearchSpace};

use crate::{Cancel, Evaluation, EvaluationError, Evaluator, Job};

/// One evaluation to be made.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) trial: u64,
    pub(crate) arch: Arch,
    pub(crate) seed: u64,
    pub(crate) attempts_before: u32,
}

/// Somebody else who makes evaluations.
pub(crate) trait Exchange {
    /// Hands work out.
    fn offer(&mut self, work: Work);

    /// Waits for what some of the work gave; `None` if there will be nothing more.
    fn wait(&mut self) -> Option<(u64, Evaluation)>;
}

/// The trial, and what came of it.
type Done = (u64, Result<Evaluation, EvaluationError>);

/// Takes work and gives results, in the order in which they come.
pub(super) struct Pool<'p> {
    cancel: Cancel,
    lane: Lane<'p>,
}

enum Lane<'p> {
    Here { maker: &'p Maker<'p>, queue: VecDeque<Work> },
    Threads { work: Sender<Work>, done: Receiver<thread::Result<Done>> },
    Elsewhere { exchange: &'p mut dyn Exchange, open: BTreeSet<u64> },
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
    let cancel = cancel.child();
    let maker = &Maker { space, evaluator, cancel: cancel.clone() };
    if workers <= 1 {
        return body(&mut Pool { cancel, lane: Lane::Here { maker, queue: VecDeque::new() } });
    }
    let (work, to_do) = mpsc::channel();
    let (results, done) = mpsc::channel();
    let to_do = &Mutex::new(to_do);
    thread::scope(|scope| {
        for _ in 0..workers {
            let results = results.clone();
            scope.spawn(move || maker.serve(to_do, &results));
        }
        body(&mut Pool { cancel, lane: Lane::Threads { work, done } })
    })
}

impl Maker<'_> {
    fn make(&self, work: &Work) -> Done {
        let Work { trial, ref arch, seed, attempts_before } = *work;
        let (space, cancel) = (self.space, &self.cancel);
        let job = Job { space, arch, trial: crate::TrialId(trial.cast_signed()), seed, attempts_before, cancel };
        (trial, self.evaluator.evaluate(&job))
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

impl<'p> Pool<'p> {
    /// A pool whose work is made elsewhere.
    pub(super) fn elsewhere(exchange: &'p mut dyn Exchange, cancel: &Cancel) -> Self {
        let lane = Lane::Elsewhere { exchange, open: BTreeSet::new() };
        Self { cancel: cancel.child(), lane }
    }

    /// Takes work.
    pub(super) fn submit(&mut self, work: Work) {
        match &mut self.lane {
            Lane::Here { queue, .. } => queue.push_back(work),
            Lane::Threads { work: sender, .. } => {
                sender.send(work).expect("workers wait for as long as the pool lives");
            }
            Lane::Elsewhere { exchange, open } => {
                open.insert(work.trial);
                exchange.offer(work);
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
            Lane::Here { maker, queue } => {
                let work = queue.pop_front().expect("a result is asked for after work was given");
                maker.make(&work)
            }
            Lane::Threads { done, .. } => {
                done.recv().expect("workers live as long as the pool").unwrap_or_else(panicked)
            }
            Lane::Elsewhere { exchange, open } => {
                let told = if self.cancel.is_set() { None } else { exchange.wait() };
                if let Some((trial, evaluation)) = told {
                    open.remove(&trial);
                    return (trial, Ok(evaluation));
                }
                let trial = open.pop_first().expect("a result is asked for after work was given");
                (trial, Ok(Evaluation::Cancelled))
            }
        }
    }

    /// Tells what is under way that it is no longer wanted.
    pub(super) fn cancel(&self) {
        self.cancel.set();
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
