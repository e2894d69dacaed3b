//! A single evaluation with a study's command, before the study begins.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ganas_exec::{LogEnd, log_end};
use ganas_search::{
    Cancel, Evaluation, Job, Report, Reporter, StudyReader, UnknownName, make_folder,
};

use crate::amend::StudyFile;
use crate::first_result::missing;
use crate::options::{EvaluatorOptions, StudyOptions};
use crate::plan::Plan;
use crate::{Error, Session, StrategySpec};

/// The result of evaluating one architecture with a study's command. The result is not stored in
/// any study.
#[derive(Debug)]
pub struct DryRun {
    /// The contents of the request file that the command received, in JSON; empty if the command
    /// removed the file.
    pub request: String,
    /// The result of the evaluation; `None` if it was cancelled.
    pub evaluation: Option<Evaluation>,
    /// The duration of the evaluation.
    pub took: Duration,
    /// The reports that the command sent during the evaluation.
    pub reports: Vec<Report>,
    /// Descriptions of the problems that the result and the reports of the evaluation would cause
    /// in a real study.
    pub wrong: Vec<String>,
    /// The last lines of the command's output, if it left a log.
    pub log: Option<LogEnd>,
}

/// Number of log lines kept.
const LINES: usize = 20;

impl DryRun {
    /// Evaluates a random architecture once with the command of a study file, and returns the
    /// result. The evaluation uses a temporary folder. Options in `given`, including the seed, take
    /// precedence over those in `file`, as in [`StudyOptions::or`].
    ///
    /// # Errors
    /// If a study with these options cannot begin, or if its evaluator is not a command.
    pub fn new(file: &Path, given: StudyOptions, cancel: &Cancel) -> Result<Self, Error> {
        let written = StudyFile::read(file)?;
        let options = given.from_here().or(written.options);
        let Some(EvaluatorOptions::Command(settings)) = options.evaluator.clone() else {
            let message =
                "expected a study whose evaluator is a command; other studies need no dry run";
            return Err(Error::Usage(message.into()));
        };
        let origin = file.parent().unwrap_or(Path::new(""));
        // Jobs of an engine may run on other machines, which share the study file's folder.
        let here = if settings.has_engine() { origin.to_owned() } else { std::env::temp_dir() };
        let here = here.canonicalize().unwrap_or(here);
        let place = tempfile::Builder::new().prefix(".ganas-try-").tempdir_in(&here);
        let place = place.map_err(|it| Error::file("create a folder in", &here, it))?;
        let folder = place.path().join(file.file_stem().unwrap_or_default());
        make_folder(&folder).map_err(|source| Error::file("create", &folder, source))?;
        // The whole study must be valid, not only the options used here.
        let (plan, _) = Plan::new(options.clone(), origin)?;
        let subject = plan.open(Some(&folder))?;
        plan.settings(&subject)?.check(&*subject.space)?;
        plan.options.strategy().build()?;
        let evaluator =
            EvaluatorOptions::Command(ganas_exec::CommandSettings { retries: 0, ..settings });
        let tried = StudyOptions {
            budget: Some(1),
            workers: Some(1),
            strategy: Some(random()?),
            from: Vec::new(),
            evaluator: Some(evaluator),
            ..options
        };
        let mut session = tried.begin(origin, Some(&folder))?;
        run(&mut session, &folder, cancel)
    }
}

fn random() -> Result<StrategySpec, Error> {
    "random".parse()
}

/// Evaluates the only trial of a study.
fn run(session: &mut Session, folder: &Path, cancel: &Cancel) -> Result<DryRun, Error> {
    let nothing = || Error::NothingProposed { strategy: "random".into() };
    let evaluator = session.subject.evaluator().ok_or_else(|| Error::made_elsewhere(None))?;
    let open = session.study.ask(1)?.pop().ok_or_else(nothing)?;
    session.study.begin(open.trial)?;
    let started = Instant::now();
    // Its folder is deleted, so nothing may continue to run in it.
    let cancel = cancel.always_permanent();
    let listener = Listener::default();
    let job = open.job(&*session.subject.space, &cancel);
    let evaluation = evaluator.evaluate(&Job { reporter: Some(&listener), ..job })?;
    let took = started.elapsed();
    let Heard { reports, refused } = listener.0.into_inner().unwrap_or_default();
    for report in &reports {
        // An error in one report repeats in all that follow.
        session.study.report(open.trial, report.clone()).map_err(Error::Study)?;
    }
    let told = session.study.tell(open.trial, evaluation.clone());
    let mut wrong: Vec<_> = told.err().iter().map(ToString::to_string).collect();
    wrong.extend(refused);
    wrong.extend(session.unfit_reports(&reports));
    let unknown = session.unknown_names(&evaluation);
    if unknown.is_empty() {
        let trials = StudyReader::open(folder)?.trials()?;
        wrong.extend(trials.into_iter().find_map(|trial| trial.reason));
    }
    wrong.extend(unknown.iter().map(ToString::to_string));
    let request = folder.join("trials/000000/attempt-1/request.json");
    // The command may have removed it, which is then one of the problems.
    let request = fs::read_to_string(request).unwrap_or_default();
    let log = log_end(folder, open.trial, LINES);
    let evaluation = Some(evaluation).filter(|it| *it != Evaluation::Cancelled);
    Ok(DryRun { request, evaluation, took, reports, wrong, log })
}

/// A reporter that keeps the reports of a command.
#[derive(Debug, Default)]
struct Listener(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    reports: Vec<Report>,
    refused: Vec<String>,
}

impl Listener {
    fn change(&self, change: impl FnOnce(&mut Heard)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Reporter for Listener {
    fn begin(&self) {}

    fn report(&self, report: Report) -> Option<u64> {
        self.change(|heard| heard.reports.push(report));
        None
    }

    fn refuse(&self, found: &str) {
        self.change(|heard| heard.refused.push(found.into()));
    }
}

impl Session {
    /// Returns any problem with the reports, if the study uses reports to stop training early.
    fn unfit_reports(&self, reports: &[Report]) -> Option<String> {
        let steps = self.plan.options.stopping.as_ref()?.steps;
        match reports.last() {
            None => Some(format!(
                "expected reports during training, which `stopping` requires; found none in the file that \
                 the request names as `progress` (a full training run has {steps} steps)"
            )),
            Some(last) if last.step > steps => Some(format!(
                "stopping.steps: expected at least {}, the last step that the training run reported, found {steps}",
                last.step
            )),
            Some(_) => None,
        }
    }

    /// Returns the metrics that limits and objectives use but the result does not have.
    fn unknown_names(&self, evaluation: &Evaluation) -> Vec<UnknownName> {
        let Evaluation::Measured(measurement) = evaluation else { return Vec::new() };
        let space = &*self.subject.space;
        let limits = self.plan.measured_limits(space);
        let limits = missing("metric", &limits, space, measurement);
        let objectives = self.plan.measured_objectives(space);
        let objective = missing("objective", &objectives, space, measurement);
        limits.into_iter().chain(objective).collect()
    }
}
