//! The study, which connects a strategy with the evaluation of the strategy's proposals.

mod ask;
mod drive;
mod outcome;
mod plan;
mod report;
mod restore;
mod retry;
mod settings;
mod slot;
mod stop;
mod tell;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ganas_graph::{Arch, ArchHash, SearchSpace};

use self::slot::{Slot, SlotState};
use crate::store::Store;
use crate::{
    ConstraintSet, History, Measurement, Observation, OpenSampler, StoreError, Strategy,
    StudyError, Trial, TrialId,
};

pub(crate) use self::outcome::Numbers;
pub use self::outcome::{Round, StudyOutcome, Told};
pub use self::report::ReportReply;
pub use self::settings::{MAX_WORKERS, StudySettings};
pub use self::slot::OpenTrial;
pub use self::stop::StopReason;

/// One search: a search space, a strategy, and the rules that connect the strategy to an evaluator.
///
/// A study is a state machine. The program that runs it (its driver) calls [`Study::ask`] for
/// trials to evaluate, [`Study::begin`] to record that an evaluation starts, and [`Study::tell`] to
/// pass on the evaluation's result. Between these calls, the study does nothing. The study counts
/// queries, recognises repeats, and enforces constraints and budgets. In a synchronous study, the
/// results of a round enter the history in the order in which the study scheduled the trials, no
/// matter in which order the results arrive. The history of a synchronous study therefore depends
/// neither on evaluation times nor on the number of workers.
///
/// If the study has a [`Store`], trials are stored before `ask` returns, and results are on disk
/// before `tell` returns. If a trial has no result when the study is reopened, `ask` returns this
/// trial again, with the same number.
///
/// ```
/// use std::sync::Arc;
/// use ganas_graph::spaces::NasBench201;
/// use ganas_search::{Evaluation, Measurement, Study, StudySettings, baselines::RandomSearch};
///
/// let space = Arc::new(NasBench201::default());
/// let mut study = Study::new(space, Box::new(RandomSearch), StudySettings::new(20, 7))?;
/// while study.stop_reason().is_none() {
///     for open in study.ask(4)? {
///         let value = open.arch.choices().iter().map(|&choice| f64::from(choice)).sum();
///         study.tell(open.trial, Evaluation::Measured(Measurement::new(value)))?;
///     }
/// }
/// assert!(study.best().is_some_and(|best| best.measurement.value > 12.0));
/// # Ok::<(), ganas_search::StudyError>(())
/// ```
#[derive(Debug)]
pub struct Study {
    space: Arc<dyn SearchSpace>,
    strategy: Box<dyn Strategy>,
    settings: StudySettings,
    constraints: ConstraintSet,
    open_sampler: OpenSampler,
    store: Option<Box<dyn Store>>,
    history: History,
    rounds: Vec<Round>,
    /// Rounds not stored yet, with their numbers.
    unsaved: Vec<(u64, Round)>,
    /// The current or next round.
    round: u64,
    /// The round's proposals in the order asked; in an asynchronous study, all unfinished
    /// proposals.
    slots: Vec<Slot>,
    /// Number of leading slots that are already in the history.
    entered: usize,
    /// The outcomes of the round's proposals so far.
    seen: Vec<Observation>,
    /// The number of queries and the number of evaluations before the round.
    before_round: (usize, usize),
    /// Outcomes that the strategy has not seen yet.
    news: Vec<Observation>,
    /// Number of rounds in a row without a query.
    idle: u32,
    /// Number of rounds in a row without proposals.
    empty: u32,
    /// Whether the strategy of an asynchronous study has nothing to propose until the next result.
    dry: bool,
    next_trial: i64,
    /// Number of results told.
    arrivals: u64,
    /// Number of told results that the strategy has seen.
    heard: u64,
    /// Number of known values; `heard_known` is how many of them the strategy has seen.
    known: usize,
    heard_known: usize,
    /// The known values of a study without a store, by the key of their architecture.
    unstored_known: HashMap<ArchHash, f64>,
    /// The strategy's diagnostics about the round.
    diagnostics: Numbers,
    in_strategy: Duration,
    stop: Option<StopReason>,
    /// Whether the study has been neither asked nor told since it was opened.
    untouched: bool,
    /// Whether an error left the study in a state that differs from the store's.
    broken: bool,
}

const _: () = {
    const fn is_send<T: Send>() {}
    is_send::<Study>();
};

impl Study {
    /// Returns a new study that exists only in memory.
    ///
    /// # Errors
    /// The errors of [`StudySettings::check`].
    pub fn new(
        space: Arc<dyn SearchSpace>,
        strategy: Box<dyn Strategy>,
        settings: StudySettings,
    ) -> Result<Self, StudyError> {
        settings.check(&*space)?;
        Ok(Self {
            constraints: ConstraintSet::of(&*space, &settings.constraints),
            open_sampler: OpenSampler::default(),
            history: History::new(settings.direction),
            space,
            strategy,
            settings,
            store: None,
            rounds: Vec::new(),
            unsaved: Vec::new(),
            round: 0,
            slots: Vec::new(),
            entered: 0,
            seen: Vec::new(),
            before_round: (0, 0),
            news: Vec::new(),
            idle: 0,
            empty: 0,
            dry: false,
            next_trial: 0,
            arrivals: 0,
            heard: 0,
            known: 0,
            heard_known: 0,
            unstored_known: HashMap::new(),
            diagnostics: Numbers::new(),
            in_strategy: Duration::ZERO,
            stop: None,
            untouched: true,
            broken: false,
        })
    }

    /// Returns a stored study, resumed from its stored state. `strategy` must be newly created. The
    /// method restores the strategy's state from the store.
    ///
    /// # Errors
    /// The errors of [`Study::new`]. [`StoreError::OtherSpace`] if the store belongs to another
    /// search space. Opening also fails if the store cannot be read, or if the checkpoint in it
    /// does not fit `strategy`.
    pub fn open(
        space: Arc<dyn SearchSpace>,
        strategy: Box<dyn Strategy>,
        settings: StudySettings,
        store: Box<dyn Store>,
    ) -> Result<Self, StudyError> {
        let mut study = Self::new(space, strategy, settings)?;
        study.store = Some(store);
        study.restore()?;
        Ok(study)
    }

    /// Adds architectures whose values are known without an evaluation, and returns the number of
    /// architectures added. Such architectures cost no query. An architecture is ignored if the
    /// study was already given the same value for it, or has already evaluated it. An added
    /// architecture that violates a constraint does not enter the history.
    ///
    /// # Errors
    /// [`StudyError::Underway`] if [`Study::ask`] or [`Study::tell`] has been called since the
    /// study was opened, [`StudyError::Measurement`] if a measurement is invalid, and
    /// [`StudyError::Contradiction`] if two different known values are given for the same
    /// architecture. If one of these errors occurs, nothing is added. Errors of the store are
    /// returned as well.
    pub fn add_known(&mut self, known: &[(Arch, Measurement)]) -> Result<usize, StudyError> {
        if !self.untouched {
            return Err(StudyError::Underway);
        }
        self.remember(known)
    }

    /// Declares that nobody will resume the study. After this call, the study no longer waits until
    /// its results are on disk, and no longer stores its strategy's state. The store can still be
    /// read.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use ganas_graph::spaces::NasBench201;
    /// use ganas_search::{Study, StudySettings, baselines::RandomSearch};
    ///
    /// let settings = StudySettings::new(20, 7);
    /// let mut study = Study::new(Arc::new(NasBench201::default()), Box::new(RandomSearch), settings)?;
    /// study.disable_resume();
    /// assert_eq!(study.ask(1)?.len(), 1);
    /// # Ok::<(), ganas_search::StudyError>(())
    /// ```
    pub fn disable_resume(&mut self) {
        if let Some(store) = &mut self.store {
            store.disable_resume();
        }
    }

    /// Sets the number of trials that are evaluated at a time. This number does not affect the
    /// results of a synchronous study.
    ///
    /// # Errors
    /// [`StudyError::TooManyWorkers`] if the number is too large. The study is then unchanged.
    pub fn set_workers(&mut self, workers: usize) -> Result<(), StudyError> {
        let settings = StudySettings { workers, ..self.settings.clone() };
        settings.check(&*self.space)?;
        self.settings = settings;
        Ok(())
    }

    /// Returns the search space.
    pub fn space(&self) -> &Arc<dyn SearchSpace> {
        &self.space
    }

    /// Returns the study's settings.
    pub fn settings(&self) -> &StudySettings {
        &self.settings
    }

    /// Returns the study's history.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Returns the best trial. Of several equally good trials, this is the earliest.
    pub fn best(&self) -> Option<&Trial> {
        self.history.best()
    }

    /// Returns the reason why the study ended. Returns `None` if it has not ended.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.stop
    }

    /// Returns the open trials. A trial is open if [`Study::ask`] has returned it and
    /// [`Study::tell`] has not yet received its result.
    pub fn open_trials(&self) -> impl Iterator<Item = TrialId> {
        let out = self.slots.iter().filter(|slot| slot.state == SlotState::Out);
        out.filter_map(|slot| slot.trial)
    }

    /// Returns the study's outcome, and consumes the study.
    pub fn into_outcome(self) -> StudyOutcome {
        StudyOutcome {
            stop_reason: self.stop.unwrap_or(StopReason::Interrupted),
            history: self.history,
            rounds: self.rounds,
            rejected: self.constraints.rejected(),
            in_strategy: self.in_strategy,
        }
    }

    /// Returns the study's outcome so far.
    pub fn outcome(&self) -> StudyOutcome {
        StudyOutcome {
            history: self.history.clone(),
            rounds: self.rounds.clone(),
            rejected: self.constraints.rejected(),
            stop_reason: self.stop.unwrap_or(StopReason::Interrupted),
            in_strategy: self.in_strategy,
        }
    }

    /// Returns the remaining budget, in full evaluations.
    fn budget_left(&self) -> f64 {
        self.settings.budget as f64 - self.history.spent()
    }

    /// Returns an error if an earlier error left the study in a state that differs from its
    /// store's.
    fn check_unbroken(&mut self) -> Result<(), StudyError> {
        self.untouched = false;
        if self.broken { Err(StudyError::Broken) } else { Ok(()) }
    }

    /// Writes to the store, if there is one. After an error, the study must be reopened.
    fn write(
        &mut self,
        write: impl FnOnce(&mut dyn Store) -> Result<(), StoreError>,
    ) -> Result<(), StudyError> {
        let Some(store) = &mut self.store else { return Ok(()) };
        write(&mut **store).map_err(|error| {
            self.broken = true;
            error.into()
        })
    }

    /// Returns the reason to end the study, if any.
    fn reason_to_end(&self) -> Option<StopReason> {
        self.reason_to_end_while(self.entered < self.slots.len())
    }

    /// Returns the reason to end the study, if any; `waiting` is true if it has unfinished trials.
    /// While trials are unfinished, a study with several rungs does not end for lack of budget.
    fn reason_to_end_while(&self, waiting: bool) -> Option<StopReason> {
        if waiting && self.settings.fidelity.is_some() {
            stop::within_round(&self.settings, &self.history)
        } else {
            stop::between_rounds(&self.settings, &self.history, self.idle)
        }
    }

    /// Ends the study if there is a reason, and stores the reason.
    fn end_if(&mut self, reason: Option<StopReason>) -> Result<(), StudyError> {
        if let (None, Some(reason)) = (self.stop, reason) {
            self.stop = Some(reason);
            let unsaved = std::mem::take(&mut self.unsaved);
            let rejected = self.constraints.rejected();
            self.write(|store| store.ended(&unsaved, rejected.as_deref(), reason))?;
        }
        Ok(())
    }
}
