//! The interface of a scheduler.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use crate::attempt::{EngineName, JobName};
use crate::error::EngineError;

/// A program that queues jobs and runs them, perhaps on other machines, once resources are free.
///
/// Jobs are identified by their names. The scheduler's reports may be incomplete or out of date.
/// Whether a command has ended is therefore read from the record of its attempt.
pub(crate) trait Scheduler: Debug + Send + Sync {
    /// Returns the name of the engine, which is part of each [`JobName`].
    fn name(&self) -> EngineName;

    /// Checks that the scheduler is available, in a supported version.
    ///
    /// # Errors
    /// If the scheduler is unavailable or not supported, so that the study cannot continue.
    fn check(&self) -> Result<(), EngineError>;

    /// Submits all `tasks` tasks of the batch numbered `batch`, whose script is in `folder`.
    fn submit(&self, batch: u64, folder: &Path, tasks: usize) -> Submission;

    /// Returns the states of all the study's jobs that the scheduler knows, including jobs that
    /// have just ended.
    fn list(&self) -> Result<Listing, ListError>;

    /// Asks the scheduler, only once, to end jobs or to prevent them from beginning. Failures are
    /// logged.
    fn end(&self, jobs: &[JobName]);

    /// Returns the cause of the end of a job that is no longer listed, if the cause is known.
    fn afterwards(&self, job: JobName) -> Option<Cause>;
}

/// The result of submitting a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Submission {
    /// The scheduler has accepted the batch.
    Taken,
    /// The scheduler did not accept the batch because its queue is full or it does not answer. It
    /// may accept the batch later.
    Later(String),
    /// Only the next listing of jobs will show whether the scheduler accepted the batch. If the
    /// scheduler did not accept it, the error in the scheduler's answer ends the study. The error
    /// is `None` if the answer was lost; the attempts of a batch that was not accepted then count
    /// as not begun.
    Unknown(Option<EngineError>),
    /// The scheduler rejected the batch.
    Refused(EngineError),
}

/// The states of jobs, by the names of the jobs.
pub(crate) type Listing = BTreeMap<JobName, State>;

/// The reason why there is no listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListError {
    /// The scheduler does not answer. The engine waits until it does.
    Absent(String),
    /// The scheduler's answer is not a valid listing.
    Invalid(EngineError),
}

/// The state of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// The job has not begun, or is waiting to be restarted.
    Waiting,
    /// The job is running.
    Running,
    /// The job has ended.
    Over(Cause),
}

impl State {
    /// Returns the state of the more active of two jobs with the same name, because the other job
    /// does nothing.
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
    /// The job exited by itself, successfully or not.
    Exited(String),
    /// The job was terminated because it reached a limit or was cancelled.
    Ended(String),
    /// The job was lost through no fault of its own, for example because a node failed.
    Lost(String),
    /// The job never began. The scheduler could not start the job in time and gave it up.
    Unstarted,
}
