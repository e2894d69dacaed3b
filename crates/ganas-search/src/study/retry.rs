//! Retries failed trials.

use super::Study;
use crate::{StudyError, TrialId, TrialState};

impl Study {
    /// Schedules failed trials for another evaluation and returns them. These are the first failed
    /// trials, as many as the unclaimed budget allows; for a study in memory, there are none. Each
    /// trial keeps its number, seed and count of attempts. Its new result enters the history at the
    /// end of the current round, and costs a query if it is a measurement or finds the architecture
    /// unusable. In the history, trials that came after the failure move up.
    ///
    /// The schedule is on disk when this method returns, so a killed study resumes with the same
    /// trials.
    ///
    /// # Errors
    /// [`StudyError::Underway`] if the study has already been asked or told anything; otherwise any
    /// error of the store.
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
