//! Retries failed trials.

use std::collections::HashSet;

use super::Study;
use crate::{StoredTrial, StudyError, TrialId, TrialState};

impl Study {
    /// Schedules failed trials for another evaluation, and returns their numbers. The earliest
    /// failed trials are scheduled first. The method first sets aside the budget for trials that
    /// have not yet entered the history. It schedules no more trials than the rest of the budget
    /// allows. A study without a store schedules none. Each scheduled trial keeps its number, its
    /// seed and its count of attempts. Its failure is removed from the history, and all later
    /// entries move up. Its new result enters the history at the end of the current round. The new
    /// result costs a query if it is a measurement or if it shows that the architecture is
    /// unusable.
    ///
    /// The schedule is on disk when this method returns. Even if the process is then killed, the
    /// study resumes with the same trials.
    ///
    /// # Errors
    /// [`StudyError::Underway`] if [`Study::ask`] or [`Study::tell`] has been called since the
    /// study was opened. Errors of the store are returned as well.
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

    /// Returns the numbers of the trials that [`Study::retry_failed`] would schedule for another
    /// evaluation.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn retriable(&self) -> Result<Vec<TrialId>, StudyError> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let trials = store.load()?.trials;
        let failed = trials.iter().filter(|trial| trial.state == TrialState::Failed);
        // Trials without a result come first, even if the study ended before it could restore them.
        let open: HashSet<_> =
            self.slots[self.entered..].iter().filter_map(|slot| slot.trial).collect();
        let is_pending = |trial: &&StoredTrial| {
            matches!(trial.state, TrialState::Pending | TrialState::Running)
                && !open.contains(&trial.trial)
        };
        let room = self.room(&[]).saturating_sub(trials.iter().filter(is_pending).count());
        Ok(failed.map(|trial| trial.trial).take(room).collect())
    }
}
