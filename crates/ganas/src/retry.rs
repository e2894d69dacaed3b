//! Evaluating again what failed.

use ganas_search::{StudyReader, TrialState};

use crate::subject::Evaluation;
use crate::{Error, Session};

/// What becomes of the trials that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retried {
    /// How many are evaluated again.
    pub again: usize,
    /// How many stay as they are, since the budget has no query left for them.
    pub left: usize,
}

impl Session {
    /// Has the trials that failed evaluated again, as far as the budget goes
    /// ([`Study::retry_failed`](ganas_search::Study::retry_failed)). What a command left of its attempts
    /// at a trial stays beside the trial's folder.
    ///
    /// # Errors
    /// If the study was asked or told something, or its folder cannot be read or written.
    pub fn retry_failed(&mut self) -> Result<Retried, Error> {
        let Some(folder) = &self.folder else { return Ok(Retried { again: 0, left: 0 }) };
        let again = self.study.retriable()?;
        let trials = StudyReader::open(folder)?.trials()?;
        let failed = || trials.iter().filter(|trial| trial.state == TrialState::Failed);
        if let Evaluation::Command(_) = &self.subject.evaluation {
            // First, so that whoever is killed here asks again: a failure on record is final.
            for trial in failed().filter(|trial| again.contains(&trial.trial)) {
                ganas_exec::set_aside(folder, trial.trial, trial.attempts)?;
            }
        }
        let left = failed().count() - again.len();
        self.study.retry_failed()?;
        Ok(Retried { again: again.len(), left })
    }
}
