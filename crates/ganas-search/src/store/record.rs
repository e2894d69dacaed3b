//! A store's records about a study as a whole.

use std::collections::BTreeMap;

use ganas_graph::SearchSpace;
use serde::Serialize;

use crate::fingerprint::{fingerprint, is_of};
use crate::{Direction, Rejected, Report, StoreError, StoredTrial, TrialId};

/// The description of a study in its store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyRecord {
    /// Version of the program that created the study.
    pub program: String,
    /// Name of the search space.
    pub space: String,
    /// Hash of the search space.
    pub fingerprint: String,
    /// The strategy, as written by the user.
    pub strategy: String,
    /// Seed of all randomness in the study.
    pub seed: u64,
    /// Maximum number of queries.
    pub budget: usize,
    /// Whether the study maximises or minimises the value.
    pub direction: Direction,
    /// Everything else that the program needs to open the study again.
    pub configuration: String,
    /// Reason why the study ended; `None` until it has ended.
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

    /// Creates the record of a new study with seed 0 and budget 0, which maximises the value.
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

/// The last report of a trial that is being evaluated.
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
    /// Number of queries in the study's history. Failed evaluations, results that arrived too late,
    /// and results that wait for earlier trials are not included.
    pub queries: usize,
    /// Maximum number of queries.
    pub budget: usize,
    /// Number of trials in each state.
    pub states: BTreeMap<String, usize>,
    /// The best trial, which may be a known value; of several equally good ones, the earliest.
    pub best: Option<StoredTrial>,
    /// The last report of each trial that is being evaluated and has reported.
    pub running: Vec<LastReport>,
    /// Number of candidates that each cost limit had rejected by the last ask, or by the end of the
    /// study; `None` if the study did not count them.
    pub rejected: Option<Vec<Rejected>>,
    /// Reason why the study ended; `None` until it has ended.
    pub stop_reason: Option<String>,
    /// Time at which the study started, in seconds since 1970.
    pub began: f64,
    /// Time at which the last evaluation ended, in seconds since 1970.
    pub last: Option<f64>,
    /// Current time, in seconds since 1970.
    pub now: f64,
    /// The id of the process that is writing to the study, if any.
    pub writer: Option<u32>,
}
