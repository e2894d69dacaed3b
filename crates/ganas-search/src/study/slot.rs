//! A proposal on its way from the strategy to its result.

use std::borrow::Cow;

use ganas_graph::{Arch, ArchHash, ArchRecord};
use rand::Rng;

use crate::history::Entry;
use crate::store::{AskedTrial, Proposed};
use crate::{Fidelity, Partial, Proposal, Report, Rung, Stopping, Streams, TrialId, Verdict};

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
    /// How thorough its evaluation is to be, in a study of several fidelities.
    pub rung: Option<Rung>,
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
    /// The rung below the top that it is to be evaluated at; `None` for a whole evaluation.
    pub(super) rung: Option<u32>,
    /// The trial of the same architecture at the rung below.
    pub(super) after: Option<TrialId>,
    /// What its evaluation costs, in whole evaluations.
    pub(super) cost: f64,
    /// What its evaluation reported.
    pub(super) reports: Vec<Report>,
    /// The last step that the attempt under way reported.
    pub(super) reported: Option<u64>,
    /// How many of its reports it is known of whether they stop it.
    pub(super) settled: usize,
    /// The step at which it is to be stopped.
    pub(super) stop: Option<u64>,
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
            rung: None,
            after: None,
            cost: 1.0,
            reports: Vec::new(),
            reported: None,
            settled: 0,
            stop: None,
            place: Place::Back(None),
        }
    }

    /// The slot of a promotion, not yet planned.
    pub(super) fn promoted(from: &Partial, fidelity: &Fidelity, round: u64) -> Self {
        let rung = from.rung + 1;
        Self {
            arch: from.trial.arch.clone(),
            key: from.key,
            source: from.trial.source.clone(),
            predictions: Vec::new(),
            round,
            trial: None,
            attempts: 0,
            rung: (rung < fidelity.top()).then_some(rung),
            after: Some(from.trial.trial),
            cost: fidelity.cost(rung, Some(from.rung)),
            reports: Vec::new(),
            reported: None,
            settled: 0,
            stop: None,
            place: Place::Back(None),
        }
    }

    /// The same at the rung at which a new architecture begins.
    pub(super) fn at(self, rung: u32, fidelity: &Fidelity) -> Self {
        let below = (rung < fidelity.top()).then_some(rung);
        Self { rung: below, cost: fidelity.cost(rung, None), ..self }
    }

    /// A further attempt begins.
    pub(super) fn begin_anew(&mut self) {
        (self.reported, self.settled, self.stop) = (None, 0, None);
    }

    /// What it has reported, if it is evaluated at all.
    pub(super) fn curve(&self) -> Option<(TrialId, &[Report])> {
        let trial = self.trial.filter(|_| !self.reports.is_empty())?;
        Some((trial, &self.reports))
    }

    /// Is it known what it reports up to a step, and whether that stops it?
    pub(super) fn is_settled_up_to(&self, step: u64) -> bool {
        let is_over = self.stop.is_some() || self.is_back() && self.settled == self.reports.len();
        let last = self.settled.checked_sub(1).map(|at| self.reports[at].step);
        is_over || last.is_some_and(|last| last >= step)
    }

    /// How many reports there are of steps before this one.
    pub(super) fn kept_before(&self, step: u64) -> usize {
        self.reports.partition_point(|report| report.step < step)
    }

    /// Takes the share of a whole evaluation that it cost, if it was stopped.
    pub(super) fn pay(&mut self, stopping: Option<&Stopping>) {
        if let (Place::Back(Some(Verdict::Stopped { step, .. })), Some(stopping)) =
            (&self.place, stopping)
        {
            self.cost = stopping.cost(*step);
        }
    }

    pub(super) fn is_back(&self) -> bool {
        matches!(self.place, Place::Back(_))
    }

    /// Hands it to whoever evaluates it.
    pub(super) fn hand_out(&mut self, seed: u64, fidelity: Option<&Fidelity>) -> Option<OpenTrial> {
        let trial = self.trial?;
        self.place = Place::Out;
        self.begin_anew();
        Some(OpenTrial {
            trial,
            arch: self.arch.clone(),
            source: self.source.clone(),
            seed: trial_seed(seed, trial),
            attempts_before: self.attempts,
            rung: fidelity.map(|fidelity| {
                let rung = self.rung.unwrap_or(fidelity.top());
                Rung { rung, fidelity: fidelity.at(rung), after: self.after }
            }),
        })
    }

    pub(super) fn entry(&self) -> Entry {
        let (arch, key, source) = (self.arch.clone(), self.key, self.source.clone());
        // Without a number nothing is evaluated, so the number is not looked at.
        let trial = self.trial.unwrap_or(TrialId(0));
        let Self { round, rung, cost, .. } = *self;
        Entry { trial, arch, key, source, round, rung, cost, curve: self.reports.clone() }
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
            rung: self.rung,
            predictions: &self.predictions,
        })
    }

    /// As a checkpoint lists it.
    pub(super) fn proposed(&self) -> Proposed {
        Proposed(ArchRecord::from(&self.arch), self.source.to_string(), self.rung)
    }
}

/// The seed of a trial's evaluation.
fn trial_seed(seed: u64, trial: TrialId) -> u64 {
    Streams::new(seed).rng("evaluation", trial.0.unsigned_abs(), 0).random::<u32>().into()
}
