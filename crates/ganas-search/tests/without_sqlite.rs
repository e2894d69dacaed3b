//! A store in memory, written for this test: a study needs no SQLite.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use ganas_graph::spaces::NasBench201;
use ganas_graph::{ArchRecord, SearchSpace};
use ganas_search::baselines::{Evolution, EvolutionSettings};
use ganas_search::{
    AskedTrial, Checkpoint, Evaluation, HistoryPlace, KnownTrial, Loaded, Measurement, OpenTrial,
    Rejected, Report, Round, StopReason, Store, StoreError, StoredTrial, Strategy, Study,
    StudyError, StudyRecord, StudySettings, TrialId, TrialState, Verdict,
};

/// What is kept when the study is gone.
#[derive(Debug, Default)]
struct Kept {
    trials: BTreeMap<(bool, i64), StoredTrial>,
    rounds: BTreeMap<u64, Round>,
    checkpoint: Option<Checkpoint>,
    ended: Option<StopReason>,
    /// Writes until one fails.
    writes_left: Option<usize>,
}

impl Kept {
    fn put(&mut self, places: &[(TrialId, Option<HistoryPlace>)]) {
        for (trial, found) in places {
            let trial = self.trials.get_mut(&at(*trial)).unwrap();
            (trial.place, trial.query) = (found.map(|it| it.place), found.and_then(|it| it.query));
        }
    }
}

/// Shares what it keeps with the test.
#[derive(Debug, Clone, Default)]
struct Memory(Arc<Mutex<Kept>>);

impl Memory {
    fn write(&self, write: impl FnOnce(&mut Kept)) -> Result<(), StoreError> {
        let mut kept = self.0.lock().unwrap();
        if let Some(left) = &mut kept.writes_left {
            let Some(fewer) = left.checked_sub(1) else {
                let source = io::Error::other("no more room");
                return Err(StoreError::Io { path: "memory".into(), source });
            };
            *left = fewer;
        }
        write(&mut kept);
        Ok(())
    }
}

fn at(trial: TrialId) -> (bool, i64) {
    (trial.0 >= 0, trial.0.abs())
}

fn stored(trial: TrialId, state: TrialState, record: ArchRecord, source: &str) -> StoredTrial {
    StoredTrial {
        trial,
        round: -1,
        state,
        arch: String::new(),
        source: source.into(),
        seed: 0,
        attempts: 0,
        value: None,
        train_seconds: None,
        metrics: BTreeMap::new(),
        reason: None,
        started: None,
        ended: None,
        query: None,
        predictions: BTreeMap::new(),
        step: None,
        rung: None,
        reports: Vec::new(),
        record,
        key: None,
        arrival: None,
        turn: None,
        place: None,
    }
}

impl Store for Memory {
    fn place(&self) -> String {
        "memory".into()
    }

    fn study(&self) -> Result<StudyRecord, StoreError> {
        Ok(StudyRecord::new(&NasBench201::default(), "any", String::new()))
    }

    fn load(&self) -> Result<Loaded, StoreError> {
        let kept = self.0.lock().unwrap();
        Ok(Loaded {
            trials: kept.trials.values().cloned().collect(),
            rounds: kept.rounds.clone().into_iter().collect(),
            checkpoint: kept.checkpoint.clone(),
        })
    }

    fn add_known(
        &mut self,
        _: &dyn SearchSpace,
        known: &[KnownTrial<'_>],
    ) -> Result<(), StoreError> {
        self.write(|kept| {
            for known in known {
                let record = ArchRecord::from(known.arch);
                let mut trial = stored(known.trial, TrialState::Known, record, "known");
                trial.value = Some(known.measurement.value);
                kept.trials.insert(at(known.trial), trial);
            }
        })
    }

    fn asked(
        &mut self,
        _: &dyn SearchSpace,
        checkpoint: &Checkpoint,
        over: &[(u64, Round)],
        trials: &[AskedTrial<'_>],
    ) -> Result<(), StoreError> {
        self.write(|kept| {
            kept.checkpoint = Some(checkpoint.clone());
            kept.rounds.extend(over.iter().cloned());
            for asked in trials {
                let record = ArchRecord::from(asked.arch);
                let pending = stored(asked.trial, TrialState::Pending, record, asked.source);
                let (round, key) = (asked.round.cast_signed(), Some(asked.key));
                kept.trials.insert(at(asked.trial), StoredTrial { round, key, ..pending });
            }
        })
    }

    fn begun(&mut self, trial: TrialId) -> Result<(), StoreError> {
        self.write(|kept| kept.trials.get_mut(&at(trial)).unwrap().attempts += 1)
    }

    fn reported(&mut self, trial: TrialId, report: &Report) -> Result<(), StoreError> {
        self.write(|kept| kept.trials.get_mut(&at(trial)).unwrap().reports.push(report.clone()))
    }

    fn told(
        &mut self,
        trial: TrialId,
        arrival: u64,
        verdict: &Verdict,
        places: &[(TrialId, Option<HistoryPlace>)],
    ) -> Result<(), StoreError> {
        let Verdict::Measured(measurement) = verdict else { panic!("all are measured here") };
        self.write(|kept| {
            let told = kept.trials.get_mut(&at(trial)).unwrap();
            told.state = TrialState::Measured;
            (told.arrival, told.value) = (Some(arrival), Some(measurement.value));
            kept.put(places);
        })
    }

    fn settled(&mut self, _: TrialId, _: &Verdict) -> Result<(), StoreError> {
        panic!("nothing is stopped here")
    }

    fn given_up(&mut self, _: TrialId) -> Result<(), StoreError> {
        self.write(|_| {})
    }

    fn retried(&mut self, turns: &[(TrialId, i64)]) -> Result<(), StoreError> {
        self.write(|kept| {
            for (trial, turn) in turns {
                let retried = kept.trials.get_mut(&at(*trial)).unwrap();
                (retried.state, retried.turn) = (TrialState::Pending, Some(*turn));
                (retried.query, retried.place, retried.arrival) = (None, None, None);
            }
        })
    }

    fn ended(
        &mut self,
        over: &[(u64, Round)],
        _: Option<&[Rejected]>,
        reason: StopReason,
    ) -> Result<(), StoreError> {
        self.write(|kept| {
            kept.rounds.extend(over.iter().cloned());
            kept.ended = Some(reason);
        })
    }

    fn recounted(&mut self, places: &[(TrialId, Option<HistoryPlace>)]) -> Result<(), StoreError> {
        self.write(|kept| {
            kept.put(places);
        })
    }
}

fn evolution() -> Box<dyn Strategy> {
    Box::new(Evolution::new(EvolutionSettings { population: 4, sample: 2 }).unwrap())
}

fn open(memory: &Memory) -> Study {
    let (space, settings) = (Arc::new(NasBench201::default()), StudySettings::new(12, 1));
    Study::open(space, evolution(), settings, Box::new(memory.clone())).unwrap()
}

fn act(study: &mut Study, open: &OpenTrial) -> Result<(), StudyError> {
    study.begin(open.trial)?;
    let value = open.arch.choices().iter().map(|&choice| f64::from(choice)).sum();
    study.tell(open.trial, Evaluation::Measured(Measurement::new(value)))?;
    Ok(())
}

/// Searches on to the end, or to the first error.
fn search(study: &mut Study) -> Result<(), StudyError> {
    while let Some(open) = study.ask(1)?.pop() {
        act(study, &open)?;
    }
    Ok(())
}

fn undisturbed() -> Study {
    let (space, settings) = (Arc::new(NasBench201::default()), StudySettings::new(12, 1));
    let mut study = Study::new(space, evolution(), settings).unwrap();
    search(&mut study).unwrap();
    study
}

#[test]
fn a_study_keeps_itself_in_any_store() {
    let memory = Memory::default();
    search(&mut open(&memory)).unwrap();
    let again = open(&memory);
    assert_eq!(again.history().trials(), undisturbed().history().trials());
    assert_eq!(again.outcome().rounds, undisturbed().outcome().rounds);
    let kept = memory.0.lock().unwrap();
    assert_eq!(kept.ended, Some(StopReason::Budget));
    let queries: Vec<_> = kept.trials.values().filter_map(|trial| trial.query).collect();
    assert_eq!(queries, (1..=12).collect::<Vec<_>>());
}

#[test]
fn after_an_error_of_the_store_a_study_is_opened_again() {
    let mut failed = 0;
    for writes in 0..60 {
        let memory = Memory::default();
        memory.0.lock().unwrap().writes_left = Some(writes);
        let mut study = open(&memory);
        let Err(error) = search(&mut study) else { break };
        assert!(matches!(error, StudyError::Store(StoreError::Io { .. })), "{error}");
        failed += 1;
        for refused in [
            study.ask(1).map(drop),
            study.begin(TrialId(0)),
            study.tell(TrialId(0), Evaluation::OutOfDomain).map(drop),
        ] {
            let refused = refused.unwrap_err();
            assert!(matches!(refused, StudyError::Broken), "{refused}");
        }
        memory.0.lock().unwrap().writes_left = None;
        let mut again = open(&memory);
        search(&mut again).unwrap();
        assert_eq!(again.history().trials(), undisturbed().history().trials(), "{writes}");
        assert_eq!(again.outcome().rounds, undisturbed().outcome().rounds);
    }
    assert!(failed > 30, "asking, beginning, telling and the end fail in turn: {failed}");
}
