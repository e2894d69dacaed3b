//! Handles intermediate reports, and stops trials early if the stopping rule requires it.

use super::Study;
use super::slot::{Slot, SlotState};
use crate::{MAX_REPORTS, Measurement, Report, StudyError, TrialId, Verdict};

/// A study's answer to an intermediate report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportReply {
    /// The evaluation should continue.
    Continue,
    /// The evaluation should end. The report at this step is the evaluation's result.
    Stop {
        /// The step.
        step: u64,
    },
}

impl Study {
    /// Takes an intermediate report of an open trial ([`Study::open_trials`]), and returns whether
    /// the trial's evaluation should continue. Each report must have a higher step than the
    /// previous report of the same attempt. The only exception is a repetition of the latest
    /// report, which has no effect. When [`Study::ask`] returns a trial again, a new attempt
    /// begins. The first report of this attempt replaces the reports that earlier attempts made at
    /// the same step or at later steps.
    ///
    /// The study stops a trial at the first report at which the stopping rule requires it. In a
    /// synchronous study, the rule compares the trial only with trials that the study scheduled
    /// earlier. The rule therefore stops the same trials at the same steps, no matter in which
    /// order reports arrive. If an earlier trial has not reached the reported step, the decision
    /// waits until that trial has caught up, and the reporting trial continues in the meantime. If
    /// the rule then stops the reporting trial, the study drops the reports that this trial has
    /// made at later steps in the meantime. In an asynchronous study, the rule decides at once and
    /// uses all reports that have arrived.
    ///
    /// # Errors
    /// [`StudyError::NotOpen`] if the trial is not open, and [`StudyError::Report`] if the report
    /// is invalid. Both leave the study unchanged. Errors of the store are returned as well.
    pub fn report(&mut self, trial: TrialId, report: Report) -> Result<ReportReply, StudyError> {
        self.check_unbroken()?;
        let at = self.out_slot(trial)?;
        let slot = &self.slots[at];
        if let Some(step) = slot.stop {
            return Ok(ReportReply::Stop { step });
        }
        if slot.reported.is_some() && slot.reports.last() == Some(&report) {
            return Ok(ReportReply::Continue);
        }
        self.check_report(slot, &report).map_err(|found| StudyError::Report { trial, found })?;
        self.write(|store| store.reported(trial, &report))?;
        let slot = &mut self.slots[at];
        slot.reports.truncate(slot.kept_before(report.step));
        slot.settled = slot.settled.min(slot.reports.len());
        slot.reported = Some(report.step);
        slot.reports.push(report);
        if self.settings.asynchronous {
            self.decide_now(at);
        } else {
            self.settle();
        }
        Ok(self.slots[at].stop.map_or(ReportReply::Continue, |step| ReportReply::Stop { step }))
    }

    /// Starts another attempt at the evaluation of an open trial ([`Study::open_trials`]). The
    /// first report of this attempt replaces the reports that earlier attempts made at the same
    /// step or at later steps.
    ///
    /// # Errors
    /// [`StudyError::NotOpen`] if the trial is not open.
    pub fn report_anew(&mut self, trial: TrialId) -> Result<(), StudyError> {
        let at = self.out_slot(trial)?;
        self.slots[at].begin_anew();
        Ok(())
    }

    fn check_report(&self, slot: &Slot, report: &Report) -> Result<(), String> {
        report.check()?;
        if let Some(last) = slot.reported.filter(|last| report.step <= *last) {
            return Err(format!("expected a step after {last}, found {}", report.step));
        }
        if slot.kept_before(report.step) >= MAX_REPORTS {
            return Err(format!("expected at most {MAX_REPORTS} reports, found one more"));
        }
        if let Some(name) = report.measurement().clashing_metric(&*self.space) {
            return Err(format!(
                "the metric `{name}` has the same name as a cost; rename the metric"
            ));
        }
        Ok(())
    }

    /// Applies the stopping rule to the last report of a trial in an asynchronous study.
    fn decide_now(&mut self, at: usize) {
        let Some(stopping) = &self.settings.stopping else { return };
        let slot = &self.slots[at];
        let Some(trial) = slot.trial else { return };
        let others = self.slots.iter().filter(|other| other.trial != Some(trial));
        let curves = self.history.curves().chain(others.filter_map(Slot::curve));
        if stopping.stops((trial, &slot.reports), curves, self.settings.direction) {
            self.slots[at].stop = slot.reported;
        }
    }

    /// Applies the stopping rule to the round's reports, trial by trial in the order asked, as far
    /// as earlier trials have caught up.
    pub(super) fn settle(&mut self) {
        let Some(stopping) = &self.settings.stopping else { return };
        for at in self.entered..self.slots.len() {
            let (before, rest) = self.slots.split_at_mut(at);
            let (before, slot) = (&before[self.entered..], &mut rest[0]);
            let Some(trial) = slot.trial else { continue };
            while let (None, Some(report)) = (slot.stop, slot.reports.get(slot.settled)) {
                let step = report.step;
                if !before.iter().all(|earlier| earlier.is_settled_up_to(step)) {
                    break;
                }
                let own = (trial, &slot.reports[..=slot.settled]);
                let curves = self.history.curves().chain(before.iter().filter_map(Slot::curve));
                if stopping.stops(own, curves, self.settings.direction) {
                    slot.stop = Some(step);
                    slot.reports.truncate(slot.settled + 1);
                }
                slot.settled += 1;
            }
        }
    }

    /// Returns the verdict on a told trial that the stopping rule has since stopped at an earlier
    /// step; `None` for any other trial.
    pub(super) fn stopped_before(&self, slot: &Slot) -> Option<Verdict> {
        let (step, SlotState::Back(Some(told))) = (slot.stop?, &slot.state) else { return None };
        let is_no_later = told.stopped_at().is_some_and(|at| at <= step);
        if is_no_later || matches!(told, Verdict::OutOfDomain) {
            return None;
        }
        let measurement = reported(slot.reports.last()?, told.train_seconds());
        Some(self.constraints.judge_stopped(step, measurement))
    }
}

/// Returns the measurement in the last report of a trial that was stopped early; `spent` is its
/// training time if the report states none.
pub(super) fn reported(last: &Report, spent: Option<f64>) -> Measurement {
    let mut measurement = last.measurement().kept();
    measurement.train_seconds = measurement.train_seconds.or(spent);
    measurement
}
