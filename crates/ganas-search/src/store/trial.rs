//! A trial as recorded in a study's store.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use ganas_graph::{ArchHash, ArchRecord};
use serde::{Serialize, Serializer};

use crate::{Direction, HistoryPlace, Measurement, Report, Score, TrialId, UnknownName, Verdict};

/// The state of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TrialState {
    /// The trial's value was given to the study, so the trial needs no evaluation.
    Known,
    /// The trial awaits its evaluation. It may be new, it may have been scheduled again after a
    /// failure, or its last evaluation may have been abandoned without a result.
    Pending,
    /// The trial is being evaluated, or the process that runs the study was killed during the
    /// trial's evaluation.
    Running,
    /// The trial's architecture was measured and violates no constraint.
    Measured,
    /// The trial's evaluation was stopped early, and the measurement violates no constraint. The
    /// trial's value is the one measured at the step at which the evaluation was stopped.
    Stopped,
    /// The trial's architecture is unusable, or its measurement violates a limit.
    Infeasible,
    /// The trial's evaluation failed.
    Failed,
    /// The evaluator does not know the architecture.
    OutOfDomain,
}

impl TrialState {
    /// All states, each with its name in stores and CSV files.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Known, "known"),
        (Self::Pending, "pending"),
        (Self::Running, "running"),
        (Self::Measured, "measured"),
        (Self::Stopped, "stopped"),
        (Self::Infeasible, "infeasible"),
        (Self::Failed, "failed"),
        (Self::OutOfDomain, "out of domain"),
    ];

    /// Returns the state's name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }

    /// Returns true if a trial in this state has a value that counts as a result. Trials in other
    /// states, such as stopped and infeasible ones, may also have a value, but it does not count.
    pub fn has_value(self) -> bool {
        matches!(self, Self::Known | Self::Measured)
    }
}

impl fmt::Display for TrialState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for TrialState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.iter().find(|(_, name)| *name == text);
        found.map(|(state, _)| *state).ok_or_else(|| UnknownName {
            what: "state",
            found: text.into(),
            valid: Self::ALL.iter().map(|(_, name)| (*name).to_owned()).collect(),
        })
    }
}

impl Serialize for TrialState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A trial as recorded in a study's store. The command `ganas trials` can print it as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredTrial {
    /// The trial's number. Trials are numbered from 0 in the order in which the study created them.
    /// A trial whose value was known without an evaluation has a negative number.
    pub trial: TrialId,
    /// The number of the round in which the study planned the trial. Rounds are numbered from 0. If
    /// the trial's value was known without an evaluation, this is -1.
    pub round: i64,
    /// The trial's state.
    pub state: TrialState,
    /// The architecture in the space's own notation.
    pub arch: String,
    /// The name of the method that proposed the architecture, such as `mutation`.
    pub source: String,
    /// The seed for the trial's evaluation.
    pub seed: u64,
    /// Number of times that the trial's evaluation was started.
    pub attempts: u32,
    /// The measured objective value, if any.
    pub value: Option<f64>,
    /// Seconds of training.
    pub train_seconds: Option<f64>,
    /// The other measured metrics, by name.
    pub metrics: BTreeMap<String, f64>,
    /// Reason why the trial failed or is infeasible.
    pub reason: Option<String>,
    /// Time at which the trial's evaluation last started, in seconds since the Unix epoch.
    pub started: Option<f64>,
    /// Time at which the trial's evaluation ended, in seconds since the Unix epoch.
    pub ended: Option<f64>,
    /// The number of the query that the trial cost, counted from 1. If the trial's value was known
    /// without an evaluation, this is 0. `None` if the evaluation failed, or if the trial has not
    /// entered the history.
    pub query: Option<usize>,
    /// The predictions that the strategy's models made when the architecture was proposed, keyed by
    /// the name of the model. A higher prediction is better.
    pub predictions: BTreeMap<String, f64>,
    /// The step, such as an epoch, at which the evaluation was stopped. `None` if it was not
    /// stopped.
    pub step: Option<u64>,
    /// The rung (level of fidelity) at which the trial is evaluated. Rungs are numbered from 0, the
    /// lowest. `None` means a full evaluation: the top rung, if the study has rungs.
    pub rung: Option<u32>,
    /// The trial's intermediate reports, in ascending order of their steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<Report>,
    /// The architecture in the form in which it is stored.
    #[serde(skip)]
    pub record: ArchRecord,
    /// The architecture's key, by which the study recognises repeats. `None` in stores of version
    /// 1.
    #[serde(skip)]
    pub key: Option<ArchHash>,
    /// Position of the trial's result among all results, in the order in which they arrived. The
    /// first result has position 1. `None` if there is no result.
    #[serde(skip)]
    pub arrival: Option<u64>,
    /// Position of the trial's evaluation among all evaluations in the history, including failed
    /// ones. The first evaluation has position 1. If the trial's value was known without an
    /// evaluation, this is 0. `None` if the trial has not entered the history.
    #[serde(skip)]
    pub place: Option<usize>,
    /// The trial's new position in the order of evaluation, if the trial failed and was scheduled
    /// for another evaluation. The position is the number that a new trial would have received at
    /// the time of scheduling. That number is not given to any trial. `None` if the trial was never
    /// scheduled again.
    #[serde(skip)]
    pub turn: Option<i64>,
}

impl StoredTrial {
    /// Returns the trial's position in the order asked; a retried trial has a new position.
    pub(crate) fn turn(&self) -> i64 {
        self.turn.unwrap_or(self.trial.0)
    }

    /// Returns the trial's place in the history; `None` if the trial is not in the history.
    pub(crate) fn history_place(&self) -> Option<HistoryPlace> {
        self.place.map(|place| HistoryPlace { place, query: self.query })
    }

    /// Returns the trial's measurement. Returns `None` if the trial has no value.
    pub fn measurement(&self) -> Option<Measurement> {
        let (train_seconds, metrics) = (self.train_seconds, self.metrics.clone());
        self.value.map(|value| Measurement { value, train_seconds, metrics })
    }

    /// Returns the verdict on the trial's evaluation. Returns `None` if the trial's value was known
    /// before the study, or if its evaluation has not ended.
    pub fn verdict(&self) -> Option<Verdict> {
        let reason = || self.reason.clone().unwrap_or_default();
        match self.state {
            TrialState::Known | TrialState::Pending | TrialState::Running => None,
            TrialState::Measured => self.measurement().map(Verdict::Measured),
            TrialState::Stopped => {
                let step = self.step.unwrap_or_default();
                self.measurement().map(|measurement| Verdict::Stopped { step, measurement })
            }
            TrialState::Infeasible => {
                let measurement = self.measurement();
                let train_seconds = self.train_seconds.filter(|_| measurement.is_none());
                let (reason, step) = (reason(), self.step);
                Some(Verdict::Infeasible { reason, measurement, train_seconds, step })
            }
            TrialState::Failed => {
                let (attempts, train_seconds) = (self.attempts, self.train_seconds);
                Some(Verdict::Failed { reason: reason(), attempts, train_seconds })
            }
            TrialState::OutOfDomain => Some(Verdict::OutOfDomain),
        }
    }

    /// Returns the trial's score. Returns `None` if the trial is not in the history, if it was
    /// evaluated below the top rung, or if it has no value that counts as a result
    /// ([`TrialState::has_value`]).
    pub fn score(&self, direction: Direction) -> Option<Score> {
        let counts = self.query.is_some() && self.rung.is_none() && self.state.has_value();
        self.value.filter(|_| counts).map(|value| direction.score(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_known_by_their_names() {
        for (state, name) in TrialState::ALL {
            assert_eq!(state.to_string(), name);
            assert_eq!(name.parse(), Ok(state));
            let has_value = matches!(state, TrialState::Known | TrialState::Measured);
            assert_eq!(state.has_value(), has_value, "{name}");
        }
        assert!("lost".parse::<TrialState>().is_err());
    }
}
