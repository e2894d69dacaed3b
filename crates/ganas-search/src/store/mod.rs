//! The interface of a study's store, and the records that a store keeps.
//!
//! Before a trial is evaluated, the study stores it together with the state of the strategy that
//! has proposed it. The study also stores each result before the strategy or anyone else can see
//! it. If the study is killed, it can therefore resume and produce the same history as an
//! uninterrupted run.
//!
//! [`SqliteStore`] is the only implementation: an SQLite file in a folder of its own. It requires
//! the `sqlite` feature, which is on by default.

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
/// error, none of them. The only exception is [`Store::told`], which may store the trial's result
/// and still return an error.
pub trait Store: Debug + Send {
    /// Returns the store's location, as messages show it.
    fn place(&self) -> String;

    /// Returns the study's record.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn study(&self) -> Result<StudyRecord, StoreError>;

    /// Loads everything that the study needs to resume.
    ///
    /// # Errors
    /// If the store cannot be read, or if its contents differ from what was written.
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
    /// finished since the last call (`over`). All of this is on disk by the time the next result is
    /// stored. If the power fails before then, the resumed study asks the strategy again and gets
    /// the same proposals.
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

    /// Records that the evaluation of a trial has started.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn begun(&mut self, trial: TrialId) -> Result<(), StoreError>;

    /// Stores an intermediate report, which replaces all stored reports of the trial at the same or
    /// a later step, such as those of an earlier attempt. The report is on disk by the time the
    /// next result is stored, or earlier.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn reported(&mut self, trial: TrialId, report: &Report) -> Result<(), StoreError>;

    /// Stores the result of a trial, and the position of this result among all results in the order
    /// of arrival (`arrival`). Also stores the places of the trials that enter the history as a
    /// consequence (`places`).
    ///
    /// # Errors
    /// If the result cannot be written. [`StoreError::Full`] if the disk is full and
    /// [`StoreError::Moved`] if the folder was moved; in both cases, the result may have been
    /// stored nevertheless.
    fn told(
        &mut self,
        trial: TrialId,
        arrival: u64,
        verdict: &Verdict,
        places: &[(TrialId, Option<HistoryPlace>)],
    ) -> Result<(), StoreError>;

    /// Replaces a stored result that is not in the history yet. This is necessary if, after the
    /// result was stored, the stopping rule decides that the trial stops at an earlier step.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn settled(&mut self, trial: TrialId, verdict: &Verdict) -> Result<(), StoreError>;

    /// Records that the evaluation of a trial was abandoned without a result. The trial still
    /// awaits a result.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn given_up(&mut self, trial: TrialId) -> Result<(), StoreError>;

    /// Schedules failed trials for another evaluation. Each gets a new position (its turn) in the
    /// order in which trials are evaluated. A study that had ended is reopened.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn retried(&mut self, turns: &[(TrialId, i64)]) -> Result<(), StoreError>;

    /// Records that the study has ended, and stores the finished rounds that are not stored yet
    /// (`over`). `rejected` contains the final counts of rejected candidates. A study that
    /// continues later starts from the counts in the checkpoint instead. It repeats the requests to
    /// the strategy that followed the checkpoint, and so counts their candidates again.
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

/// The state of a study immediately after it has planned the trials of a round, normally from its
/// strategy's proposals.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The number of the round in which the study last planned trials.
    pub round: u64,
    /// The number of consecutive rounds without a query, immediately before the round of this
    /// checkpoint. A query is the evaluation of a new architecture. Failed evaluations do not count
    /// as queries.
    pub idle: u32,
    /// The number of results passed to the strategy so far.
    pub seen: u64,
    /// How many known values (values given to the study without an evaluation) have been passed to
    /// the strategy so far. `None` means all of them. Stores of version 1 contain `None`, because
    /// they do not record the number.
    pub known: Option<usize>,
    /// The total time that the strategy has spent on its computations so far, in seconds.
    pub seconds_in_strategy: f64,
    /// The strategy's statistics about the checkpoint's round
    /// ([`Strategy::diagnostics`](crate::Strategy::diagnostics)).
    pub diagnostics: Numbers,
    /// For each limit on a cost, the number of candidates that the limit has rejected. `None` if
    /// the study did not count them.
    pub rejected: Option<Vec<Rejected>>,
    /// The round's proposals.
    pub proposals: Vec<Proposed>,
    /// The strategy's state after it returned its proposals
    /// ([`Strategy::checkpoint`](crate::Strategy::checkpoint)).
    pub strategy: Vec<u8>,
}

/// A proposal in a checkpoint. It consists of the architecture, the name of the method that made
/// the proposal, and the rung (level of fidelity) at which the architecture will be evaluated. If
/// the rung is `None`, the architecture will be evaluated in full, as at the top rung.
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
    /// The number of the round in which the study planned the trial.
    pub round: u64,
    /// The architecture.
    pub arch: &'a Arch,
    /// The architecture's key, by which the study recognises repeats.
    pub key: ArchHash,
    /// The name of the method that proposed the architecture, such as `mutation`.
    pub source: &'a str,
    /// The seed for the trial's evaluation.
    pub seed: u64,
    /// The rung (level of fidelity) at which the trial is evaluated. `None` means a full
    /// evaluation: the top rung, if the study has rungs.
    pub rung: Option<u32>,
    /// The predictions that the strategy's models made for the architecture.
    pub predictions: &'a Numbers,
}

/// Everything that a study needs to resume.
#[derive(Debug)]
pub struct Loaded {
    /// All trials. Trials with known values come first, in the order in which they were added. The
    /// other trials follow, in the order of their numbers.
    pub trials: Vec<StoredTrial>,
    /// The finished rounds, each with its number.
    pub rounds: Vec<(u64, Round)>,
    /// The study's state after it last planned trials. `None` if it has planned none.
    pub checkpoint: Option<Checkpoint>,
}
