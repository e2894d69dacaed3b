//! The entries of a history.

use std::borrow::Cow;

use ganas_graph::{Arch, ArchHash};

use crate::{Measurement, Report, Score, TrialId};

/// An architecture that was measured and violates no constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its number.
    pub trial: TrialId,
    /// The architecture.
    pub arch: Arch,
    /// The source of the proposal, such as `random` or `mutation`.
    pub source: Cow<'static, str>,
    /// Round (call of [`Strategy::ask`](crate::Strategy::ask)) in which it was proposed, from 0.
    pub round: u64,
    /// Number of the query, from 1; 0 if its value was known before the study.
    pub query: usize,
    /// The measurement.
    pub measurement: Measurement,
    /// Score of the value: higher is better, whatever the study's direction.
    pub score: Score,
}

/// An architecture measured below the top rung of a study's [`Fidelity`](crate::Fidelity) that violates
/// no constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    /// The trial, with its measurement.
    pub trial: Trial,
    /// The architecture's key ([`Distinct::key`](crate::Distinct::key)).
    pub key: ArchHash,
    /// The rung, from 0.
    pub rung: u32,
}

/// An architecture whose evaluation was stopped early and that violates no constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Stopped {
    /// The trial, with its measurement at that step.
    pub trial: Trial,
    /// The architecture's key ([`Distinct::key`](crate::Distinct::key)).
    pub key: ArchHash,
    /// The step at which it was stopped.
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
    /// The rung below the top at which it is evaluated; `None` for a full evaluation.
    pub(crate) rung: Option<u32>,
    /// Cost of its evaluation, in full evaluations.
    pub(crate) cost: f64,
    /// Its intermediate reports.
    pub(crate) curve: Vec<Report>,
}

/// The outcome of a proposal.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// Measured; cost a query.
    Measured(Measurement, Score),
    /// Repeats an architecture measured before, or one equivalent to it, with this measurement; cost
    /// nothing.
    Repeat(Measurement, Score),
    /// Violates a hard constraint. If that was known before evaluation it cost nothing, otherwise a
    /// query.
    Infeasible,
    /// The evaluation failed, now or in an earlier ask; the value is unknown, and it cost no query.
    Failed,
    /// Unknown to the evaluator; cost nothing.
    OutOfDomain,
}

/// An evaluation, in the order in which evaluations count.
#[derive(Debug, Clone, Copy)]
pub enum Evaluated<'a> {
    /// Measured, or known before, and violating no constraint.
    Feasible(&'a Trial),
    /// Measured below the top rung, violating no constraint.
    Partial(&'a Partial),
    /// Stopped early, violating no constraint.
    Stopped(&'a Stopped),
    /// Unusable, or its measurement violates a constraint.
    Infeasible(&'a Arch, Option<&'a Measurement>),
    /// Its evaluation failed.
    Failed(&'a Arch),
}
