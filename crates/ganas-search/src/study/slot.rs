use std::borrow::Cow;

use ganas_graph::{Arch, ArchHash};
use rand::Rng;

use super::pool::Work;
use crate::store::{Found, NewTrial};
use crate::{Proposal, Streams};

/// A proposal, be it from a strategy or from a store.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) arch: Arch,
    pub(super) source: Cow<'static, str>,
}

/// A proposal on its way to the strategy.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) asked: Asked,
    pub(super) key: ArchHash,
    pub(super) round: u64,
    /// The trial's number, if it is to be evaluated.
    pub(super) trial: Option<u64>,
    /// How often its evaluation was begun.
    pub(super) attempts: u32,
    /// What came of it, once it is there.
    pub(super) found: Option<Found>,
}

impl Slot {
    /// Is its evaluation still to be made?
    pub(super) fn is_open(&self) -> bool {
        self.trial.is_some() && self.found.is_none()
    }

    pub(super) fn work(&self, seed: u64) -> Option<Work> {
        let (trial, arch) = (self.trial?, self.asked.arch.clone());
        Some(Work { trial, arch, seed: trial_seed(seed, trial), attempts_before: self.attempts })
    }

    pub(super) fn as_new(&self, seed: u64) -> Option<NewTrial<'_>> {
        let id = self.trial?;
        let (arch, source) = (&self.asked.arch, &*self.asked.source);
        Some(NewTrial { id, round: self.round, arch, source, seed: trial_seed(seed, id) })
    }

    pub(super) fn proposal(&self) -> (Vec<u8>, String) {
        (self.asked.arch.choices().to_vec(), self.asked.source.to_string())
    }
}

/// The seed of a trial's evaluation.
fn trial_seed(seed: u64, trial: u64) -> u64 {
    Streams::new(seed).rng("evaluation", trial, 0).random::<u32>().into()
}

impl From<Proposal> for Asked {
    fn from(Proposal { arch, source }: Proposal) -> Self {
        Self { arch, source: source.into() }
    }
}
