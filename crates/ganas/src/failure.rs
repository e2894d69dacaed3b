//! The last failed evaluation of a study.

use std::fmt;
use std::path::{Path, PathBuf};

use ganas_exec::{LogEnd, log_end};
use ganas_search::{StoreError, StudyReader, TrialId, TrialState};

/// The last failed evaluation of a study.
#[derive(Debug)]
pub struct LastFailure {
    /// The study's folder.
    pub folder: PathBuf,
    /// The trial.
    pub trial: TrialId,
    /// The reason for the failure.
    pub reason: String,
    /// The last lines of the command's output, if it left a log.
    pub log: Option<LogEnd>,
}

/// Number of log lines shown.
const LINES: usize = 10;

impl LastFailure {
    /// Returns the last failed evaluation of the study in `folder`; `None` if no trial failed or if
    /// the study cannot be read.
    pub fn read(folder: &Path) -> Option<Self> {
        let trials: Result<_, StoreError> = StudyReader::open(folder).and_then(|it| it.trials());
        let failed = trials.ok()?.into_iter().filter(|trial| trial.state == TrialState::Failed);
        let last = failed.max_by(|one, other| {
            let ended = |ended: Option<f64>| ended.unwrap_or(0.0);
            ended(one.ended).total_cmp(&ended(other.ended))
        })?;
        let log = log_end(folder, last.trial, LINES);
        let (folder, reason) = (folder.to_owned(), last.reason.unwrap_or_default());
        Some(Self { folder, trial: last.trial, reason, log })
    }
}

impl fmt::Display for LastFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trial, reason, log, .. } = self;
        write!(formatter, "last failure, trial {trial}: {reason}")?;
        let Some(LogEnd { path, lines }) = log else {
            let folder = self.folder.join("trials").join(format!("{:06}", trial.0));
            // Only commands have folders.
            if !folder.is_dir() {
                return Ok(());
            }
            let folder = folder.display();
            return write!(formatter, "\nThe command printed nothing; its files are in {folder}.");
        };
        write!(formatter, "\nEnd of {}:", path.display())?;
        lines.iter().try_for_each(|line| write!(formatter, "\n  {line}"))
    }
}
