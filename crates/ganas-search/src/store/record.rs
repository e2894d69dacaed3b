//! The description of a study in its store, and the study's progress.

use std::collections::BTreeMap;

use ganas_graph::SearchSpace;
use serde::Serialize;

use crate::fingerprint::{fingerprint, is_of};
use crate::{Direction, Rejected, Report, StopReason, StoreError, StoredTrial, TrialId};

/// What a store records about a study as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyRecord {
    /// Version of the program that created the study.
    pub program: String,
    /// Name of the search space.
    pub space: String,
    /// Hash of the search space, which distinguishes it from other spaces.
    pub fingerprint: String,
    /// The strategy, as the user specified it.
    pub strategy: String,
    /// The seed from which all randomness in the study derives.
    pub seed: u64,
    /// The study's budget ([`StudySettings::budget`](crate::StudySettings::budget)).
    pub budget: usize,
    /// Whether the study maximises or minimises the objective value.
    pub direction: Direction,
    /// Everything else that the program needs in order to reopen the study.
    pub configuration: String,
    /// The reason why the study ended. `None` until it has ended.
    pub stop_reason: Option<String>,
}

impl StudyRecord {
    /// Returns an error if `space` is not the study's search space; `place` returns the study's
    /// location for the message.
    pub(crate) fn check_space(
        &self,
        space: &dyn SearchSpace,
        place: impl FnOnce() -> String,
    ) -> Result<(), StoreError> {
        if is_of(space, &self.fingerprint) {
            return Ok(());
        }
        let expected = format!("{} ({})", space.name(), fingerprint(space));
        let found = format!("{} ({})", self.space, self.fingerprint);
        Err(StoreError::OtherSpace { place: place(), expected, found })
    }

    /// Returns the record of a new study that maximises the objective value. The seed and the
    /// budget in the record are 0.
    pub fn new(space: &dyn SearchSpace, strategy: &str, configuration: String) -> Self {
        Self {
            program: env!("CARGO_PKG_VERSION").into(),
            space: space.name().into(),
            fingerprint: fingerprint(space),
            strategy: strategy.into(),
            seed: 0,
            budget: 0,
            direction: Direction::default(),
            configuration,
            stop_reason: None,
        }
    }
}

/// The latest intermediate report of a trial that is being evaluated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LastReport {
    /// The trial.
    pub trial: TrialId,
    /// The report.
    #[serde(flatten)]
    pub report: Report,
}

/// The progress of a study.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudyStatus {
    /// Number of queries in the study's history. Three kinds of results are not included: failed
    /// evaluations, results that arrived after the study had ended, and results that must wait
    /// until the results of earlier trials arrive.
    pub queries: usize,
    /// The study's budget ([`StudySettings::budget`](crate::StudySettings::budget)).
    pub budget: usize,
    /// Number of trials in each state, by the name of the state.
    pub states: BTreeMap<String, usize>,
    /// The best trial. It may be a trial with a known value, which the study did not evaluate. Of
    /// several equally good trials, this is the earliest.
    pub best: Option<StoredTrial>,
    /// For each trial that is being evaluated and has made an intermediate report, the latest such
    /// report.
    pub running: Vec<LastReport>,
    /// For each limit on a cost, the number of candidates that the limit had rejected when the
    /// strategy was last asked for proposals, or when the study ended. `None` if the study did not
    /// count them.
    pub rejected: Option<Vec<Rejected>>,
    /// The reason why the study ended. `None` until it has ended.
    pub stop_reason: Option<String>,
    /// Time at which the study started, in seconds since the Unix epoch.
    pub began: f64,
    /// Time at which the latest evaluation ended, in seconds since the Unix epoch. `None` if no
    /// evaluation has ended.
    pub last: Option<f64>,
    /// The time to which this status refers, in seconds since the Unix epoch.
    pub now: f64,
    /// The id of the process that has the study open for writing, if any.
    pub writer: Option<u32>,
}

impl StudyStatus {
    /// Returns why the study ended, as a clause for people; `None` until it has ended. `spent` is the
    /// cost of all evaluations in full evaluations, if an evaluation may cost less than a full one.
    pub fn end_description(&self, spent: Option<f64>) -> Option<String> {
        let name = self.stop_reason.as_deref()?;
        Some(StopReason::describe(name, spent.map(|spent| (spent, self.budget))))
    }
}
