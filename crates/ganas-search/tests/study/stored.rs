//! The store holds what the study was told, and readers find it.

use std::sync::Arc;

use ganas_graph::SearchSpace;
use ganas_graph::spaces::described;
use ganas_search::baselines::RandomDecisions;
use ganas_search::{
    Context, Diagnostic, Evaluation, Measurement, Proposal, Report, SqliteStore, StoreError,
    Strategy, StrategyError, Study, StudyRecord, StudySettings, TrialState,
};

use crate::fixture::{InOrder, Place, arch, measured, sum};

fn in_order() -> Box<dyn Strategy> {
    Box::<InOrder>::default()
}

#[test]
fn a_reader_knows_the_process_that_writes() {
    let place = Place::new(StudySettings::new(6, 0));
    let study = place.open(in_order());
    let writer = || place.reader().status().unwrap().writer;
    assert_eq!(writer(), Some(std::process::id()));
    drop(study);
    assert_eq!(writer(), None);
}

#[test]
fn reasons_and_states_are_kept() {
    let place = Place::new(StudySettings::new(6, 0));
    let mut study = place.open(in_order());
    study.add_known(&[(arch([4; 6]), Measurement::new(2.5))]).unwrap();
    let open = study.ask(3).unwrap();
    let large = Evaluation::Infeasible { reason: "too large".into(), train_seconds: None };
    let failed = Evaluation::Failed { reason: "no luck".into(), attempts: 1, train_seconds: None };
    study.begin(open[2].trial).unwrap();
    for (it, evaluation) in open.iter().zip([large, failed, Evaluation::Cancelled]) {
        study.tell(it.trial, evaluation).unwrap();
    }
    let kept: Vec<_> = place.reader().trials().unwrap();
    let told: Vec<_> = kept.iter().map(|it| (it.state, it.reason.as_deref(), it.round)).collect();
    let expected = [
        (TrialState::Known, None, -1),
        (TrialState::Infeasible, Some("too large"), 0),
        (TrialState::Failed, Some("no luck"), 0),
        (TrialState::Pending, None, 0),
    ];
    assert!(expected.iter().all(|it| told.contains(it)), "{told:?}");
}

#[test]
fn a_status_has_the_last_report_of_each_running_trial() {
    let stopping = Some("4/median".parse().unwrap());
    let place = Place::new(StudySettings { stopping, ..StudySettings::new(6, 0) });
    let mut study = place.open(in_order());
    let open = study.ask(2).unwrap();
    for it in &open {
        study.begin(it.trial).unwrap();
    }
    for step in 1..=2 {
        study.report(open[1].trial, Report::new(step, step as f64)).unwrap();
    }
    let running = place.reader().status().unwrap().running;
    assert_eq!(running.len(), 1);
    assert_eq!((running[0].trial, running[0].report.step), (open[1].trial, 2));
}

/// Says of itself a number and something that is none.
#[derive(Debug, Default)]
struct Talkative(InOrder);

impl Strategy for Talkative {
    fn name(&self) -> &'static str {
        "talkative"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.0.ask(context)
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        vec![("asked", self.0.next as f64), ("nothing", f64::NAN)]
    }

    fn checkpoint(&self) -> Result<Vec<u8>, StrategyError> {
        self.0.checkpoint()
    }

    fn restore(&mut self, space: &dyn SearchSpace, bytes: &[u8]) -> Result<(), StrategyError> {
        self.0.restore(space, bytes)
    }
}

#[test]
fn rounds_are_kept_with_the_strategys_numbers() {
    let place = Place::new(StudySettings::new(5, 0));
    let mut study = place.open(Box::<Talkative>::default());
    while let Some(it) = study.ask(1).unwrap().pop() {
        study.tell(it.trial, measured(sum(&it.arch))).unwrap();
    }
    let rounds = place.reader().rounds().unwrap();
    assert_eq!((rounds[0].queries_before, rounds[0].proposed), (0, 3));
    let asked: usize = rounds.iter().map(|round| round.proposed - round.repeats).sum();
    assert_eq!(asked, 5);
    assert_eq!(rounds.len(), study.outcome().rounds.len());
    for (one, other) in rounds.iter().zip(study.outcome().rounds) {
        assert_eq!(one.proposed, other.proposed);
        let bits = |(name, number): &(std::borrow::Cow<'static, str>, f64)| {
            (name.to_string(), number.to_bits())
        };
        assert!(one.diagnostics.iter().map(bits).eq(other.diagnostics.iter().map(bits)));
        assert_eq!(one.diagnostics.len(), 2);
    }
}

#[test]
fn tuned_numbers_are_kept() {
    let text = "name = \"one\"\n[[parameters]]\nname = \"rate\"\nlow = 0.5\nhigh = 1.0\n";
    let space: Arc<dyn SearchSpace> = Arc::new(described::parse(text).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let record = StudyRecord::new(&*space, "any", String::new());
    drop(SqliteStore::create(folder.path(), &record).unwrap());
    let open = || {
        let store = Box::new(SqliteStore::open(folder.path()).unwrap());
        let settings = StudySettings::new(3, 1);
        Study::open(space.clone(), Box::new(RandomDecisions), settings, store).unwrap()
    };
    let mut study = open();
    while let Some(it) = study.ask(1).unwrap().pop() {
        study.tell(it.trial, measured(it.arch.numbers()[0].get())).unwrap();
    }
    let told = study.history().trials().to_vec();
    drop(study);
    assert_eq!(open().history().trials(), told);
    assert!(told.iter().all(|it| (0.5..=1.0).contains(&it.arch.numbers()[0].get())));
}

#[test]
fn space_is_reserved_for_results_on_a_full_disk() {
    let place = Place::new(StudySettings::new(6, 0));
    let study = place.open(in_order());
    let reserve = place.folder().join("study.reserve").metadata().unwrap();
    assert_eq!(reserve.len(), 512 * 1024);
    drop(study);
}

#[test]
fn a_folder_in_the_way_of_the_store_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("study.db.unfinished")).unwrap();
    let space = described::parse("name = \"a\"\n[[parameters]]\nname = \"x\"\nvalues = [1, 2]\n");
    let record = StudyRecord::new(&space.unwrap(), "any", String::new());
    let error = SqliteStore::create(folder.path(), &record).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
}
