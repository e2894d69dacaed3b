//! The one loop around a strategy and an evaluator.

mod asynchronous;
mod outcome;
mod pool;
mod restore;
mod results;
mod rounds;
mod settings;
mod slot;

use std::time::{Duration, Instant};

use ganas_graph::SearchSpace;

pub(crate) use self::pool::{Exchange, Work};
use self::pool::{Pool, with_pool};
use self::slot::{Asked, Slot};
use crate::store::Checkpoint;
use crate::{
    Context, Evaluation, EvaluationError, Evaluator, History, Observation, Outcome, Rejections,
    Store, Strategy, Streams, StudyError,
};

pub(crate) use self::outcome::Numbers;
pub use self::outcome::{Observer, Round, StopReason, StudyOutcome};
pub use self::settings::{MAX_WORKERS, StudySettings};

/// Rounds in a row without a single query after which a strategy is taken to be stuck. A strategy that
/// filters what it proposes through [`Context::is_open`] is idle only where the evaluator knows
/// nothing; where it knows one in a thousand, this many single proposals all miss once in e¹⁰ times.
const MAX_IDLE_ROUNDS: u32 = 10_000;

/// One search: a space, an evaluator and the rules between them and a strategy.
///
/// With one worker or many, the history is the same: a round's proposals are evaluated at the same
/// time, and what came of them is told in the order asked.
#[derive(Debug)]
pub struct Study<'a> {
    space: &'a dyn SearchSpace,
    evaluator: &'a dyn Evaluator,
    settings: StudySettings,
    constraints: Rejections,
    store: Option<Store>,
    history: History,
    rounds: Vec<Round>,
    /// Rounds that the store does not have yet, with their numbers.
    unsaved: Vec<(u64, Round)>,
    /// The round that comes next or is under way.
    round: u64,
    /// Rounds in a row without a query.
    idle: u32,
    next_trial: u64,
    /// The strategy's numbers about the round.
    diagnostics: Numbers,
    in_strategy: Duration,
}

/// A study at work.
struct Run<'r, 'a, 'o> {
    study: &'r mut Study<'a>,
    strategy: &'r mut dyn Strategy,
    observers: &'r mut [&'o mut (dyn Observer + 'o)],
}

impl<'a> Study<'a> {
    /// Checks the settings against the space.
    ///
    /// # Errors
    /// [`StudyError::NoBudget`], [`StudyError::BudgetTooLarge`], [`StudyError::TooManyWorkers`] and
    /// [`StudyError::TimeBudget`].
    pub fn new(
        space: &'a dyn SearchSpace,
        evaluator: &'a dyn Evaluator,
        settings: StudySettings,
    ) -> Result<Self, StudyError> {
        settings.check(space)?;
        Ok(Self {
            space,
            evaluator,
            constraints: Rejections::new(settings.constraints.clone()),
            settings,
            store: None,
            history: History::default(),
            rounds: Vec::new(),
            unsaved: Vec::new(),
            round: 0,
            idle: 0,
            next_trial: 0,
            diagnostics: Numbers::new(),
            in_strategy: Duration::ZERO,
        })
    }

    /// Keeps everything in a store, and goes on from what is in it.
    ///
    /// # Errors
    /// If the store is of another search space.
    pub fn stored(mut self, store: Store) -> Result<Self, StudyError> {
        store.check_space(self.space)?;
        self.store = Some(store);
        Ok(self)
    }

    /// Asks, measures and tells until there is a reason to stop.
    ///
    /// # Errors
    /// [`StudyError::NothingFeasible`] if the constraints rejected all that was looked at; else what
    /// the strategy, the evaluator or the store failed with.
    pub fn run(
        mut self,
        strategy: &mut dyn Strategy,
        observers: &mut [&mut dyn Observer],
    ) -> Result<StudyOutcome, StudyError> {
        let (space, evaluator) = (self.space, self.evaluator);
        let workers = self.settings.workers.min(self.settings.budget);
        let cancel = self.settings.cancel.clone();
        let stop_reason = with_pool(space, evaluator, workers, &cancel, |pool| {
            self.run_in(pool, strategy, observers)
        })?;
        self.end(stop_reason)
    }

    /// The same with evaluations that somebody else makes; the evaluator is not asked. Unless the study
    /// is asynchronous, its number of workers does not matter: all of a round may be made at once.
    pub(crate) fn run_elsewhere(
        mut self,
        exchange: &mut dyn Exchange,
        strategy: &mut dyn Strategy,
        observers: &mut [&mut dyn Observer],
    ) -> Result<StudyOutcome, StudyError> {
        if !self.settings.asynchronous {
            self.settings.workers = usize::MAX;
        }
        let mut pool = Pool::elsewhere(exchange, &self.settings.cancel);
        let stop_reason = self.run_in(&mut pool, strategy, observers)?;
        self.end(stop_reason)
    }

    fn run_in(
        &mut self,
        pool: &mut Pool<'_>,
        strategy: &mut dyn Strategy,
        observers: &mut [&mut dyn Observer],
    ) -> Result<StopReason, StudyError> {
        let pending = self.restore(strategy, observers)?;
        let asynchronous = self.settings.asynchronous;
        let mut run = Run { study: self, strategy, observers };
        if asynchronous { run.asynchronous(pending, pool) } else { run.rounds(pending, pool) }
    }

    fn end(mut self, stop_reason: StopReason) -> Result<StudyOutcome, StudyError> {
        if let Some(store) = &mut self.store
            && stop_reason != StopReason::Interrupted
        {
            store.end(&self.unsaved, &stop_reason.to_string())?;
        }
        let looked = stop_reason.is_final() && self.history.trials().is_empty();
        if looked && self.constraints.rejected_all() {
            return Err(StudyError::NothingFeasible { rejections: self.constraints.summary() });
        }
        Ok(StudyOutcome {
            history: self.history,
            rounds: self.rounds,
            stop_reason,
            in_strategy: self.in_strategy,
        })
    }

    fn queries_left(&self) -> usize {
        self.settings.budget.saturating_sub(self.history.queries())
    }

    fn context(&self, at_most: usize) -> Context<'_> {
        Context {
            space: self.space,
            history: &self.history,
            streams: Streams::new(self.settings.seed),
            round: self.round,
            at_most,
            distinct: self.settings.distinct,
            constraints: &self.constraints,
        }
    }

    /// Decides which proposals are evaluated, and numbers those.
    fn plan(&mut self, asked: Vec<Asked>) -> Vec<Slot> {
        let mut slots: Vec<Slot> = Vec::with_capacity(asked.len());
        let mut planned = std::collections::HashSet::new();
        for asked in asked {
            let key = self.settings.distinct.key(self.space, &asked.arch);
            let wanted = !self.history.contains(key)
                && !planned.contains(&key)
                && self.constraints.admit(self.space, &asked.arch);
            let trial = wanted.then(|| {
                planned.insert(key);
                self.next_trial += 1;
                self.next_trial - 1
            });
            slots.push(Slot { asked, key, round: self.round, trial, attempts: 0, found: None });
        }
        slots
    }

    fn record(&mut self, queries_before: usize, seen: &[Observation]) {
        if self.history.queries() > queries_before {
            let repeat = |seen: &&Observation| matches!(seen.outcome, Outcome::Repeat(_));
            let round = Round {
                queries_before,
                proposed: seen.len(),
                repeats: seen.iter().filter(repeat).count(),
                diagnostics: std::mem::take(&mut self.diagnostics),
            };
            if self.store.is_some() {
                self.unsaved.push((self.round, round.clone()));
            }
            self.rounds.push(round);
            self.idle = 0;
        } else {
            self.idle += 1;
        }
    }

    /// Is there a reason to stop within a round?
    fn stops_early(&self) -> Option<StopReason> {
        let Self { history, settings, .. } = self;
        let best = history.best().map(|trial| trial.measurement.value);
        let target = settings.target.map(|target| settings.direction.flip(target));
        if target.is_some_and(|target| best.is_some_and(|best| best >= target)) {
            return Some(StopReason::Target);
        }
        if settings.max_train_seconds.is_some_and(|seconds| history.train_seconds() >= seconds) {
            return Some(StopReason::TimeBudget);
        }
        let limit = settings.max_failures;
        limit.is_some_and(|limit| history.failures() >= limit).then_some(StopReason::Failures)
    }

    /// Is there a reason to stop after a round?
    fn stops(&self) -> Option<StopReason> {
        let budget = self.history.queries() >= self.settings.budget;
        match self.stops_early() {
            Some(StopReason::Target) => Some(StopReason::Target),
            _ if budget => Some(StopReason::Budget),
            None if self.idle >= MAX_IDLE_ROUNDS => Some(StopReason::Stuck),
            early => early,
        }
    }
}

impl Run<'_, '_, '_> {
    /// What the strategy proposes; in the first round what the settings want evaluated first.
    fn ask(&mut self, at_most: usize) -> Result<Vec<Asked>, StudyError> {
        let first = &self.study.settings.first;
        if self.study.round == 0 && !first.is_empty() {
            let given =
                |arch: &ganas_graph::Arch| Asked { arch: arch.clone(), source: "given".into() };
            return Ok(first.iter().take(at_most).map(given).collect());
        }
        let started = Instant::now();
        let mut proposals = self.strategy.ask(&self.study.context(at_most))?;
        self.study.in_strategy += started.elapsed();
        let numbers = self.strategy.diagnostics();
        self.study.diagnostics = numbers.into_iter().map(|(name, it)| (name.into(), it)).collect();
        proposals.truncate(at_most);
        Ok(proposals.into_iter().map(Asked::from).collect())
    }

    fn tell(&mut self, observations: &[Observation]) -> Result<(), StudyError> {
        let started = Instant::now();
        self.strategy.tell(observations)?;
        self.study.in_strategy += started.elapsed();
        Ok(())
    }

    /// Writes down what is going to be evaluated, and what the strategy is by now.
    fn save(&mut self, slots: &[Slot]) -> Result<(), StudyError> {
        let study = &mut *self.study;
        let trials: Vec<_> =
            slots.iter().filter_map(|slot| slot.as_new(study.settings.seed)).collect();
        let Some(store) = study.store.as_mut().filter(|_| !trials.is_empty()) else {
            return Ok(());
        };
        let checkpoint = Checkpoint {
            round: study.round,
            idle: study.idle,
            seen: store.arrivals(),
            seconds_in_strategy: study.in_strategy.as_secs_f64(),
            proposals: slots.iter().map(Slot::proposal).collect(),
            diagnostics: study.diagnostics.clone(),
            strategy: self.strategy.checkpoint()?,
        };
        store.begin(study.space, &checkpoint, &study.unsaved, &trials)?;
        study.unsaved.clear();
        Ok(())
    }

    /// Has a trial's evaluation begin.
    fn begin(&mut self, slot: &mut Slot, pool: &mut Pool<'_>) -> Result<(), StudyError> {
        let Some(work) = slot.work(self.study.settings.seed) else { return Ok(()) };
        if let Some(store) = &mut self.study.store {
            store.start(work.trial)?;
        }
        pool.submit(work);
        slot.attempts += 1;
        Ok(())
    }

    /// Writes down what came of an evaluation; says whether it was made.
    fn finish(
        &mut self,
        slot: &mut Slot,
        evaluation: Result<Evaluation, EvaluationError>,
    ) -> Result<bool, StudyError> {
        let evaluation = evaluation.map_err(|EvaluationError { arch, source }| {
            StudyError::Evaluation { arch: self.study.space.display(&arch), source }
        })?;
        let found = self.study.judge(slot, evaluation)?;
        if let (Some(store), Some(trial)) = (&mut self.study.store, slot.trial) {
            match &found {
                Some(found) => store.finish(trial, found)?,
                None => store.give_up(trial)?,
            }
        }
        slot.found = found;
        Ok(slot.found.is_some())
    }

    /// What became of a proposal, now that it is its turn.
    fn absorb(&mut self, slot: &Slot) -> Observation {
        let outcome = match (self.study.history.known(slot.key), &slot.found) {
            (Some(known), _) => known,
            (None, Some(found)) => self.study.learn(slot, found, self.observers),
            (None, None) => Outcome::Infeasible,
        };
        Observation { arch: slot.asked.arch.clone(), outcome }
    }
}
