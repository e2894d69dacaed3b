use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ganas_search::{Cancel, Evaluation, EvaluationError, Evaluator, Job};

use crate::attempt::{Attempt, TrialFolder};
use crate::ending::Ending;
use crate::error::At;
use crate::guard::Guard;
use crate::log::LogWriter;
use crate::process::{Ended, Limits, Process};
use crate::request::{Task, utf8};
use crate::{CommandSettings, ExecError};

/// Evaluates architectures by a user's command, as the crate's documentation says.
///
/// It may be asked from several threads at once, for different trials.
#[derive(Debug)]
pub struct CommandEvaluator {
    settings: CommandSettings,
    study: String,
    folder: PathBuf,
    directory: PathBuf,
    guard: Option<Guard>,
}

/// How long the streams of a command that has ended may stay open, held by a process that left its
/// group.
const STREAM_PATIENCE: Duration = Duration::from_millis(300);

impl CommandEvaluator {
    /// An evaluator for the study called `study` whose files are in `folder`, and whose study file,
    /// which the settings come from, is in `origin`.
    ///
    /// # Errors
    /// [`ExecError::Setting`] if a setting is out of its range; [`ExecError::File`] if the folder or
    /// the command's directory is not there; [`ExecError::NotUtf8`].
    pub fn new(
        settings: CommandSettings,
        study: &str,
        folder: &Path,
        origin: &Path,
    ) -> Result<Self, ExecError> {
        settings.check()?;
        let folder = folder.canonicalize().at("opening", folder)?;
        utf8(&folder)?;
        let directory = origin.join(&settings.directory);
        let directory = directory.canonicalize().at("opening", &directory)?;
        std::fs::read_dir(&directory).at("opening", &directory)?;
        Ok(Self { settings, study: study.into(), folder, directory, guard: Guard::start() })
    }

    /// Takes the result of an earlier attempt, or makes attempts until one gives a result or there
    /// were enough of them.
    fn trial(&self, job: &Job<'_>) -> Result<Evaluation, ExecError> {
        let task = Task::new(&self.study, self.settings.fidelity, job);
        let folder = TrialFolder::open(&self.folder, job.trial)?;
        let (mut last, mut failures) = (job.attempts_before, 0);
        let mut failed = None;
        for attempt in folder.attempts()? {
            last = last.max(attempt.number);
            match self.earlier(&attempt, &task)? {
                None | Some(Ending::Cancelled) => {}
                Some(failure @ Ending::Failed { .. }) => {
                    failures += 1;
                    failed = Some(failure);
                }
                Some(result) => return Ok(result.evaluation(attempt.number)),
            }
        }
        loop {
            match failed.take() {
                Some(failure) if failures > self.settings.retries => {
                    return Ok(failure.evaluation(failures));
                }
                Some(_) => wait(self.settings.backoff(failures), job.cancel),
                None => {}
            }
            if job.cancel.is_set() {
                return Ok(Evaluation::Cancelled);
            }
            last += 1;
            let attempt = folder.create(last, &task)?;
            match self.attempt(&attempt, job.cancel)? {
                failure @ Ending::Failed { .. } => {
                    failures += 1;
                    failed = Some(failure);
                }
                result => return Ok(result.evaluation(last)),
            }
        }
    }

    /// What an attempt gave that was made before we were started, if it was one at this task and came
    /// to an end.
    fn earlier(&self, attempt: &Attempt, task: &Task) -> Result<Option<Ending>, ExecError> {
        let recorded = attempt.recorded()?;
        if recorded.is_none() {
            attempt.end_leftovers(self.settings.grace())?;
        }
        if !attempt.was_asked(task)? {
            return Ok(None);
        }
        if recorded.is_some() {
            return Ok(recorded);
        }
        let left_behind = attempt.left_behind();
        if let Some(ending) = &left_behind {
            attempt.record(ending)?;
        }
        Ok(left_behind)
    }

    /// Runs the command once.
    fn attempt(&self, attempt: &Attempt, cancel: &Cancel) -> Result<Ending, ExecError> {
        let ending = match self.run(attempt, cancel) {
            Ok(ending) => ending,
            Err(error) if error.is_of_the_study() => return Err(error),
            Err(error @ ExecError::File { .. }) => {
                let reason = format!("the command removed what it had been given: {error}");
                Ending::Failed { reason }
            }
            Err(error) => Ending::Failed { reason: error.to_string() },
        };
        attempt.record(&ending)?;
        Ok(ending)
    }

    /// The result of a run that ended well, or that was cancelled when it had left one.
    fn run(&self, attempt: &Attempt, cancel: &Cancel) -> Result<Ending, ExecError> {
        let command = self.command(attempt)?;
        let start = |source| ExecError::Start { program: self.settings.command[0].clone(), source };
        let mut process = Process::start(command, self.guard.as_ref()).map_err(start)?;
        attempt.record_group(process.group())?;
        let (stdout, stderr) = process.streams();
        let log = self.settings.log_bytes;
        let stdout = stdout.map(|stream| LogWriter::start(stream, attempt.stdout(), log));
        let stderr = stderr.map(|stream| LogWriter::start(stream, attempt.stderr(), log));
        let (stdout, stderr) = (stdout.transpose()?, stderr.transpose()?);
        let limits = Limits {
            timeout: self.settings.timeout(),
            grace: self.settings.grace(),
            cancel,
            cancel_grace: self.settings.cancel_grace(),
        };
        let ended = process.wait(&limits).at("waiting for the command of", &attempt.folder)?;
        let tail = |log: Option<LogWriter>| {
            log.map(|log| log.finish(STREAM_PATIENCE)).transpose().map(Option::unwrap_or_default)
        };
        let (stdout, stderr) = (tail(stdout)?, tail(stderr)?);
        match ended {
            Ended::Cancelled => Ok(attempt.left_behind().unwrap_or(Ending::Cancelled)),
            Ended::TimedOut => {
                let seconds = self.settings.timeout_seconds.unwrap_or_default();
                Err(ExecError::TimedOut { seconds })
            }
            Ended::Itself(status) if status.success() => {
                attempt.read_result(stdout.last_object.as_deref())
            }
            Ended::Itself(status) => {
                Err(ExecError::Exit { status: status.to_string(), last_line: stderr.last_line })
            }
        }
    }

    /// The command of an attempt, as the study file has it.
    fn command(&self, attempt: &Attempt) -> Result<Command, ExecError> {
        let (request, result) = (attempt.request(), attempt.result());
        let paths = [
            ("{request}", "GANAS_REQUEST", utf8(&request)?),
            ("{result}", "GANAS_RESULT", utf8(&result)?),
            ("{trial_dir}", "GANAS_TRIAL_DIR", utf8(&attempt.folder)?),
        ];
        let words = self.settings.command.split_first();
        let (program, arguments) = words.expect("the settings were checked");
        let mut command = Command::new(self.program(program));
        command.args(arguments.iter().map(|argument| fill(argument, &paths)));
        command.current_dir(&self.directory).env_clear();
        let inherited = |(name, _): &(OsString, OsString)| {
            self.settings.inherit.admits(&name.to_string_lossy())
        };
        command.envs(std::env::vars_os().filter(inherited)).envs(&self.settings.environment);
        command.envs(paths.map(|(_, variable, path)| (variable, path)));
        command.stdin(attempt.stdin()?).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    /// A bare name is looked up in `PATH`; anything else is relative to the directory.
    fn program(&self, program: &str) -> PathBuf {
        if program.contains('/') { self.directory.join(program) } else { program.into() }
    }
}

impl Evaluator for CommandEvaluator {
    /// # Errors
    /// If the trial was known before the study, if the study's folder cannot be read or written, or if
    /// a process of an earlier attempt cannot be ended. What is wrong with the command or its result
    /// is [`Evaluation::Failed`].
    fn evaluate(&self, job: &Job<'_>) -> Result<Evaluation, EvaluationError> {
        let error =
            |source: ExecError| EvaluationError { arch: job.arch.clone(), source: source.into() };
        self.trial(job).map_err(error)
    }
}

/// The text with each placeholder replaced by its path; what a path contains is not looked at again.
fn fill(text: &str, paths: &[(&str, &str, &str); 3]) -> String {
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(brace) = rest.find('{') {
        filled.push_str(&rest[..brace]);
        rest = &rest[brace..];
        let known = paths.iter().find(|(placeholder, ..)| rest.starts_with(placeholder));
        let (taken, text) =
            known.map_or((1, "{"), |(placeholder, _, path)| (placeholder.len(), path));
        filled.push_str(text);
        rest = &rest[taken..];
    }
    filled + rest
}

/// Waits, unless it is cancelled.
fn wait(time: Duration, cancel: &Cancel) {
    let started = Instant::now();
    while let Some(left) = time.checked_sub(started.elapsed()).filter(|left| !left.is_zero()) {
        if cancel.is_set() {
            return;
        }
        thread::sleep(left.min(Duration::from_millis(50)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_stand_for_paths() {
        let paths =
            [("{request}", "", "/a/{result}"), ("{result}", "", "/r"), ("{trial_dir}", "", "/t")];
        assert_eq!(fill("--in={request}", &paths), "--in=/a/{result}");
        assert_eq!(fill("{trial_dir}/{result}{", &paths), "/t//r{");
        assert_eq!(fill("{\"a\": {}}", &paths), "{\"a\": {}}");
    }
}
