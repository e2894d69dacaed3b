use std::fmt::Debug;

use ganas_graph::{Arch, ArchHash, SearchSpace, moves};
use rand::Rng;
use rand::seq::SliceRandom;

use crate::{Distinct, History, Measurement, Rejections, StrategyError, Streams};

/// A way to search: asked for architectures, told what they are worth.
///
/// Everything that a strategy may know reaches it through the [`Context`] and its observations; it
/// counts no queries and sees no test accuracy.
pub trait Strategy: Debug + Send {
    /// Short lower-case name, such as `evolution`.
    fn name(&self) -> &'static str;

    /// Proposes at least one and at most [`Context::at_most`] architectures; none if it knows
    /// nothing more to ask.
    ///
    /// # Errors
    /// If the strategy cannot go on, such as a model that diverged.
    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError>;

    /// Learns what became of the proposals of the last [`Strategy::ask`], in their order; in an
    /// asynchronous study, of some earlier one. Before the first of all, what is known may be told.
    ///
    /// # Errors
    /// If the strategy cannot go on.
    fn tell(&mut self, observations: &[Observation]) -> Result<(), StrategyError>;

    /// Everything that the strategy knows and the history does not, after it was asked. What goes on
    /// from here must be what would have gone on without.
    ///
    /// # Errors
    /// If it cannot be written.
    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        Ok(Vec::new())
    }

    /// Makes a fresh strategy the one that [`Strategy::checkpoint`] wrote; `history` is what that one
    /// had seen.
    ///
    /// # Errors
    /// If the bytes are not a checkpoint of such a strategy.
    fn restore(
        &mut self,
        _space: &dyn SearchSpace,
        _history: &History,
        _bytes: &[u8],
    ) -> Result<(), StrategyError> {
        Ok(())
    }

    /// Numbers about the last round for the run's record, such as a generator's entropy.
    fn diagnostics(&self) -> Vec<Diagnostic> {
        Vec::new()
    }
}

/// A named number about a round.
pub type Diagnostic = (&'static str, f64);

/// An architecture that a strategy would like to have measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The architecture.
    pub arch: Arch,
    /// Where it comes from, such as `random`, `mutation` or `generator`.
    pub source: &'static str,
}

impl Proposal {
    /// Proposals that all come from `source`.
    pub fn all(archs: Vec<Arch>, source: &'static str) -> Vec<Self> {
        archs.into_iter().map(|arch| Self { arch, source }).collect()
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
    /// The measured value, be it new or a repeat.
    pub fn value(&self) -> Option<f64> {
        match &self.outcome {
            Outcome::Measured(measurement) | Outcome::Repeat(measurement) => {
                Some(measurement.value)
            }
            Outcome::Infeasible | Outcome::OutOfDomain | Outcome::Failed => None,
        }
    }
}

/// The ways in which a proposal can end.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It cost a query.
    Measured(Measurement),
    /// Its identity had been measured before; it cost nothing, and this is what was found then.
    Repeat(Measurement),
    /// It breaks a hard constraint. If that was known before an evaluation it cost nothing, else a
    /// query.
    Infeasible,
    /// Its evaluation failed, now or when it was asked before; its value is not known.
    Failed,
    /// The evaluator does not know it; it cost nothing.
    OutOfDomain,
}

/// What a strategy sees of the study when it is asked.
#[derive(Debug)]
pub struct Context<'a> {
    /// The search space.
    pub space: &'a dyn SearchSpace,
    /// Everything measured so far.
    pub history: &'a History,
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
}

impl Context<'_> {
    /// The architecture's identity in this study.
    pub fn key(&self, arch: &Arch) -> ArchHash {
        self.distinct.key(self.space, arch)
    }

    /// Would evaluating it tell anything? It breaks no constraint and was not asked before.
    pub fn is_open(&self, arch: &Arch) -> bool {
        !self.history.contains(self.key(arch)) && self.constraints.admit(self.space, arch)
    }

    /// Random, distinct, open architectures, `count` if there are as many, none of the `taken`.
    ///
    /// Draws uniformly over choices and rejects; when that fails for long and the space is small
    /// enough to list, what is left of it is listed and shuffled, so the last open architecture is
    /// found too.
    pub fn sample_open(
        &self,
        count: usize,
        taken: &[Arch],
        rng: &mut (impl Rng + ?Sized),
    ) -> Vec<Arch> {
        let mut keys: Vec<_> = taken.iter().map(|arch| self.key(arch)).collect();
        let mut found = Vec::with_capacity(count);
        let mut accept = |arch: Arch, found: &mut Vec<Arch>| {
            let key = self.key(&arch);
            let open = !keys.contains(&key) && self.is_open(&arch);
            if open {
                keys.push(key);
                found.push(arch);
            }
            open
        };
        let mut failures = 0;
        while found.len() < count && failures < MAX_FAILURES {
            let open = accept(moves::sample(self.space, rng), &mut found);
            failures = if open { 0 } else { failures + 1 };
        }
        if found.len() < count && self.space.size().is_some_and(|size| size <= MAX_LISTED) {
            let mut all: Vec<_> = moves::enumerate(self.space).collect();
            all.shuffle(rng);
            let mut all = all.into_iter();
            while found.len() < count
                && let Some(arch) = all.next()
            {
                accept(arch, &mut found);
            }
        }
        found
    }
}

/// Draws in a row that may miss before a space is listed, or given up: with a share of open
/// architectures of one in a thousand, all miss once in e¹⁰ times.
const MAX_FAILURES: usize = 10_000;

/// Largest space that is listed.
const MAX_LISTED: u128 = 1 << 20;
