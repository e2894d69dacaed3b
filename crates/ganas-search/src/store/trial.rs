//! A trial as a store keeps it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use ganas_graph::{ArchHash, ArchRecord};
use serde::{Serialize, Serializer};

use crate::{Direction, HistoryPlace, Measurement, Report, Score, TrialId, UnknownName, Verdict};

/// How far a trial has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TrialState {
    /// Its value was known before the study.
    Known,
    /// It is to be evaluated.
    Pending,
    /// It is being evaluated, or its process was killed when it was.
    Running,
    /// It was measured and breaks no constraint.
    Measured,
    /// It was stopped early and breaks no constraint: its value is of the step that it had reached.
    Stopped,
    /// It cannot be used, or breaks a constraint on what was measured.
    Infeasible,
    /// Its evaluation failed.
    Failed,
    /// The evaluator does not know it.
    OutOfDomain,
}

impl TrialState {
    /// All states with their names in stores and CSV files.
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

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }

    /// Does the trial's value count as a measurement?
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

/// A trial as a store keeps it. As JSON it is what `ganas trials` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredTrial {
    /// Its number, in the order asked, from 0; below 0 if it was known before.
    pub trial: TrialId,
    /// The round of the strategy that it is of, from 0; -1 if it was known before.
    pub round: i64,
    /// How far it has come.
    pub state: TrialState,
    /// The architecture in the space's own notation.
    pub arch: String,
    /// Where the strategy had it from.
    pub source: String,
    /// Seed for its evaluation.
    pub seed: u64,
    /// How often its evaluation was begun.
    pub attempts: u32,
    /// The value as it was measured.
    pub value: Option<f64>,
    /// Seconds of training.
    pub train_seconds: Option<f64>,
    /// What else was measured.
    pub metrics: BTreeMap<String, f64>,
    /// Why it failed, or is infeasible.
    pub reason: Option<String>,
    /// When its evaluation last began, in seconds since 1970.
    pub started: Option<f64>,
    /// When it ended, in seconds since 1970.
    pub ended: Option<f64>,
    /// The query that it cost, from 1; 0 for a known value that counts; `None` while it does not
    /// count, and if its evaluation failed.
    pub query: Option<usize>,
    /// What each model of the strategy said of it when it was proposed; higher is better.
    pub predictions: BTreeMap<String, f64>,
    /// The step, such as the epoch, that its result is of; `None` for a whole evaluation.
    pub step: Option<u64>,
    /// The rung below the top that it is evaluated at, from 0; `None` for a whole evaluation.
    pub rung: Option<u32>,
    /// What its evaluation reported on the way, step by step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<Report>,
    /// The architecture as a store writes it.
    #[serde(skip)]
    pub record: ArchRecord,
    /// Its identity in the study; `None` in stores of version 1.
    #[serde(skip)]
    pub key: Option<ArchHash>,
    /// Its place among all results in the order in which they came, from 1.
    #[serde(skip)]
    pub arrival: Option<u64>,
    /// Its place among all evaluations in the order in which they count, from 1, those that failed
    /// among them; 0 for a known value that counts; `None` while it does not count.
    #[serde(skip)]
    pub place: Option<usize>,
    /// The number that it would have if it had been asked when it was last to be evaluated again;
    /// `None` if it never was. No trial has this number.
    #[serde(skip)]
    pub turn: Option<i64>,
}

impl StoredTrial {
    /// Its place in the order in which trials were asked, which those that are asked again enter anew.
    pub(crate) fn turn(&self) -> i64 {
        self.turn.unwrap_or(self.trial.0)
    }

    /// Where it stands in the history, if it counts.
    pub(crate) fn history_place(&self) -> Option<HistoryPlace> {
        self.place.map(|place| HistoryPlace { place, query: self.query })
    }

    /// What was measured, if there is a value.
    pub fn measurement(&self) -> Option<Measurement> {
        let (train_seconds, metrics) = (self.train_seconds, self.metrics.clone());
        self.value.map(|value| Measurement { value, train_seconds, metrics })
    }

    /// What its evaluation meant, once it has ended.
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
                Some(Verdict::Infeasible { reason: reason(), measurement: self.measurement() })
            }
            TrialState::Failed => {
                let (attempts, train_seconds) = (self.attempts, self.train_seconds);
                Some(Verdict::Failed { reason: reason(), attempts, train_seconds })
            }
            TrialState::OutOfDomain => Some(Verdict::OutOfDomain),
        }
    }

    /// What it is worth, if it counts as a measurement.
    pub fn score(&self, direction: Direction) -> Option<Score> {
        let counts = self.query.is_some() && self.state.has_value();
        self.value.filter(|_| counts).map(|value| direction.score(value))
    }
}
