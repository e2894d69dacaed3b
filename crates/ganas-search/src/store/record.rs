//! A store's records about a study as a whole.

use std::collections::BTreeMap;

use ganas_graph::SearchSpace;
use serde::Serialize;

use crate::fingerprint::{fingerprint, is_of};
use crate::{Direction, Rejected, Report, StoreError, StoredTrial, TrialId};

/// The description of a study in its store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyRecord {
    /// Version of the program that created it.
    pub program: String,
    /// Name of the search space.
    pub space: String,
    /// Hash of the search space.
    pub fingerprint: String,
    /// The strategy, as written by the user.
    pub strategy: String,
    /// Seed of all randomness.
    pub seed: u64,
    /// Number of queries.
    pub budget: usize,
    /// The direction in which the value is better.
    pub direction: Direction,
    /// Everything else that the program needs to open the study again.
    pub configuration: String,
    /// Reason why the study ended, once it has.
    pub stop_reason: Option<String>,
}

impl StudyRecord {
    /// Rejects a search space other than the study's; `place` is the study's location.
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

    /// Creates the record of a new study.
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
    /// Number of finished queries as the study counts them: without failed evaluations, late results,
    /// and results held until their turn.
    pub queries: usize,
    /// Queries that the study may make.
    pub budget: usize,
    /// Number of trials in each state.
    pub states: BTreeMap<String, usize>,
    /// The best trial, including known ones; of several equally good ones, the earliest.
    pub best: Option<StoredTrial>,
    /// The last report of each trial that is being evaluated and has reported.
    pub running: Vec<LastReport>,
    /// Number of candidates rejected by each cost limit up to the last ask; `None` if it was not
    /// counted.
    pub rejected: Option<Vec<Rejected>>,
    /// Reason why the study ended, once it has.
    pub stop_reason: Option<String>,
    /// Time at which it started, in seconds since 1970.
    pub began: f64,
    /// Time at which the last evaluation ended, in seconds since 1970.
    pub last: Option<f64>,
    /// Current time, in seconds since 1970.
    pub now: f64,
    /// The process that is working on the study, if any.
    pub writer: Option<u32>,
}
