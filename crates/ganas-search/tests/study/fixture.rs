//! A study of NAS-Bench-201 with made-up values, in a folder of its own.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ganas_graph::spaces::NasBench201;
use ganas_graph::{Arch, moves};
use ganas_search::baselines::{
    Evolution, EvolutionSettings, LocalSearch, LocalSearchSettings, RandomDecisions, Reinforce,
    ReinforceSettings,
};
use ganas_search::{
    Bound, Constraint, Context, Evaluation, History, KnownMetrics, Measurement, OpenTrial,
    Proposal, Report, ReportReply, SqliteStore, Strategy, StrategyError, Study, StudyReader,
    StudyRecord, StudySettings, Told, TrialId,
};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) type Make = fn() -> Box<dyn Strategy>;

/// All baselines, with populations that are small enough for short studies; random search without the
/// list that it makes of a small space, so that studies begin fast.
pub(crate) fn baselines() -> [Make; 4] {
    [
        || Box::new(RandomDecisions),
        || Box::new(Evolution::new(EvolutionSettings { population: 5, sample: 3 }).unwrap()),
        || Box::new(LocalSearch::new(LocalSearchSettings { starts: 4 }).unwrap()),
        || Box::new(Reinforce::new(ReinforceSettings::fast()).unwrap()),
    ]
}

/// Proposes the space in its order, three at a time, and knows only which is next.
#[derive(Debug, Default)]
pub(crate) struct InOrder {
    pub(crate) next: usize,
    /// The first architectures of the space, as many as were needed so far.
    listed: Vec<Arch>,
}

impl Strategy for InOrder {
    fn name(&self) -> &'static str {
        "in-order"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        let wanted = context.at_most.min(3);
        if self.listed.len() < self.next + wanted {
            let more = 2 * (self.next + wanted);
            self.listed = moves::enumerate(context.space).take(more).collect();
        }
        let archs = self.listed.iter().skip(self.next).take(wanted).cloned();
        self.next += wanted;
        Ok(archs
            .map(|arch| {
                let sum = sum(&arch);
                context.proposal(arch, "order").predicted("sum", sum).predicted("half", sum / 2.0)
            })
            .collect())
    }

    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        Ok(self.next.to_le_bytes().to_vec())
    }

    fn restore(
        &mut self,
        _: &dyn ganas_graph::SearchSpace,
        bytes: &[u8],
    ) -> Result<(), StrategyError> {
        self.next = usize::from_le_bytes(bytes.try_into().unwrap());
        Ok(())
    }
}

/// Proposes in order, notes the round and the number of proposals that it is asked for, and fails in
/// a given round.
#[derive(Debug, Default)]
pub(crate) struct Noting {
    pub(crate) inner: InOrder,
    pub(crate) noted: Arc<Mutex<Vec<(u64, usize)>>>,
    pub(crate) fails_in: Option<u64>,
}

impl Strategy for Noting {
    fn name(&self) -> &'static str {
        "noting"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.noted.lock().unwrap().push((context.round, context.at_most));
        if self.fails_in == Some(context.round) {
            let (strategy, source) = (self.name().into(), "no more".into());
            return Err(StrategyError { strategy, source });
        }
        self.inner.ask(context)
    }
}

pub(crate) fn arch(choices: [u8; 6]) -> Arch {
    Arch::from_choices(&NasBench201::default(), &choices).unwrap()
}

pub(crate) fn sum(arch: &Arch) -> f64 {
    arch.choices().iter().map(|&choice| f64::from(choice)).sum()
}

pub(crate) fn measured(value: f64) -> Evaluation {
    Evaluation::Measured(Measurement::new(value))
}

/// Whole numbers from -3 to 3, zeros of both signs among them, so that many are equal; a few fail,
/// are too large, or not known; `train_seconds` and `size` are there to be limited.
pub(crate) fn mood(arch: &Arch) -> Evaluation {
    let number = |index: usize| f64::from(arch.choices()[index]);
    let value = sum(arch) % 7.0 - 3.0;
    match (arch.choices()[0], arch.choices()[1]) {
        (1, 2) => {
            Evaluation::Failed { reason: "no luck".into(), attempts: 2, train_seconds: Some(2.0) }
        }
        (2, 3) => Evaluation::OutOfDomain,
        (3, 1) => Evaluation::Infeasible { reason: "too large".into(), train_seconds: None },
        _ => Evaluation::Measured(Measurement {
            value: if value == 0.0 && number(2) > 2.0 { -0.0 } else { value },
            train_seconds: Some(10.0 * number(5)),
            metrics: BTreeMap::from([("size".into(), number(4) - number(2))]),
        }),
    }
}

/// The same at the rung that is asked for: higher rungs give higher values, and some promotions fail.
pub(crate) fn answer(open: &OpenTrial) -> Evaluation {
    let evaluation = mood(&open.arch);
    let (Some(rung), Evaluation::Measured(mut measurement)) = (open.rung, evaluation.clone())
    else {
        return evaluation;
    };
    if rung.rung > 0 && open.arch.choices()[3] == 1 {
        let reason = "no luck any more".into();
        return Evaluation::Failed { reason, attempts: 1, train_seconds: None };
    }
    measurement.value += f64::from(rung.rung) / 4.0;
    Evaluation::Measured(measurement)
}

/// Evaluates a trial and tells the study: where it stops evaluations early, the trial reports before from the
/// step `from` on, up to `until` where that is given; then it is not over, and `None`.
pub(crate) fn evaluate(
    study: &mut Study,
    open: &OpenTrial,
    from: u64,
    until: Option<u64>,
) -> Option<Evaluation> {
    let evaluation = answer(open);
    let (Some(stopping), Evaluation::Measured(measurement)) =
        (study.settings().stopping.clone(), &evaluation)
    else {
        return until.is_none().then_some(evaluation);
    };
    for step in from..=until.unwrap_or(stopping.steps) {
        let value = measurement.value * step as f64 / stopping.steps as f64;
        let train_seconds = measurement.train_seconds.map(|seconds| seconds / 10.0 * step as f64);
        let report = Report { train_seconds, ..Report::new(step, value) };
        if let ReportReply::Stop { .. } = study.report(open.trial, report).unwrap() {
            return Some(Evaluation::Stopped { train_seconds: None });
        }
    }
    until.is_none().then_some(evaluation)
}

/// Seconds of training at most 30.
pub(crate) fn quick() -> Vec<Constraint> {
    let (space, text) = (NasBench201::default(), "train_seconds=30");
    vec![Constraint::parse(&space, KnownMetrics::Anything, Bound::Max, text).unwrap()]
}

/// A folder and how the study in it is opened.
#[derive(Debug)]
pub(crate) struct Place {
    /// Removed with all in it.
    _parent: TempDir,
    folder: PathBuf,
    pub(crate) space: Arc<NasBench201>,
    pub(crate) settings: StudySettings,
}

impl Place {
    pub(crate) fn new(settings: StudySettings) -> Self {
        let (parent, space) = (tempfile::tempdir().unwrap(), Arc::new(NasBench201::default()));
        let folder = parent.path().join("study");
        drop(Self::make(&folder, &settings));
        Self { _parent: parent, folder, space, settings }
    }

    /// An empty store for a study.
    pub(crate) fn make(folder: &Path, settings: &StudySettings) -> SqliteStore {
        let record = StudyRecord {
            direction: settings.direction,
            ..StudyRecord::new(&NasBench201::default(), "any", String::new())
        };
        SqliteStore::create(folder, &record).unwrap()
    }

    pub(crate) fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.folder).unwrap()
    }

    pub(crate) fn open(&self, strategy: Box<dyn Strategy>) -> Study {
        let (space, settings) = (self.space.clone(), self.settings.clone());
        Study::open(space, strategy, settings, Box::new(self.store())).unwrap()
    }

    pub(crate) fn in_memory(&self, strategy: Box<dyn Strategy>) -> Study {
        Study::new(self.space.clone(), strategy, self.settings.clone()).unwrap()
    }

    pub(crate) fn reader(&self) -> StudyReader {
        StudyReader::open(&self.folder).unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join("study.db")
    }

    /// A connection whose changes are noticed, as those of a disk: nothing brings checksums up to date.
    pub(crate) fn sql(&self) -> Connection {
        let connection = Connection::open(self.path()).unwrap();
        for table in ["study", "trials", "rounds", "checkpoint", "reports"] {
            let drop = |end| format!("DROP TRIGGER IF EXISTS {table}_{end};");
            connection.execute_batch(&(drop("inserted") + &drop("updated"))).unwrap();
        }
        connection
    }
}

/// What a study is after it was killed and opened again, and what it says when it is not.
pub(crate) fn same(one: &Study, other: &Study) {
    same_history(one.history(), other.history());
    assert_eq!(one.outcome().rounds, other.outcome().rounds);
    assert_eq!(one.stop_reason(), other.stop_reason());
}

pub(crate) fn same_history(one: &History, other: &History) {
    assert_eq!(one.trials(), other.trials());
    assert_eq!(one.partials(), other.partials());
    assert!(one.curves().eq(other.curves()));
    assert_eq!(one.stopped(), other.stopped());
    assert_eq!(one.queries(), other.queries());
    assert_eq!(one.failures(), other.failures());
    assert_eq!(one.infeasible(), other.infeasible());
    assert_eq!(one.best(), other.best());
}

/// Evaluates one trial after the other until the study ends.
pub(crate) fn finish(study: &mut Study) {
    while let Some(open) = study.ask(1).unwrap().pop() {
        let evaluation = evaluate(study, &open, 1, None).unwrap();
        study.tell(open.trial, evaluation).unwrap();
    }
}

/// What a driver does, one thing at a time: keeps up to `workers` trials out, and tells any of them,
/// or gives it up once in a while.
#[derive(Debug)]
pub(crate) struct Driver {
    pub(crate) workers: usize,
    pub(crate) out: Vec<OpenTrial>,
    /// Steps that those that are out have reported.
    reported: HashMap<TrialId, u64>,
    /// Of those that are out, the trials that are not begun yet.
    waiting: Vec<OpenTrial>,
    rng: ChaCha8Rng,
}

/// What a driver did.
#[derive(Debug)]
pub(crate) enum Did {
    Asked(Vec<OpenTrial>),
    Begun,
    Reported,
    Told(OpenTrial, Told),
    /// The study has ended, and nothing is out.
    Ended,
}

impl Driver {
    pub(crate) fn new(workers: usize, seed: u64) -> Self {
        let (out, waiting) = (Vec::new(), Vec::new());
        let (reported, rng) = (HashMap::new(), ChaCha8Rng::seed_from_u64(seed));
        Self { workers, out, reported, waiting, rng }
    }

    pub(crate) fn act(&mut self, study: &mut Study) -> Did {
        if let Some(open) = self.waiting.pop() {
            study.begin(open.trial).unwrap();
            self.out.push(open);
            return Did::Begun;
        }
        if self.out.len() < self.workers && study.stop_reason().is_none() {
            let more = study.ask(self.workers - self.out.len()).unwrap();
            if !more.is_empty() {
                self.waiting.clone_from(&more);
                return Did::Asked(more);
            }
        }
        if self.out.is_empty() {
            assert!(study.stop_reason().is_some(), "a study that is not over has something to ask");
            return Did::Ended;
        }
        let at = self.rng.random_range(0..self.out.len());
        let open = self.out[at].clone();
        let reported = self.reported.entry(open.trial).or_default();
        if study.settings().stopping.is_some() && *reported < 8 && self.rng.random_bool(0.4) {
            let until = self.rng.random_range(*reported + 1..9);
            if evaluate(study, &open, *reported + 1, Some(until)).is_none() {
                *reported = until;
                return Did::Reported;
            }
        }
        self.out.swap_remove(at);
        let give_up = self.rng.random_bool(0.1) && study.stop_reason().is_none();
        let evaluation = if give_up {
            Evaluation::Cancelled
        } else {
            evaluate(study, &open, *reported + 1, None).unwrap()
        };
        self.reported.remove(&open.trial);
        let told = study.tell(open.trial, evaluation).unwrap();
        Did::Told(open, told)
    }

    /// The process was killed: nothing is out any more. Returns what was.
    pub(crate) fn die(&mut self) -> Vec<OpenTrial> {
        self.reported.clear();
        let mut all = std::mem::take(&mut self.out);
        all.append(&mut self.waiting);
        all.sort_by_key(|open| open.trial);
        all
    }
}
