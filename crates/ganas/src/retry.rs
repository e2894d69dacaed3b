//! Evaluating again what failed.

use std::path::Path;

use ganas_search::{StudyReader, TrialState};

use crate::subject::Evaluation;
use crate::{Error, Session};

impl Session {
    /// Has all trials that failed evaluated again ([`Study::retry_failed`](ganas_search::Study::retry_failed)),
    /// and gives their number. What a command left of its attempts at a trial stays beside the trial's
    /// folder.
    ///
    /// # Errors
    /// If the study was asked or told something, or its folder cannot be read or written.
    pub fn retry_failed(&mut self) -> Result<usize, Error> {
        if let (Evaluation::Command(_), Some(folder)) = (&self.subject.evaluation, &self.folder) {
            // First, so that whoever is killed here asks again: a failure on record is final.
            set_aside(folder)?;
        }
        Ok(self.study.retry_failed()?.len())
    }
}

/// Sets all that is on record of failed trials aside.
fn set_aside(folder: &Path) -> Result<(), Error> {
    let trials = StudyReader::open(folder)?.trials()?;
    let failed = trials.iter().filter(|trial| trial.state == TrialState::Failed);
    failed
        .into_iter()
        .try_for_each(|trial| Ok(ganas_exec::set_aside(folder, trial.trial, trial.attempts)?))
}
