//! What a study needs of a store, and what a store keeps of a study.
//!
//! A trial is in the store before it is evaluated, together with the strategy as it was after it
//! asked; a result is in the store before anybody hears of it. So a study that was killed at any
//! moment resumes and produces the same history as an uninterrupted run.
//!
//! [`SqliteStore`] is the one implementation: a SQLite file in a folder of its own, behind the
//! feature `sqlite`, which is on by default.

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

/// Keeps a study. What a method writes is there when it returns, whole or, after an error, not at all.
pub trait Store: Debug + Send {
    /// Where it is, for messages.
    fn place(&self) -> String;

    /// What the study is.
    ///
    /// # Errors
    /// If it cannot be read.
    fn study(&self) -> Result<StudyRecord, StoreError>;

    /// Everything that the study needs to resume.
    ///
    /// # Errors
    /// If it cannot be read, or is not what was written.
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

    /// Writes what is going to be evaluated, with the state that the strategy is in and the rounds
    /// that are over. It is on the disk at the latest with the next result: if the power fails before
    /// that, the strategy is asked again, and asks the same.
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

    /// An evaluation begins.
    ///
    /// # Errors
    /// If it cannot be written.
    fn begun(&mut self, trial: TrialId) -> Result<(), StoreError>;

    /// An evaluation reports. What was reported of the trial at this step or later, in an attempt before,
    /// makes room for it. It is on the disk at the latest with the next result.
    ///
    /// # Errors
    /// If it cannot be written.
    fn reported(&mut self, trial: TrialId, report: &Report) -> Result<(), StoreError>;

    /// An evaluation has ended, as the `arrival`th; with it, the trials in `places` enter the history,
    /// where they have them.
    ///
    /// # Errors
    /// [`StoreError::Full`] even if the result itself could still be written; or if it could not.
    fn told(
        &mut self,
        trial: TrialId,
        arrival: u64,
        verdict: &Verdict,
        places: &[(TrialId, Option<HistoryPlace>)],
    ) -> Result<(), StoreError>;

    /// A trial that was told, and did not count yet, turned out to have been stopped.
    ///
    /// # Errors
    /// If it cannot be written.
    fn settled(&mut self, trial: TrialId, verdict: &Verdict) -> Result<(), StoreError>;

    /// An evaluation was given up; the trial is still to be made.
    ///
    /// # Errors
    /// If it cannot be written.
    fn given_up(&mut self, trial: TrialId) -> Result<(), StoreError>;

    /// Trials that failed are to be evaluated again, each in a new turn. The study has not ended then.
    ///
    /// # Errors
    /// If it cannot be written.
    fn retried(&mut self, turns: &[(TrialId, i64)]) -> Result<(), StoreError>;

    /// The study ends. `rejected` is what its limits had rejected by then; if it goes on, it counts on from its
    /// checkpoint, since the strategy is asked again what it was asked after that.
    ///
    /// # Errors
    /// If it cannot be written.
    fn ended(
        &mut self,
        over: &[(u64, Round)],
        rejected: Option<&[Rejected]>,
        reason: StopReason,
    ) -> Result<(), StoreError>;

    /// Nobody will open the study again: what is written from now on need not be on the disk when a method
    /// returns.
    fn forgo_resuming(&mut self) {}

    /// May somebody open the study again?
    fn resumes(&self) -> bool {
        true
    }

    /// Puts the places of trials in the history right.
    ///
    /// # Errors
    /// If it cannot be written.
    fn recounted(&mut self, places: &[(TrialId, Option<HistoryPlace>)]) -> Result<(), StoreError>;
}

/// A study between two questions to its strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The round that was asked.
    pub round: u64,
    /// Rounds in a row without a query, before it.
    pub idle: u32,
    /// Results that the strategy was told.
    pub seen: u64,
    /// Known architectures that the strategy was told; `None` for all, in stores of version 1.
    pub known: Option<usize>,
    /// Time spent inside the strategy.
    pub seconds_in_strategy: f64,
    /// The strategy's numbers about the round.
    pub diagnostics: Numbers,
    /// How many candidates each limit on a cost had rejected; `None` where that was not counted.
    pub rejected: Option<Vec<Rejected>>,
    /// The round's proposals.
    pub proposals: Vec<Proposed>,
    /// The strategy after it was asked.
    pub strategy: Vec<u8>,
}

/// A proposal in a checkpoint: the architecture, where it comes from, and the rung below the top that it is to
/// be evaluated at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposed(
    pub ArchRecord,
    pub String,
    #[serde(default, skip_serializing_if = "Option::is_none")] pub Option<u32>,
);

/// A trial that is going to be made.
#[derive(Debug)]
pub struct AskedTrial<'a> {
    /// Its number.
    pub trial: TrialId,
    /// The round in which it was asked.
    pub round: u64,
    /// The architecture.
    pub arch: &'a Arch,
    /// Its identity in the study.
    pub key: ArchHash,
    /// Where the strategy had it from.
    pub source: &'a str,
    /// Seed for its evaluation.
    pub seed: u64,
    /// The rung below the top that it is evaluated at; `None` for a whole evaluation.
    pub rung: Option<u32>,
    /// What each model of the strategy said of it.
    pub predictions: &'a Numbers,
}

/// All that a study needs to resume.
#[derive(Debug)]
pub struct Loaded {
    /// What was known before, in the order given, then all trials in the order asked.
    pub trials: Vec<StoredTrial>,
    /// Rounds that are over, with their numbers.
    pub rounds: Vec<(u64, Round)>,
    /// The study when it last asked its strategy; `None` before.
    pub checkpoint: Option<Checkpoint>,
}
