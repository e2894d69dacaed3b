//! Retries failed trials.

use super::Study;
use crate::{StudyError, TrialId, TrialState};

impl Study {
    /// Schedules failed trials for another evaluation. Each keeps its number, seed and count of
    /// attempts. Once its new result is told, it enters the history last in the current round; if it is
    /// measured, it costs the next query. Later trials in the history move up. Retries the first failed trials, as
    /// many as the unclaimed budget allows, and returns them; a study in memory has none.
    ///
    /// All of it is on disk on return, so a killed study resumes with the same trials.
    ///
    /// # Errors
    /// [`StudyError::Underway`] once the study was asked or told anything; if the store cannot be read
    /// or written.
    pub fn retry_failed(&mut self) -> Result<Vec<TrialId>, StudyError> {
        if !self.untouched {
            return Err(StudyError::Underway);
        }
        let failed = self.retriable()?;
        if failed.is_empty() {
            return Ok(failed);
        }
        // After all trials asked so far, and before all future ones.
        let turns: Vec<_> = failed.iter().copied().zip(self.next_trial..).collect();
        self.write(|store| store.retried(&turns))?;
        self.restore()?;
        Ok(failed)
    }

    /// Returns the trials that [`Study::retry_failed`] would retry.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn retriable(&self) -> Result<Vec<TrialId>, StudyError> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let trials = store.load()?.trials;
        let failed = trials.iter().filter(|trial| trial.state == TrialState::Failed);
        let room = self.room(&[]);
        Ok(failed.map(|trial| trial.trial).take(room).collect())
    }
}
