//! Errors of commands, attempts and studies.

use std::io;
use std::path::{Path, PathBuf};

use ganas_search::{StoreError, TrialId};
use thiserror::Error;

/// An error that prevents ganas from running a command as an evaluator, or the reason why an
/// attempt at a trial did not produce a value of the objective.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecError {
    /// A setting is not valid.
    #[error("evaluator: {setting}: expected {expected}, found {found}")]
    Setting {
        /// The key of the setting in the table `[evaluator]` of the study file.
        setting: &'static str,
        /// The allowed values.
        expected: &'static str,
        /// The value that was found.
        found: String,
    },
    /// A file or folder could not be read or written.
    #[error("could not {doing} {}: {source}", path.display())]
    File {
        /// The operation, such as `write`.
        doing: &'static str,
        /// The path of the file or folder.
        path: PathBuf,
        /// The error that the system reported.
        source: io::Error,
    },
    /// The path of a folder inside the study's folder contains a link, and therefore leads to a
    /// different folder.
    #[error(
        "expected {} to be inside {}, but it resolves to {}",
        path.display(),
        folder.display(),
        found.display()
    )]
    Outside {
        /// The path of the folder.
        path: PathBuf,
        /// The path of the folder in which `path` must lie.
        folder: PathBuf,
        /// The path to which `path` leads.
        found: PathBuf,
    },
    /// The study's folder is missing, or is no longer the folder that was opened when the evaluator
    /// was created.
    #[error(transparent)]
    Moved(#[from] StoreError),
    /// A path is not UTF-8, so it cannot be written in JSON.
    #[error("expected a study folder with a UTF-8 path, found {}", path.display())]
    NotUtf8 {
        /// The path that is not UTF-8.
        path: PathBuf,
    },
    /// The command could not be started.
    #[error("could not start `{program}`: {found}")]
    Start {
        /// The first word of the command.
        program: String,
        /// The reason why the command could not be started.
        found: String,
    },
    /// The command exited with an error.
    #[error("the command ended with {}{}", status_text(*status), last_words(last_line))]
    Exit {
        /// The exit status of the command, or 128 + N if signal N killed the command.
        status: i32,
        /// The last non-blank line of the command's stderr, or an empty string.
        last_line: String,
    },
    /// The command exceeded its time limit and was terminated.
    #[error("the command exceeded its time limit of {seconds} s and was stopped{}", unproven_words(*unproven))]
    TimedOut {
        /// The time limit in seconds.
        seconds: f64,
        /// Whether the command left a result that was ignored because it lacked `"final": true`.
        unproven: bool,
    },
    /// A signal that ganas did not send asked the command to end.
    #[error(
        "a signal from outside ganas asked the command to end; the command's result was ignored"
    )]
    Asked,
    /// The command's supervisor (its parent process) was killed.
    #[error(
        "the command's supervisor ended with {status}, possibly because memory ran out; the command was stopped"
    )]
    Supervisor {
        /// How the supervisor ended, such as `signal 9 (SIGKILL)`.
        status: String,
    },
    /// While the trial's command was running, the study was killed more often than the settings
    /// allow.
    #[error(
        "interrupted too often, because the study was killed while the command ran: expected at most {allowed} (`max_interruptions`), found {times}"
    )]
    Interrupted {
        /// How many times the study was killed while the command ran.
        times: u32,
        /// The value of the setting `max_interruptions`.
        allowed: u32,
    },
    /// The trial was interrupted more often than the settings allow. At least one of the
    /// interruptions was the loss of a job by an engine (Slurm or Ray), for example because a node
    /// failed.
    #[error(
        "interrupted too often, for example because {reason}: expected at most {allowed} (`max_interruptions`), found {times}"
    )]
    Lost {
        /// How many times the trial was interrupted.
        times: u32,
        /// The value of the setting `max_interruptions`.
        allowed: u32,
        /// The reason why the most recently lost job was lost.
        reason: String,
    },
    /// A job ended, but there is no record of how its command ended.
    #[error("{reason}")]
    Job {
        /// What is known about the end of the job.
        reason: String,
    },
    /// An engine (Slurm or Ray) is unavailable, refused a request or returned an invalid answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// An attempt may still be running on an engine (Slurm or Ray) that the settings no longer
    /// select.
    #[error(
        "attempt {attempt} of trial {trial} may still be running as job {job}; resume with the engine that is running it, or wait until it has ended"
    )]
    OtherEngine {
        /// The number of the trial.
        trial: u64,
        /// The number of the attempt.
        attempt: u32,
        /// The name of the job.
        job: String,
    },
    /// The record of an attempt is damaged.
    #[error("expected the original record in {}, found other contents", path.display())]
    Record {
        /// The path of the record.
        path: PathBuf,
    },
    /// The command exited with 0 but left no result.
    #[error(
        "expected a result in {} or as a line of JSON on stdout, found neither",
        path.display()
    )]
    NoResult {
        /// The path at which the result file was expected.
        path: PathBuf,
    },
    /// A result, a record or another file of the study is not a plain file, is too large, or is not
    /// text.
    #[error("expected a file of at most {limit} bytes at {}, found {found}", path.display())]
    NotAFile {
        /// The path of the file.
        path: PathBuf,
        /// The maximum size of the file, in bytes.
        limit: u64,
        /// What was found at the path.
        found: String,
    },
    /// The result does not have the required form.
    #[error(
        "{place}: expected a result such as {{\"trial\": {trial}, \"objective\": 0.5}}, found {found}"
    )]
    Form {
        /// The source of the result: the path of a file, or `stdout`.
        place: String,
        /// The number of the trial that was to be evaluated.
        trial: u64,
        /// What is wrong with the result.
        found: String,
    },
    /// A process of an earlier attempt is still running and cannot be terminated.
    #[error(
        "attempt {attempt} of trial {trial} is still running ({process}) and could not be stopped; stop it, then resume"
    )]
    StillRunning {
        /// The number of the trial.
        trial: u64,
        /// The number of the attempt.
        attempt: u32,
        /// A description of the attempt's process group, such as `process group 12` or `process
        /// group unknown`.
        process: String,
    },
    /// The trial's value was known before the study, so there is nothing to measure.
    #[error(
        "expected a trial to measure, found trial {trial}, whose value was known before the study began"
    )]
    Known {
        /// The number of the trial.
        trial: TrialId,
    },
}

/// An error of an engine (Slurm or Ray). It ends the study, but the study's jobs continue to run,
/// and no results are lost.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{doing}: expected {expected}, found {found}. {advice}")]
pub struct EngineError {
    /// The operation that failed, and the program or address that it used.
    pub doing: String,
    /// What was expected.
    pub expected: String,
    /// What was found instead of what was expected.
    pub found: String,
    /// Advice to the user.
    pub advice: String,
}

impl ExecError {
    /// Returns true if the error ends the study, because it concerns the study's folder, the engine
    /// or the system, and false if it only makes one trial fail. If a file in a trial's folders is
    /// missing, of the wrong kind or inaccessible, the trial's command is held responsible.
    pub(crate) fn is_of_the_study(&self) -> bool {
        match self {
            Self::File { source, .. } => !is_of_a_trial(source),
            Self::Moved(_)
            | Self::StillRunning { .. }
            | Self::Known { .. }
            | Self::Engine(_)
            | Self::OtherEngine { .. }
            | Self::NotUtf8 { .. } => true,
            _ => false,
        }
    }
}

/// Returns true if the error means that a file or folder is missing, unexpected or inaccessible.
fn is_of_a_trial(error: &io::Error) -> bool {
    use io::ErrorKind::{
        AlreadyExists, DirectoryNotEmpty, IsADirectory, NotADirectory, NotFound, PermissionDenied,
    };
    #[cfg(unix)]
    let is_link = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    #[cfg(not(unix))]
    let is_link = false;
    let odd =
        [AlreadyExists, DirectoryNotEmpty, IsADirectory, NotADirectory, NotFound, PermissionDenied];
    is_link || odd.contains(&error.kind())
}

/// Returns a description of an exit status in words.
fn status_text(status: i32) -> String {
    let text = format!("exit status {status}");
    #[cfg(unix)]
    if let 129..=192 = status {
        let signal = <std::process::ExitStatus as std::os::unix::process::ExitStatusExt>::from_raw(
            status - 128,
        );
        return format!("{text}, caused by {}", ending_text(signal));
    }
    text
}

/// Returns a description of the end of a process, such as `signal 9 (SIGKILL)`.
pub(crate) fn ending_text(status: std::process::ExitStatus) -> String {
    status.to_string().replacen(": ", " ", 1)
}

fn unproven_words(unproven: bool) -> &'static str {
    if unproven { "; its result was ignored, because it lacks `\"final\": true`" } else { "" }
}

fn last_words(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("; last line of stderr: `{line}`") }
}

/// Converts I/O errors to [`ExecError::File`].
pub(crate) trait At<T> {
    /// Returns the value or, if there is an error, an [`ExecError::File`] with the operation
    /// `doing` and the path `path`.
    fn at(self, doing: &'static str, path: &Path) -> Result<T, ExecError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, doing: &'static str, path: &Path) -> Result<T, ExecError> {
        self.map_err(|source| ExecError::File { doing, path: path.into(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_file_is_of_its_trial_and_a_full_disk_of_the_study() {
        let concerns_study = |source: io::Error| {
            let result = Err::<(), _>(source).at("write", Path::new("request.json"));
            result.unwrap_err().is_of_the_study()
        };
        assert!(concerns_study(io::ErrorKind::StorageFull.into()));
        assert!(concerns_study(io::ErrorKind::ReadOnlyFilesystem.into()));
        assert!(!concerns_study(io::ErrorKind::NotFound.into()));
        assert!(!concerns_study(io::ErrorKind::PermissionDenied.into()));
        #[cfg(unix)]
        assert!(!concerns_study(rustix::io::Errno::LOOP.into()));
    }
}
