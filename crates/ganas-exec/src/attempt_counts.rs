//! Counts of the failures and interruptions of a trial.

use crate::attempt::Ending;
use crate::engine::Outcome;
use crate::error::ExecError;

/// A summary of those attempts at a trial that gave no result.
#[derive(Debug, Default)]
pub(crate) struct AttemptCounts {
    pub(crate) failures: u32,
    interruptions: u32,
    /// The ending of the last failed attempt, until the evaluator takes it.
    pub(crate) failed: Option<Ending>,
    /// The reason why the most recent of the lost jobs was lost; `None` if no job was lost.
    lost: Option<String>,
}

impl AttemptCounts {
    /// Counts an attempt with this outcome. Returns the ending of the attempt if it gave a result.
    pub(crate) fn count(&mut self, outcome: Outcome) -> Option<Ending> {
        let Outcome::Ended(ending) = outcome else { return None };
        match ending {
            Ending::Measured { .. } | Ending::Stopped { .. } | Ending::Infeasible { .. } => {
                return Some(ending);
            }
            Ending::Failed { .. } => {
                self.failures += 1;
                self.failed = Some(ending);
            }
            Ending::Interrupted => self.interruptions += 1,
            Ending::Lost { reason } => {
                self.interruptions += 1;
                self.lost = Some(reason);
            }
            Ending::Cancelled => {}
        }
        None
    }

    /// Checks that the trial was interrupted at most `allowed` times, so that it may be repeated.
    ///
    /// # Errors
    /// If the trial was interrupted more often.
    pub(crate) fn check(&self, allowed: u32) -> Result<(), ExecError> {
        let times = self.interruptions;
        match &self.lost {
            _ if times <= allowed => Ok(()),
            Some(reason) => Err(ExecError::Lost { times, allowed, reason: reason.clone() }),
            None => Err(ExecError::Interrupted { times, allowed }),
        }
    }
}
