//! A proposal on its way from the strategy to its result.

use std::borrow::Cow;

use ganas_graph::{Arch, ArchHash, ArchRecord};
use rand::Rng;

use crate::history::Entry;
use crate::store::{AskedTrial, Proposed};
use crate::{Proposal, Streams, TrialId, Verdict};

/// A trial that is to be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenTrial {
    /// Its number.
    pub trial: TrialId,
    /// The architecture.
    pub arch: Arch,
    /// Where the strategy had it from.
    pub source: Cow<'static, str>,
    /// Seed for whatever is random in the evaluation, below 2³² as NumPy needs it: its own for each
    /// (study's seed, trial), and the same when an evaluation is made again.
    pub seed: u64,
    /// How often its evaluation was begun before and did not end.
    pub attempts_before: u32,
}

/// A proposal on its way.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) arch: Arch,
    pub(super) key: ArchHash,
    pub(super) source: Cow<'static, str>,
    pub(super) predictions: Vec<(Cow<'static, str>, f64)>,
    pub(super) round: u64,
    /// The trial's number, if it is to be evaluated.
    pub(super) trial: Option<TrialId>,
    /// How often its evaluation was begun.
    pub(super) attempts: u32,
    pub(super) place: Place,
}

/// How far a proposal has come.
#[derive(Debug, PartialEq)]
pub(super) enum Place {
    /// It waits for somebody to evaluate it.
    Waiting,
    /// Somebody evaluates it.
    Out,
    /// Its result is there, or it needs none.
    Back(Option<Verdict>),
}

impl Slot {
    /// The slot of a proposal that the strategy just made, not yet planned.
    pub(super) fn new(proposal: &Proposal, round: u64) -> Self {
        let named = |(name, number): &(&'static str, f64)| (Cow::Borrowed(*name), *number);
        Self {
            arch: proposal.arch().clone(),
            key: proposal.key(),
            source: proposal.source().into(),
            predictions: proposal.predictions().iter().map(named).collect(),
            round,
            trial: None,
            attempts: 0,
            place: Place::Back(None),
        }
    }

    pub(super) fn is_back(&self) -> bool {
        matches!(self.place, Place::Back(_))
    }

    /// Hands it to whoever evaluates it.
    pub(super) fn hand_out(&mut self, seed: u64) -> Option<OpenTrial> {
        let trial = self.trial?;
        self.place = Place::Out;
        Some(OpenTrial {
            trial,
            arch: self.arch.clone(),
            source: self.source.clone(),
            seed: trial_seed(seed, trial),
            attempts_before: self.attempts,
        })
    }

    pub(super) fn entry(&self) -> Entry {
        let (arch, key, source) = (self.arch.clone(), self.key, self.source.clone());
        // Without a number nothing is evaluated, so the number is not looked at.
        let trial = self.trial.unwrap_or(TrialId(0));
        Entry { trial, arch, key, source, round: self.round }
    }

    /// As a store writes it before it is evaluated.
    pub(super) fn asked(&self, seed: u64) -> Option<AskedTrial<'_>> {
        let trial = self.trial?;
        Some(AskedTrial {
            trial,
            round: self.round,
            arch: &self.arch,
            key: self.key,
            source: &self.source,
            seed: trial_seed(seed, trial),
            predictions: &self.predictions,
        })
    }

    /// As a checkpoint lists it.
    pub(super) fn proposed(&self) -> Proposed {
        Proposed(ArchRecord::from(&self.arch), self.source.to_string())
    }
}

/// The seed of a trial's evaluation.
fn trial_seed(seed: u64, trial: TrialId) -> u64 {
    Streams::new(seed).rng("evaluation", trial.0.unsigned_abs(), 0).random::<u32>().into()
}
