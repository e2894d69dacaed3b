//! Repeats the evaluation of failed trials.

use ganas_search::{StudyReader, TrialState};

use crate::subject::Evaluation;
use crate::{Error, Session};

/// The result of retrying failed trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retried {
    /// Number of failed trials that will be evaluated again.
    pub again: usize,
    /// Number of failed trials that are not evaluated again because the budget is used up.
    pub left: usize,
}

impl Session {
    /// Schedules as many failed trials for another evaluation as the budget allows
    /// ([`Study::retry_failed`](ganas_search::Study::retry_failed)). If the evaluator is a command,
    /// the folders with the files of earlier attempts are renamed and kept. A study without a
    /// folder has no trials to retry.
    ///
    /// # Errors
    /// If a trial has been handed out or a result has been received in this session, or if the
    /// study's folder cannot be read or written.
    pub fn retry_failed(&mut self) -> Result<Retried, Error> {
        let Some(folder) = &self.folder else { return Ok(Retried { again: 0, left: 0 }) };
        let again = self.study.retriable()?;
        let trials = StudyReader::open(folder)?.trials()?;
        let failed = || trials.iter().filter(|trial| trial.state == TrialState::Failed);
        if let Evaluation::Command(_) = &self.subject.evaluation {
            // This comes first, so that a killed process can repeat the request: a recorded failure
            // is final.
            for trial in failed().filter(|trial| again.contains(&trial.trial)) {
                ganas_exec::set_aside(folder, trial.trial, trial.attempts)?;
            }
        }
        let left = failed().count() - again.len();
        self.study.retry_failed()?;
        Ok(Retried { again: again.len(), left })
    }
}
