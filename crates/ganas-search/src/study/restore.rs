//! Restores a stored study and its strategy when the study is opened.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use ganas_graph::{Arch, ArchError, ArchHash, SearchSpace};

use super::Study;
use super::slot::{Slot, SlotState};
use super::stop::TOLERANCE;
use crate::history::Entry;
use crate::store::{Checkpoint, Earlier, KnownTrial, Loaded, StoredTrial};
use crate::{
    ConstraintSet, Fidelity, History, HistoryPlace, Measurement, Observation, Outcome, Partial,
    StoreError, StudyError, StudySettings, TrialId, Verdict,
};

/// Places in the history, for the trials that have one.
type Places = HashMap<TrialId, HistoryPlace>;

impl Study {
    /// Restores the study and its strategy to their stored state; without a store, resets the
    /// study.
    pub(super) fn restore(&mut self) -> Result<(), StudyError> {
        self.clear();
        let Some(store) = &self.store else { return Ok(()) };
        store.study()?.check_space(&*self.space, || store.place())?;
        let Loaded { trials, rounds, checkpoint } = store.load()?;
        let (known, mut trials): (Vec<_>, Vec<_>) =
            trials.into_iter().partition(|trial| trial.trial.is_known());
        trials.sort_by_key(StoredTrial::turn);
        let stored: Vec<_> =
            known.iter().chain(&trials).map(|trial| (trial.trial, trial.history_place())).collect();
        let mut places = Places::new();
        let heard = checkpoint.as_ref().map_or(0, |it| it.known.unwrap_or(known.len()));
        let repeats = self.restore_known(&known, &trials, &mut places)?;
        self.known = known.len();
        self.heard_known = heard;
        self.news =
            repeats.into_iter().skip_while(|(at, _)| *at < heard).map(|(_, it)| it).collect();
        self.next_trial = trials.last().map_or(0, |trial| trial.turn() + 1);
        // The last result to arrive may belong to a trial that is evaluated again.
        let seen = checkpoint.as_ref().map(|checkpoint| checkpoint.seen);
        let arrivals = trials.iter().filter_map(|trial| trial.arrival).chain(seen);
        self.arrivals = arrivals.max().unwrap_or(0);
        self.heard = seen.unwrap_or(0);
        if let Some(checkpoint) = checkpoint {
            let over = rounds.into_iter().filter(|(round, _)| *round < checkpoint.round);
            self.rounds = over.map(|(_, round)| round).collect();
            self.diagnostics.clone_from(&checkpoint.diagnostics);
            self.constraints.count_on(checkpoint.rejected.as_deref());
            (self.round, self.idle) = (checkpoint.round, checkpoint.idle);
            self.in_strategy = Duration::try_from_secs_f64(checkpoint.seconds_in_strategy)
                .unwrap_or(Duration::ZERO);
            self.strategy.restore(&*self.space, &checkpoint.strategy)?;
            if self.settings.asynchronous {
                self.restore_arrivals(trials, checkpoint.seen, &mut places)?;
            } else {
                self.restore_rounds(trials, &checkpoint, &mut places)?;
            }
        }
        self.recount(&stored, &places)?;
        if !self.settings.asynchronous {
            self.end_round_if_over()?;
        }
        self.end_if(self.reason_to_end())
    }

    /// Resets everything but the settings.
    fn clear(&mut self) {
        self.constraints = ConstraintSet::of(&*self.space, &self.settings.constraints);
        self.history = History::new(self.settings.direction);
        self.rounds.clear();
        self.unsaved.clear();
        self.slots.clear();
        self.seen.clear();
        self.news.clear();
        self.unstored_known.clear();
        (self.round, self.idle, self.entered, self.before_round) = (0, 0, 0, (0, 0));
        (self.known, self.heard_known, self.empty) = (0, 0, 0);
        self.stop = None;
    }

    /// Adds architectures of known value, as described for [`Study::add_known`].
    pub(super) fn remember(&mut self, known: &[(Arch, Measurement)]) -> Result<usize, StudyError> {
        let earlier = self.unstored_known.iter();
        let mut there: HashMap<_, _> =
            earlier.map(|(key, value)| (*key, Earlier::Known(*value))).collect();
        if let Some(store) = &self.store {
            // Evaluated trials come after known values, and their results take precedence.
            for trial in store.load()?.trials {
                let earlier = match trial.value.filter(|_| trial.trial.is_known()) {
                    Some(value) => Earlier::Known(value),
                    None if trial.verdict().is_some() => Earlier::Evaluated,
                    None => continue,
                };
                there.insert(self.entry(&trial)?.key, earlier);
            }
        }
        let (space, distinct) = (self.space.clone(), self.settings.distinct);
        let new = KnownTrial::new_ones(&*space, distinct, there, self.known, known)?;
        let count = new.len();
        if self.store.is_some() {
            self.write(|store| store.add_known(&*space, &new))?;
            self.restore()?;
            return Ok(count);
        }
        for KnownTrial { trial, arch, key, measurement } in new {
            self.unstored_known.insert(key, measurement.value);
            let (arch, source) = (arch.clone(), "known".into());
            let (round, rung, cost, curve) = (0, None, 0.0, Vec::new());
            let entry = Entry { trial, arch, key, source, round, rung, cost, curve };
            let taken = self.take_known(entry, &measurement);
            self.news.extend(taken);
        }
        self.known += count;
        self.end_if(self.reason_to_end())?;
        Ok(count)
    }

    /// Adds known values to the history, except those of architectures that were also evaluated:
    /// there, the result of the evaluation takes precedence. Returns an observation of each value
    /// added, with the value's index among all known values.
    fn restore_known(
        &mut self,
        known: &[StoredTrial],
        trials: &[StoredTrial],
        places: &mut Places,
    ) -> Result<Vec<(usize, Observation)>, StudyError> {
        let mut evaluated = HashSet::new();
        if !known.is_empty() {
            for trial in trials.iter().filter(|trial| trial.verdict().is_some()) {
                evaluated.insert(self.entry(trial)?.key);
            }
        }
        let mut told = Vec::new();
        for (at, trial) in known.iter().enumerate() {
            let entry = self.entry(trial)?;
            if let (Some(measurement), false) =
                (trial.measurement(), evaluated.contains(&entry.key))
                && let Some(observation) = self.take_known(entry, &measurement)
            {
                places.insert(trial.trial, HistoryPlace::KNOWN);
                told.push((at, observation));
            }
        }
        Ok(told)
    }

    /// Adds a known value to the history and returns an observation of it; `None` if the
    /// architecture violates a constraint or the history already contains it.
    fn take_known(&mut self, entry: Entry, measurement: &Measurement) -> Option<Observation> {
        let fits = self.constraints.admit_uncounted(&*self.space, &entry.arch)
            && self.constraints.keeps(measurement)
            && !self.history.contains(entry.key);
        if !fits {
            return None;
        }
        let (arch, measurement) = (entry.arch.clone(), measurement.clone());
        self.history.take_known(entry, measurement.clone());
        let score = self.settings.direction.score(measurement.value);
        Some(Observation { arch, outcome: Outcome::Repeat(measurement, score) })
    }

    /// Adds the results of all rounds before that of the checkpoint to the history, in the order
    /// asked. Makes the round of the checkpoint the current one.
    fn restore_rounds(
        &mut self,
        trials: Vec<StoredTrial>,
        checkpoint: &Checkpoint,
        places: &mut Places,
    ) -> Result<(), StudyError> {
        let last_asked = trials.iter().map(|trial| trial.trial.0).max();
        let (mut rest, mut retried) = (HashMap::new(), Vec::new());
        for trial in trials {
            if trial.turn.is_some() && Some(trial.turn()) > last_asked {
                retried.push(self.slot(&trial)?);
            } else if trial.round < checkpoint.round.cast_signed() {
                self.replay(&trial, places)?;
            } else {
                let slot = self.slot(&trial)?;
                rest.insert(slot.arch.clone(), slot);
            }
        }
        self.before_round = (self.history.queries(), self.history.evaluations());
        let (mut first, mut last) = (Vec::new(), Vec::new());
        for proposed in &checkpoint.proposals {
            let arch =
                proposed.0.clone().read(&*self.space).map_err(|error| self.damaged(&error))?;
            if retried.iter().any(|slot| slot.arch == arch) {
                continue;
            }
            let slot = rest.remove(&arch).unwrap_or_else(|| {
                let key = self.settings.distinct.key(&*self.space, &arch);
                let source = proposed.1.clone().into();
                Slot { rung: proposed.2, ..Slot::of(arch, key, source, checkpoint.round) }
            });
            // A repeat of a retried trial is processed after it.
            let is_behind = retried.iter().any(|it| it.key == slot.key);
            if is_behind { &mut last } else { &mut first }.push(slot);
        }
        self.slots = first.into_iter().chain(retried).chain(last).collect();
        // A trial whose value has become known is no longer evaluated; it is reported as a proposal's
        // outcome.
        let key = |arch: &Arch| self.settings.distinct.key(&*self.space, arch);
        for slot in &mut self.slots {
            if slot.state == SlotState::Waiting && self.history.known(slot.key, slot.rung).is_some()
            {
                slot.state = SlotState::Back(None);
                self.news.retain(|seen| key(&seen.arch) != slot.key);
            }
        }
        self.leave_beyond_budget();
        let counted = self.enter_round();
        self.save_stops(&counted)?;
        places.extend(counted.iter().filter_map(|it| Some((it.trial, it.place?))));
        Ok(())
    }

    /// Drops trials that have no result yet and that only an earlier, larger budget covers. They
    /// stay in the store, and return if the budget is raised again.
    fn leave_beyond_budget(&mut self) {
        let mut left = self.budget_left() + TOLERANCE;
        self.slots.retain(|slot| {
            let is_within = slot.state != SlotState::Waiting || left >= slot.cost;
            // Failed trials cost nothing.
            let failed = matches!(slot.state, SlotState::Back(Some(Verdict::Failed { .. })));
            if slot.trial.is_some() && is_within && !failed {
                left -= slot.cost;
            }
            is_within
        });
    }

    /// Restores the trials of an asynchronous study. Adds results to the history in order of
    /// arrival: those that the strategy has seen, then the others, up to one that ends the study.
    /// Trials without a result remain to be evaluated, unless their value has become known or the
    /// budget no longer covers them.
    fn restore_arrivals(
        &mut self,
        mut trials: Vec<StoredTrial>,
        seen: u64,
        places: &mut Places,
    ) -> Result<(), StudyError> {
        self.round += 1;
        trials.sort_by_key(|trial| trial.arrival.unwrap_or(u64::MAX));
        for trial in trials {
            if trial.arrival.is_some_and(|arrival| arrival <= seen) {
                self.replay(&trial, places)?;
                continue;
            }
            if self.reason_to_end_while(true).is_some() {
                break;
            }
            let slot = self.slot(&trial)?;
            if slot.state == SlotState::Waiting {
                // A trial whose value has become known was already reported as known, so it is no
                // longer evaluated; a trial asked under a larger budget is dropped.
                let is_known = self.history.known(slot.key, slot.rung).is_some()
                    || self.history.is_expected(slot.key);
                let claimed: f64 = self.slots.iter().map(|slot| slot.cost).sum();
                if !is_known && self.budget_left() - claimed + TOLERANCE >= slot.cost {
                    self.history.expect(slot.key, slot.rung);
                    self.slots.push(slot);
                }
            } else if let Some(counted) = self.enter(&slot) {
                places.extend(counted.place.map(|place| (counted.trial, place)));
            }
        }
        Ok(())
    }

    fn replay(&mut self, trial: &StoredTrial, places: &mut Places) -> Result<(), StudyError> {
        let entry = self.entry(trial)?;
        if let Some(verdict) = trial.verdict()
            && self.history.known(entry.key, entry.rung).is_none()
        {
            let before = self.history.evaluations();
            self.history.learn(entry, &verdict);
            places.extend(self.history.place_behind(before).map(|place| (trial.trial, place)));
        }
        Ok(())
    }

    /// Corrects stored places in the history that are wrong because an earlier version of the
    /// program, or a run with other limits, stored them.
    fn recount(
        &mut self,
        stored: &[(TrialId, Option<HistoryPlace>)],
        places: &Places,
    ) -> Result<(), StudyError> {
        let counts = |(trial, _): &(TrialId, _)| (*trial, places.get(trial).copied());
        let wrong: Vec<_> = stored.iter().filter(|it| counts(it) != **it).map(counts).collect();
        if wrong.is_empty() { Ok(()) } else { self.write(|store| store.recounted(&wrong)) }
    }

    fn slot(&self, trial: &StoredTrial) -> Result<Slot, StudyError> {
        let Entry { arch, key, source, round, rung, cost, curve, .. } = self.entry(trial)?;
        let verdict = trial.verdict();
        let fidelity = self.settings.fidelity.as_ref();
        let after = fidelity.and_then(|fidelity| below(fidelity, &self.history, key, rung));
        Ok(Slot {
            trial: Some(trial.trial),
            attempts: trial.attempts,
            rung,
            after: after.map(|partial| partial.trial.trial),
            cost,
            reports: curve,
            state: verdict.map_or(SlotState::Waiting, |verdict| SlotState::Back(Some(verdict))),
            ..Slot::of(arch, key, source, round)
        })
    }

    fn entry(&self, trial: &StoredTrial) -> Result<Entry, StudyError> {
        let entry = trial.entry(&*self.space, &self.settings, &self.history);
        entry.map_err(|error| self.damaged(&error))
    }

    fn damaged(&self, found: &dyn std::fmt::Display) -> StudyError {
        let place = self.store.as_ref().map_or_else(String::new, |store| store.place());
        StoreError::Damaged { path: place.into(), found: found.to_string() }.into()
    }
}

impl StoredTrial {
    /// Converts the trial to an entry of a history, which contains the results up to this trial.
    /// The study's settings determine the cost and, if the store has none, the architecture's key.
    pub(crate) fn entry(
        &self,
        space: &dyn SearchSpace,
        settings: &StudySettings,
        history: &History,
    ) -> Result<Entry, ArchError> {
        let arch = self.record.clone().read(space)?;
        let key = self.key.unwrap_or_else(|| settings.distinct.key(space, &arch));
        let round = u64::try_from(self.round).unwrap_or(0);
        let (trial, source, rung) = (self.trial, self.source.clone().into(), self.rung);
        let mut curve = self.reports.clone();
        curve.retain(|report| self.step.is_none_or(|step| report.step <= step));
        let cost = match (&settings.stopping, self.step, &settings.fidelity) {
            (Some(stopping), Some(step), _) => stopping.cost(step),
            (_, _, Some(fidelity)) => {
                let below = below(fidelity, history, key, rung).map(|partial| partial.rung);
                fidelity.cost(rung.unwrap_or(fidelity.top()), below)
            }
            _ => 1.0,
        };
        Ok(Entry { trial, arch, key, source, round, rung, cost, curve })
    }
}

/// Returns the result of the architecture with this key at the rung below `rung`, where `None` is
/// the top rung.
fn below<'h>(
    fidelity: &Fidelity,
    history: &'h History,
    key: ArchHash,
    rung: Option<u32>,
) -> Option<&'h Partial> {
    history.partial(key, rung.unwrap_or(fidelity.top()).checked_sub(1)?)
}
