//! Strategies: what they are asked, what they are told, and what they propose.

use std::fmt::Debug;

use ganas_graph::{Arch, ArchHash, SearchSpace};

use crate::{
    Chance, Distinct, Fidelity, History, Objective, Outcome, Partial, Rejections, RelatedTask,
    Score, Stopping, StrategyError, Streams,
};

/// A way to search: asked for architectures, given all that is known.
///
/// Everything that a strategy may know reaches it through the [`Context`]: the history, and in
/// [`Context::news`] what became of its proposals since it was asked last. It counts no queries and
/// sees no test accuracy.
pub trait Strategy: Debug + Send {
    /// Short lower-case name, such as `evolution`.
    fn name(&self) -> &'static str;

    /// Proposes at least one and at most [`Context::at_most`] architectures; none if it has nothing
    /// more to ask. One that has nothing because chance found nothing ([`Context::sample_open`]), and
    /// without a proof that there is nothing, is asked again.
    ///
    /// # Errors
    /// If the strategy cannot go on, such as a model that diverged.
    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError>;

    /// Of `candidates`, which were measured at one rung and not at the next, the places of the at most
    /// `count` that are worth it most, the best first; none if the strategy has no opinion, and then the
    /// best measured are promoted. Asked where the rule is [`StoppingRule::Guided`](crate::StoppingRule::Guided).
    ///
    /// It depends on the context and on nothing else that changes, so that a study that resumes promotes the
    /// same.
    ///
    /// # Errors
    /// As [`Strategy::ask`].
    fn promote(
        &self,
        _context: &Context<'_>,
        _candidates: &[&Partial],
        _count: usize,
    ) -> Result<Vec<usize>, StrategyError> {
        Ok(Vec::new())
    }

    /// Everything that the strategy knows and the history does not, after it was asked. A strategy
    /// restored from it proposes what this one would have proposed.
    ///
    /// # Errors
    /// If it cannot be written.
    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        Ok(Vec::new())
    }

    /// Makes this strategy, which has not been asked yet, the one that [`Strategy::checkpoint`] wrote.
    ///
    /// # Errors
    /// If the bytes are not a checkpoint of such a strategy.
    fn restore(&mut self, _space: &dyn SearchSpace, _bytes: &[u8]) -> Result<(), StrategyError> {
        Ok(())
    }

    /// Numbers about the last round for the study's record, such as a generator's entropy.
    fn diagnostics(&self) -> Vec<Diagnostic> {
        Vec::new()
    }
}

/// A named number: about a round, or what a model said of a proposal.
pub type Diagnostic = (&'static str, f64);

/// An architecture that a strategy would like to have measured, with its identity in the study.
///
/// [`Context::proposal`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    arch: Arch,
    key: ArchHash,
    source: &'static str,
    predictions: Vec<Diagnostic>,
    is_whole: bool,
}

impl Proposal {
    /// The architecture.
    pub fn arch(&self) -> &Arch {
        &self.arch
    }

    /// Its identity ([`Distinct::key`]).
    pub fn key(&self) -> ArchHash {
        self.key
    }

    /// Where it comes from, such as `random`, `mutation` or `generator`.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// What each model of the strategy said of it, by the model's name.
    pub fn predictions(&self) -> &[Diagnostic] {
        &self.predictions
    }

    /// Is it to be evaluated at the top rung without lower ones first?
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The proposal for the top rung, without lower ones first. It is heeded where the rule is
    /// [`StoppingRule::Guided`](crate::StoppingRule::Guided) and the budget has room for a whole evaluation;
    /// else the proposal begins where the rule has it.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.is_whole = true;
        self
    }

    /// The proposal with what a model said of it: higher is better. The store keeps it, so that a
    /// report can show whether the model was right.
    #[must_use]
    pub fn predicted(mut self, model: &'static str, score: f64) -> Self {
        self.predictions.push((model, score));
        self
    }
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The architecture proposed.
    pub arch: Arch,
    /// What became of it.
    pub outcome: Outcome,
}

impl Observation {
    /// What its value is worth, be it new or a repeat.
    pub fn score(&self) -> Option<Score> {
        match &self.outcome {
            Outcome::Measured(_, score) | Outcome::Repeat(_, score) => Some(*score),
            Outcome::Infeasible | Outcome::OutOfDomain | Outcome::Failed => None,
        }
    }
}

/// What a strategy sees of the study when it is asked.
#[derive(Debug)]
pub struct Context<'a> {
    /// The search space.
    pub space: &'a dyn SearchSpace,
    /// Everything measured so far.
    pub history: &'a History,
    /// What became of the strategy's proposals since it was asked last, in order; and what was known
    /// before, as repeats.
    pub news: &'a [Observation],
    /// The study's randomness.
    pub streams: Streams,
    /// Number of the round, from 0: how often the strategy was asked before, and one more if the
    /// study had architectures of its own to evaluate first.
    pub round: u64,
    /// How many proposals are wanted at most: the queries that are left.
    pub at_most: usize,
    /// When two architectures count as one.
    pub distinct: Distinct,
    /// The hard constraints.
    pub constraints: &'a Rejections,
    /// What is searched beside the value; nothing where that is all.
    pub objectives: &'a [Objective],
    /// What other studies of the space found, on other tasks.
    pub related: &'a [RelatedTask],
    /// The rungs at which evaluations can be made, where there are several: what is proposed begins at a low
    /// one, and [`History::partials`] has what was measured there.
    pub fidelity: Option<&'a Fidelity>,
    /// What is stopped early, where something is: [`History::stopped`] has it, and [`History::curves`] what was
    /// reported on the way.
    pub stopping: Option<&'a Stopping>,
    /// What is known of architectures that can still be drawn.
    pub chance: &'a Chance,
}

impl Context<'_> {
    /// The architecture's identity in this study.
    pub fn key(&self, arch: &Arch) -> ArchHash {
        self.distinct.key(self.space, arch)
    }

    /// A proposal of the architecture; `source` says where it comes from.
    pub fn proposal(&self, arch: Arch, source: &'static str) -> Proposal {
        let key = self.key(&arch);
        Proposal { arch, key, source, predictions: Vec::new(), is_whole: false }
    }

    /// A proposal, if evaluating it would tell anything: it breaks no constraint that is known before
    /// an evaluation, and was not asked before.
    pub fn open_proposal(&self, arch: Arch, source: &'static str) -> Option<Proposal> {
        Some(self.proposal(arch, source)).filter(|proposal| self.is_open(proposal))
    }

    /// Would evaluating it tell anything?
    pub fn is_open(&self, proposal: &Proposal) -> bool {
        !self.history.contains(proposal.key) && self.constraints.admit(self.space, &proposal.arch)
    }
}
