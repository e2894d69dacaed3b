//! The output of the command, and its exit codes.

mod amount;
mod comparison;
mod dry_run;
mod improvement;
mod labelled;
mod number;
mod outline;
mod pace;
mod plain;
mod progress;
mod search;
mod snippet;
mod study_events;
mod study_summary;
mod table;

use std::fmt;
use std::io::{self, ErrorKind as IoErrorKind, Write};
use std::process::ExitCode;
use std::time::SystemTime;

use ganas::ErrorKind;
use serde::Serialize;

pub(crate) use self::amount::{Amount, has_parts, spent};
pub(crate) use self::comparison::{ComparisonTables, SearchesTable};
pub(crate) use self::dry_run::{Tried, wrong};
pub(crate) use self::improvement::ImprovementTables;
pub(crate) use self::labelled::{WIDTH, beside, cut, labelled};
pub(crate) use self::number::{counted, rounded};
pub(crate) use self::outline::outline;
pub(crate) use self::pace::{Pace, long};
pub(crate) use self::plain::{in_line, plain};
pub(crate) use self::progress::Progress;
pub(crate) use self::search::Summary;
pub(crate) use self::study_events::StudyEvents;
pub(crate) use self::study_summary::goals;
pub(crate) use self::table::Table;

/// The reason why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library returned an error.
    Work(Box<ganas::Error>),
    /// Standard output cannot be written, or standard input cannot be read.
    Pipe(&'static str, io::Error),
    /// A result cannot be written as JSON.
    Json(serde_json::Error),
    /// The handler for Ctrl-C cannot be installed.
    Signals(ctrlc::Error),
}

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl<E: Into<ganas::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Work(Box::new(error.into()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Work(error) => error.fmt(formatter),
            Self::Pipe(doing, error) => write!(formatter, "{doing}: {error}"),
            Self::Json(error) => write!(formatter, "could not write JSON: {error}"),
            Self::Signals(error) => write!(formatter, "listening for Ctrl-C: {error}"),
        }
    }
}

/// Returns the unit of a data set's values, after a space, or nothing if the values have none.
pub(crate) fn unit(dataset: Option<&str>) -> &'static str {
    if ganas::value_unit(dataset).is_empty() { "" } else { " %" }
}

/// Returns an error for incorrect usage that the parser of the command line cannot detect.
pub(crate) fn wrong_usage<T>(message: impl Into<String>) -> Outcome<T> {
    Err(ganas::Error::Usage(message.into()).into())
}

/// Returns an error for a request that is impossible, or that names something unknown.
pub(crate) fn unsupported<T>(message: impl Into<String>) -> Outcome<T> {
    Err(ganas::Error::Unsupported(message.into()).into())
}

/// Writes a result to stdout in one call.
pub(crate) fn write(text: &str) -> Outcome {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|error| Failure::Pipe("writing to stdout", error))
}

/// Writes text for people to stdout, with its control characters escaped.
pub(crate) fn write_text(text: &str) -> Outcome {
    write(&plain(text))
}

/// Writes a result to stdout as one JSON object.
pub(crate) fn write_json(result: &impl Serialize) -> Outcome {
    let mut text = serde_json::to_string_pretty(result).map_err(Failure::Json)?;
    text.push('\n');
    write(&text)
}

/// Writes a result to stdout: as JSON if `json` is true, and otherwise as text for people.
pub(crate) fn write_either(
    json: bool,
    result: &impl Serialize,
    text: impl FnOnce() -> String,
) -> Outcome {
    if json { write_json(result) } else { write_text(&text()) }
}

/// Returns the current time in the format of log lines.
#[expect(clippy::disallowed_methods, reason = "lines of a log have their time; no result has")]
pub(crate) fn stamp() -> impl fmt::Display {
    humantime::format_rfc3339_seconds(SystemTime::now())
}

/// Writes a message to stderr. Errors are ignored, since nobody reads a closed stderr.
pub(crate) fn note(message: &str) {
    let _ = writeln!(io::stderr(), "{}", plain(message));
}

/// Exit code of a process that was interrupted, as shells report it for Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;

/// Reports an error, if there is one, on stderr, and returns the process's exit code: 0 if the work
/// was done, 1 if it failed, 2 for incorrect usage, and 130 if it was interrupted. If stdout is a
/// pipe whose reader has closed it, the work counts as done.
pub(crate) fn exit_code(done: Outcome) -> ExitCode {
    let Err(failure) = done else { return ExitCode::SUCCESS };
    let kind = match &failure {
        Failure::Pipe(_, error) if error.kind() == IoErrorKind::BrokenPipe => {
            return ExitCode::SUCCESS;
        }
        Failure::Work(error) => error.kind(),
        _ => ErrorKind::Failure,
    };
    let in_file = match &failure {
        Failure::Work(error) => error.in_file().map(snippet::render),
        _ => None,
    };
    let shown = match (in_file, kind) {
        (Some(shown), _) => shown,
        (None, ErrorKind::Interruption) => failure.to_string(),
        (None, _) => format!("error: {failure}"),
    };
    // If stderr is closed too, the exit code still reports the error.
    let _ = writeln!(io::stderr(), "{}", plain(&shown));
    ExitCode::from(match kind {
        ErrorKind::Interruption => INTERRUPTED,
        ErrorKind::Usage => 2,
        ErrorKind::Failure => 1,
    })
}
