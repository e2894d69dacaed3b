//! What evaluations mean to a study.

use super::slot::Slot;
use super::{Observer, Study};
use crate::history::Useless;
use crate::store::Found;
use crate::{Evaluation, Outcome, StudyError, Trial};

impl Study<'_> {
    /// What an evaluation means under the constraints; `None` if it was given up.
    pub(super) fn judge(
        &self,
        slot: &Slot,
        evaluation: Evaluation,
    ) -> Result<Option<Found>, StudyError> {
        let arch = || self.space.display(&slot.asked.arch);
        Ok(Some(match evaluation {
            Evaluation::Measured(mut measurement) => {
                measurement.metrics.retain(|_, number| number.is_finite());
                measurement.train_seconds = measurement.train_seconds.filter(|s| s.is_finite());
                if !measurement.value.is_finite() {
                    return Err(StudyError::NotFinite { value: measurement.value, arch: arch() });
                }
                if self.settings.max_train_seconds.is_some() && measurement.train_seconds.is_none()
                {
                    return Err(StudyError::NoTrainSeconds { arch: arch() });
                }
                self.constraints.judge(measurement)
            }
            Evaluation::OutOfDomain => Found::OutOfDomain,
            Evaluation::Infeasible { reason } => Found::Infeasible { reason, measurement: None },
            Evaluation::Failed { reason, attempts } => Found::Failed { reason, attempts },
            Evaluation::Cancelled => return Ok(None),
        }))
    }

    /// Takes the next result in order into the history.
    pub(super) fn learn(
        &mut self,
        slot: &Slot,
        found: &Found,
        observers: &mut [&mut dyn Observer],
    ) -> Outcome {
        let outcome = match found {
            Found::Measured(measurement) => {
                let mut measurement = measurement.clone();
                measurement.value = self.settings.direction.flip(measurement.value);
                self.history.count(measurement.train_seconds);
                let trial = Trial {
                    arch: slot.asked.arch.clone(),
                    source: slot.asked.source.clone(),
                    round: slot.round,
                    query: self.history.queries(),
                    measurement: measurement.clone(),
                };
                self.history.push(slot.key, trial);
                Outcome::Measured(measurement)
            }
            Found::OutOfDomain => {
                self.history.exclude(slot.key, Useless::OutOfDomain);
                return Outcome::OutOfDomain;
            }
            Found::Infeasible { measurement, .. } => {
                self.history.count(measurement.as_ref().and_then(|found| found.train_seconds));
                self.history.exclude(slot.key, Useless::Infeasible);
                Outcome::Infeasible
            }
            Found::Failed { .. } => {
                self.history.count(None);
                self.history.exclude(slot.key, Useless::Failed);
                Outcome::Failed
            }
        };
        for observer in observers.iter_mut() {
            observer.on_query(&self.history);
        }
        outcome
    }
}
