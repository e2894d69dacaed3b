//! The entries of a history.

use std::borrow::Cow;

use ganas_graph::{Arch, ArchHash};

use crate::{Measurement, Report, Score, TrialId};

/// An architecture that was measured and violates no constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The trial's number.
    pub trial: TrialId,
    /// The architecture.
    pub arch: Arch,
    /// The source of the proposal, such as `random` or `mutation`.
    pub source: Cow<'static, str>,
    /// Number of the round in which the architecture was proposed. Rounds are numbered from 0. Each
    /// call of [`Strategy::ask`](crate::Strategy::ask) begins a new round. A round that consists
    /// only of promotions, or of the architectures in
    /// [`StudySettings::first`](crate::StudySettings::first), begins without such a call.
    pub round: u64,
    /// Number of the query that measured the architecture, counted from 1. It is 0 if the value was
    /// known before the study.
    pub query: usize,
    /// The measurement.
    pub measurement: Measurement,
    /// The score of the measured value. Higher is better, whatever the study's direction.
    pub score: Score,
}

/// An architecture that violates no constraint and was measured at less than full fidelity, which
/// means at any rung but the top one of the study's [`Fidelity`](crate::Fidelity).
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    /// The trial, with the measurement at this rung.
    pub trial: Trial,
    /// The architecture's key ([`Distinct::key`](crate::Distinct::key)).
    pub key: ArchHash,
    /// The index of the rung, from 0.
    pub rung: u32,
}

/// An architecture that violates no constraint and whose evaluation was stopped early.
#[derive(Debug, Clone, PartialEq)]
pub struct Stopped {
    /// The trial, with the measurement at the step at which it was stopped.
    pub trial: Trial,
    /// The architecture's key ([`Distinct::key`](crate::Distinct::key)).
    pub key: ArchHash,
    /// The step at which the evaluation was stopped.
    pub step: u64,
}

/// A trial whose result is about to enter the history.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) trial: TrialId,
    pub(crate) arch: Arch,
    pub(crate) key: ArchHash,
    pub(crate) source: Cow<'static, str>,
    pub(crate) round: u64,
    /// The rung of the evaluation, if it is not the top one; `None` for a full evaluation.
    pub(crate) rung: Option<u32>,
    /// Cost of the evaluation, in full evaluations.
    pub(crate) cost: f64,
    /// The intermediate reports of the evaluation.
    pub(crate) curve: Vec<Report>,
}

/// The outcome of a proposal.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The architecture was measured, which cost a query.
    Measured(Measurement, Score),
    /// The architecture, or one that counts as the same, had been measured before, with this
    /// result. The proposal cost no query.
    Repeat(Measurement, Score),
    /// The architecture is unusable, or violates a hard constraint. The proposal cost no query if
    /// this was known before evaluation, and one query otherwise.
    Infeasible,
    /// The evaluation failed, so the value is unknown. It failed either now or when the same
    /// architecture was proposed earlier. The proposal cost no query.
    Failed,
    /// The evaluator does not know the architecture. Such a proposal does not use up a query.
    OutOfDomain,
}

/// An entry of the history: a value known before the study, or an evaluation with its result.
#[derive(Debug, Clone, Copy)]
pub enum Evaluated<'a> {
    /// The architecture violates no constraint. It was measured in a full evaluation, or its value
    /// was known before the study.
    Feasible(&'a Trial),
    /// The architecture violates no constraint. It was measured at a rung other than the top one.
    Partial(&'a Partial),
    /// The architecture violates no constraint. Its evaluation was stopped early.
    Stopped(&'a Stopped),
    /// The architecture is unusable, or its measurement violates a constraint.
    Infeasible(&'a Arch, Option<&'a Measurement>),
    /// The evaluation of the architecture failed.
    Failed(&'a Arch),
}
