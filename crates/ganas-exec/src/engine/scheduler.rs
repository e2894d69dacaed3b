//! What a scheduler has to offer.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use crate::attempt::{EngineName, JobName};
use crate::error::EngineError;

/// A program that runs jobs, perhaps on other machines, as soon as it has room for them.
///
/// Its jobs are found again by their names. Whatever it says is what it knows now: that a command has
/// ended is read from the record of its attempt only.
pub(crate) trait Scheduler: Debug + Send + Sync {
    /// Whose names its jobs have.
    fn name(&self) -> EngineName;

    /// Is it there, in a version that is known?
    ///
    /// # Errors
    /// If not: the study cannot go on.
    fn check(&self) -> Result<(), EngineError>;

    /// Submits all tasks of a batch; their script is in its folder.
    fn submit(&self, batch: u64, folder: &Path, tasks: usize) -> Submission;

    /// All jobs of the study that it knows of, also those that have just ended.
    fn list(&self) -> Result<Listing, Silence>;

    /// Ends jobs, or has them not begin. It is told once, and need not answer.
    fn end(&self, jobs: &[JobName]);

    /// What became of a job that is no longer listed, where that is known.
    fn afterwards(&self, job: JobName) -> Option<Cause>;
}

/// What came of an attempt to submit a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Submission {
    /// It is the scheduler's.
    Taken,
    /// It is not, and may be later: the queue is full, or nobody answers.
    Later(String),
    /// Whether it is will be seen in a listing. What was wrong ends the study if it is not, unless it is
    /// only that nobody answered in time.
    Unknown(Option<EngineError>),
    /// It is not and will not be.
    Refused(EngineError),
}

/// The states of jobs, by their names.
pub(crate) type Listing = BTreeMap<JobName, State>;

/// Why there is no listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Nobody answers: that is waited out.
    Absent(String),
    /// Somebody answers what is no listing.
    Rubbish(EngineError),
}

/// The state of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// It has not begun, or is to begin again.
    Waiting,
    /// It runs.
    Running,
    /// It has ended.
    Over(Cause),
}

impl State {
    /// Of two jobs with one name, the more alive one counts: the other's tasks have nothing to do.
    pub(crate) fn or(self, other: Self) -> Self {
        let rank = |state: &Self| match state {
            Self::Running => 2,
            Self::Waiting => 1,
            Self::Over(_) => 0,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// Why a job has ended, as its scheduler says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// By itself, well or badly.
    Itself(String),
    /// It was made to: at its limit, or by somebody.
    Ended(String),
    /// Through no fault of its own.
    Lost(String),
    /// It never began, because it had waited for so long.
    Unstarted,
}
