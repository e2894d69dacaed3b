//! Errors of commands, attempts and studies.

use std::io;
use std::path::{Path, PathBuf};

use ganas_search::{StoreError, TrialId};
use thiserror::Error;

/// An error that prevents running a command as an evaluator, or the reason that an attempt returned
/// no value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecError {
    /// A setting is out of range.
    #[error("evaluator: {setting}: expected {expected}, found {found}")]
    Setting {
        /// Its key in the study file.
        setting: &'static str,
        /// The allowed values.
        expected: &'static str,
        /// The value found.
        found: String,
    },
    /// A file or folder could not be read or written.
    #[error("{doing} {}: {source}", path.display())]
    File {
        /// The operation, such as `writing`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A folder of the study resolves to a place outside it.
    #[error(
        "expected {} to be inside {}, found that it resolves to {}",
        path.display(),
        folder.display(),
        found.display()
    )]
    Outside {
        /// The folder.
        path: PathBuf,
        /// The folder that must contain it.
        folder: PathBuf,
        /// Its resolved path.
        found: PathBuf,
    },
    /// The study's folder is not the one that was opened.
    #[error(transparent)]
    Moved(#[from] StoreError),
    /// A path is not UTF-8, so it cannot be written in JSON.
    #[error("expected a study folder with a UTF-8 path, found {}", path.display())]
    NotUtf8 {
        /// The path.
        path: PathBuf,
    },
    /// The command could not be started.
    #[error("could not start `{program}`: {found}")]
    Start {
        /// The command's first word.
        program: String,
        /// The error.
        found: String,
    },
    /// The command exited with an error.
    #[error("the command ended with {}{}", status_text(*status), last_words(last_line))]
    Exit {
        /// Its exit status; 128 + N if signal N killed it.
        status: i32,
        /// The last line of its stderr.
        last_line: String,
    },
    /// The command exceeded its time limit and was terminated.
    #[error("the command exceeded its time limit of {seconds} s and was stopped{}", unproven_words(*unproven))]
    TimedOut {
        /// The limit, in seconds.
        seconds: f64,
        /// Whether there was a result that was not marked final.
        unproven: bool,
    },
    /// Something else signalled the command to end.
    #[error("a signal from outside ganas asked the command to end; its result was ignored")]
    Asked,
    /// The supervisor of a command was killed.
    #[error(
        "the command's supervisor ended with {status}, possibly because memory ran out; the command was stopped"
    )]
    Supervisor {
        /// Its exit status, such as `signal: 9 (SIGKILL)`.
        status: String,
    },
    /// The study was killed repeatedly while the trial ran.
    #[error(
        "the study was killed {times} times while the command ran; `max_interruptions` allows {allowed}"
    )]
    Interrupted {
        /// The number of times.
        times: u32,
        /// The number allowed.
        allowed: u32,
    },
    /// Jobs of a trial were lost repeatedly.
    #[error(
        "its attempts were interrupted {times} times, most recently because {reason}; `max_interruptions` allows {allowed}"
    )]
    Lost {
        /// The number of times.
        times: u32,
        /// The number allowed.
        allowed: u32,
        /// The reason for the most recent interruption.
        reason: String,
    },
    /// A job ended, but its command did not record an exit.
    #[error("{reason}")]
    Job {
        /// The known details.
        reason: String,
    },
    /// An engine refused a request or returned an invalid answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// An attempt was submitted to an engine that the settings do not name.
    #[error(
        "attempt {attempt} of trial {trial} may still be running as job {job}; resume with the engine that is running it, or wait until it has ended"
    )]
    OtherEngine {
        /// The trial.
        trial: u64,
        /// The attempt.
        attempt: u32,
        /// The job's name.
        job: String,
    },
    /// The record of an attempt is damaged.
    #[error("expected the record that was written to {}, found other contents", path.display())]
    Record {
        /// The record.
        path: PathBuf,
    },
    /// The command exited with 0 but left no result.
    #[error(
        "expected a result in {} or as a line of JSON on stdout, found neither",
        path.display()
    )]
    NoResult {
        /// The expected path of the result.
        path: PathBuf,
    },
    /// The result file is not a plain file, or is too large.
    #[error("expected a file of at most {limit} bytes at {}, found {found}", path.display())]
    NotAFile {
        /// The expected path of the result.
        path: PathBuf,
        /// The maximum size of a result, in bytes.
        limit: u64,
        /// The actual file.
        found: String,
    },
    /// The result does not have the required form.
    #[error(
        "{place}: expected a result such as {{\"trial\": {trial}, \"objective\": 0.5}}, found {found}"
    )]
    Form {
        /// The place of the result: a file or `stdout`.
        place: String,
        /// The requested trial.
        trial: u64,
        /// The defect.
        found: String,
    },
    /// A process of an earlier attempt is still running and cannot be terminated.
    #[error(
        "attempt {attempt} of trial {trial} is still running ({process}) and could not be stopped; stop it, then resume"
    )]
    StillRunning {
        /// The trial.
        trial: u64,
        /// The attempt.
        attempt: u32,
        /// Its process group, if known.
        process: String,
    },
    /// The trial was known before the study, so there is nothing to measure.
    #[error(
        "expected a trial to measure, found trial {trial}, whose value was known before the study"
    )]
    Known {
        /// The trial.
        trial: TrialId,
    },
}

/// An error of an engine. The study ends, its jobs continue to run, and nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{doing}: expected {expected}, found {found}. {advice}")]
pub struct EngineError {
    /// The operation, with the program or address.
    pub doing: String,
    /// The expected answer.
    pub expected: String,
    /// The actual answer.
    pub found: String,
    /// The advice to the user.
    pub advice: String,
}

impl ExecError {
    /// Returns true if the error concerns the study's folder or the system rather than one trial. A
    /// file in a trial's folders that is missing, of the wrong kind or not accessible is attributed
    /// to the command.
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

/// Returns true for the errors of a missing, unexpected or inaccessible file or folder.
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

/// Describes an exit status in words.
fn status_text(status: i32) -> String {
    let text = format!("exit status: {status}");
    #[cfg(unix)]
    if let 129..=192 = status {
        let signal = <std::process::ExitStatus as std::os::unix::process::ExitStatusExt>::from_raw(
            status - 128,
        );
        return format!("{text}, caused by {signal}");
    }
    text
}

fn unproven_words(unproven: bool) -> &'static str {
    if unproven { "; its result was ignored, because it lacks `\"final\": true`" } else { "" }
}

fn last_words(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("; last line of stderr: {line}") }
}

/// Adds the file and the operation to an I/O error.
pub(crate) trait At<T> {
    /// Converts the error, adding the operation and the file.
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
            let result = Err::<(), _>(source).at("writing", Path::new("request.json"));
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
