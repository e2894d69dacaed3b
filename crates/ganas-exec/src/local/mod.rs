//! Runs attempts as processes of this machine, each in a process group of its own.

mod alive;
mod group;
mod guard;
mod leftovers;
mod process;
mod stream;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ganas_search::Cancel;

use self::guard::Guard;
use self::process::{Ended, Limits, Process};
use self::stream::LogWriter;
use crate::attempt::{Attempt, Ending, Paths};
use crate::error::{At, ExecError};
use crate::settings::CommandSettings;

pub(crate) use self::leftovers::end_leftovers;

/// How long the streams of a command that has ended may stay open, held by a process that left its
/// group.
const STREAM_PATIENCE: Duration = Duration::from_millis(300);

/// Runs commands, and ends them when we are killed.
#[derive(Debug)]
pub(crate) struct Launcher {
    guard: Option<Guard>,
}

impl Launcher {
    /// Starts the guard.
    pub(crate) fn start() -> Self {
        Self { guard: Guard::start() }
    }

    /// Runs the command of an attempt in `directory`: its result if it ended well, or if it was
    /// cancelled when it had left one.
    ///
    /// # Errors
    /// If the command cannot be started, does not end well or gives no result.
    pub(crate) fn run(
        &self,
        attempt: &Attempt,
        settings: &CommandSettings,
        directory: &Path,
        cancel: &Cancel,
    ) -> Result<Ending, ExecError> {
        let command = command(attempt, settings, directory)?;
        let start = |source| ExecError::Start { program: settings.command[0].clone(), source };
        let mut process = Process::start(command, self.guard.as_ref()).map_err(start)?;
        leftovers::record_group(attempt, process.group())?;
        let (stdout, stderr) = process.streams();
        let log = settings.log_bytes;
        let stdout = stdout.map(|stream| LogWriter::start(stream, attempt.stdout(), log));
        let stderr = stderr.map(|stream| LogWriter::start(stream, attempt.stderr(), log));
        let (stdout, stderr) = (stdout.transpose()?, stderr.transpose()?);
        let limits = Limits::new(settings, cancel);
        let ended = process.wait(&limits).at("waiting for the command of", &attempt.folder)?;
        let tail = |log: Option<LogWriter>| {
            log.map(|log| log.finish(STREAM_PATIENCE)).transpose().map(Option::unwrap_or_default)
        };
        let (stdout, stderr) = (tail(stdout)?, tail(stderr)?);
        match ended {
            Ended::Cancelled => Ok(attempt.left_behind().unwrap_or(Ending::Cancelled)),
            Ended::TimedOut => {
                let seconds = settings.timeout_seconds.unwrap_or_default();
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
}

/// The command of an attempt, as the study file has it.
fn command(
    attempt: &Attempt,
    settings: &CommandSettings,
    directory: &Path,
) -> Result<Command, ExecError> {
    let paths = Paths::of(attempt)?;
    let (program, arguments) = settings.words(directory);
    let mut command = Command::new(program);
    command.args(arguments.iter().map(|argument| paths.fill(argument)));
    command.current_dir(directory).env_clear();
    command.envs(settings.variables()).envs(paths.variables());
    command.stdin(alive::stdin(attempt)?).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}
