//! Sessions: opened, run, stored, resumed and reported.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ganas::report::SearchReport;
use ganas::search::{
    Evaluation as Answer, EvaluationError, Evaluator, Job, Measurement, SqliteStore, StopReason,
    Study, StudyReader,
};
use ganas::{
    Cancel, ErrorKind, Evaluation, Retried, Session, Stored, StudyOptions, Subject, open_space,
};

fn options(text: &str) -> StudyOptions {
    toml::from_str(text).unwrap()
}

fn run(session: &mut Session) -> StopReason {
    session.run(&Cancel::default(), |_, _| {}).unwrap()
}

fn report(session: &Session) -> SearchReport {
    SearchReport { seconds_in_strategy: 0.0, ..session.report(0.0, true).unwrap() }
}

fn stored_report(folder: &Path) -> SearchReport {
    let report = Stored::read(folder).unwrap().report(true).unwrap();
    SearchReport { seconds_in_strategy: 0.0, ..report }
}

const STUDIES: [&str; 4] = [
    "benchmark = 'nasbench201'\nstrategy = 'random'\nmax = ['train_seconds=2000']\n\
     objectives = [{ metric = 'params', direction = 'minimise' }]",
    "space = 'nasbench201'\nstrategy = 'evolution'\nminimise = true\nseed = 3",
    "benchmark = 'nasbench201'\ndataset = 'cifar100'\nquery = 'repeat=0'\nstrategy = 'local-search'\n\
     target = 68.0\nmax = ['params=0.8']",
    "[evaluator]\nbenchmark = 'nasbench201'\n",
];

#[test]
fn a_stored_study_reports_what_the_running_one_does() {
    for text in STUDIES {
        let folder = tempfile::tempdir().unwrap();
        let options = StudyOptions { budget: Some(60), workers: Some(3), ..options(text) };
        let mut session = options.begin(Path::new(""), Some(folder.path())).unwrap();
        run(&mut session);
        assert_eq!(stored_report(folder.path()), report(&session), "{text}");
        drop(session);
        let resumed = Session::resume(folder.path(), &StudyOptions::default()).unwrap();
        assert_eq!(report(&resumed), stored_report(folder.path()), "{text}");
    }
}

#[test]
fn a_report_of_nothing_says_how_often_it_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let options = StudyOptions {
        budget: Some(2),
        ..options("space = 'nasbench201'\nstrategy = 'random'\nevaluator = { command = ['false'] }")
    };
    let mut session = options.begin(Path::new(""), Some(folder.path())).unwrap();
    assert!(matches!(session.report(0.0, true), Err(ganas::Error::NothingProposed { .. })));
    for trial in session.study.ask(2).unwrap() {
        let failed = Answer::Failed { reason: "broken".into(), attempts: 1, train_seconds: None };
        session.study.tell(trial.trial, failed).unwrap();
    }
    let stored = Stored::read(folder.path()).unwrap().report(true).unwrap_err();
    let running = session.report(0.0, true).unwrap_err().to_string();
    assert_eq!(stored.to_string(), running);
    let expected = "no architecture was found: of 2 evaluations, 2 failed";
    assert!(running.starts_with(expected), "{running}");
}

#[test]
fn a_study_in_memory_and_one_in_a_folder_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let text = "benchmark = 'nasbench201'\nstrategy = 'reinforce'\nbudget = 30";
    let mut here = options(text).begin(Path::new(""), None).unwrap();
    let mut there = options(text).begin(Path::new(""), Some(folder.path())).unwrap();
    assert_eq!(run(&mut here), StopReason::Budget);
    assert_eq!(run(&mut there), StopReason::Budget);
    assert_eq!(report(&here), report(&there));
}

#[test]
fn a_larger_budget_goes_further() {
    let folder = tempfile::tempdir().unwrap();
    let text = "benchmark = 'nasbench201'\nstrategy = 'evolution'";
    let with = |budget| StudyOptions { budget: Some(budget), ..StudyOptions::default() };
    // Past the random start, which takes no more than the budget.
    let begun = with(55).or(options(text));
    run(&mut begun.begin(Path::new(""), Some(folder.path())).unwrap());
    let mut session = Session::resume(folder.path(), &with(80)).unwrap();
    assert_eq!(session.study.stop_reason(), None);
    run(&mut session);
    let mut whole = with(80).or(options(text)).begin(Path::new(""), None).unwrap();
    run(&mut whole);
    assert!(session.study.history().trials() == whole.study.history().trials());
    assert_eq!(StudyReader::open(folder.path()).unwrap().study().unwrap().budget, 80);
}

/// Likes late choices.
#[derive(Debug)]
struct Sum;

impl Evaluator for Sum {
    fn evaluate(&self, job: &Job<'_>) -> Result<Answer, EvaluationError> {
        let sum = job.arch.choices().iter().map(|&choice| f64::from(choice)).sum();
        Ok(Answer::Measured(Measurement::new(sum)))
    }
}

#[test]
fn a_program_brings_its_own_evaluator() {
    let space = open_space("darts").unwrap();
    let subject = Subject { space, evaluation: Evaluation::Own(Arc::new(Sum)) };
    let given = options("strategy = 'evolution'\nbudget = 60");
    let mut session = Session::of(subject, given, None).unwrap();
    assert_eq!(run(&mut session), StopReason::Budget);
    let report = report(&session);
    assert_eq!((&*report.space, report.dataset, report.queries), ("darts", None, 60));
}

/// A study of one's own evaluator, in a folder in one that is removed with all in it.
fn own(evaluator: Arc<dyn Evaluator>, folder: &Path) -> Result<Session, ganas::Error> {
    let space = open_space("darts").unwrap();
    let subject = Subject { space, evaluation: Evaluation::Own(evaluator) };
    Session::of(subject, options("strategy = 'evolution'\nbudget = 9"), Some(folder))
}

/// Moves the study's folder while it evaluates trial 3.
#[derive(Debug)]
struct Mover(PathBuf);

impl Evaluator for Mover {
    fn evaluate(&self, job: &Job<'_>) -> Result<Answer, EvaluationError> {
        if job.trial.0 == 3 {
            fs::rename(self.0.join("study"), self.0.join("other")).unwrap();
        }
        Sum.evaluate(job)
    }
}

#[test]
fn a_study_whose_folder_was_moved_goes_on_there() {
    let parent = tempfile::tempdir().unwrap();
    let mover = Arc::new(Mover(parent.path().into()));
    let mut session = own(mover, &parent.path().join("study")).unwrap();
    let error = session.run(&Cancel::default(), |_, _| {}).unwrap_err();
    assert!(error.to_string().contains("expected the folder in which the study was opened"));
    assert_eq!(error.kind(), ErrorKind::Failure);
    drop(session);
    assert!(!parent.path().join("study").exists(), "nothing is written there");
    let trials = StudyReader::open(&parent.path().join("other")).unwrap().trials().unwrap();
    let values = trials.iter().filter(|trial| trial.value.is_some()).count();
    let begun: u32 = trials.iter().map(|trial| trial.attempts).sum();
    assert_eq!((values, begun), (4, 4), "the one that was under way is kept, and no other begun");
}

/// Fails until it is mended.
#[derive(Debug, Default)]
struct Mended(AtomicBool);

impl Evaluator for Mended {
    fn evaluate(&self, job: &Job<'_>) -> Result<Answer, EvaluationError> {
        if self.0.load(Ordering::Relaxed) || job.trial.0 % 2 == 0 {
            return Sum.evaluate(job);
        }
        Ok(Answer::Failed { reason: "no module".into(), attempts: 1, train_seconds: None })
    }
}

#[test]
fn what_failed_is_evaluated_again_when_it_is_mended() {
    let parent = tempfile::tempdir().unwrap();
    let evaluator = Arc::new(Mended::default());
    let mut session = own(evaluator.clone(), parent.path()).unwrap();
    run(&mut session);
    let failures = session.study.history().failures();
    assert!(failures > 2);
    evaluator.0.store(true, Ordering::Relaxed);
    // A program resumes with an evaluator of its own by opening the store itself.
    let Session { plan, subject, study, folder } = session;
    drop(study);
    let mut settings = plan.settings(&subject).unwrap();
    settings.budget += failures;
    let strategy = plan.options.strategy().build().unwrap();
    let store = Box::new(SqliteStore::open(parent.path()).unwrap());
    let study = Study::open(subject.space.clone(), strategy, settings, store).unwrap();
    let mut session = Session { plan, subject, study, folder };
    let retried = session.retry_failed().unwrap();
    assert_eq!(retried, Retried { again: failures, left: 0 });
    assert_eq!(run(&mut session), StopReason::Budget);
    assert_eq!(session.study.history().failures(), 0);
    assert_eq!(session.study.history().trials().len(), 9 + failures);
}

#[test]
fn a_budget_is_not_below_what_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let with = |budget| StudyOptions { budget: Some(budget), ..StudyOptions::default() };
    let begun = with(5).or(options("benchmark = 'nasbench201'\nstrategy = 'random'"));
    run(&mut begun.begin(Path::new(""), Some(folder.path())).unwrap());
    let error = Session::resume(folder.path(), &with(4)).unwrap_err();
    let expected =
        "expected a budget of at least 5 queries, because the study has already used 5; found 4";
    assert_eq!((error.to_string().as_str(), error.kind()), (expected, ErrorKind::Usage));
    assert!(Session::resume(folder.path(), &with(5)).is_ok());
}

#[test]
fn a_study_told_from_elsewhere_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let given =
        || options("space = 'darts'\nevaluator = 'elsewhere'\nstrategy = 'random'\nbudget = 5");
    let begin = || Session::begin_or_resume(given(), Path::new(""), folder.path());
    let mut session = begin().unwrap();
    let open = session.study.ask(2).unwrap();
    session.study.tell(open[0].trial, Answer::Measured(Measurement::new(1.0))).unwrap();
    drop(session);
    let mut session = begin().unwrap();
    assert_eq!(session.study.ask(1).unwrap()[0].arch, open[1].arch);
    let error = session.run(&Cancel::default(), |_, _| {}).unwrap_err();
    assert!(error.to_string().contains("continue it with `ganas serve --dir "), "{error}");
    drop(session);
    let other = StudyOptions { seed: Some(9), ..given() };
    let error = Session::begin_or_resume(other, Path::new(""), folder.path()).unwrap_err();
    assert!(
        error.to_string().contains("`seed` differs: it is 0 in the existing study, and 9 here"),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn a_served_study_is_known_by_its_space_and_hears_of_known_values() {
    let folder = tempfile::tempdir().unwrap();
    let describe = |edges: u32| {
        let text = format!(
            "name = 'mine'\n[[cells]]\nname = 'c'\nnodes = 3\noperators = ['a', 'b']\n\
             operators_on = 'nodes'\nmax_edges = {edges}\noutput = 'last'\n"
        );
        fs::write(folder.path().join("mine.toml"), text).unwrap();
    };
    describe(5);
    let begin = |space: &str, more: &str| {
        let given = format!(
            "space = '{space}'\nevaluator = 'elsewhere'\nstrategy = 'random'\nbudget = 4\n{more}"
        );
        Session::begin_or_resume(options(&given), folder.path(), &folder.path().join("study"))
    };
    let mut session = begin("mine.toml", "").unwrap();
    let arch = session.study.ask(1).unwrap().remove(0).arch;
    let arch = session.subject.space.display(&arch);
    drop(session);
    fs::write(folder.path().join("known.csv"), format!("arch,value\n\"{arch}\",9\n")).unwrap();
    let session = begin("./mine.toml", "from = ['known.csv']").unwrap();
    assert_eq!(session.study.history().trials().len(), 1, "another spelling is the same space");
    drop(session);
    describe(4);
    let error = begin("mine.toml", "").unwrap_err().to_string();
    assert!(error.contains("found one with another description"), "{error}");
    assert_eq!(ganas::resumed_by(&folder.path().join("study")), "ganas serve --dir");
}

#[test]
fn contradictions_are_refused() {
    let error = |text: &str| {
        let options: StudyOptions = options(text);
        options.begin(Path::new(""), None).unwrap_err()
    };
    let both = error("benchmark = 'nasbench201'\nevaluator = 'elsewhere'");
    assert_eq!(both.part().map(|part| part.key), Some("benchmark".into()));
    let twice = error(
        "benchmark = 'nasbench201'\nobjectives = [{ metric = 'params', direction = 'maximise' }, { metric = 'params', direction = 'minimise' }]",
    );
    assert!(twice.to_string().contains("found `params` twice"), "{twice}");
    let none = error("benchmark = 'nasbench201'\nmax_failures = 0");
    assert!(none.to_string().contains("at least 1 failure"), "{none}");
    let space = error("space = 'mine.toml'");
    assert!(space.to_string().contains("with a `command` that measures"), "{space}");
    let elsewhere = options("space = 'darts'\nevaluator = 'elsewhere'").check_runs_here();
    assert_eq!(elsewhere.unwrap_err().part().map(|part| part.key), Some("evaluator".into()));
}

#[test]
fn a_study_searches_in_the_direction_of_the_optimum() {
    let text = "benchmark = 'nasbench201'\nminimise = true\nuntil_optimum = true";
    let error = options(text).begin(Path::new(""), None).unwrap_err();
    assert!(error.to_string().contains("direction of the benchmark's optimum"), "{error}");
    let mut worst =
        options("benchmark = 'nasbench201'\nminimise = true\nbudget = 20\nstrategy = 'random'")
            .begin(Path::new(""), None)
            .unwrap();
    run(&mut worst);
    let report = report(&worst);
    assert_eq!(
        (report.optimum.validation, report.best.regret, report.best.rank),
        (None, None, None)
    );
    assert!(report.improvements.windows(2).all(|two| two[0].validation > two[1].validation));
}

#[test]
fn what_is_refused_leaves_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let study = folder.path().join("study");
    let given = options("space = 'darts'\nbudget = 0\n[evaluator]\ncommand = ['true']");
    let error = given.begin(folder.path(), Some(&study)).unwrap_err();
    assert_eq!(error.part().map(|part| part.key), Some("budget".into()));
    assert!(!study.exists());
    let given = options("space = 'darts'\ndataset = 'x'\n[evaluator]\ncommand = ['true']");
    let error = given.begin(folder.path(), Some(&study)).unwrap_err();
    assert_eq!(error.part().map(|part| part.key), Some("dataset".into()));
}

#[test]
fn what_is_known_is_there_when_the_store_is() {
    let folder = tempfile::tempdir().unwrap();
    let arch = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|";
    fs::write(folder.path().join("known.csv"), format!("arch,value\n{arch},99\n")).unwrap();
    let study = folder.path().join("study");
    let given =
        options("benchmark = 'nasbench201'\nstrategy = 'random'\nbudget = 3\nfrom = ['known.csv']");
    drop(given.begin(folder.path(), Some(&study)).unwrap());
    let trials = StudyReader::open(&study).unwrap().trials().unwrap();
    assert_eq!((trials.len(), trials[0].query), (1, Some(0)));
    let mut session = Session::resume(&study, &StudyOptions::default()).unwrap();
    run(&mut session);
    assert_eq!(session.study.history().trials().len(), 4);
}

/// The configuration of a store of version 1, as that version wrote it.
const VERSION_1: &str = r#"{"subject":{"command":{"space":{"described":{"file":"a/space.toml","text":"name = \"x\"\n[[cells]]\nname = \"c\"\nnodes = 2\noperators = [\"a\", \"b\"]\noperators_on = \"nodes\"\n"}},"settings":{"command":["true"],"directory":".","inherit":true,"environment":{},"timeout_seconds":null,"retries":2,"backoff_seconds":1.0,"grace_seconds":1.0,"log_bytes":1048576,"fidelity":null},"origin":"/tmp"}},"strategy":"ganas:initial=5","budget":30,"seed":4,"distinct":"string","direction":"minimise","max":["size=3"],"min":[],"objectives":[{"metric":"size","direction":"minimise"}],"target":1.5,"until_optimum":false,"max_train_seconds":null,"max_failures":10,"workers":2,"asynchronous":true,"known":[{"arch":"x","value":1.0,"train_seconds":null}],"first":["y"]}"#;

#[test]
fn configurations_of_version_1_are_read() {
    let space = open_space("nasbench201").unwrap();
    let record = ganas::search::StudyRecord::new(&*space, "any", VERSION_1.into());
    let plan = ganas::Plan::of(&record).unwrap();
    let options = &plan.options;
    assert_eq!(options.strategy().to_string(), "ganas:initial=5");
    assert_eq!((options.budget(), options.seed, options.workers), (30, Some(4), Some(2)));
    assert!(options.minimise && options.asynchronous);
    assert_eq!(
        (&options.max[..], &options.from[..]),
        (&["size=3".to_owned()][..], &["y".to_owned()][..])
    );
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(plan.open(Some(folder.path())).unwrap().space.name(), "x");
    let benchmark = r#"{"subject":{"benchmark":{"name":"nasbench201","dataset":"cifar100","query":"repeat=1"}},"strategy":"random","budget":5,"seed":0,"distinct":"isomorphism","direction":"maximise","max":[],"min":[],"objectives":[],"target":null,"until_optimum":true,"max_train_seconds":null,"max_failures":null,"workers":1,"asynchronous":false,"known":[],"first":[]}"#;
    let record = ganas::search::StudyRecord::new(&*space, "random", benchmark.into());
    let subject = ganas::Plan::of(&record).unwrap().open(None).unwrap();
    let benchmark = subject.as_benchmark().unwrap();
    assert_eq!((&*benchmark.dataset, benchmark.query.to_string()), ("cifar100", "repeat=1".into()));
}

#[test]
fn files_are_relative_to_the_origin() {
    let folder = tempfile::tempdir().unwrap();
    let arch = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|";
    fs::write(folder.path().join("known.csv"), format!("arch,value\n{arch},99\n")).unwrap();
    let given =
        options("benchmark = 'nasbench201'\nstrategy = 'random'\nbudget = 2\nfrom = ['known.csv']");
    let session = given.begin(folder.path(), None).unwrap();
    assert_eq!(session.study.best().unwrap().measurement.value.to_bits(), 99.0_f64.to_bits());
}

#[test]
fn a_plan_of_a_later_version_is_refused() {
    let space = open_space("nasbench201").unwrap();
    let read = |version: &str| {
        let text = format!(r#"{{"version":{version},"options":{{}}}}"#);
        ganas::Plan::of(&ganas::search::StudyRecord::new(&*space, "any", text))
    };
    assert!(read("2").is_ok());
    for version in ["3", "\"2\""] {
        let expected = format!(
            "the configuration in the store was written by an incompatible version of ganas: \
             expected 2, found {version}"
        );
        assert_eq!(read(version).unwrap_err().to_string(), expected);
    }
}
