use std::collections::{HashMap, HashSet};

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
        let distinct = self.settings.distinct;
        if loaded.checkpoint.is_none() && store.add_known(self.space, distinct, &known)? > 0 {
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
        self.take_known(self.not_evaluated(known, &trials)?);
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

    /// Leaves out what was evaluated too: those results count.
    fn not_evaluated(
        &self,
        mut known: Vec<(Arch, Measurement)>,
        trials: &[StoredTrial],
    ) -> Result<Vec<(Arch, Measurement)>, StudyError> {
        if known.is_empty() {
            return Ok(known);
        }
        let key = |arch: &Arch| self.settings.distinct.key(self.space, arch);
        let evaluated = trials.iter().filter(|trial| trial.result.is_some());
        let evaluated: HashSet<_> = evaluated
            .map(|trial| Ok(key(&self.arch(&trial.choices)?)))
            .collect::<Result<_, StudyError>>()?;
        known.retain(|(arch, _)| !evaluated.contains(&key(arch)));
        Ok(known)
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
        let store = self.store.as_ref().expect("only what a store holds is read back");
        Ok(store.arch(self.space, choices)?)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;

    use ganas_graph::SearchSpace;
    use ganas_graph::spaces::NasBench201;

    use super::*;
    use crate::baselines::RandomSearch;
    use crate::{
        Cancel, Distinct, Evaluation, EvaluationError, Evaluator, Job, Store, StudyOutcome,
        StudyReader, StudyRecord, StudySettings,
    };

    /// Values by the sum of the choices, up to an evaluation that ends the study.
    #[derive(Debug, Default)]
    struct Adder {
        made: Mutex<Vec<Arch>>,
        end_at: Option<usize>,
        cancel: Cancel,
    }

    impl Evaluator for Adder {
        fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError> {
            let mut made = self.made.lock().unwrap();
            if self.end_at == Some(made.len()) {
                self.cancel.set();
                return Ok(Evaluation::Cancelled);
            }
            made.push(arch.clone());
            let sum = arch.choices().iter().map(|choice| f64::from(*choice)).sum();
            Ok(Evaluation::Measured(Measurement::new(sum)))
        }

        fn run(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
            if job.cancel.is_set() { Ok(Evaluation::Cancelled) } else { self.evaluate(job.arch) }
        }
    }

    fn run(folder: &Path, evaluator: &Adder, asynchronous: bool) -> StudyOutcome {
        let space = NasBench201::default();
        let record = StudyRecord::new(&space, "random", String::new());
        let store = Store::create(folder, &record).or_else(|_| Store::open(folder)).unwrap();
        let cancel = evaluator.cancel.clone();
        let settings = StudySettings { asynchronous, cancel, ..StudySettings::new(6, 0) };
        let study = Study::new(&space, evaluator, settings).unwrap().stored(store).unwrap();
        study.run(&mut RandomSearch, &mut []).unwrap()
    }

    #[test]
    fn a_value_known_of_what_was_evaluated_takes_no_querys_place() {
        let (space, folder) = (NasBench201::default(), tempfile::tempdir().unwrap());
        let before = run(folder.path(), &Adder::default(), false);
        let evaluated = before.history.trials()[2].arch.clone();
        let mut store = Store::open(folder.path()).unwrap();
        let known = [(evaluated, Measurement::new(1e9))];
        assert_eq!(store.add_known(&space, Distinct::Isomorphism, &known).unwrap(), 0);
        drop(store);
        // As an earlier version let it in.
        let insert = "INSERT INTO trials (id, round, arch, choices, source, seed, state, attempts,
                      value) SELECT -1, -1, arch, choices, 'known', 0, 'known', 0, 1e9 FROM trials
                      WHERE id = 2";
        let path = folder.path().join("study.db");
        rusqlite::Connection::open(path).unwrap().execute(insert, []).unwrap();
        let evaluator = Adder::default();
        let after = run(folder.path(), &evaluator, false);
        assert_eq!(after.history.trials(), before.history.trials());
        assert!(evaluator.made.into_inner().unwrap().is_empty(), "nothing is evaluated again");
    }

    #[test]
    fn a_failed_evaluation_names_the_architecture_as_people_write_it() {
        #[derive(Debug)]
        struct Broken;

        impl Evaluator for Broken {
            fn evaluate(&self, arch: &Arch) -> Result<Evaluation, EvaluationError> {
                Err(EvaluationError { arch: arch.clone(), source: "no table".into() })
            }
        }

        let space = NasBench201::default();
        let study = Study::new(&space, &Broken, StudySettings::new(1, 0)).unwrap();
        let error = study.run(&mut RandomSearch, &mut []).unwrap_err().to_string();
        assert!(error.starts_with("evaluation of |") && error.ends_with("|: no table"), "{error}");
    }

    #[test]
    fn a_study_that_goes_further_has_not_ended() {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path(), &Adder::default(), false);
        let mut store = Store::open(folder.path()).unwrap();
        assert_eq!(store.study().unwrap().stop_reason.as_deref(), Some("budget"));
        store.replan(9, "").unwrap();
        assert_eq!(store.study().unwrap().stop_reason, None);
    }

    #[test]
    fn an_architecture_is_known_in_whatever_form_it_was_evaluated() {
        let space = NasBench201::default();
        let folder = tempfile::tempdir().unwrap();
        let record = StudyRecord::new(&space, "random", String::new());
        let mut store = Store::create(folder.path(), &record).unwrap();
        let mut seen = HashMap::new();
        let (one, other) = ganas_graph::moves::enumerate(&space)
            .find_map(|arch| Some((seen.insert(space.canonical(&arch), arch.clone())?, arch)))
            .unwrap();
        let mut add = |distinct, arch: &Arch| {
            store.add_known(&space, distinct, &[(arch.clone(), Measurement::new(1.0))]).unwrap()
        };
        assert_eq!(add(Distinct::Isomorphism, &one), 1);
        assert_eq!(add(Distinct::Isomorphism, &other), 0);
        assert_eq!(add(Distinct::String, &other), 1);
    }

    #[test]
    fn what_became_known_meanwhile_is_not_evaluated_any_more() {
        let space = NasBench201::default();
        for asynchronous in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            run(folder.path(), &Adder { end_at: Some(3), ..Adder::default() }, asynchronous);
            let trials = StudyReader::open(folder.path()).unwrap().trials().unwrap();
            let pending = trials.iter().find(|trial| trial.state == "pending").unwrap();
            let pending = space.parse(&pending.arch).unwrap();
            let mut store = Store::open(folder.path()).unwrap();
            let known = [(pending.clone(), Measurement::new(2.5))];
            assert_eq!(store.add_known(&space, Distinct::Isomorphism, &known).unwrap(), 1);
            drop(store);
            let evaluator = Adder::default();
            let outcome = run(folder.path(), &evaluator, asynchronous);
            let made = evaluator.made.into_inner().unwrap();
            assert!(!made.contains(&pending), "{asynchronous}");
            assert_eq!((outcome.history.queries(), made.len()), (6, 3), "{asynchronous}");
        }
    }
}
