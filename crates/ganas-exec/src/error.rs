//! What can go wrong with a command, its attempts and its study.

use std::io;
use std::path::{Path, PathBuf};

use ganas_search::{StoreError, TrialId};
use thiserror::Error;

/// Why a command cannot be run as an evaluator, or why one attempt gave no value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecError {
    /// A setting that is out of its range.
    #[error("evaluator: {setting}: expected {expected}, found {found}")]
    Setting {
        /// Its name in the study file.
        setting: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A file or folder that could not be read or written.
    #[error("{doing} {}: {source}", path.display())]
    File {
        /// What was being done, such as `writing`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A folder of the study that leads out of it.
    #[error(
        "expected {} inside {}, found that it leads to {}",
        path.display(),
        folder.display(),
        found.display()
    )]
    Outside {
        /// The folder.
        path: PathBuf,
        /// Where it has to be.
        folder: PathBuf,
        /// Where it is.
        found: PathBuf,
    },
    /// The study's folder is not the one that was opened.
    #[error(transparent)]
    Moved(#[from] StoreError),
    /// A path that cannot be written in JSON.
    #[error("expected a study folder whose path is UTF-8, found {}", path.display())]
    NotUtf8 {
        /// The path.
        path: PathBuf,
    },
    /// The command could not be started.
    #[error("starting `{program}`: {found}")]
    Start {
        /// The command's first word.
        program: String,
        /// What the system says.
        found: String,
    },
    /// The command did not end well.
    #[error("the command ended with {}{}", status_text(*status), last_words(last_line))]
    Exit {
        /// Its exit status; 128 and the number of a signal if one ended it.
        status: i32,
        /// The last line on its stderr.
        last_line: String,
    },
    /// The command took too long and was ended.
    #[error("the command ran for more than {seconds} s and was ended{}", unproven_words(*unproven))]
    TimedOut {
        /// The limit, in seconds.
        seconds: f64,
        /// There was a result that did not say that it was final.
        unproven: bool,
    },
    /// Somebody else asked the command to end.
    #[error(
        "a signal asked the command to end, which was not ours; what it said then does not count"
    )]
    Asked,
    /// The supervisor of a command was killed.
    #[error(
        "the command's supervisor ended with {status}, as when memory runs out; the command was ended"
    )]
    Supervisor {
        /// How it ended, such as `signal: 9 (SIGKILL)`.
        status: String,
    },
    /// The study was killed again and again while a trial ran.
    #[error(
        "the study was killed {times} times while the command ran; `max_interruptions` allows {allowed}"
    )]
    Interrupted {
        /// How often.
        times: u32,
        /// How often that may be.
        allowed: u32,
    },
    /// Jobs of a trial were lost again and again.
    #[error(
        "its attempts were interrupted {times} times, at last because {reason}; `max_interruptions` allows {allowed}"
    )]
    Lost {
        /// How often.
        times: u32,
        /// How often that may be.
        allowed: u32,
        /// What became of the last.
        reason: String,
    },
    /// A job ended without an end of its command.
    #[error("{reason}")]
    Job {
        /// What is known of it.
        reason: String,
    },
    /// An engine refused, or did not answer as engines do.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// An attempt was given to an engine that the settings do not name.
    #[error(
        "attempt {attempt} of trial {trial} may still run as job {job}; resume with the engine that has it, or once it has ended"
    )]
    OtherEngine {
        /// The trial.
        trial: u64,
        /// The attempt.
        attempt: u32,
        /// The job's name.
        job: String,
    },
    /// The record of an attempt is not what was written.
    #[error("expected the record that was written to {}, found another", path.display())]
    Record {
        /// The record.
        path: PathBuf,
    },
    /// The command ended well and left no result.
    #[error(
        "expected a result in {} or as a line of JSON on stdout, found neither",
        path.display()
    )]
    NoResult {
        /// Where the result was expected.
        path: PathBuf,
    },
    /// What stands in the result's place is not a plain file, or is too large.
    #[error("expected a file of at most {limit} bytes at {}, found {found}", path.display())]
    NotAFile {
        /// Where the result was expected.
        path: PathBuf,
        /// Most bytes that a result may have.
        limit: u64,
        /// What was found.
        found: String,
    },
    /// The result is not in the form that is asked for.
    #[error(
        "{place}: expected a result such as {{\"trial\": {trial}, \"objective\": 0.5}}, found {found}"
    )]
    Form {
        /// Where it was found: a file or `stdout`.
        place: String,
        /// The trial that was asked for.
        trial: u64,
        /// What is wrong with it.
        found: String,
    },
    /// A process of an earlier attempt is still there and cannot be ended.
    #[error(
        "attempt {attempt} of trial {trial} still runs ({process}) and could not be ended; end it, then resume"
    )]
    StillRunning {
        /// The trial.
        trial: u64,
        /// The attempt.
        attempt: u32,
        /// Its process group, where it is known.
        process: String,
    },
    /// There is nothing to measure.
    #[error("expected a trial that is to be measured, found {trial}, known before the study")]
    Known {
        /// The trial.
        trial: TrialId,
    },
}

/// What is wrong with an engine. The study ends, its jobs run on, and nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{doing}: expected {expected}, found {found}. {advice}")]
pub struct EngineError {
    /// What was being done, with the program or address.
    pub doing: String,
    /// What should have come.
    pub expected: String,
    /// What came.
    pub found: String,
    /// What to do.
    pub advice: String,
}

impl ExecError {
    /// Is something wrong with the study's folder or its system, rather than with one trial? What is
    /// gone, of another kind or closed in a trial's folders is the doing of a command.
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

/// Is it what comes of a file or folder that is missing, odd or closed?
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

/// An exit status in words.
fn status_text(status: i32) -> String {
    let text = format!("exit status: {status}");
    #[cfg(unix)]
    if let 129..=192 = status {
        let signal = <std::process::ExitStatus as std::os::unix::process::ExitStatusExt>::from_raw(
            status - 128,
        );
        return format!("{text}, as of {signal}");
    }
    text
}

fn unproven_words(unproven: bool) -> &'static str {
    if unproven {
        "; it had left a result without `\"final\": true`, which does not count"
    } else {
        ""
    }
}

fn last_words(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("; the last it said: {line}") }
}

/// Gives an I/O error its place.
pub(crate) trait At<T> {
    /// The error with what was being done to which file.
    fn at(self, doing: &'static str, path: &Path) -> Result<T, ExecError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, doing: &'static str, path: &Path) -> Result<T, ExecError> {
        self.map_err(|source| ExecError::File { doing, path: path.into(), source })
    }
}
