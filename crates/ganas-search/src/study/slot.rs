//! Follows a proposal from the strategy to the result of its evaluation.

use std::borrow::Cow;

use ganas_graph::{Arch, ArchHash, ArchRecord};
use rand::Rng;

use crate::history::Entry;
use crate::store::{AskedTrial, Proposed};
use crate::{Fidelity, Partial, Proposal, Report, Rung, Stopping, Streams, TrialId, Verdict};

/// A trial to evaluate.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenTrial {
    /// The trial's number.
    pub trial: TrialId,
    /// The architecture.
    pub arch: Arch,
    /// The name of the method that proposed the architecture, such as `mutation`.
    pub source: Cow<'static, str>,
    /// The seed for randomness in the evaluation. It is below 2³², as NumPy requires. It depends
    /// only on the study's seed and the trial's number, so every attempt at the trial's evaluation
    /// gets the same seed.
    pub seed: u64,
    /// Number of earlier attempts at this evaluation, including attempts during which the study's
    /// process was killed.
    pub attempts_before: u32,
    /// The rung (level of fidelity) of the evaluation, if the study has several levels of fidelity.
    pub rung: Option<Rung>,
}

/// A proposal and the progress of its evaluation.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) arch: Arch,
    pub(super) key: ArchHash,
    pub(super) source: Cow<'static, str>,
    pub(super) predictions: Vec<(Cow<'static, str>, f64)>,
    pub(super) round: u64,
    /// The trial's number; `None` if the proposal needs no evaluation.
    pub(super) trial: Option<TrialId>,
    /// Number of attempts at the evaluation so far.
    pub(super) attempts: u32,
    /// The rung of the evaluation if it is below the top; `None` for a full evaluation.
    pub(super) rung: Option<u32>,
    /// The trial of the same architecture at the rung below, if this is a promotion.
    pub(super) after: Option<TrialId>,
    /// Cost of the evaluation, in full evaluations.
    pub(super) cost: f64,
    /// The intermediate reports of the evaluation.
    pub(super) reports: Vec<Report>,
    /// The last step reported by the current attempt.
    pub(super) reported: Option<u64>,
    /// Number of reports, starting with the first, that the stopping rule has already checked.
    pub(super) settled: usize,
    /// The step at which the stopping rule stops the trial, if it does.
    pub(super) stop: Option<u64>,
    pub(super) state: SlotState,
}

/// The progress of a proposal.
#[derive(Debug, PartialEq)]
pub(super) enum SlotState {
    /// Waiting for evaluation.
    Waiting,
    /// Being evaluated.
    Out,
    /// Finished. There is a verdict unless the proposal needed no evaluation.
    Back(Option<Verdict>),
}

impl Slot {
    /// Creates the slot, not planned yet, of an architecture to evaluate in full.
    pub(super) fn of(arch: Arch, key: ArchHash, source: Cow<'static, str>, round: u64) -> Self {
        Self {
            arch,
            key,
            source,
            predictions: Vec::new(),
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
            state: SlotState::Back(None),
        }
    }

    /// Creates the slot, not planned yet, of a new proposal.
    pub(super) fn new(proposal: &Proposal, round: u64) -> Self {
        let named = |(name, number): &(&'static str, f64)| (Cow::Borrowed(*name), *number);
        let predictions = proposal.predictions().iter().map(named).collect();
        let (arch, source) = (proposal.arch().clone(), proposal.source().into());
        Self { predictions, ..Self::of(arch, proposal.key(), source, round) }
    }

    /// Creates the slot, not planned yet, of a promotion.
    pub(super) fn promoted(from: &Partial, fidelity: &Fidelity, round: u64) -> Self {
        let rung = from.rung + 1;
        let (arch, source) = (from.trial.arch.clone(), from.trial.source.clone());
        Self {
            rung: (rung < fidelity.top()).then_some(rung),
            after: Some(from.trial.trial),
            cost: fidelity.cost(rung, Some(from.rung)),
            ..Self::of(arch, from.key, source, round)
        }
    }

    /// Moves the slot of a new architecture to the rung at which it starts.
    pub(super) fn at(self, rung: u32, fidelity: &Fidelity) -> Self {
        let below = (rung < fidelity.top()).then_some(rung);
        Self { rung: below, cost: fidelity.cost(rung, None), ..self }
    }

    /// Prepares the slot for the reports of another attempt.
    pub(super) fn begin_anew(&mut self) {
        (self.reported, self.settled, self.stop) = (None, 0, None);
    }

    /// Returns the trial and its reports, if there are any.
    pub(super) fn curve(&self) -> Option<(TrialId, &[Report])> {
        let trial = self.trial.filter(|_| !self.reports.is_empty())?;
        Some((trial, &self.reports))
    }

    /// Returns true if the stopping rule has checked all reports that the trial makes up to `step`.
    pub(super) fn is_settled_up_to(&self, step: u64) -> bool {
        let is_over = self.stop.is_some() || self.is_back() && self.settled == self.reports.len();
        let last = self.settled.checked_sub(1).map(|at| self.reports[at].step);
        is_over || last.is_some_and(|last| last >= step)
    }

    /// Returns the number of reports before a step.
    pub(super) fn kept_before(&self, step: u64) -> usize {
        self.reports.partition_point(|report| report.step < step)
    }

    /// If the trial was stopped, reduces its cost to the used share of a full evaluation.
    pub(super) fn charge_partial_cost(&mut self, stopping: Option<&Stopping>) {
        let SlotState::Back(Some(verdict)) = &self.state else { return };
        if let (Some(step), Some(stopping)) = (verdict.stopped_at(), stopping) {
            self.cost = stopping.cost(step);
        }
    }

    pub(super) fn is_back(&self) -> bool {
        matches!(self.state, SlotState::Back(_))
    }

    /// Hands the trial out for evaluation; returns `None` if the slot has no trial.
    pub(super) fn hand_out(&mut self, seed: u64, fidelity: Option<&Fidelity>) -> Option<OpenTrial> {
        let trial = self.trial?;
        self.state = SlotState::Out;
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
        // Without a number it is not evaluated, so the number is not used.
        let trial = self.trial.unwrap_or(TrialId(0));
        let Self { round, rung, cost, .. } = *self;
        Entry { trial, arch, key, source, round, rung, cost, curve: self.reports.clone() }
    }

    /// Returns the record to be stored before the evaluation; `None` if the slot has no trial.
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

    /// Returns the proposal's entry in a checkpoint.
    pub(super) fn proposed(&self) -> Proposed {
        Proposed(ArchRecord::from(&self.arch), self.source.to_string(), self.rung)
    }
}

/// Returns the seed of a trial's evaluation in the study with seed `seed`.
fn trial_seed(seed: u64, trial: TrialId) -> u64 {
    Streams::new(seed).rng("evaluation", trial.0.unsigned_abs(), 0).random::<u32>().into()
}
