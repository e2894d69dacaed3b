use std::collections::HashMap;

use ganas_graph::Arch;

use super::slot::{Asked, Slot};
use super::{Observer, Study};
use crate::store::{Checkpoint, Loaded, StoredTrial};
use crate::{Measurement, Observation, Outcome, Strategy, StudyError, Trial};
use std::time::Duration;

impl Study<'_> {
    /// Puts study and strategy where the store says that they were; gives the proposals that the
    /// strategy is to be told of next. Without a store, that is the beginning.
    pub(super) fn restore(
        &mut self,
        strategy: &mut dyn Strategy,
        observers: &mut [&mut dyn Observer],
    ) -> Result<Vec<Slot>, StudyError> {
        let known = self.settings.known.clone();
        let Some(store) = &mut self.store else {
            self.begin_with(known, strategy)?;
            return Ok(Vec::new());
        };
        let mut loaded = store.load()?;
        if loaded.checkpoint.is_none() && store.add_known(self.space, &known)? > 0 {
            loaded = store.load()?;
        }
        let Loaded { known, trials, rounds, checkpoint } = loaded;
        let known = known
            .into_iter()
            .map(|(choices, measurement)| Ok((self.arch(&choices)?, measurement)))
            .collect::<Result<_, StudyError>>()?;
        let Some(checkpoint) = checkpoint else {
            self.begin_with(known, strategy)?;
            return Ok(Vec::new());
        };
        self.take_known(known);
        self.next_trial = trials.iter().map(|trial| trial.id + 1).max().unwrap_or(0);
        let over = rounds.into_iter().filter(|(round, _)| *round < checkpoint.round);
        self.rounds = over.map(|(_, round)| round).collect();
        self.diagnostics.clone_from(&checkpoint.diagnostics);
        (self.round, self.idle) = (checkpoint.round, checkpoint.idle);
        self.in_strategy =
            Duration::try_from_secs_f64(checkpoint.seconds_in_strategy).unwrap_or(Duration::ZERO);
        let pending = if self.settings.asynchronous {
            self.round += 1;
            self.replay_arrivals(trials, checkpoint.seen, observers)?
        } else {
            let rest = self.replay_rounds(trials, checkpoint.round, observers)?;
            self.pending_round(&checkpoint, rest)?
        };
        strategy.restore(self.space, &self.history, &checkpoint.strategy)?;
        Ok(pending)
    }

    /// A study that has asked nothing yet: the strategy hears what is known.
    fn begin_with(
        &mut self,
        known: Vec<(Arch, Measurement)>,
        strategy: &mut dyn Strategy,
    ) -> Result<(), StudyError> {
        self.take_known(known);
        let repeat = |trial: &Trial| Observation {
            arch: trial.arch.clone(),
            outcome: Outcome::Repeat(trial.measurement.clone()),
        };
        let seen: Vec<_> = self.history.trials().iter().map(repeat).collect();
        if !seen.is_empty() {
            strategy.tell(&seen)?;
        }
        Ok(())
    }

    /// What is known from before enters the history, unless it breaks a constraint.
    fn take_known(&mut self, known: Vec<(Arch, Measurement)>) {
        for (arch, mut measurement) in known {
            let key = self.settings.distinct.key(self.space, &arch);
            let fits = self.constraints.admit(self.space, &arch)
                && self.constraints.keeps(&measurement)
                && measurement.value.is_finite();
            if fits && !self.history.contains(key) {
                measurement.value = self.settings.direction.flip(measurement.value);
                let source = "known".into();
                self.history.push(key, Trial { arch, source, round: 0, query: 0, measurement });
            }
        }
    }

    /// Takes the results of all rounds before `round` into the history, in the order asked.
    fn replay_rounds(
        &mut self,
        trials: Vec<StoredTrial>,
        round: u64,
        observers: &mut [&mut dyn Observer],
    ) -> Result<Vec<StoredTrial>, StudyError> {
        let (over, rest): (Vec<_>, Vec<_>) =
            trials.into_iter().partition(|trial| trial.round < round);
        for trial in over {
            self.replay(trial, observers)?;
        }
        Ok(rest)
    }

    /// Takes the results that the strategy was told into the history, in the order in which they
    /// came; gives the others in that order, and then what is still to be evaluated.
    fn replay_arrivals(
        &mut self,
        mut trials: Vec<StoredTrial>,
        seen: u64,
        observers: &mut [&mut dyn Observer],
    ) -> Result<Vec<Slot>, StudyError> {
        let arrival =
            |trial: &StoredTrial| trial.result.as_ref().map_or(u64::MAX, |(arrival, _)| *arrival);
        trials.sort_by_key(arrival);
        let mut rest = Vec::new();
        for trial in trials {
            if arrival(&trial) <= seen {
                self.replay(trial, observers)?;
            } else {
                rest.push(self.slot(trial)?);
            }
        }
        Ok(rest)
    }

    fn replay(
        &mut self,
        trial: StoredTrial,
        observers: &mut [&mut dyn Observer],
    ) -> Result<(), StudyError> {
        let slot = self.slot(trial)?;
        if let Some(found) = &slot.found
            && !self.history.contains(slot.key)
        {
            self.learn(&slot, found, observers);
        }
        Ok(())
    }

    /// The proposals of the round that the strategy was last asked for, with what is known of them.
    fn pending_round(
        &self,
        checkpoint: &Checkpoint,
        trials: Vec<StoredTrial>,
    ) -> Result<Vec<Slot>, StudyError> {
        let mut trials: HashMap<_, _> =
            trials.into_iter().map(|trial| (trial.choices.clone(), trial)).collect();
        let proposed = |(choices, source): &(Vec<u8>, String)| {
            if let Some(trial) = trials.remove(choices) {
                return self.slot(trial);
            }
            let asked = Asked { arch: self.arch(choices)?, source: source.clone().into() };
            let key = self.settings.distinct.key(self.space, &asked.arch);
            let round = checkpoint.round;
            Ok(Slot { asked, key, round, trial: None, attempts: 0, found: None })
        };
        checkpoint.proposals.iter().map(proposed).collect()
    }

    fn slot(&self, trial: StoredTrial) -> Result<Slot, StudyError> {
        let arch = self.arch(&trial.choices)?;
        let key = self.settings.distinct.key(self.space, &arch);
        let asked = Asked { arch, source: trial.source.into() };
        let found = trial.result.map(|(_, found)| found);
        let (round, attempts) = (trial.round, trial.attempts);
        Ok(Slot { asked, key, round, trial: Some(trial.id), attempts, found })
    }

    fn arch(&self, choices: &[u8]) -> Result<Arch, StudyError> {
        Ok(Arch::from_choices(self.space, choices)?)
    }
}
