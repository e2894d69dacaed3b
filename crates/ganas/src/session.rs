//! Begins or resumes a study, in memory or in a folder, and runs it until it ends.

use std::fs;
use std::path::{Path, PathBuf};

use ganas_graph::Arch;
use ganas_search::{
    Cancel, Evaluated, Measurement, Objective, SqliteStore, StopReason, Store, StoreError, Study,
    StudyOutcome, StudyReader, StudySettings, make_folder,
};

use crate::amend::StudyFile;
use crate::failure::LastFailure;
use crate::first_result::{self, Checked};
use crate::options::StudyOptions;
use crate::plan::Plan;
use crate::report::SearchReport;
use crate::subject::Subject;
use crate::trials_csv::{self, Known};
use crate::workers::{self, Event, Workers};
use crate::{Error, read_known};

/// An open study with its search space, its evaluator and its folder.
#[derive(Debug)]
pub struct Session {
    /// The plan of the study.
    pub plan: Plan,
    /// The search space and the evaluator.
    pub subject: Subject,
    /// The study.
    pub study: Study,
    /// The study's folder; `None` if the study exists only in memory.
    pub folder: Option<PathBuf>,
}

impl StudyOptions {
    /// Begins a study with these options. The study is stored in `folder`. If `folder` is `None`,
    /// the study exists only in memory. Paths in the options are relative to `origin`.
    ///
    /// # Errors
    /// If the options are invalid, or if the folder already contains a study.
    pub fn begin(self, origin: &Path, folder: Option<&Path>) -> Result<Session, Error> {
        let (plan, known) = Plan::new(self, origin)?;
        Session::begin(plan, &known, folder)
    }
}

impl Session {
    /// Begins the study that a study file describes. Options in `given` override those in the file,
    /// except that lists are joined ([`StudyOptions::or`]).
    ///
    /// # Errors
    /// As for [`StudyOptions::begin`], and if the file cannot be read or the options say that
    /// another program evaluates the architectures.
    pub fn begin_file(
        file: &Path,
        given: StudyOptions,
        folder: Option<&Path>,
    ) -> Result<Self, Error> {
        let written = StudyFile::read(file)?;
        let options = given.from_here().or(written.options.clone());
        options.check_runs_here()?;
        let (mut plan, known) = Plan::new(options, file.parent().unwrap_or(Path::new("")))?;
        plan.file = Some(written);
        Self::begin(plan, &known, folder)
    }

    pub(crate) fn begin(plan: Plan, known: &[Known], folder: Option<&Path>) -> Result<Self, Error> {
        let is_command = plan.origin.is_some();
        let made = folder.filter(|folder| is_command && !folder.exists());
        if let Some(made) = made {
            make_folder(made).map_err(|source| Error::file("create", made, source))?;
        }
        let subject = plan.open(folder);
        let session = subject.and_then(|it| Self::with_subject(plan, it, known, folder));
        if let (Err(_), Some(made)) = (&session, made) {
            // A rejected study leaves no folder; one that contains a study is not empty and stays.
            let _ = fs::remove_dir(made);
        }
        session
    }

    /// Begins a study with the search space and the evaluator in `subject`. Both may be implemented
    /// by the caller. Paths in the options are relative to the working directory.
    ///
    /// # Errors
    /// As for [`StudyOptions::begin`].
    pub fn of(
        subject: Subject,
        options: StudyOptions,
        folder: Option<&Path>,
    ) -> Result<Self, Error> {
        let (plan, known) = Plan::new(options, Path::new(""))?;
        Self::with_subject(plan, subject, &known, folder)
    }

    fn with_subject(
        plan: Plan,
        subject: Subject,
        known: &[Known],
        folder: Option<&Path>,
    ) -> Result<Self, Error> {
        subject.check()?;
        let settings = plan.settings(&subject)?;
        settings.check(&*subject.space)?;
        plan.check_spelling(&subject)?;
        let read = read_all(known, &subject)?;
        let strategy = plan.options.strategy().build()?;
        let space = subject.space.clone();
        let study = if let Some(folder) = folder {
            let record = plan.record(&subject)?;
            let of = (&*subject.space, settings.distinct);
            let store = SqliteStore::create_knowing(folder, &record, of, &read);
            let store =
                store.map_err(|error| hinted(trials_csv::in_lines(known, error), folder))?;
            Study::open(space, strategy, settings, Box::new(store))?
        } else {
            let mut study = Study::new(space, strategy, settings)?;
            study.add_known(&read).map_err(|error| trials_csv::in_lines(known, error))?;
            study
        };
        Ok(Self { plan, subject, study, folder: folder.map(Path::to_owned) })
    }

    /// Resumes the study in a folder. `changes` may set a different budget, number of workers or
    /// limit on failures. Its other options are ignored.
    ///
    /// # Errors
    /// If the folder contains no study, or if the study, its benchmark, its command or its space
    /// cannot be opened.
    pub fn resume(folder: &Path, changes: &StudyOptions) -> Result<Self, Error> {
        Self::resume_with(folder, changes, |_, _| Ok(()))
    }

    /// Like [`Session::resume`], but adopts the changes that were made to the study file since it
    /// was last read. `file` is the path of the study file. If `file` is `None`, the path from
    /// which the study file was last read is used. If that file no longer exists, or the study had
    /// none, the study is resumed as by [`Session::resume`]. The study records the changes
    /// ([`Plan::changes`]).
    ///
    /// # Errors
    /// As for [`Session::resume`]; if a change would alter results that the study already has,
    /// [`Error::Description`] with the position in the file, or [`Error::Option`] if the file no
    /// longer sets the option.
    pub fn resume_amended(
        folder: &Path,
        file: Option<&Path>,
        changes: &StudyOptions,
    ) -> Result<Self, Error> {
        let resumed =
            Self::resume_with(folder, changes, |plan, made| plan.adopt_file(file, folder, made));
        resumed.map_err(|error| match (error, file) {
            (Error::Store(error @ StoreError::Missing { .. }), Some(file)) => Error::Usage(
                format!("{error}; start the study with `ganas search {}`", file.display()),
            ),
            (error, _) => error,
        })
    }

    fn resume_with(
        folder: &Path,
        changes: &StudyOptions,
        adopt_file: impl FnOnce(&mut Plan, usize) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut store = SqliteStore::open(folder)?;
        let stored = Plan::of(&store.study()?)?;
        let made = StudyReader::open(folder)?.status()?.queries;
        let mut plan = stored.clone();
        adopt_file(&mut plan, made)?;
        plan.change(changes, made);
        plan.check()?;
        let subject = plan.open(Some(folder))?;
        subject.check()?;
        let settings = plan.settings(&subject)?;
        settings.check(&*subject.space)?;
        let budget = settings.budget;
        let spent = plan.options.spent(&StudyReader::open(folder)?.trials()?);
        let used = spent.map_or_else(|| made.to_string(), |spent| format!("{spent:.1}"));
        let least = spent.map_or(made as f64, f64::ceil);
        if plan.options.budget != stored.options.budget && (budget as f64) < least {
            let unit = settings.budget_unit();
            return Err(Error::Usage(format!(
                "expected a budget of at least {least} {unit}, because the study has already used {used}; found {budget}"
            )));
        }
        if plan != stored {
            // Only feasible changes are stored.
            store.replan(plan.options.budget(), &plan.text()?)?;
        }
        let strategy = plan.options.strategy().build()?;
        let study = Study::open(subject.space.clone(), strategy, settings, Box::new(store))?;
        Ok(Self { plan, subject, study, folder: Some(folder.to_owned()) })
    }

    /// Adds the architectures in a CSV file to the study, with their values. The values are known
    /// without an evaluation, so these architectures cost no query.
    ///
    /// # Errors
    /// If the file cannot be read or contains architectures of another space; if an architecture
    /// has two different values in the file, or was added earlier with another value; if a trial
    /// has been handed out or a result has been received in this session.
    pub fn import(&mut self, csv: &Path) -> Result<Imported, Error> {
        self.add_known(&read_known(csv)?)
    }

    pub(crate) fn add_known(&mut self, known: &[Known]) -> Result<Imported, Error> {
        let read = read_all(known, &self.subject)?;
        let new =
            self.study.add_known(&read).map_err(|error| trials_csv::in_lines(known, error))?;
        let (history, distinct) = (self.study.history(), self.study.settings().distinct);
        let mut imported = Imported { new, given: read.len(), measured_otherwise: 0, unusable: 0 };
        for (arch, known) in &read {
            match history.find_evaluated(distinct.key(&*self.subject.space, arch)) {
                Some(Evaluated::Feasible(there)) => {
                    let differs = there.query > 0 && !there.measurement.has_value(known.value);
                    imported.measured_otherwise += usize::from(differs);
                }
                Some(Evaluated::Failed(_) | Evaluated::Infeasible(_, None)) => {
                    imported.unusable += 1;
                }
                _ => {}
            }
        }
        Ok(imported)
    }

    /// Evaluates trials until the study ends or `cancel` is set, and returns the reason for
    /// stopping. The options set the number of workers. `on_event` is called for each [`Event`].
    ///
    /// # Errors
    /// [`Error::Usage`] if another program evaluates the study's architectures; any error of the
    /// study or the evaluator; if the first measurement lacks a metric that a limit or an objective
    /// uses, [`Error::Unsupported`] for a study in a folder and [`Error::Study`] for a study in
    /// memory.
    pub fn run(
        &mut self,
        cancel: &Cancel,
        mut on_event: impl FnMut(&Study, &Event<'_>),
    ) -> Result<StopReason, Error> {
        let evaluator = self.subject.evaluator();
        let evaluator = evaluator.ok_or_else(|| Error::made_elsewhere(self.folder.as_deref()))?;
        let study = &mut self.study;
        let StudySettings { workers, budget, .. } = *study.settings();
        let history = study.history();
        let is_had = |it: &Objective| {
            let has = |trial| it.of_trial(&*self.subject.space, trial).is_some();
            history.trials().iter().any(has)
        };
        let is_known = history.evaluations() > 0 && self.plan.options.objectives.iter().all(is_had);
        // A benchmark's metrics were known when the limits were read.
        let passed = self.subject.as_benchmark().is_some() || is_known;
        let limited = self.plan.measured_limits(&*self.subject.space);
        let objectives = self.plan.measured_objectives(&*self.subject.space);
        let evaluator = Checked::new(evaluator, limited, objectives, passed);
        let run = |workers: &mut Workers<'_>| -> Result<(), Error> {
            while workers.step(study, &mut on_event)?.is_some() {}
            Ok(())
        };
        let ran = workers::with(&evaluator, &*self.subject.space, workers.min(budget), cancel, run);
        ran.map_err(|error| first_result::with_way_on(error, &self.plan, self.folder.as_deref()))?;
        Ok(study.stop_reason().unwrap_or(StopReason::Interrupted))
    }

    /// Returns the report of the search. `seconds` is the time that the search took. If
    /// `with_history` is set, the report lists all architectures that have a value and violate no
    /// limit.
    ///
    /// # Errors
    /// [`Error::NothingFound`] if no full evaluation found an architecture that satisfies all
    /// limits; [`Error::NothingProposed`] if nothing was evaluated.
    pub fn report(&self, seconds: f64, with_history: bool) -> Result<SearchReport, Error> {
        SearchReport::new(&self.plan, &self.subject, &self.study.outcome(), seconds, with_history)
    }

    /// Returns an error if the study was interrupted, stopped because of failures, or found
    /// nothing.
    ///
    /// # Errors
    /// [`Error::Interrupted`] or [`Error::TooManyFailures`], depending on `stop_reason`;
    /// [`Error::NothingFound`] if no full evaluation found an architecture that satisfies all
    /// limits; [`Error::NothingProposed`] if nothing was evaluated.
    pub fn conclude(&self, stop_reason: StopReason) -> Result<(), Error> {
        let history = self.study.history();
        let (evaluations, failures) = (history.evaluations(), history.failures());
        match stop_reason {
            StopReason::Interrupted => {
                let queries = history.queries();
                return Err(Error::Interrupted { queries, folder: self.folder.clone() });
            }
            StopReason::Failures => {
                let in_a_row = self.study.settings().max_failures_in_a_row;
                let last = self.folder.as_deref().and_then(LastFailure::read).map(Box::new);
                return Err(Error::TooManyFailures { failures, evaluations, in_a_row, last });
            }
            _ => {}
        }
        let nothing = || Error::nothing_found(history, &self.plan.options.strategy());
        history.best().map(|_| ()).ok_or_else(nothing)
    }
}

/// The result of [`Session::import`], which adds the architectures in a CSV file to a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Number of architectures that were added. The others were repeated in the file, had been
    /// added earlier, or had already been evaluated by the study.
    pub new: usize,
    /// Number of architectures read from the file, including repetitions and those that the study
    /// already had.
    pub given: usize,
    /// Number of architectures for which the study had already measured a different value. The
    /// study keeps the measured value.
    pub measured_otherwise: usize,
    /// Number of architectures whose evaluation in the study failed, or showed that they have no
    /// value. The study ignores their values in the file.
    pub unusable: usize,
}

/// A study read from its folder, either while it runs or afterwards.
#[derive(Debug)]
pub struct Stored {
    /// The plan of the study.
    pub plan: Plan,
    /// The search space and the evaluator.
    pub subject: Subject,
    /// The results so far.
    pub outcome: StudyOutcome,
}

impl Stored {
    /// Reads the study in a folder without changing anything.
    ///
    /// # Errors
    /// If the folder contains no study, or if the study, its benchmark, its command or its space
    /// cannot be opened.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let reader = StudyReader::open(folder)?;
        let plan = Plan::of(&reader.study()?)?;
        let subject = plan.open(Some(folder))?;
        let outcome = reader.outcome(&*subject.space, &plan.settings(&subject)?)?;
        Ok(Self { plan, subject, outcome })
    }

    /// Returns the report of the study. It is the same as the report of [`Session::report`], except
    /// that the duration of the search is 0, because the store does not record it.
    ///
    /// # Errors
    /// [`Error::NothingFound`] if no full evaluation found an architecture that satisfies all
    /// limits; [`Error::NothingProposed`] if nothing was evaluated.
    pub fn report(&self, with_history: bool) -> Result<SearchReport, Error> {
        let Self { plan, subject, outcome } = self;
        SearchReport::new(plan, subject, outcome, 0.0, with_history)
    }
}

fn read_all(known: &[Known], subject: &Subject) -> Result<Vec<(Arch, Measurement)>, Error> {
    known.iter().map(|known| known.read(&*subject.space)).collect()
}

/// Returns the command line that resumes the study in this folder, without the folder's name:
/// `ganas serve --dir` if another program evaluates the architectures, else `ganas resume`. The
/// caller must append the name.
///
/// ```
/// assert_eq!(ganas::resumed_by("nowhere".as_ref()), "ganas resume");
/// ```
pub fn resumed_by(folder: &Path) -> &'static str {
    if stored_plan(folder).is_some_and(|plan| plan.is_told_from_elsewhere()) {
        "ganas serve --dir"
    } else {
        "ganas resume"
    }
}

/// Returns the plan of the study in a folder; `None` if it cannot be read.
fn stored_plan(folder: &Path) -> Option<Plan> {
    let study = StudyReader::open(folder).and_then(|reader| reader.study());
    study.ok().and_then(|study| Plan::of(&study).ok())
}

/// If the error is that the folder already contains a study, adds two ways to proceed: resume that
/// study, or use another folder.
fn hinted(error: Error, folder: &Path) -> Error {
    match error {
        Error::Store(StoreError::Exists { .. }) => {
            let plan = stored_plan(folder);
            let amends = if plan.as_ref().is_some_and(|plan| plan.file.is_some()) {
                ", which also applies changes made to its study file"
            } else {
                ""
            };
            Error::Usage(format!(
                "{error}; resume it with `{} {}`{amends}, or begin another study with `--dir OTHER`",
                resumed_by(folder),
                folder.display()
            ))
        }
        other => other,
    }
}
