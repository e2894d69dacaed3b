//! A study: everything between a strategy and whoever evaluates what it proposes.

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

use std::sync::Arc;
use std::time::Duration;

use ganas_graph::{Arch, SearchSpace};

use self::slot::{Place, Slot};
use crate::store::Store;
use crate::{
    Chance, History, Measurement, Observation, Rejections, StoreError, Strategy, StudyError, Trial,
    TrialId,
};

pub(crate) use self::outcome::Numbers;
pub use self::outcome::{Round, StudyOutcome, Told};
pub use self::report::Heard;
pub use self::settings::{MAX_WORKERS, StudySettings};
pub use self::slot::OpenTrial;
pub use self::stop::StopReason;

/// One search: a space, a strategy and the rules between the strategy and whoever evaluates.
///
/// A study is a state machine that its driver owns. [`Study::ask`] gives trials to evaluate,
/// [`Study::begin`] notes that an evaluation starts, [`Study::tell`] takes its result; nothing happens
/// in between. The study counts queries, recognises repeats, enforces constraints and budgets, and
/// keeps the order: results of a round enter the history in the order asked, in whatever order they
/// are told, so the history does not depend on who evaluates or how many do at a time.
///
/// With a [`Store`], what `ask` gives is in it before `ask` returns, and what `tell` takes is on the
/// disk before `tell` returns; a study opened again offers its open trials again under their numbers.
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
    constraints: Rejections,
    chance: Chance,
    store: Option<Box<dyn Store>>,
    history: History,
    rounds: Vec<Round>,
    /// Rounds that the store does not have yet, with their numbers.
    unsaved: Vec<(u64, Round)>,
    /// The round that comes next or is under way.
    round: u64,
    /// Its proposals in the order asked; of an asynchronous study all that are not over.
    slots: Vec<Slot>,
    /// How many of the slots, from the first, are in the history.
    absorbed: usize,
    /// What became of the round's proposals so far.
    seen: Vec<Observation>,
    /// Queries and evaluations before the round.
    before_round: (usize, usize),
    /// What the strategy has not heard of yet.
    news: Vec<Observation>,
    /// Rounds in a row without a query.
    idle: u32,
    /// Rounds in a row in which the strategy proposed nothing.
    empty: u32,
    /// Has the strategy of an asynchronous study nothing to ask before it hears something new?
    dry: bool,
    next_trial: i64,
    /// Results that were told.
    arrivals: u64,
    /// How many of them the strategy has heard of.
    heard: u64,
    /// Architectures known from before, and how many of them the strategy has heard of.
    known: usize,
    heard_known: usize,
    /// The strategy's numbers about the round.
    diagnostics: Numbers,
    in_strategy: Duration,
    stop: Option<StopReason>,
    /// Was it neither asked nor told since it was opened?
    untouched: bool,
    /// Did an error leave it in a state that differs from the store's?
    broken: bool,
}

const _: () = {
    const fn is_send<T: Send>() {}
    is_send::<Study>();
};

impl Study {
    /// A study in memory.
    ///
    /// # Errors
    /// As [`StudySettings::check`].
    pub fn new(
        space: Arc<dyn SearchSpace>,
        strategy: Box<dyn Strategy>,
        settings: StudySettings,
    ) -> Result<Self, StudyError> {
        settings.check(&*space)?;
        Ok(Self {
            constraints: Rejections::of(&*space, &settings.constraints),
            chance: Chance::default(),
            history: History::new(settings.direction),
            space,
            strategy,
            settings,
            store: None,
            rounds: Vec::new(),
            unsaved: Vec::new(),
            round: 0,
            slots: Vec::new(),
            absorbed: 0,
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
            diagnostics: Numbers::new(),
            in_strategy: Duration::ZERO,
            stop: None,
            untouched: true,
            broken: false,
        })
    }

    /// A study in a store, which resumes where the store says that it was. `strategy` is a fresh one.
    ///
    /// # Errors
    /// As [`Study::new`]; [`StoreError::OtherSpace`] if the store is of another search space; if it
    /// cannot be read, or its checkpoint is not one of the strategy's.
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

    /// Adds architectures of known value, which cost no query; those that the study knows, has
    /// evaluated, or that break a constraint are left alone. Returns how many are new to the study.
    ///
    /// # Errors
    /// [`StudyError::Underway`] once the study was asked or told anything;
    /// [`StudyError::Measurement`] if one is no measurement, [`StudyError::Contradiction`] if an
    /// architecture has two known values, and then none is added; if the store cannot be written.
    pub fn add_known(&mut self, known: &[(Arch, Measurement)]) -> Result<usize, StudyError> {
        if !self.untouched {
            return Err(StudyError::Underway);
        }
        self.remember(known)
    }

    /// Says that nobody will open the study again, so that it need not wait for the disk nor write down what
    /// its strategy has learnt. Its store can be read as ever.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use ganas_graph::spaces::NasBench201;
    /// use ganas_search::{Study, StudySettings, baselines::RandomSearch};
    ///
    /// let settings = StudySettings::new(20, 7);
    /// let mut study = Study::new(Arc::new(NasBench201::default()), Box::new(RandomSearch), settings)?;
    /// study.forgo_resuming();
    /// assert_eq!(study.ask(1)?.len(), 1);
    /// # Ok::<(), ganas_search::StudyError>(())
    /// ```
    pub fn forgo_resuming(&mut self) {
        if let Some(store) = &mut self.store {
            store.forgo_resuming();
        }
    }

    /// Evaluates so many at a time from now on; their number changes no result.
    ///
    /// # Errors
    /// [`StudyError::TooManyWorkers`], and then all is as before.
    pub fn set_workers(&mut self, workers: usize) -> Result<(), StudyError> {
        let settings = StudySettings { workers, ..self.settings.clone() };
        settings.check(&*self.space)?;
        self.settings = settings;
        Ok(())
    }

    /// The search space.
    pub fn space(&self) -> &Arc<dyn SearchSpace> {
        &self.space
    }

    /// What it is to do.
    pub fn settings(&self) -> &StudySettings {
        &self.settings
    }

    /// What it has learnt.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The best trial, the earliest of equals.
    pub fn best(&self) -> Option<&Trial> {
        self.history.best()
    }

    /// Why it has ended; `None` while there is something to evaluate or to ask.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.stop
    }

    /// The trials that were handed out by [`Study::ask`] and not told.
    pub fn open_trials(&self) -> impl Iterator<Item = TrialId> {
        let out = self.slots.iter().filter(|slot| slot.place == Place::Out);
        out.filter_map(|slot| slot.trial)
    }

    /// All that it has found.
    pub fn into_outcome(self) -> StudyOutcome {
        StudyOutcome {
            stop_reason: self.stop.unwrap_or(StopReason::Interrupted),
            history: self.history,
            rounds: self.rounds,
            rejected: self.constraints.rejected(),
            in_strategy: self.in_strategy,
        }
    }

    /// The same while it goes on.
    pub fn outcome(&self) -> StudyOutcome {
        StudyOutcome {
            history: self.history.clone(),
            rounds: self.rounds.clone(),
            rejected: self.constraints.rejected(),
            stop_reason: self.stop.unwrap_or(StopReason::Interrupted),
            in_strategy: self.in_strategy,
        }
    }

    /// What is left of the budget, in whole evaluations.
    fn budget_left(&self) -> f64 {
        self.settings.budget as f64 - self.history.spent()
    }

    /// Refuses to go on where an error left the study and its store apart.
    fn check_whole(&mut self) -> Result<(), StudyError> {
        self.untouched = false;
        if self.broken { Err(StudyError::Broken) } else { Ok(()) }
    }

    /// Writes to the store, if there is one. After an error the study has to be opened again.
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

    /// Is there a reason to end? Where evaluations cost less than a whole one, what is under way is waited
    /// for when the rest of the budget has no room for a whole one.
    fn reason_to_end(&self) -> Option<StopReason> {
        let waits = self.settings.fidelity.is_some() && self.absorbed < self.slots.len();
        if waits {
            stop::within_round(&self.settings, &self.history)
        } else {
            stop::between_rounds(&self.settings, &self.history, self.idle)
        }
    }

    /// Ends the study, if there is a reason to.
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
