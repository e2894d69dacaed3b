//! The interface between a strategy and a study: context, proposals and observations.

use std::fmt::Debug;

use ganas_graph::{Arch, ArchHash, SearchSpace};

use crate::{
    ConstraintSet, Distinct, Fidelity, History, Objective, OpenSampler, Outcome, Partial,
    RelatedTask, Score, Stopping, StrategyError, Streams,
};

/// A search strategy, which proposes architectures to evaluate.
///
/// A strategy gets all its information from the [`Context`]. The context contains the history and,
/// in [`Context::news`], the outcomes that have arrived since the strategy was last asked for
/// proposals. A strategy neither counts queries nor sees test accuracies.
pub trait Strategy: Debug + Send {
    /// Returns the strategy's short lower-case name, such as `evolution`.
    fn name(&self) -> &'static str;

    /// Returns between one and [`Context::at_most`] proposals, or none if the strategy has nothing
    /// more to propose. A strategy may propose nothing because [`Context::sample_open`] found
    /// nothing. The study then asks it again, unless it has been proved that no open architecture
    /// ([`Context::is_open`]) is left. After three such rounds in a row, the study ends.
    ///
    /// # Errors
    /// If the strategy cannot continue, for example because a model diverged.
    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError>;

    /// Selects at most `count` of the `candidates` for promotion, and returns their indices, best
    /// first. All candidates were measured at the same rung (level of fidelity), and their
    /// evaluation at the next rung has not started. If the strategy has no preference, it returns
    /// no indices, and the study promotes the candidates with the best values. The study calls this
    /// method only under the rule [`PromotionRule::Guided`](crate::PromotionRule::Guided).
    ///
    /// The selection must depend only on the context, so that a resumed study promotes the same
    /// architectures.
    ///
    /// # Errors
    /// As for [`Strategy::ask`].
    fn promote(
        &self,
        _context: &Context<'_>,
        _candidates: &[&Partial],
        _count: usize,
    ) -> Result<Vec<usize>, StrategyError> {
        Ok(Vec::new())
    }

    /// Returns the strategy's current state as bytes: everything that the strategy knows but the
    /// history does not contain. The study stores this state together with new trials, after it has
    /// asked the strategy for proposals. A strategy restored from this state makes the same further
    /// proposals as this one.
    ///
    /// # Errors
    /// If the state cannot be serialised.
    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        Ok(Vec::new())
    }

    /// Restores the state that [`Strategy::checkpoint`] returned. This strategy must not have been
    /// asked for proposals yet.
    ///
    /// # Errors
    /// If the bytes are not a checkpoint of this kind of strategy.
    fn restore(&mut self, _space: &dyn SearchSpace, _bytes: &[u8]) -> Result<(), StrategyError> {
        Ok(())
    }

    /// Returns statistics of the strategy's last round, such as a generator's entropy. The study
    /// records them.
    fn diagnostics(&self) -> Vec<Diagnostic> {
        Vec::new()
    }
}

/// A named number: a statistic of a round, or a model's prediction for a proposal.
pub type Diagnostic = (&'static str, f64);

/// An architecture that a strategy wants to have evaluated, with the key by which the study
/// recognises repeats.
///
/// [`Context::proposal`] creates a proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    arch: Arch,
    key: ArchHash,
    source: &'static str,
    predictions: Vec<Diagnostic>,
    starts_at_top: bool,
}

impl Proposal {
    /// Returns the architecture.
    pub fn arch(&self) -> &Arch {
        &self.arch
    }

    /// Returns the architecture's key, by which the study recognises repeats ([`Distinct::key`]).
    pub fn key(&self) -> ArchHash {
        self.key
    }

    /// Returns the name of the method that made the proposal, such as `random`, `mutation` or
    /// `generator`.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Returns the predictions of the strategy's models for the proposal, each with the model's
    /// name.
    pub fn predictions(&self) -> &[Diagnostic] {
        &self.predictions
    }

    /// Returns true if the strategy requests a full evaluation immediately, without evaluations at
    /// lower rungs (levels of fidelity) first.
    pub fn starts_at_top(&self) -> bool {
        self.starts_at_top
    }

    /// Requests that the architecture be evaluated in full without first being evaluated at lower
    /// rungs (levels of fidelity). The request takes effect only under the rule
    /// [`PromotionRule::Guided`](crate::PromotionRule::Guided), and only if the remaining budget
    /// allows a full evaluation. Otherwise, the study's own rule decides at which rung the
    /// evaluation starts.
    #[must_use]
    pub fn at_top(mut self) -> Self {
        self.starts_at_top = true;
        self
    }

    /// Adds the prediction of a model to the proposal. A higher prediction is better. The store
    /// keeps the prediction, so that the report on the study can compare it with the result.
    #[must_use]
    pub fn predicted(mut self, model: &'static str, score: f64) -> Self {
        self.predictions.push((model, score));
        self
    }
}

/// A proposed architecture with the outcome of the proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The proposed architecture.
    pub arch: Arch,
    /// The outcome of the proposal.
    pub outcome: Outcome,
}

impl Observation {
    /// Returns the architecture's score. The score comes from a new measurement or, if the study
    /// already had a value for the architecture, from that value. Returns `None` if the
    /// architecture is infeasible, if the evaluator does not know it, or if its evaluation failed.
    pub fn score(&self) -> Option<Score> {
        match &self.outcome {
            Outcome::Measured(_, score) | Outcome::Repeat(_, score) => Some(*score),
            Outcome::Infeasible | Outcome::OutOfDomain | Outcome::Failed => None,
        }
    }
}

/// The study as a strategy sees it while it is asked for proposals.
#[derive(Debug)]
pub struct Context<'a> {
    /// The search space.
    pub space: &'a dyn SearchSpace,
    /// All results so far, including values that were known without an evaluation.
    pub history: &'a History,
    /// The outcomes that have entered the history since the strategy was last asked for proposals,
    /// in the order in which they entered it. Values known without an evaluation appear as
    /// [`Outcome::Repeat`] if they were added since then.
    pub news: &'a [Observation],
    /// The study's random number streams.
    pub streams: Streams,
    /// Number of the round. Rounds are numbered from 0. Rounds in which the study does not ask the
    /// strategy for proposals are numbered as well. An example is a first round of architectures
    /// that are listed in the settings.
    pub round: u64,
    /// Maximum number of proposals. In an asynchronous study, this is 1. In a synchronous study, it
    /// is the number of new architectures that the remaining budget allows. If the study has
    /// several levels of fidelity, it never exceeds 10,000.
    pub at_most: usize,
    /// The rule that decides which architectures count as the same.
    pub distinct: Distinct,
    /// The hard constraints.
    pub constraints: &'a ConstraintSet,
    /// The objectives that the study optimises in addition to its main objective
    /// ([`Measurement::value`](crate::Measurement::value)). Empty if the study has only the main
    /// objective.
    pub objectives: &'a [Objective],
    /// Results of other studies in the same search space, on other tasks.
    pub related: &'a [RelatedTask],
    /// The levels of fidelity (rungs) at which the study evaluates architectures. `None` if it
    /// evaluates all architectures in full. If the study has several rungs, most proposals are
    /// first evaluated at a low rung, and [`History::partials`] returns the results at all rungs
    /// except the top one.
    pub fidelity: Option<&'a Fidelity>,
    /// The rule for early stopping, if any. [`History::stopped`] returns the trials that the rule
    /// has stopped, and [`History::curves`] returns all intermediate reports.
    pub stopping: Option<&'a Stopping>,
    /// What the study knows about the architectures that it can still draw at random.
    pub open_sampler: &'a OpenSampler,
}

impl Context<'_> {
    /// Returns the architecture's key, by which the study recognises repeats.
    pub fn key(&self, arch: &Arch) -> ArchHash {
        self.distinct.key(self.space, arch)
    }

    /// Returns a proposal to evaluate the architecture. `source` is the name of the method that
    /// makes the proposal.
    pub fn proposal(&self, arch: Arch, source: &'static str) -> Proposal {
        let key = self.key(&arch);
        Proposal { arch, key, source, predictions: Vec::new(), starts_at_top: false }
    }

    /// Returns a proposal to evaluate the architecture if the architecture is open
    /// ([`Context::is_open`]). Returns `None` if the architecture violates a limit on a cost. Also
    /// returns `None` if the architecture is not new, because the study has already evaluated it
    /// (or one that counts as the same) or was given its value without an evaluation.
    pub fn open_proposal(&self, arch: Arch, source: &'static str) -> Option<Proposal> {
        Some(self.proposal(arch, source)).filter(|proposal| self.is_open(proposal))
    }

    /// Returns true if the proposal is open. A proposal is open if its architecture meets two
    /// conditions. First, the architecture violates no limit on a cost. Second, the architecture is
    /// new: neither it nor one that counts as the same has been evaluated by the study or given to
    /// the study with its value. In an asynchronous study, an architecture that is being evaluated
    /// is not new.
    pub fn is_open(&self, proposal: &Proposal) -> bool {
        !self.history.contains(proposal.key) && self.constraints.admit(self.space, &proposal.arch)
    }
}
