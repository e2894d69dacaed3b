//! The interface of a scheduler.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use crate::attempt::{EngineName, JobName};
use crate::error::EngineError;

/// A program that runs jobs, perhaps on other machines, as soon as it has room.
///
/// Jobs are identified by their names. The scheduler reports only its current knowledge: that a
/// command has ended is read only from the record of its attempt.
pub(crate) trait Scheduler: Debug + Send + Sync {
    /// Returns the engine's name, which its job names contain.
    fn name(&self) -> EngineName;

    /// Checks that the scheduler is available, in a supported version.
    ///
    /// # Errors
    /// If it is not; the study cannot continue.
    fn check(&self) -> Result<(), EngineError>;

    /// Submits all tasks of a batch, whose script is in `folder`.
    fn submit(&self, batch: u64, folder: &Path, tasks: usize) -> Submission;

    /// Lists all jobs of the study that it knows, including those that have just ended.
    fn list(&self) -> Result<Listing, ListError>;

    /// Ends jobs, or prevents them from beginning. Requested once, without an answer.
    fn end(&self, jobs: &[JobName]);

    /// Returns the cause of the end of a job that is no longer listed, if known.
    fn afterwards(&self, job: JobName) -> Option<Cause>;
}

/// The result of submitting a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Submission {
    /// The scheduler has accepted it.
    Taken,
    /// It was not accepted but may be later: the queue is full, or nobody answers.
    Later(String),
    /// Unknown until the next listing. The error ends the study if the batch was not accepted;
    /// `None` if the answer only timed out.
    Unknown(Option<EngineError>),
    /// It was rejected.
    Refused(EngineError),
}

/// The states of jobs by name.
pub(crate) type Listing = BTreeMap<JobName, State>;

/// The reason that there is no listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListError {
    /// Nobody answers: the engine waits.
    Absent(String),
    /// The answer is not a valid listing.
    Invalid(EngineError),
}

/// The state of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// It has not begun, or will begin again.
    Waiting,
    /// It is running.
    Running,
    /// It has ended.
    Over(Cause),
}

impl State {
    /// Returns the state of the more active of two jobs with the same name: the other's tasks
    /// have nothing to do.
    pub(crate) fn or(self, other: Self) -> Self {
        let rank = |state: &Self| match state {
            Self::Running => 2,
            Self::Waiting => 1,
            Self::Over(_) => 0,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// The cause of a job's end, according to its scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It exited by itself, successfully or not.
    Exited(String),
    /// It was terminated, at a limit or by someone.
    Ended(String),
    /// It was lost through no fault of its own.
    Lost(String),
    /// It never began, because it waited too long.
    Unstarted,
}
