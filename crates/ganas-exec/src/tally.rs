//! How often a trial has failed and was interrupted.

use crate::attempt::Ending;
use crate::engine::Outcome;
use crate::error::ExecError;

/// What is known of a trial's attempts that gave no result.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) failures: u32,
    interruptions: u32,
    /// The last attempt, if it failed.
    pub(crate) failed: Option<Ending>,
    /// Why the last job was lost, if one was.
    lost: Option<String>,
}

impl Tally {
    /// Counts an attempt, unless it gave a result, which is given back.
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

    /// May the trial be made again?
    ///
    /// # Errors
    /// If it was interrupted more often than it may be.
    pub(crate) fn check(&self, allowed: u32) -> Result<(), ExecError> {
        let times = self.interruptions;
        match &self.lost {
            _ if times <= allowed => Ok(()),
            Some(reason) => Err(ExecError::Lost { times, allowed, reason: reason.clone() }),
            None => Err(ExecError::Interrupted { times, allowed }),
        }
    }
}
