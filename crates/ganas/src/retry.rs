//! Evaluating again what failed.

use std::fs;
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

/// Sets the folders of failed trials aside, with all that is on record of their attempts, and with the
/// number of the last in their names.
fn set_aside(folder: &Path) -> Result<(), Error> {
    let trials = StudyReader::open(folder)?.trials()?;
    for trial in trials.iter().filter(|trial| trial.state == TrialState::Failed) {
        let made = folder.join("trials").join(format!("{:06}", trial.trial.0));
        if made.exists() {
            let aside = made.with_extension(format!("failed-{}", trial.attempts));
            fs::rename(&made, &aside).map_err(|source| Error::file("renaming", &made, source))?;
        }
    }
    Ok(())
}
