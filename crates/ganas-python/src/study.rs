//! A study driven from Python.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use ganas::search::{
    Evaluation, OpenTrial, Report, ReportReply, StopReason, StoredTrial, StudyError, StudyReader,
    TrialId, pareto_front,
};
use ganas::{Cancel, Error, Retried, Session};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::json;
use tempfile::TempDir;

use crate::arch::Arch;
use crate::benchmark::Benchmark;
use crate::errors::{Raise, exception};
use crate::held::{SessionGuard, begin_here};
use crate::measurement::Measurement;
use crate::space::{Origin, Shared, Space, expected_subject};
use crate::temporary::temporary;
use crate::{json as convert, options};

/// Interval between checks for Ctrl-C.
const LOOK: Duration = Duration::from_millis(50);

/// A study that is open in this process.
#[pyclass(frozen, module = "ganas._ganas")]
pub(crate) struct Core {
    held: SessionGuard,
    space: Arc<Shared>,
    folder: PathBuf,
    is_kept: bool,
}

/// A trial to evaluate.
#[pyclass(frozen, get_all, module = "ganas._ganas")]
pub(crate) struct Asked {
    number: i64,
    arch: Py<Arch>,
    source: String,
    seed: u64,
    attempts_before: u32,
    fidelity: Option<f64>,
    resumes: Option<i64>,
}

impl Core {
    fn new(
        session: Session,
        origin: Option<Origin>,
        temporary: Option<TempDir>,
    ) -> Result<Self, Error> {
        let origin = match (origin, session.subject.as_benchmark()) {
            (Some(origin), _) => origin,
            (None, Some(benchmark)) => Origin::Benchmark(
                benchmark.name.clone(),
                Some(benchmark.dataset.clone()),
                Some(benchmark.query.to_string()),
            ),
            (None, None) => Origin::Open(session.plan.kept_space()?),
        };
        Ok(Self {
            space: Shared::new(session.study.space().clone(), origin),
            folder: session.folder.clone().unwrap_or_default(),
            is_kept: temporary.is_none(),
            held: SessionGuard::new(session, temporary),
        })
    }

    /// Reads the study from disk; works even while the strategy is computing.
    fn read<T: Send>(
        &self,
        py: Python<'_>,
        read: impl FnOnce(&StudyReader) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.held.check_process(py)?;
        py.detach(|| read(&StudyReader::open(&self.folder)?)).raise(py)
    }

    /// Converts a trial to a dictionary that contains its architecture.
    fn shown<'py>(&self, py: Python<'py>, trial: &StoredTrial) -> PyResult<Bound<'py, PyAny>> {
        let shown = convert::to_python(py, &json!(trial))?;
        let word = trial.record.clone().read(&*self.space.space).raise(py)?;
        shown.set_item("arch", Arch { space: self.space.clone(), word })?;
        Ok(shown)
    }

    fn asked(&self, py: Python<'_>, open: OpenTrial) -> PyResult<Asked> {
        let arch = Arch { space: self.space.clone(), word: open.arch };
        Ok(Asked {
            number: open.trial.0,
            arch: Py::new(py, arch)?,
            source: open.source.into_owned(),
            seed: open.seed,
            attempts_before: open.attempts_before,
            fidelity: open.rung.map(|rung| rung.fidelity),
            resumes: open.rung.and_then(|rung| rung.after).map(|trial| trial.0),
        })
    }

    /// Runs the study in this thread, which accesses memory faster than a new thread, and checks
    /// for Ctrl-C after each evaluation.
    fn run_here(&self, py: Python<'_>) -> PyResult<(StopReason, Option<PyErr>)> {
        let (cancel, mut interrupted) = (Cancel::default(), None);
        let stop_reason = self.held.with(py, |it| {
            it.run(&cancel, |_, _| {
                if let Err(error) = Python::attach(look) {
                    cancel.set();
                    interrupted.get_or_insert(error);
                }
            })
        })?;
        Ok((stop_reason, interrupted))
    }

    /// Runs the study in a separate thread while this thread checks for Ctrl-C, because an
    /// evaluation may take hours.
    fn run_beside(&self, py: Python<'_>) -> PyResult<(StopReason, Option<PyErr>)> {
        let (cancel, mut interrupted) = (Cancel::default(), None);
        let (sender, ended) = mpsc::channel::<()>();
        let ended = Mutex::new(ended);
        let done = thread::scope(|scope| {
            let work = scope.spawn(|| {
                // Dropped when the work ends, even by a panic.
                let _sender = sender;
                self.held.work(|it| it.run(&cancel, |_, _| {}))
            });
            let wait = || {
                let ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
                ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout)
            };
            while py.detach(wait) {
                if let Err(error) = look(py) {
                    cancel.set();
                    interrupted.get_or_insert(error);
                }
            }
            work.join()
        });
        let done = done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((done.raise(py)?, interrupted))
    }

    fn say(&self, py: Python<'_>, trial: i64, evaluation: Evaluation) -> PyResult<&'static str> {
        let told = self.held.with(py, |it| Ok(it.study.tell(TrialId(trial), evaluation)?))?;
        Ok(told.name())
    }
}

/// Checks whether Ctrl-C was pressed. Python reports Ctrl-C only to the main thread.
fn look(py: Python<'_>) -> PyResult<()> {
    py.check_signals()
}

#[pymethods]
impl Core {
    /// Begins a study, or resumes the study in the directory if there is one.
    #[staticmethod]
    fn begin(
        subject: &Bound<'_, PyAny>,
        directory: Option<PathBuf>,
        given: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        let py = subject.py();
        let benchmark = subject.cast::<Benchmark>().ok().map(Bound::get);
        let space = subject.cast::<Space>().ok().map(|it| it.get().shared.clone());
        let open = match (space.as_ref().map(|it| &it.origin), benchmark) {
            (Some(Origin::Open(open)), _) => Some(open),
            (Some(Origin::Benchmark(name, ..)), _) => {
                let message = format!(
                    "expected a space opened by name or from a file, found the space of the benchmark {name}; pass the benchmark itself, which supplies the measurements, or open the space by name or from its file"
                );
                return Err(exception(py, Error::Usage(message)));
            }
            (None, Some(_)) => None,
            (None, None) => return Err(expected_subject(subject)),
        };
        let options = options::read(given, benchmark)?;
        begin_here(py)?;
        let origin = open.cloned().map(Origin::Open);
        py.detach(|| {
            let (temporary, folder) = match directory {
                Some(folder) => (None, folder),
                None => temporary().map(|(made, folder)| (Some(made), folder))?,
            };
            let session = match open {
                Some(open) => Session::begin_or_resume_in(open, options, &folder),
                None => Session::begin_or_resume(options, "".as_ref(), &folder),
            };
            Self::new(session?, origin, temporary)
        })
        .raise(py)
    }

    /// Resumes the study in a directory, with the changes made to its study file and the options in
    /// `given`.
    #[staticmethod]
    fn open(py: Python<'_>, directory: PathBuf, given: &Bound<'_, PyDict>) -> PyResult<Self> {
        let changes = options::changes(given)?;
        begin_here(py)?;
        py.detach(|| {
            Session::resume_amended(&directory, None, &changes)
                .and_then(|session| Self::new(session, None, None))
        })
        .raise(py)
    }

    /// Returns at most `count` trials to evaluate, and records that their evaluations begin.
    fn ask(&self, py: Python<'_>, count: usize) -> PyResult<Vec<Asked>> {
        let open = self.held.with(py, |it| {
            let open = it.study.ask(count)?;
            open.iter().try_for_each(|open| it.study.begin(open.trial))?;
            Ok(open)
        })?;
        open.into_iter().map(|open| self.asked(py, open)).collect()
    }

    fn tell(&self, asked: &Bound<'_, Asked>, value: &Bound<'_, PyAny>) -> PyResult<&'static str> {
        let (py, asked) = (value.py(), asked.get());
        let measured = Measurement::read(value, &format!("trial {}", asked.number))?;
        measured.check().map_err(|found| {
            let arch = asked.arch.get().__str__();
            exception(py, StudyError::Measurement { arch, found })
        })?;
        self.say(py, asked.number, Evaluation::Measured(measured))
    }

    fn tell_infeasible(
        &self,
        py: Python<'_>,
        trial: i64,
        reason: String,
        train_seconds: Option<f64>,
    ) -> PyResult<&'static str> {
        self.say(py, trial, Evaluation::Infeasible { reason, train_seconds })
    }

    fn tell_failed(
        &self,
        py: Python<'_>,
        trial: i64,
        reason: String,
        train_seconds: Option<f64>,
    ) -> PyResult<&'static str> {
        self.say(py, trial, Evaluation::Failed { reason, attempts: 1, train_seconds })
    }

    fn tell_stopped(
        &self,
        py: Python<'_>,
        trial: i64,
        train_seconds: Option<f64>,
    ) -> PyResult<&'static str> {
        self.say(py, trial, Evaluation::Stopped { train_seconds })
    }

    fn give_up(&self, py: Python<'_>, trial: i64) -> PyResult<&'static str> {
        self.say(py, trial, Evaluation::Cancelled)
    }

    /// Passes a report from a running trial to the study; returns true if the trial should stop.
    fn report(
        &self,
        py: Python<'_>,
        trial: i64,
        step: u64,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        let measured = Measurement::read(value, &format!("trial {trial}, step {step}"))?;
        let (train_seconds, metrics) = (measured.train_seconds, measured.metrics);
        let report = Report { step, value: measured.value, metrics, train_seconds };
        let heard = self.held.with(py, |it| Ok(it.study.report(TrialId(trial), report)?))?;
        Ok(heard != ReportReply::Continue)
    }

    /// Evaluates trials with the study's benchmark or command until the study ends or Ctrl-C is
    /// pressed.
    fn run(&self, py: Python<'_>) -> PyResult<()> {
        let is_quick = self.held.with(py, |it| Ok(it.subject.as_benchmark().is_some()))?;
        let (stop_reason, interrupted) =
            if is_quick { self.run_here(py)? } else { self.run_beside(py)? };
        match interrupted {
            Some(error) => Err(error),
            None if stop_reason == StopReason::Interrupted => Ok(()),
            None => self.conclude(py),
        }
    }

    /// Returns true if the study has its own evaluator, a benchmark or a command, so that Python
    /// code need not evaluate.
    #[getter]
    fn runs_here(&self, py: Python<'_>) -> PyResult<bool> {
        self.held.with(py, |it| Ok(it.subject.evaluator().is_some()))
    }

    /// Raises an error if the study was interrupted, had too many failures, or found no
    /// architecture.
    fn conclude(&self, py: Python<'_>) -> PyResult<()> {
        self.held.with(py, |it| it.study.stop_reason().map_or(Ok(()), |reason| it.conclude(reason)))
    }

    /// Sets the number of concurrent evaluations.
    fn set_workers(&self, py: Python<'_>, workers: usize) -> PyResult<()> {
        self.held.with(py, |it| Ok(it.study.set_workers(workers)?))
    }

    /// Schedules failed trials for another evaluation. Returns the number scheduled, and the number
    /// of failed trials that the budget does not cover.
    fn retry_failed(&self, py: Python<'_>) -> PyResult<(usize, usize)> {
        let Retried { again, left } = self.held.with(py, Session::retry_failed)?;
        Ok((again, left))
    }

    /// Returns all trials.
    fn trials<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let trials = self.read(py, |reader| Ok(reader.trials()?))?;
        trials.iter().map(|trial| self.shown(py, trial)).collect()
    }

    /// Returns the best trial; `None` if there is none.
    fn best<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let best = self.read(py, |reader| Ok(reader.status()?.best))?;
        best.map(|trial| self.shown(py, &trial)).transpose()
    }

    /// Returns the numbers of the trials on the Pareto front, best value first.
    fn front(&self, py: Python<'_>) -> PyResult<Vec<i64>> {
        self.held.with(py, |it| {
            let objectives = &it.study.settings().objectives;
            let front = pareto_front(&**it.study.space(), it.study.history(), objectives);
            Ok(front.into_iter().map(|trial| trial.trial.0).collect())
        })
    }

    /// Returns the trials as CSV.
    fn csv(&self, py: Python<'_>) -> PyResult<String> {
        self.read(py, |reader| ganas::trials_csv(&reader.trials()?))
    }

    /// Writes the study's report page to `path`.
    fn page(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        self.held.check_process(py)?;
        py.detach(|| {
            let report = ganas::read_report(std::slice::from_ref(&self.folder))?;
            let written = fs::write(&path, report.page(None));
            written.map_err(|source| Error::File { doing: "write", path: path.clone(), source })
        })
        .raise(py)
    }

    /// Returns the study's main settings and its progress.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let state = self.held.with(py, |it| {
            let (study, plan) = (&it.study, &it.plan);
            Ok(json!({
                "strategy": plan.options.strategy().to_string(),
                "budget": study.settings().budget,
                "seed": study.settings().seed,
                "workers": study.settings().workers,
                "asynchronous": study.settings().asynchronous,
                "queries": study.history().queries(),
                "failed": study.history().failures(),
                "stop_reason": study.stop_reason().map(|reason| reason.to_string()),
                "open": study.open_trials().collect::<Vec<_>>(),
            }))
        });
        convert::to_python(py, &state?)
    }

    /// Ends this process's use of the study, so that other processes can open it.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.held.check_process(py)?;
        py.detach(|| self.held.close());
        Ok(())
    }

    #[getter]
    fn space(&self) -> Space {
        Space { shared: self.space.clone() }
    }

    #[getter]
    fn directory(&self) -> Option<PathBuf> {
        self.is_kept.then(|| self.folder.clone())
    }
}
