use std::collections::{BTreeSet, VecDeque};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use ganas_graph::{Arch, SearchSpace};
use thiserror::Error;

use crate::study::{Exchange, Work};
use crate::{
    Cancel, Evaluation, EvaluationError, Evaluator, History, Observer, Strategy, Study, StudyError,
    StudyOutcome, StudySettings, Trial,
};

/// A study turned inside out: whoever evaluates asks it for trials and tells it what they gave.
///
/// All rules stay the study's, which runs on a thread of its own. All trials of a round can be asked
/// for at once, and in an asynchronous study as many as it has workers.
///
/// ```
/// use std::sync::Arc;
/// use ganas_graph::spaces::NasBench201;
/// use ganas_search::{AskTell, Evaluation, Measurement, Next, StudySettings, baselines::RandomSearch};
///
/// let space = Arc::new(NasBench201::default());
/// let mut study = AskTell::start(space, StudySettings::new(20, 7), Box::new(RandomSearch));
/// while let Next::Trial(offer) = study.ask()? {
///     let value = offer.arch.choices().iter().map(|&choice| f64::from(choice)).sum();
///     study.tell(offer.trial, Evaluation::Measured(Measurement::new(value)))?;
/// }
/// assert!(study.best()?.is_some_and(|best| best.measurement.value > 12.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AskTell {
    events: Receiver<Event>,
    answers: Sender<(u64, Evaluation)>,
    /// Trials that were not asked for yet.
    ready: VecDeque<Offer>,
    /// Trials that were asked for and not told yet.
    open: BTreeSet<u64>,
    /// Answers that were given.
    told: u64,
    /// Does the study wait for another one?
    waits: bool,
    best: Arc<Mutex<Option<Trial>>>,
    cancel: Cancel,
    study: Option<JoinHandle<Result<StudyOutcome, StudyError>>>,
    outcome: Option<StudyOutcome>,
}

/// A trial to be evaluated, as in [`Job`](crate::Job).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its number.
    pub trial: u64,
    /// The architecture.
    pub arch: Arch,
    /// Seed for whatever is random in the evaluation, below 2³².
    pub seed: u64,
    /// How often its evaluation was begun before, in a study that was interrupted.
    pub attempts_before: u32,
}

/// What there is to do next.
#[derive(Debug)]
pub enum Next<'a> {
    /// A trial is to be evaluated.
    Trial(Offer),
    /// Nothing, before one of the open trials is told.
    Wait,
    /// The study has ended.
    Over(&'a StudyOutcome),
}

/// Why a study does not take an evaluation.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum TellError {
    /// No such trial is open.
    #[error("expected one of the open trials {open:?}, found trial {found}")]
    NotOpen {
        /// The trials that were asked for and not told.
        open: Vec<u64>,
        /// The trial told.
        found: u64,
    },
    /// The value is none.
    #[error("expected a finite objective for trial {trial}, found {found}")]
    NotFinite {
        /// The trial.
        trial: u64,
        /// Its value.
        found: f64,
    },
}

#[derive(Debug)]
enum Event {
    /// A trial is to be evaluated.
    Trial(Offer),
    /// The study has taken so many answers and waits for another one; until it has it there are no
    /// more trials.
    Waits(u64),
}

impl AskTell {
    /// Starts a study.
    ///
    /// Where it is not asynchronous, its number of workers does not matter.
    pub fn start(
        space: Arc<dyn SearchSpace>,
        settings: StudySettings,
        mut strategy: Box<dyn Strategy>,
    ) -> Self {
        let cancel = settings.cancel.clone();
        let (sender, events) = mpsc::channel();
        let (answers, receiver) = mpsc::channel();
        let mut desk = Desk { events: sender, answers: receiver, taken: 0 };
        let best = Arc::default();
        let mut watch = Watch(Arc::clone(&best));
        let study = thread::spawn(move || {
            let study = Study::new(&*space, &Nobody, settings)?;
            study.run_elsewhere(&mut desk, strategy.as_mut(), &mut [&mut watch])
        });
        let (ready, open) = (VecDeque::new(), BTreeSet::new());
        let (study, outcome) = (Some(study), None);
        Self { events, answers, ready, open, told: 0, waits: false, best, cancel, study, outcome }
    }

    /// What there is to do next; takes as long as the strategy takes to think.
    ///
    /// # Errors
    /// What the study failed with, once; then there is nothing more.
    ///
    /// # Panics
    /// If the study panicked, as it did.
    pub fn ask(&mut self) -> Result<Next<'_>, StudyError> {
        while self.ready.is_empty() && !self.waits && self.outcome.is_none() {
            self.hear()?;
        }
        if let Some(offer) = self.ready.pop_front() {
            self.open.insert(offer.trial);
            return Ok(Next::Trial(offer));
        }
        Ok(self.outcome.as_ref().map_or(Next::Wait, Next::Over))
    }

    /// Tells what an open trial gave.
    ///
    /// # Errors
    /// [`TellError`]; the study goes on as if nothing had been told.
    pub fn tell(&mut self, trial: u64, evaluation: Evaluation) -> Result<(), TellError> {
        if let Evaluation::Measured(measurement) = &evaluation
            && !measurement.value.is_finite()
        {
            return Err(TellError::NotFinite { trial, found: measurement.value });
        }
        if !self.open.remove(&trial) {
            return Err(TellError::NotOpen {
                open: self.open.iter().copied().collect(),
                found: trial,
            });
        }
        self.told += 1;
        self.waits = false;
        // A study that has ended, as at a target, needs no more answers.
        let _ = self.answers.send((trial, evaluation));
        Ok(())
    }

    /// The best trial that the study knows of; it learns of trials in the order in which they were
    /// asked for.
    ///
    /// # Errors
    /// What the study failed with.
    ///
    /// # Panics
    /// If the study panicked, as it did.
    pub fn best(&mut self) -> Result<Option<Trial>, StudyError> {
        while !self.waits && self.outcome.is_none() {
            self.hear()?;
        }
        Ok(self.best.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn hear(&mut self) -> Result<(), StudyError> {
        match self.events.recv() {
            Ok(Event::Trial(offer)) => self.ready.push_back(offer),
            Ok(Event::Waits(taken)) => self.waits = taken == self.told,
            Err(_) => self.end()?,
        }
        Ok(())
    }

    /// Takes the study's outcome, now that it is at its end.
    fn end(&mut self) -> Result<(), StudyError> {
        match self.study.take() {
            Some(study) => {
                let ended = study.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                self.outcome = Some(ended?);
            }
            // It failed before, which was told.
            None => self.waits = true,
        }
        Ok(())
    }
}

impl Drop for AskTell {
    fn drop(&mut self) {
        self.cancel.set();
    }
}

/// Hands trials out and waits for what comes back.
#[derive(Debug)]
struct Desk {
    events: Sender<Event>,
    answers: Receiver<(u64, Evaluation)>,
    taken: u64,
}

impl Exchange for Desk {
    fn offer(&mut self, work: Work) {
        let Work { trial, arch, seed, attempts_before } = work;
        // Whoever closed the channels wants no more of this study, which the wait below finds out.
        let _ = self.events.send(Event::Trial(Offer { trial, arch, seed, attempts_before }));
    }

    fn wait(&mut self) -> Option<(u64, Evaluation)> {
        self.events.send(Event::Waits(self.taken)).ok()?;
        let answer = self.answers.recv().ok()?;
        self.taken += 1;
        Some(answer)
    }
}

/// The study has its evaluations made elsewhere.
#[derive(Debug)]
struct Nobody;

impl Evaluator for Nobody {
    fn evaluate(&self, _: &crate::Job<'_>) -> Result<Evaluation, EvaluationError> {
        Ok(Evaluation::OutOfDomain)
    }
}

/// Keeps the best trial where others can see it.
#[derive(Debug)]
struct Watch(Arc<Mutex<Option<Trial>>>);

impl Observer for Watch {
    fn on_query(&mut self, history: &History) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = history.best().cloned();
    }
}

#[cfg(test)]
mod tests {
    use ganas_graph::spaces::NasBench201;

    use super::*;
    use crate::baselines::RandomSearch;
    use crate::{Measurement, StopReason};

    fn start(budget: usize) -> AskTell {
        let space = Arc::new(NasBench201::default());
        AskTell::start(space, StudySettings::new(budget, 3), Box::new(RandomSearch))
    }

    fn measured(value: f64) -> Evaluation {
        Evaluation::Measured(Measurement::new(value))
    }

    fn trial(study: &mut AskTell) -> u64 {
        match study.ask().unwrap() {
            Next::Trial(offer) => offer.trial,
            other => panic!("expected a trial, found {other:?}"),
        }
    }

    #[test]
    fn a_study_ends_at_its_budget() {
        let mut study = start(5);
        for value in [1.0, 5.0, 2.0, 3.0, 4.0] {
            let trial = trial(&mut study);
            study.tell(trial, measured(value)).unwrap();
        }
        let Next::Over(outcome) = study.ask().unwrap() else { panic!() };
        assert_eq!(outcome.stop_reason, StopReason::Budget);
        assert_eq!(outcome.history.trials().len(), 5);
        let best = study.best().unwrap().unwrap();
        assert_eq!(best.measurement.value.to_bits(), 5.0_f64.to_bits());
    }

    #[test]
    fn only_open_trials_can_be_told() {
        let mut study = start(5);
        let found = study.tell(9, measured(1.0)).unwrap_err();
        assert_eq!(found, TellError::NotOpen { open: vec![], found: 9 });
        let trial = trial(&mut study);
        assert!(matches!(study.tell(trial, measured(f64::NAN)), Err(TellError::NotFinite { .. })));
        study.tell(trial, measured(1.0)).unwrap();
        assert!(matches!(study.tell(trial, measured(1.0)), Err(TellError::NotOpen { .. })));
    }

    #[test]
    fn there_is_nothing_to_do_while_the_study_waits() {
        let mut study = start(1);
        trial(&mut study);
        assert!(matches!(study.ask().unwrap(), Next::Wait));
        assert_eq!(study.best().unwrap(), None);
    }

    #[test]
    fn the_trials_of_a_round_are_told_in_any_order() {
        let run = |backwards: bool| {
            let mut study = start(60);
            loop {
                let mut offers = Vec::new();
                while let Next::Trial(offer) = study.ask().unwrap() {
                    offers.push(offer);
                }
                if offers.is_empty() {
                    break;
                }
                if backwards {
                    offers.reverse();
                }
                for Offer { trial, arch, .. } in offers {
                    let value = arch.choices().iter().map(|&choice| f64::from(choice)).sum();
                    study.tell(trial, measured(value)).unwrap();
                }
            }
            let Next::Over(outcome) = study.ask().unwrap() else { panic!() };
            outcome.history.trials().to_vec()
        };
        assert_eq!(run(false).len(), 60);
        assert_eq!(run(false), run(true));
    }

    #[test]
    fn an_asynchronous_study_gives_as_many_as_it_has_workers() {
        let space = Arc::new(NasBench201::default());
        let settings = StudySettings { workers: 3, asynchronous: true, ..StudySettings::new(9, 3) };
        let mut study = AskTell::start(space, settings, Box::new(RandomSearch));
        let offers: Vec<_> = (0..3).map(|_| trial(&mut study)).collect();
        assert!(matches!(study.ask().unwrap(), Next::Wait));
        study.tell(offers[1], measured(1.0)).unwrap();
        trial(&mut study);
        assert!(matches!(study.ask().unwrap(), Next::Wait));
    }

    #[test]
    fn a_study_that_cannot_start_says_so_once() {
        let mut study = start(0);
        assert!(matches!(study.ask(), Err(StudyError::NoBudget)));
        assert!(matches!(study.ask().unwrap(), Next::Wait));
    }
}
