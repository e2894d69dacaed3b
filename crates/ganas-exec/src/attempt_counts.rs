//! Counts of the failures and interruptions of a trial.

use crate::attempt::Ending;
use crate::engine::Outcome;
use crate::error::ExecError;

/// A summary of a trial's attempts that returned no result.
#[derive(Debug, Default)]
pub(crate) struct AttemptCounts {
    pub(crate) failures: u32,
    interruptions: u32,
    /// The last attempt, if it failed.
    pub(crate) failed: Option<Ending>,
    /// The reason that the last job was lost, if one was.
    lost: Option<String>,
}

impl AttemptCounts {
    /// Counts an attempt; returns its ending if it gave a result.
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

    /// Checks that the trial may be repeated.
    ///
    /// # Errors
    /// If it was interrupted more often than allowed.
    pub(crate) fn check(&self, allowed: u32) -> Result<(), ExecError> {
        let times = self.interruptions;
        match &self.lost {
            _ if times <= allowed => Ok(()),
            Some(reason) => Err(ExecError::Lost { times, allowed, reason: reason.clone() }),
            None => Err(ExecError::Interrupted { times, allowed }),
        }
    }
}
