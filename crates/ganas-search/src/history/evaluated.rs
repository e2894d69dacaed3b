//! What evaluations come to in a history.

use std::borrow::Cow;

use ganas_graph::{Arch, ArchHash};

use crate::{Measurement, Report, Score, TrialId};

/// An architecture that was measured and breaks no constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its number.
    pub trial: TrialId,
    /// The architecture.
    pub arch: Arch,
    /// Where the strategy had it from, such as `random` or `mutation`.
    pub source: Cow<'static, str>,
    /// Round (call of [`Strategy::ask`](crate::Strategy::ask)) in which it was proposed, from 0.
    pub round: u64,
    /// Which query it was, from 1; 0 if its value was known before the study.
    pub query: usize,
    /// The result, as it was measured.
    pub measurement: Measurement,
    /// What the value is worth: higher is better, whatever the study's direction.
    pub score: Score,
}

/// An architecture that was measured below the top rung of a study's [`Fidelity`](crate::Fidelity), and
/// breaks no constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    /// The trial, with what was measured.
    pub trial: Trial,
    /// The architecture's identity.
    pub key: ArchHash,
    /// The rung, from 0.
    pub rung: u32,
}

/// An architecture whose evaluation was stopped early, and that breaks no constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Stopped {
    /// The trial, with what it had reported by then.
    pub trial: Trial,
    /// The architecture's identity.
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
    /// The rung below the top that it is evaluated at; `None` for a whole evaluation.
    pub(crate) rung: Option<u32>,
    /// What its evaluation costs, in whole evaluations.
    pub(crate) cost: f64,
    /// What it reported on the way.
    pub(crate) curve: Vec<Report>,
}

/// The ways in which a proposal can end.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It cost a query.
    Measured(Measurement, Score),
    /// Its identity had been measured before; it cost nothing, and this is what was found then.
    Repeat(Measurement, Score),
    /// It breaks a hard constraint. If that was known before an evaluation it cost nothing, else a
    /// query.
    Infeasible,
    /// Its evaluation failed, now or when it was asked before; its value is not known, and it cost no
    /// query.
    Failed,
    /// The evaluator does not know it; it cost nothing.
    OutOfDomain,
}

/// What an evaluation told, in the order in which it counts.
#[derive(Debug, Clone, Copy)]
pub enum Evaluated<'a> {
    /// It was measured and breaks no constraint, or was known before.
    Feasible(&'a Trial),
    /// The same below the top rung.
    Partial(&'a Partial),
    /// The same, stopped early.
    Stopped(&'a Stopped),
    /// It cannot be used, or its measurement breaks a constraint.
    Infeasible(&'a Arch, Option<&'a Measurement>),
    /// Its evaluation failed.
    Failed(&'a Arch),
}
