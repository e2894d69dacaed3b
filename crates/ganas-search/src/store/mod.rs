//! The interface of a study's store, and the records that it keeps.
//!
//! A trial is stored before it is evaluated, together with the strategy's state after the ask; a result
//! is stored before anyone sees it. So a study killed at any moment resumes and produces the same
//! history as an uninterrupted run.
//!
//! [`SqliteStore`] is the only implementation: an SQLite file in its own folder, behind the feature
//! `sqlite`, which is on by default.

mod error;
mod folder;
mod known;
mod record;
mod trial;

#[cfg(feature = "sqlite")]
mod sqlite;

use std::fmt::Debug;

use ganas_graph::{Arch, ArchHash, ArchRecord, SearchSpace};
use serde::{Deserialize, Serialize};

use crate::study::Numbers;
use crate::{HistoryPlace, Rejected, Report, Round, StopReason, TrialId, Verdict};

pub use self::error::StoreError;
pub use self::folder::StudyFolder;
pub(crate) use self::known::Earlier;
pub use self::known::KnownTrial;
pub use self::record::{LastReport, StudyRecord, StudyStatus};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{SqliteStore, StudyReader, make_folder};
pub use self::trial::{StoredTrial, TrialState};

/// A store for one study. Each method is atomic: when it returns, its changes are stored completely or,
/// after an error, not at all.
pub trait Store: Debug + Send {
    /// Returns its location, for messages.
    fn place(&self) -> String;

    /// Returns the study's record.
    ///
    /// # Errors
    /// If it cannot be read.
    fn study(&self) -> Result<StudyRecord, StoreError>;

    /// Loads everything that the study needs to resume.
    ///
    /// # Errors
    /// If it cannot be read, or differs from what was written.
    fn load(&self) -> Result<Loaded, StoreError>;

    /// Adds architectures of known value.
    ///
    /// # Errors
    /// If they cannot be written.
    fn add_known(
        &mut self,
        space: &dyn SearchSpace,
        known: &[KnownTrial<'_>],
    ) -> Result<(), StoreError>;

    /// Stores trials before their evaluation, with the strategy's state and the finished rounds. They
    /// are on disk by the next result at the latest: if the power fails before that, the strategy
    /// is asked again and proposes the same.
    ///
    /// # Errors
    /// If it cannot be written.
    fn asked(
        &mut self,
        space: &dyn SearchSpace,
        checkpoint: &Checkpoint,
        over: &[(u64, Round)],
        trials: &[AskedTrial<'_>],
    ) -> Result<(), StoreError>;

    /// Records that an evaluation starts.
    ///
    /// # Errors
    /// If it cannot be written.
    fn begun(&mut self, trial: TrialId) -> Result<(), StoreError>;

    /// Stores an intermediate report. It replaces reports that earlier attempts at the trial made at
    /// this step or later. It is on disk by the next result at the latest.
    ///
    /// # Errors
    /// If it cannot be written.
    fn reported(&mut self, trial: TrialId, report: &Report) -> Result<(), StoreError>;

    /// Stores a result, the `arrival`th to arrive, and the new places of trials in the history.
    ///
    /// # Errors
    /// If the result cannot be written; [`StoreError::Full`] if the disk is full, even if the
    /// result itself was still written.
    fn told(
        &mut self,
        trial: TrialId,
        arrival: u64,
        verdict: &Verdict,
        places: &[(TrialId, Option<HistoryPlace>)],
    ) -> Result<(), StoreError>;

    /// Replaces a result that does not count yet, because the trial turned out to be stopped earlier.
    ///
    /// # Errors
    /// If it cannot be written.
    fn settled(&mut self, trial: TrialId, verdict: &Verdict) -> Result<(), StoreError>;

    /// Records that an evaluation was given up; the trial stays open.
    ///
    /// # Errors
    /// If it cannot be written.
    fn given_up(&mut self, trial: TrialId) -> Result<(), StoreError>;

    /// Schedules failed trials for another evaluation, each with a new turn. The study is then no
    /// longer ended.
    ///
    /// # Errors
    /// If it cannot be written.
    fn retried(&mut self, turns: &[(TrialId, i64)]) -> Result<(), StoreError>;

    /// Ends the study. `rejected` holds the rejections by then; if the study continues, counting
    /// resumes from the checkpoint instead, since the asks after it are repeated.
    ///
    /// # Errors
    /// If it cannot be written.
    fn ended(
        &mut self,
        over: &[(u64, Round)],
        rejected: Option<&[Rejected]>,
        reason: StopReason,
    ) -> Result<(), StoreError>;

    /// Declares that nobody will resume the study: later writes need not be on disk when a method
    /// returns.
    fn disable_resume(&mut self) {}

    /// Returns true if the study may be resumed.
    fn resumes(&self) -> bool {
        true
    }

    /// Corrects the places of trials in the history.
    ///
    /// # Errors
    /// If it cannot be written.
    fn recounted(&mut self, places: &[(TrialId, Option<HistoryPlace>)]) -> Result<(), StoreError>;
}

/// The state of a study between two asks of its strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The round of the last ask.
    pub round: u64,
    /// Number of consecutive preceding rounds without a query.
    pub idle: u32,
    /// Number of results passed to the strategy so far.
    pub seen: u64,
    /// Number of known architectures passed to the strategy so far; `None` (in version 1 stores) means
    /// all.
    pub known: Option<usize>,
    /// Time spent inside the strategy.
    pub seconds_in_strategy: f64,
    /// The strategy's diagnostics about the round.
    pub diagnostics: Numbers,
    /// Number of candidates rejected by each cost limit; `None` if it was not counted.
    pub rejected: Option<Vec<Rejected>>,
    /// The round's proposals.
    pub proposals: Vec<Proposed>,
    /// The strategy's state after the ask.
    pub strategy: Vec<u8>,
}

/// A proposal in a checkpoint: the architecture, its source, and the rung below the top at which it
/// will be evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposed(
    pub ArchRecord,
    pub String,
    #[serde(default, skip_serializing_if = "Option::is_none")] pub Option<u32>,
);

/// A trial that is about to be evaluated.
#[derive(Debug)]
pub struct AskedTrial<'a> {
    /// Its number.
    pub trial: TrialId,
    /// The round in which it was asked.
    pub round: u64,
    /// The architecture.
    pub arch: &'a Arch,
    /// Its key in the study.
    pub key: ArchHash,
    /// The source of the proposal.
    pub source: &'a str,
    /// Seed for its evaluation.
    pub seed: u64,
    /// The rung below the top at which it is evaluated; `None` for a full evaluation.
    pub rung: Option<u32>,
    /// The prediction of each of the strategy's models.
    pub predictions: &'a Numbers,
}

/// Everything that a study needs to resume.
#[derive(Debug)]
pub struct Loaded {
    /// Known values, in the order given, then all trials in the order asked.
    pub trials: Vec<StoredTrial>,
    /// Finished rounds, with their numbers.
    pub rounds: Vec<(u64, Round)>,
    /// The study's state at the last ask; `None` before the first.
    pub checkpoint: Option<Checkpoint>,
}
