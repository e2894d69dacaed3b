//! Hearing of evaluations on the way, and stopping those that the rule gives up.

use super::Study;
use super::slot::{Place, Slot};
use crate::{MAX_REPORTS, Report, StudyError, TrialId, Verdict};

/// What a study says to a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The evaluation goes on.
    Continue,
    /// The evaluation is to end: what it reported at this step is its result.
    Stop {
        /// The step.
        step: u64,
    },
}

impl Study {
    /// Takes what the evaluation of an open trial reports on the way, and says whether it goes on. The
    /// steps of an attempt rise; the same report again is as if it had been made once. The first report
    /// after [`Study::ask`] gave the trial replaces what earlier attempts reported at its step and later.
    ///
    /// A trial is stopped at the first report at which the rule says so, given all trials that count before
    /// it. In a study that is not asynchronous these are known by the order asked, so the same trials are
    /// stopped at the same steps in whatever order they report; a trial that is ahead of one before it
    /// goes on until that one has reported as much, and what it reports meanwhile is left out if it turns
    /// out to be stopped. An asynchronous study decides by what all others have reported so far.
    ///
    /// # Errors
    /// [`StudyError::NotOpen`] and [`StudyError::Report`], after which the study is as before; else what the
    /// store failed with.
    pub fn report(&mut self, trial: TrialId, report: Report) -> Result<Heard, StudyError> {
        self.check_whole()?;
        let at = self.out_slot(trial)?;
        let slot = &self.slots[at];
        if let Some(step) = slot.stop {
            return Ok(Heard::Stop { step });
        }
        if slot.reported.is_some() && slot.reports.last() == Some(&report) {
            return Ok(Heard::Continue);
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
        Ok(self.slots[at].stop.map_or(Heard::Continue, |step| Heard::Stop { step }))
    }

    /// What the trial reports from now on is of a further attempt: its first report replaces those of
    /// earlier attempts at its step and later.
    ///
    /// # Errors
    /// [`StudyError::NotOpen`].
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
            return Err(format!("expected at most {MAX_REPORTS} reports, found another"));
        }
        if let Some(name) = report.measurement().taken_name(&*self.space) {
            return Err(format!("the metric `{name}` has the name of a cost; name it otherwise"));
        }
        Ok(())
    }

    /// What the rule says to the last report of an asynchronous study's trial.
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

    /// Decides on the reports of the round in the order asked, as far as those before have reported as much.
    pub(super) fn settle(&mut self) {
        let Some(stopping) = &self.settings.stopping else { return };
        for at in self.absorbed..self.slots.len() {
            let (before, rest) = self.slots.split_at_mut(at);
            let (before, slot) = (&before[self.absorbed..], &mut rest[0]);
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

    /// What a trial that was told came to, if it turned out to be stopped at an earlier step.
    pub(super) fn stopped_before(&self, slot: &Slot) -> Option<Verdict> {
        let (step, Place::Back(Some(told))) = (slot.stop?, &slot.place) else { return None };
        let spent = match told {
            Verdict::Measured(measurement)
            | Verdict::Infeasible { measurement: Some(measurement), .. } => {
                measurement.train_seconds
            }
            Verdict::Failed { train_seconds, .. } => *train_seconds,
            Verdict::Infeasible { .. } => None,
            Verdict::Stopped { .. } | Verdict::OutOfDomain => return None,
        };
        slot.reports.last().map(|last| self.judge_stopped(step, last, spent))
    }

    /// What a trial is under the constraints that was stopped at a step and took so long, if its report does
    /// not say.
    pub(super) fn judge_stopped(&self, step: u64, last: &Report, spent: Option<f64>) -> Verdict {
        let mut measurement = last.measurement().kept();
        measurement.train_seconds = measurement.train_seconds.or(spent);
        if self.constraints.keeps(&measurement) {
            Verdict::Stopped { step, measurement }
        } else {
            self.constraints.judge(measurement)
        }
    }
}
