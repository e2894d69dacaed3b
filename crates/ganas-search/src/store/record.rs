//! What a store says of a whole study.

use std::collections::BTreeMap;

use ganas_graph::SearchSpace;
use serde::Serialize;

use crate::fingerprint::{fingerprint, is_of};
use crate::{Direction, Rejected, Report, StoreError, StoredTrial, TrialId};

/// What a study is, as its store says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyRecord {
    /// Version of the program that began it.
    pub program: String,
    /// Name of the search space.
    pub space: String,
    /// Hash of the search space.
    pub fingerprint: String,
    /// The strategy, as its user wrote it.
    pub strategy: String,
    /// Seed of all randomness.
    pub seed: u64,
    /// Number of queries.
    pub budget: usize,
    /// Which way the value is better.
    pub direction: Direction,
    /// Whatever the program needs to open the study again.
    pub configuration: String,
    /// Why the study ended, once it has.
    pub stop_reason: Option<String>,
}

impl StudyRecord {
    /// Refuses another search space than the study's; `place` says where the study is.
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

    /// The record of a study that begins.
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

/// What a trial that is being evaluated reported last.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LastReport {
    /// The trial.
    pub trial: TrialId,
    /// What it reported.
    #[serde(flatten)]
    pub report: Report,
}

/// How far a study is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudyStatus {
    /// Queries that are over, as the study counts them: a failed evaluation, and a result that is held
    /// until its turn or that came late, are not among them.
    pub queries: usize,
    /// Queries that the study may make.
    pub budget: usize,
    /// How many trials are in each state.
    pub states: BTreeMap<String, usize>,
    /// The best trial, the earliest of equals, among those known before too.
    pub best: Option<StoredTrial>,
    /// The last report of each trial that is being evaluated and has reported.
    pub running: Vec<LastReport>,
    /// How many candidates each limit on a cost rejected when the strategy was last asked; `None` where that
    /// was not counted.
    pub rejected: Option<Vec<Rejected>>,
    /// Why the study ended, once it has.
    pub stop_reason: Option<String>,
    /// When it began, in seconds since 1970.
    pub began: f64,
    /// When the last evaluation ended, in seconds since 1970.
    pub last: Option<f64>,
    /// What time it is, in seconds since 1970.
    pub now: f64,
    /// The process that is at work on the study, if there is one.
    pub writer: Option<u32>,
}
