use std::fmt;
use std::time::{Duration, Instant};

use ganas_graph::SearchSpace;
use rand::Rng;

use crate::history::Useless;
use crate::{
    Cancel, Constraint, Context, Diagnostic, Distinct, Evaluation, Evaluator, History, Job,
    Observation, Outcome, Proposal, Rejections, Strategy, Streams, StudyError, Trial,
};

/// Rounds in a row without a single query after which a strategy is taken to be stuck. A strategy that
/// filters what it proposes through [`Context::is_open`] is idle only where the evaluator knows
/// nothing; where it knows one in a thousand, this many single proposals all miss once in e¹⁰ times.
const MAX_IDLE_ROUNDS: u32 = 10_000;

/// What a study is to do.
#[derive(Debug, Clone)]
pub struct StudySettings {
    /// Number of queries: distinct architectures measured.
    pub budget: usize,
    /// Seed of all randomness.
    pub seed: u64,
    /// When two architectures count as one query.
    pub distinct: Distinct,
    /// Hard limits, checked before any evaluation.
    pub constraints: Vec<Constraint>,
    /// Stop as soon as a value at least this high is measured.
    pub target: Option<f64>,
    /// Stop as soon as the measured architectures' seconds of training add up to this much. The
    /// query that reaches it still counts, as in the published NAS-Bench-101 baselines.
    pub max_train_seconds: Option<f64>,
}

impl StudySettings {
    /// A budget and a seed, no constraint, no target, no limit of time, one query for each
    /// isomorphism class.
    pub fn new(budget: usize, seed: u64) -> Self {
        Self {
            budget,
            seed,
            distinct: Distinct::default(),
            constraints: Vec::new(),
            target: None,
            max_train_seconds: None,
        }
    }
}

/// One search: a space, an evaluator and the rules between them and a strategy.
#[derive(Debug)]
pub struct Study<'a> {
    space: &'a dyn SearchSpace,
    evaluator: &'a dyn Evaluator,
    settings: StudySettings,
    constraints: Rejections,
    history: History,
    rounds: Vec<Round>,
}

/// What happened in one round.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Queries made before the round.
    pub queries_before: usize,
    /// What the proposals were.
    pub proposed: usize,
    /// Proposals that had been measured before.
    pub repeats: usize,
    /// The strategy's numbers.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why a study ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// All queries of the budget were made.
    Budget,
    /// The target value was reached.
    Target,
    /// The budget of training seconds is used up.
    TimeBudget,
    /// The strategy had nothing more to ask.
    Exhausted,
    /// The strategy proposed nothing new for very long.
    Stuck,
}

impl fmt::Display for StopReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Budget => "budget",
            Self::Target => "target",
            Self::TimeBudget => "time budget",
            Self::Exhausted => "exhausted",
            Self::Stuck => "stuck",
        })
    }
}

/// Hears of every query as it is made, for progress and logs.
pub trait Observer {
    /// A query was made; the trial is the history's last.
    fn on_query(&mut self, history: &History);
}

/// A finished study.
#[derive(Debug)]
pub struct StudyOutcome {
    /// All queries.
    pub history: History,
    /// All rounds in which something was measured.
    pub rounds: Vec<Round>,
    /// Why it ended.
    pub stop_reason: StopReason,
    /// Time spent inside the strategy.
    pub in_strategy: Duration,
}

impl StudyOutcome {
    /// The trial with the highest value.
    pub fn best(&self) -> Option<&Trial> {
        self.history.best()
    }
}

impl<'a> Study<'a> {
    /// Checks the settings against the space.
    ///
    /// # Errors
    /// [`StudyError::NoBudget`], [`StudyError::BudgetTooLarge`] and [`StudyError::TimeBudget`].
    pub fn new(
        space: &'a dyn SearchSpace,
        evaluator: &'a dyn Evaluator,
        settings: StudySettings,
    ) -> Result<Self, StudyError> {
        let available = match settings.distinct {
            Distinct::Isomorphism => space.classes(),
            Distinct::String => space.size(),
        };
        match (settings.budget, available) {
            (0, _) => return Err(StudyError::NoBudget),
            (budget, Some(available)) if budget as u128 > available => {
                let space = space.name().to_owned();
                return Err(StudyError::BudgetTooLarge { space, available, budget });
            }
            _ => {}
        }
        if let Some(found) =
            settings.max_train_seconds.filter(|seconds| seconds.is_nan() || *seconds <= 0.0)
        {
            return Err(StudyError::TimeBudget { found });
        }
        let constraints = Rejections::new(settings.constraints.clone());
        let (history, rounds) = (History::default(), Vec::new());
        Ok(Self { space, evaluator, settings, constraints, history, rounds })
    }

    /// Asks, measures and tells until there is a reason to stop.
    ///
    /// # Errors
    /// [`StudyError::NothingFeasible`] if the constraints rejected all that was looked at; else what
    /// the strategy or the evaluator failed with.
    pub fn run(
        mut self,
        strategy: &mut dyn Strategy,
        observers: &mut [&mut dyn Observer],
    ) -> Result<StudyOutcome, StudyError> {
        let mut in_strategy = Duration::ZERO;
        let (mut round, mut idle) = (0, 0);
        let stop_reason = loop {
            let started = Instant::now();
            let context = self.context(round);
            let mut proposals = strategy.ask(&context)?;
            proposals.truncate(context.at_most);
            in_strategy += started.elapsed();
            if proposals.is_empty() {
                break StopReason::Exhausted;
            }
            let before = self.history.queries();
            let observations = self.measure(proposals, round, observers)?;
            self.record(before, &observations, strategy.diagnostics());
            let started = Instant::now();
            strategy.tell(&observations)?;
            in_strategy += started.elapsed();
            idle = if self.history.queries() > before { 0 } else { idle + 1 };
            round += 1;
            if self.reached_target() {
                break StopReason::Target;
            }
            if self.history.queries() >= self.settings.budget {
                break StopReason::Budget;
            }
            if self.used_up_time() {
                break StopReason::TimeBudget;
            }
            if idle >= MAX_IDLE_ROUNDS {
                break StopReason::Stuck;
            }
        };
        if self.history.trials().is_empty() && self.constraints.rejected_all() {
            return Err(StudyError::NothingFeasible { rejections: self.constraints.summary() });
        }
        Ok(StudyOutcome { history: self.history, rounds: self.rounds, stop_reason, in_strategy })
    }

    fn context(&self, round: u64) -> Context<'_> {
        Context {
            space: self.space,
            history: &self.history,
            streams: Streams::new(self.settings.seed),
            round,
            at_most: self.settings.budget - self.history.queries(),
            distinct: self.settings.distinct,
            constraints: &self.constraints,
        }
    }

    fn measure(
        &mut self,
        proposals: Vec<Proposal>,
        round: u64,
        observers: &mut [&mut dyn Observer],
    ) -> Result<Vec<Observation>, StudyError> {
        let mut observations = Vec::with_capacity(proposals.len());
        for Proposal { arch, source } in proposals {
            let key = self.settings.distinct.key(self.space, &arch);
            let outcome = if let Some(known) = self.history.known(key) {
                known
            } else if !self.constraints.admit(self.space, &arch) {
                Outcome::Infeasible
            } else {
                match self.evaluate(&arch)? {
                    Evaluation::Measured(measurement) => {
                        if !measurement.value.is_finite() {
                            return Err(StudyError::NotFinite { value: measurement.value, arch });
                        }
                        if self.settings.max_train_seconds.is_some()
                            && measurement.train_seconds.is_none()
                        {
                            return Err(StudyError::NoTrainSeconds { arch });
                        }
                        let trial = Trial {
                            arch: arch.clone(),
                            source: source.into(),
                            round,
                            query: self.history.queries() + 1,
                            measurement: measurement.clone(),
                        };
                        self.history.push(key, trial);
                        for observer in observers.iter_mut() {
                            observer.on_query(&self.history);
                        }
                        Outcome::Measured(measurement)
                    }
                    Evaluation::Infeasible { .. } => {
                        self.history.exclude(key, Useless::Infeasible, None);
                        Outcome::Infeasible
                    }
                    Evaluation::Failed { .. } => {
                        self.history.exclude(key, Useless::Failed, None);
                        Outcome::Failed
                    }
                    Evaluation::OutOfDomain | Evaluation::Cancelled => {
                        self.history.exclude(key, Useless::OutOfDomain, None);
                        Outcome::OutOfDomain
                    }
                }
            };
            observations.push(Observation { arch, outcome });
            if self.reached_target() || self.used_up_time() {
                break;
            }
        }
        Ok(observations)
    }

    fn evaluate(&self, arch: &ganas_graph::Arch) -> Result<Evaluation, StudyError> {
        let trial = self.history.queries() as u64;
        let seed = Streams::new(self.settings.seed).rng("evaluation", trial, 0).random::<u32>();
        let cancel = &Cancel::default();
        let (space, seed) = (self.space, seed.into());
        Ok(self.evaluator.run(&Job { space, arch, trial, seed, attempts_before: 0, cancel })?)
    }

    fn record(&mut self, queries_before: usize, seen: &[Observation], numbers: Vec<Diagnostic>) {
        if self.history.queries() > queries_before {
            let repeat = |seen: &&Observation| matches!(seen.outcome, Outcome::Repeat(_));
            self.rounds.push(Round {
                queries_before,
                proposed: seen.len(),
                repeats: seen.iter().filter(repeat).count(),
                diagnostics: numbers,
            });
        }
    }

    fn reached_target(&self) -> bool {
        let best = self.history.best().map(|trial| trial.measurement.value);
        self.settings.target.is_some_and(|target| best.is_some_and(|best| best >= target))
    }

    fn used_up_time(&self) -> bool {
        let used = self.history.train_seconds();
        self.settings.max_train_seconds.is_some_and(|seconds| used >= seconds)
    }
}
