//! Takes the results of evaluations and enters them in the history.

use ganas_graph::Arch;

use super::report::reported;
use super::slot::{Slot, SlotState};
use super::{Round, Study, Told, stop};
use crate::{
    Evaluation, History, HistoryPlace, Measurement, Observation, Outcome, Report, StudyError,
    TrialId, Verdict,
};

impl Study {
    /// Records in the store that the evaluation of an open trial ([`Study::open_trials`]) starts.
    /// Because of this record, a study that is killed and resumed still knows the number of
    /// attempts. It is not necessary to call this method before [`Study::tell`].
    ///
    /// # Errors
    /// [`StudyError::NotOpen`] if the trial is not open. Errors of the store are returned as well.
    pub fn begin(&mut self, trial: TrialId) -> Result<(), StudyError> {
        self.check_unbroken()?;
        let slot = self.out_slot(trial)?;
        self.slots[slot].attempts += 1;
        self.write(|store| store.begun(trial))
    }

    /// Takes the result of an open trial ([`Study::open_trials`]), and returns what the study has
    /// done with the result. The results of open trials may arrive in any order. If the study has a
    /// store, the result is on disk when this method returns.
    ///
    /// # Errors
    /// [`StudyError::NotOpen`] if the trial is not open. [`StudyError::Measurement`] or
    /// [`StudyError::NoTrainSeconds`] if the study cannot accept the result. The trial then stays
    /// open. All three errors leave the study unchanged. Errors of the store are returned as well.
    pub fn tell(&mut self, trial: TrialId, evaluation: Evaluation) -> Result<Told, StudyError> {
        self.check_unbroken()?;
        let at = self.out_slot(trial)?;
        let Some(verdict) = self.judge(&self.slots[at], evaluation)? else {
            self.slots[at].state = SlotState::Waiting;
            self.write(|store| store.given_up(trial))?;
            return Ok(Told::GivenUp);
        };
        self.arrivals += 1;
        let arrival = self.arrivals;
        if self.stop.is_some() {
            self.slots.remove(at);
            self.write(|store| store.told(trial, arrival, &verdict, &[]))?;
            return Ok(Told::Late);
        }
        self.slots[at].state = SlotState::Back(Some(verdict.clone()));
        let counted =
            if self.settings.asynchronous { self.enter_slot(at) } else { self.enter_round() };
        self.save_stops(&counted)?;
        let places: Vec<_> = counted.iter().map(|it| (it.trial, it.place)).collect();
        let own = counted.iter().find(|it| it.trial == trial);
        let verdict = own.and_then(|own| own.settled.clone()).unwrap_or(verdict);
        self.write(|store| store.told(trial, arrival, &verdict, &places))?;
        if self.settings.asynchronous {
            self.end_if(self.reason_to_end())?;
        } else {
            self.end_round_if_over()?;
        }
        let own = counted.into_iter().find(|counted| counted.trial == trial);
        Ok(match (own.map(|counted| counted.outcome), verdict) {
            (None, _) => Told::Held,
            (Some(Outcome::Measured(..)), Verdict::Stopped { step, measurement }) => {
                Told::Stopped { step, measurement }
            }
            (Some(Outcome::Failed), Verdict::Failed { reason, .. }) => Told::Failed { reason },
            (Some(outcome), _) => Told::Counted(outcome),
        })
    }

    /// Returns the index of the slot of an open trial.
    pub(super) fn out_slot(&self, trial: TrialId) -> Result<usize, StudyError> {
        let is_it = |slot: &Slot| slot.trial == Some(trial) && slot.state == SlotState::Out;
        // Earlier slots are in the history.
        let at = self.slots[self.entered..].iter().position(is_it);
        at.map(|at| at + self.entered)
            .ok_or_else(|| StudyError::NotOpen { open: self.open_trials().collect(), found: trial })
    }

    /// Returns the verdict on an evaluation under the constraints; `None` if the evaluation was
    /// cancelled.
    fn judge(&self, slot: &Slot, evaluation: Evaluation) -> Result<Option<Verdict>, StudyError> {
        Ok(Some(match evaluation {
            Evaluation::Measured(measurement) => {
                let measurement = self.checked(measurement, &slot.arch)?;
                match measurement.clashing_metric(&*self.space) {
                    Some(name) => Verdict::Failed {
                        reason: format!(
                            "the metric `{name}` has the same name as a cost; rename the metric"
                        ),
                        attempts: 1,
                        train_seconds: measurement.train_seconds,
                    },
                    None => self.constraints.judge(measurement),
                }
            }
            Evaluation::Stopped { train_seconds } => {
                let train_seconds = self.checked_seconds(train_seconds, &slot.arch)?;
                let Some(last) = slot.reports.last().filter(|_| slot.reported.is_some()) else {
                    let reason = "expected a report before training was stopped, found none".into();
                    return Ok(Some(Verdict::Failed { reason, attempts: 1, train_seconds }));
                };
                let measurement = self.checked(reported(last, train_seconds), &slot.arch)?;
                self.constraints.judge_stopped(last.step, measurement)
            }
            Evaluation::OutOfDomain => Verdict::OutOfDomain,
            Evaluation::Infeasible { reason, train_seconds } => {
                let train_seconds = self.checked_seconds(train_seconds, &slot.arch)?;
                Verdict::Infeasible { reason, measurement: None, train_seconds, step: None }
            }
            Evaluation::Failed { reason, attempts, train_seconds } => {
                let train_seconds = self.checked_seconds(train_seconds, &slot.arch)?;
                Verdict::Failed { reason, attempts, train_seconds }
            }
            Evaluation::Cancelled => return Ok(None),
        }))
    }

    /// Validates a measurement and returns the part of it that the study keeps.
    fn checked(&self, measurement: Measurement, arch: &Arch) -> Result<Measurement, StudyError> {
        let (measurement, arch) = (measurement.kept(), || self.space.display(arch));
        if let Err(found) = measurement.check() {
            return Err(StudyError::Measurement { arch: arch(), found });
        }
        if self.settings.max_train_seconds.is_some() && measurement.train_seconds.is_none() {
            return Err(StudyError::NoTrainSeconds { arch: arch() });
        }
        Ok(measurement)
    }

    /// Validates seconds of training that come without a value; returns them, if they are finite.
    fn checked_seconds(
        &self,
        train_seconds: Option<f64>,
        arch: &Arch,
    ) -> Result<Option<f64>, StudyError> {
        let spent = Measurement { train_seconds, ..Measurement::new(0.0) }.kept();
        match spent.check() {
            Ok(()) => Ok(spent.train_seconds),
            Err(found) => Err(StudyError::Measurement { arch: self.space.display(arch), found }),
        }
    }

    /// Adds the round's results to the history, in the order asked, up to the first result that is
    /// missing or that ends the study. Returns the trials whose results entered the history.
    pub(super) fn enter_round(&mut self) -> Vec<Counted> {
        let mut counted = Vec::new();
        self.settle();
        while let Some(slot) = self.slots.get(self.entered).filter(|slot| slot.is_back()) {
            let settled = self.stopped_before(slot);
            let slot = &mut self.slots[self.entered];
            if let Some(verdict) = &settled {
                slot.state = SlotState::Back(Some(verdict.clone()));
            }
            slot.charge_partial_cost(self.settings.stopping.as_ref());
            let (observation, place) = outcome_of(&mut self.history, slot);
            if let (Some(trial), SlotState::Back(Some(_))) = (slot.trial, &slot.state) {
                let outcome = observation.outcome.clone();
                let last = slot.stop.and(slot.reports.last().cloned());
                counted.push(Counted { trial, place, outcome, last, settled });
            }
            self.seen.push(observation);
            self.entered += 1;
            if stop::within_round(&self.settings, &self.history).is_some() {
                break;
            }
        }
        counted
    }

    /// Stores which trials the stopping rule stopped: deletes their later reports, then replaces
    /// their results.
    pub(super) fn save_stops(&mut self, counted: &[Counted]) -> Result<(), StudyError> {
        for Counted { trial, last, settled, .. } in counted {
            if let Some(last) = last {
                self.write(|store| store.reported(*trial, last))?;
            }
            if let Some(verdict) = settled {
                self.write(|store| store.settled(*trial, verdict))?;
            }
        }
        Ok(())
    }

    /// Ends the round if all its results are in the history or one of them ends the study.
    pub(super) fn end_round_if_over(&mut self) -> Result<(), StudyError> {
        let early = stop::within_round(&self.settings, &self.history).is_some();
        if self.entered == 0 || (self.entered < self.slots.len() && !early) {
            return Ok(());
        }
        // Trials still being evaluated may be told late.
        self.slots.retain(|slot| slot.state == SlotState::Out);
        self.entered = 0;
        let seen = std::mem::take(&mut self.seen);
        self.record(&seen);
        self.news.extend(seen);
        self.round += 1;
        self.end_if(self.reason_to_end())
    }

    fn record(&mut self, seen: &[Observation]) {
        let (queries, evaluations) = self.before_round;
        self.idle = if self.history.queries() == queries { self.idle + 1 } else { 0 };
        if self.history.evaluations() == evaluations {
            return;
        }
        let repeat = |seen: &&Observation| matches!(seen.outcome, Outcome::Repeat(..));
        let round = Round {
            queries_before: queries,
            proposed: seen.len(),
            repeats: seen.iter().filter(repeat).count(),
            diagnostics: std::mem::take(&mut self.diagnostics),
        };
        if self.store.is_some() {
            self.unsaved.push((self.round, round.clone()));
        }
        self.rounds.push(round);
    }

    /// Adds the result of a slot to the history of an asynchronous study.
    fn enter_slot(&mut self, at: usize) -> Vec<Counted> {
        let mut slot = self.slots.remove(at);
        slot.charge_partial_cost(self.settings.stopping.as_ref());
        self.dry = false;
        self.enter(&slot).into_iter().collect()
    }

    /// Adds a proposal's outcome to the history and to the news for the strategy.
    pub(super) fn enter(&mut self, slot: &Slot) -> Option<Counted> {
        let (observation, place) = outcome_of(&mut self.history, slot);
        if place.is_some_and(|it| it.query.is_some()) {
            self.idle = 0;
        }
        let outcome = observation.outcome.clone();
        self.news.push(observation);
        slot.trial.map(|trial| Counted { trial, place, outcome, last: None, settled: None })
    }
}

/// A trial whose result entered the history.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) trial: TrialId,
    /// The trial's place in the history, if it has one.
    pub(super) place: Option<HistoryPlace>,
    pub(super) outcome: Outcome,
    /// The trial's last report, if the stopping rule stopped the trial at that report.
    last: Option<Report>,
    /// The trial's final verdict, if the stopping rule stopped it before the step of its told
    /// result.
    settled: Option<Verdict>,
}

/// Adds a proposal's result to the history if it is new; returns the proposal's outcome, and the
/// place of the new result.
fn outcome_of(history: &mut History, slot: &Slot) -> (Observation, Option<HistoryPlace>) {
    let before = history.evaluations();
    let outcome = match (history.known(slot.key, slot.rung), &slot.state) {
        (Some(known), _) => known,
        (None, SlotState::Back(Some(verdict))) => history.learn(slot.entry(), verdict),
        // It violates a constraint known before evaluation.
        (None, _) => Outcome::Infeasible,
    };
    let place = history.place_behind(before);
    (Observation { arch: slot.arch.clone(), outcome }, place)
}
