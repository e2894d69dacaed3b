//! Strategies and their interface: context, proposals and observations.

use std::fmt::Debug;

use ganas_graph::{Arch, ArchHash, SearchSpace};

use crate::{
    ConstraintSet, Distinct, Fidelity, History, Objective, OpenSampler, Outcome, Partial,
    RelatedTask, Score, Stopping, StrategyError, Streams,
};

/// A search strategy, which proposes architectures given everything known.
///
/// All its knowledge comes from the [`Context`]: the history, and in [`Context::news`] the outcome of
/// its proposals since the last ask. It counts no queries and sees no test accuracy.
pub trait Strategy: Debug + Send {
    /// Returns its short lower-case name, such as `evolution`.
    fn name(&self) -> &'static str;

    /// Proposes between one and [`Context::at_most`] architectures; none if it has nothing more to ask.
    /// If it proposes nothing because [`Context::sample_open`] found nothing, and it is not proved that
    /// nothing is left, the study asks it again.
    ///
    /// # Errors
    /// If the strategy cannot continue, for example because a model diverged.
    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError>;

    /// Selects at most `count` of the `candidates`, which were measured at one rung but not at the
    /// next, for promotion. Returns their indices, best first; if empty, because the strategy has no
    /// opinion, the best measured are promoted. Called under the rule
    /// [`StoppingRule::Guided`](crate::StoppingRule::Guided).
    ///
    /// The result must depend only on the context, so that a resumed study promotes the same
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

    /// Returns, after an ask, everything that the strategy knows but the history does not contain.
    /// A strategy restored from it makes the same proposals as this one.
    ///
    /// # Errors
    /// If the state cannot be serialised.
    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        Ok(Vec::new())
    }

    /// Restores the state written by [`Strategy::checkpoint`] into this strategy, which has not been
    /// asked yet.
    ///
    /// # Errors
    /// If the bytes are not a checkpoint of such a strategy.
    fn restore(&mut self, _space: &dyn SearchSpace, _bytes: &[u8]) -> Result<(), StrategyError> {
        Ok(())
    }

    /// Returns statistics of the last round, such as a generator's entropy, for the study's record.
    fn diagnostics(&self) -> Vec<Diagnostic> {
        Vec::new()
    }
}

/// A named number, which describes a round or is a model's prediction for a proposal.
pub type Diagnostic = (&'static str, f64);

/// An architecture that a strategy wants measured, with its key in the study.
///
/// [`Context::proposal`] creates one.
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

    /// Returns its key ([`Distinct::key`]).
    pub fn key(&self) -> ArchHash {
        self.key
    }

    /// Returns its source, such as `random`, `mutation` or `generator`.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Returns the prediction of each of the strategy's models, by the model's name.
    pub fn predictions(&self) -> &[Diagnostic] {
        &self.predictions
    }

    /// Returns true if it should be evaluated at the top rung without lower ones first.
    pub fn starts_at_top(&self) -> bool {
        self.starts_at_top
    }

    /// Requests evaluation at the top rung without lower ones first. This takes effect under the rule
    /// [`StoppingRule::Guided`](crate::StoppingRule::Guided) if the budget has room for a full
    /// evaluation; otherwise the rule decides where the proposal starts.
    #[must_use]
    pub fn at_top(mut self) -> Self {
        self.starts_at_top = true;
        self
    }

    /// Adds a model's prediction: higher is better. The store keeps it, so that a report can compare it
    /// with the result.
    #[must_use]
    pub fn predicted(mut self, model: &'static str, score: f64) -> Self {
        self.predictions.push((model, score));
        self
    }
}

/// The outcome of a proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The architecture proposed.
    pub arch: Arch,
    /// Its outcome.
    pub outcome: Outcome,
}

impl Observation {
    /// Returns the score of the value, whether it was measured now or is known from before.
    pub fn score(&self) -> Option<Score> {
        match &self.outcome {
            Outcome::Measured(_, score) | Outcome::Repeat(_, score) => Some(*score),
            Outcome::Infeasible | Outcome::OutOfDomain | Outcome::Failed => None,
        }
    }
}

/// The study as a strategy sees it during an ask.
#[derive(Debug)]
pub struct Context<'a> {
    /// The search space.
    pub space: &'a dyn SearchSpace,
    /// Everything measured so far.
    pub history: &'a History,
    /// The outcomes of the strategy's proposals since the last ask, in order; known values appear as
    /// repeats.
    pub news: &'a [Observation],
    /// The study's random streams.
    pub streams: Streams,
    /// Number of the round, from 0: the number of earlier asks, plus one if the study first evaluated
    /// architectures of its own.
    pub round: u64,
    /// Maximum number of proposals: the remaining queries.
    pub at_most: usize,
    /// The rule by which architectures count as one.
    pub distinct: Distinct,
    /// The hard constraints.
    pub constraints: &'a ConstraintSet,
    /// The objectives besides the value; empty if there are none.
    pub objectives: &'a [Objective],
    /// Results of other studies of the space, on other tasks.
    pub related: &'a [RelatedTask],
    /// The rungs of evaluations, if there are several: proposals start at a low one, and
    /// [`History::partials`] holds the results there.
    pub fidelity: Option<&'a Fidelity>,
    /// The rule for early stopping, if any: [`History::stopped`] holds the stopped trials, and
    /// [`History::curves`] all intermediate reports.
    pub stopping: Option<&'a Stopping>,
    /// The study's knowledge about architectures that can still be drawn.
    pub open_sampler: &'a OpenSampler,
}

impl Context<'_> {
    /// Returns the architecture's key in this study.
    pub fn key(&self, arch: &Arch) -> ArchHash {
        self.distinct.key(self.space, arch)
    }

    /// Creates a proposal of the architecture; `source` names its origin.
    pub fn proposal(&self, arch: Arch, source: &'static str) -> Proposal {
        let key = self.key(&arch);
        Proposal { arch, key, source, predictions: Vec::new(), starts_at_top: false }
    }

    /// Creates a proposal if its evaluation would be informative: it violates no constraint known
    /// before evaluation, and has not been asked for before.
    pub fn open_proposal(&self, arch: Arch, source: &'static str) -> Option<Proposal> {
        Some(self.proposal(arch, source)).filter(|proposal| self.is_open(proposal))
    }

    /// Returns true if evaluating it would be informative.
    pub fn is_open(&self, proposal: &Proposal) -> bool {
        !self.history.contains(proposal.key) && self.constraints.admit(self.space, &proposal.arch)
    }
}
