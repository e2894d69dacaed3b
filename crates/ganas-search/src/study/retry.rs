//! Evaluating again what failed.

use super::Study;
use crate::{StudyError, TrialId, TrialState};

impl Study {
    /// Has trials that failed evaluated again, as if they had not been evaluated yet: each keeps its
    /// number, its seed and the count of its attempts, and enters the history anew, as the last of the
    /// round that is under way, once it is told; a measured one costs the next query. The trials behind
    /// it in the history move up. These are the first that failed, as many as there are queries left in
    /// the budget beside what is open; the others stay as they are. Returns which they are; what is only
    /// in memory has none.
    ///
    /// All of it is on the disk then, so a study that is killed goes on with the same trials.
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
        // Behind all that were asked so far, and before all that will be.
        let turns: Vec<_> = failed.iter().copied().zip(self.next_trial..).collect();
        self.write(|store| store.retried(&turns))?;
        self.restore()?;
        Ok(failed)
    }

    /// The trials that [`Study::retry_failed`] has evaluated again.
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
