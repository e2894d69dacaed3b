//! Runs attempts at trials as processes on this machine. Each attempt has its own process group.

mod group;
mod guard;
mod orphans;
mod process;
mod stream;

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ganas_search::Cancel;

use self::guard::Guard;
use self::process::{Ended, Limits, Process};
use self::stream::LogWriter;
use crate::attempt::{Attempt, Ending, LogFile, Paths, Progress, Record, supervised};
use crate::error::{At, ExecError, ending_text};
use crate::settings::{CommandSettings, VISIBLE_DEVICES};

pub(crate) use self::orphans::end_orphans;

/// Longest time to wait for the streams of an ended command to close. A process that left the
/// command's process group may keep them open.
const STREAM_PATIENCE: Duration = Duration::from_millis(300);

/// Interval for reading a command's reports.
const LOOK_FOR_REPORTS: Duration = Duration::from_millis(100);

/// Runs commands, and ensures that they end if this process is killed.
#[derive(Debug)]
pub(crate) struct Launcher {
    guard: Option<Guard>,
}

impl Launcher {
    /// Creates a launcher, and starts the guard process that ends commands if this process is
    /// killed.
    pub(crate) fn start() -> Self {
        Self { guard: Guard::start() }
    }

    /// Runs the command of an attempt in `directory` for the worker with the number `worker`.
    /// Returns its result if the command exited with 0 or the result is final, and
    /// [`Ending::Cancelled`] if the command was stopped or cancelled.
    ///
    /// # Errors
    /// If the command cannot be started, exits with an error or leaves no result.
    pub(crate) fn run(
        &self,
        (attempt, record): (&Attempt, &Record),
        settings: &CommandSettings,
        directory: &Path,
        (worker, cancel): (usize, &Cancel),
        progress: &mut Progress<'_>,
    ) -> Result<Ending, ExecError> {
        let command = command((attempt, record), settings, directory, worker)?;
        let log = |path| LogFile::create(path, settings.log_bytes);
        let (stdout, stderr) = (log(attempt.stdout())?, log(attempt.stderr())?);
        let start = |source: std::io::Error| {
            let (program, found) = (settings.command[0].clone(), source.to_string());
            ExecError::Start { program, found }
        };
        let mut process = Process::start(command, self.guard.as_ref()).map_err(start)?;
        record.note_group(process.group())?;
        let streams = process.streams();
        let stdout = streams.0.map(|stream| LogWriter::start(stream, stdout));
        let stderr = streams.1.map(|stream| LogWriter::start(stream, stderr));
        let limits = Limits::new(settings, cancel);
        let has_final = || attempt.final_result(None).is_some();
        let ended = process.wait(&limits, has_final, || progress.look(LOOK_FOR_REPORTS));
        let ended = ended.at("wait for the command of", &attempt.folder)?;
        let tail = |log: Option<LogWriter>| {
            log.map(|log| log.finish(STREAM_PATIENCE)).transpose().map(Option::unwrap_or_default)
        };
        let (stdout, stderr) = (tail(stdout)?, tail(stderr)?);
        let line = stdout.last_object.as_deref();
        let was_asked =
            attempt.recorded()?.and_then(|kept| kept.ended).is_some_and(|end| end.asked);
        if let Ended::Exited(status) = ended
            && status.success()
            && !was_asked
        {
            return attempt.read_result(line).map(|found| found.ending);
        }
        if let Some(ending) = attempt.final_result(line) {
            return Ok(ending);
        }
        match ended {
            // Its reports so far are its result.
            Ended::Stopped | Ended::Cancelled => Ok(Ending::Cancelled),
            // A signal sent to all processes may reach the command first.
            Ended::Exited(_) if was_asked && is_set_within(cancel, settings.cancel_grace()) => {
                Ok(Ending::Cancelled)
            }
            Ended::Exited(_) if was_asked => Err(ExecError::Asked),
            Ended::TimedOut | Ended::Finished => {
                let seconds = settings.timeout_seconds.unwrap_or_default();
                Err(ExecError::TimedOut { seconds, unproven: attempt.has_unproven() })
            }
            Ended::Exited(status) => Err(match status.code() {
                Some(status) => ExecError::Exit { status, last_line: stderr.last_line },
                None => ExecError::Supervisor { status: ending_text(status) },
            }),
        }
    }
}

/// Waits for at most `patience` until `cancel` is set. Returns true if it is set.
fn is_set_within(cancel: &Cancel, patience: Duration) -> bool {
    let started = Instant::now();
    while !cancel.is_set() && started.elapsed() < patience {
        thread::sleep(Duration::from_millis(5));
    }
    cancel.is_set()
}

/// Returns the command of an attempt, as set in the study file, wrapped in its supervisor.
fn command(
    (attempt, record): (&Attempt, &Record),
    settings: &CommandSettings,
    directory: &Path,
    worker: usize,
) -> Result<Command, ExecError> {
    let paths = Paths::of(attempt)?;
    let variables: Vec<_> = settings.variables().collect();
    let mut command = supervised(
        &settings.program(directory)?,
        variables.iter().map(|(name, _)| name.as_os_str()),
    );
    command.args(settings.command.iter().skip(1).map(|argument| paths.fill(argument)));
    command.current_dir(directory).env_clear();
    command.envs(variables).envs(paths.variables()).env("GANAS_WORKER", worker.to_string());
    command.envs(settings.device(worker).map(|device| (VISIBLE_DEVICES, device)));
    command.stdin(record.stdin()?).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}
