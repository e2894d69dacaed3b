//! The interface of a study's store, and the records that a store keeps.
//!
//! A study stores each trial before its evaluation, together with the strategy's state after the
//! ask, and each result before anyone sees it. Even if it is killed, a study therefore resumes and
//! produces the same history as an uninterrupted run.
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

/// A store for one study. Each method is atomic: it stores all of its changes or, if it returns an
/// error, none of them; only [`Store::told`] may store its result and still return an error.
pub trait Store: Debug + Send {
    /// Returns the store's location, for messages.
    fn place(&self) -> String;

    /// Returns the study's record.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn study(&self) -> Result<StudyRecord, StoreError>;

    /// Loads everything that the study needs to resume.
    ///
    /// # Errors
    /// If the store cannot be read, or its contents differ from what was written.
    fn load(&self) -> Result<Loaded, StoreError>;

    /// Adds architectures whose values are known in advance.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn add_known(
        &mut self,
        space: &dyn SearchSpace,
        known: &[KnownTrial<'_>],
    ) -> Result<(), StoreError>;

    /// Stores trials before their evaluation, together with the checkpoint and the rounds that have
    /// finished since the last call (`over`). All this is on disk by the next result at the latest;
    /// if the power fails earlier, the resumed study asks the strategy again and gets the same
    /// proposals.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn asked(
        &mut self,
        space: &dyn SearchSpace,
        checkpoint: &Checkpoint,
        over: &[(u64, Round)],
        trials: &[AskedTrial<'_>],
    ) -> Result<(), StoreError>;

    /// Records that the evaluation of a trial starts.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn begun(&mut self, trial: TrialId) -> Result<(), StoreError>;

    /// Stores an intermediate report, which replaces all stored reports of the trial at the same or
    /// a later step, such as those of an earlier attempt. The report is on disk by the next result
    /// at the latest.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn reported(&mut self, trial: TrialId, report: &Report) -> Result<(), StoreError>;

    /// Stores the result of a trial, its position among all results in the order of arrival, and
    /// the new places of trials in the history.
    ///
    /// # Errors
    /// If the result cannot be written. [`StoreError::Full`] if the disk is full, even if the store
    /// could still write the result.
    fn told(
        &mut self,
        trial: TrialId,
        arrival: u64,
        verdict: &Verdict,
        places: &[(TrialId, Option<HistoryPlace>)],
    ) -> Result<(), StoreError>;

    /// Replaces a stored result that does not count yet, because the stopping rule has since
    /// decided that the trial stops at an earlier step.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn settled(&mut self, trial: TrialId, verdict: &Verdict) -> Result<(), StoreError>;

    /// Records that the evaluation of a trial was abandoned without a result; the trial stays open.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn given_up(&mut self, trial: TrialId) -> Result<(), StoreError>;

    /// Schedules failed trials for another evaluation, each with a new position in the order asked
    /// (its turn). If the study had ended, it is open again.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn retried(&mut self, turns: &[(TrialId, i64)]) -> Result<(), StoreError>;

    /// Records that the study has ended, and the finished rounds that are not stored yet (`over`).
    /// `rejected` holds the final counts of rejected candidates. A study that continues later
    /// starts its counts from the checkpoint instead, since it repeats the asks after the
    /// checkpoint.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn ended(
        &mut self,
        over: &[(u64, Round)],
        rejected: Option<&[Rejected]>,
        reason: StopReason,
    ) -> Result<(), StoreError>;

    /// Declares that nobody will resume the study, so that later writes need not be on disk when a
    /// method returns.
    fn disable_resume(&mut self) {}

    /// Returns true if the study may be resumed.
    fn resumes(&self) -> bool {
        true
    }

    /// Corrects the places of trials in the history.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn recounted(&mut self, places: &[(TrialId, Option<HistoryPlace>)]) -> Result<(), StoreError>;
}

/// The state of a study after an ask of its strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The round of the last ask.
    pub round: u64,
    /// Number of consecutive rounds without a query, immediately before the round of the last ask.
    pub idle: u32,
    /// Number of results passed to the strategy so far.
    pub seen: u64,
    /// Number of architectures with known values passed to the strategy so far; `None`, as in
    /// stores of version 1, means all of them.
    pub known: Option<usize>,
    /// Seconds that the strategy has taken so far.
    pub seconds_in_strategy: f64,
    /// The strategy's diagnostics about the round.
    pub diagnostics: Numbers,
    /// Number of candidates that each cost limit has rejected; `None` if the study did not count
    /// them.
    pub rejected: Option<Vec<Rejected>>,
    /// The round's proposals.
    pub proposals: Vec<Proposed>,
    /// The strategy's state after the ask.
    pub strategy: Vec<u8>,
}

/// A proposal in a checkpoint: the architecture, the source of the proposal, and the rung below the
/// top at which the architecture will be evaluated (`None` for a full evaluation).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposed(
    pub ArchRecord,
    pub String,
    #[serde(default, skip_serializing_if = "Option::is_none")] pub Option<u32>,
);

/// A trial that is about to be evaluated.
#[derive(Debug)]
pub struct AskedTrial<'a> {
    /// The trial's number.
    pub trial: TrialId,
    /// The round in which the study planned the trial.
    pub round: u64,
    /// The architecture.
    pub arch: &'a Arch,
    /// The architecture's key in the study.
    pub key: ArchHash,
    /// The source of the proposal.
    pub source: &'a str,
    /// Seed for the trial's evaluation.
    pub seed: u64,
    /// The rung below the top at which the trial is evaluated; `None` for a full evaluation.
    pub rung: Option<u32>,
    /// The predictions of the strategy's models for the architecture.
    pub predictions: &'a Numbers,
}

/// Everything that a study needs to resume.
#[derive(Debug)]
pub struct Loaded {
    /// All trials: first the known values in the order given, then the others in the order asked.
    pub trials: Vec<StoredTrial>,
    /// The finished rounds, each with its number.
    pub rounds: Vec<(u64, Round)>,
    /// The study's state after the last ask; `None` before the first ask.
    pub checkpoint: Option<Checkpoint>,
}
