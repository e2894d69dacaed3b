//! Hearing of evaluations on the way, and stopping those that the rule gives up.

use super::Study;
use super::slot::Slot;
use crate::fidelity::Curve;
use crate::{MAX_REPORTS, Report, StudyError, TrialId};

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
    /// In a study that is not asynchronous the answer depends on the trial and on the rounds before: it is
    /// the same in whatever order trials of a round report. After a stop, reports are not kept.
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
        slot.reported = Some(report.step);
        slot.reports.push(report);
        Ok(self.decide(at))
    }

    /// What the trial reports from now on is of a further attempt: its first report replaces those of
    /// earlier attempts at its step and later.
    ///
    /// # Errors
    /// [`StudyError::NotOpen`].
    pub fn report_anew(&mut self, trial: TrialId) -> Result<(), StudyError> {
        let at = self.out_slot(trial)?;
        (self.slots[at].reported, self.slots[at].stop) = (None, None);
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

    /// What the rule says after a slot's last report.
    fn decide(&mut self, at: usize) -> Heard {
        let Some(stopping) = &self.settings.stopping else { return Heard::Continue };
        let slot = &self.slots[at];
        let Some(trial) = slot.trial else { return Heard::Continue };
        let before = self.curves_before(trial);
        if !stopping.stops((trial, &slot.reports), before.into_iter(), self.settings.direction) {
            return Heard::Continue;
        }
        let stop = self.slots[at].reported;
        self.slots[at].stop = stop;
        stop.map_or(Heard::Continue, |step| Heard::Stop { step })
    }

    /// The curves that a trial is compared with: those of the rounds before, in an asynchronous study all
    /// others so far.
    fn curves_before(&self, trial: TrialId) -> Vec<Curve<'_>> {
        let of_round = if self.settings.asynchronous { 0 } else { self.absorbed };
        let counting = self.history.curves();
        let of_round: Vec<_> =
            self.slots[..of_round].iter().filter_map(|slot| slot.trial).collect();
        let mut curves: Vec<_> = counting.filter(|(it, _)| !of_round.contains(it)).collect();
        if self.settings.asynchronous {
            let running = self.slots.iter().filter(|slot| slot.trial != Some(trial));
            let running = running.filter_map(|slot| Some((slot.trial?, slot.reports.as_slice())));
            curves.extend(running);
        }
        curves
    }
}
