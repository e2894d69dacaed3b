use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use ganas_bench::BenchError;
use ganas_exec::ExecError;
use ganas_graph::ArchError;
use ganas_graph::spaces::described::SpaceFileError;
use ganas_search::{ConstraintError, StoreError, StudyError, UnknownName};
use ganas_trainer::ConfigError;
use serde::Serialize;

use crate::part::Part;
use crate::spaces;

/// Writes a result to stdout, all of it at once.
pub(crate) fn write(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).context("writing to stdout")
}

/// Writes a result to stdout as one JSON object.
pub(crate) fn write_json(result: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(result).context("writing JSON")?;
    text.push('\n');
    write(&text)
}

/// A study ended early because it was asked to.
#[derive(Debug)]
pub(crate) struct Interrupted {
    pub(crate) queries: usize,
    pub(crate) folder: PathBuf,
}

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { queries, folder } = self;
        let folder = folder.display();
        write!(formatter, "interrupted after {queries} queries; `ganas resume {folder}` goes on")
    }
}

impl Error for Interrupted {}

/// What was asked cannot be done, whatever the work would give.
#[derive(Debug)]
pub(crate) struct WrongUsage(pub(crate) String);

impl fmt::Display for WrongUsage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for WrongUsage {}

/// Exit code of a process that was asked to end, as shells have it for Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;

/// Says on stderr what went wrong, and gives the process's exit code: 0 done, 1 failed, 2 wrong
/// usage, 130 interrupted. Whoever closed the pipe that we write to has seen enough: that counts as done.
pub(crate) fn exit_code(done: anyhow::Result<()>) -> ExitCode {
    match done {
        Err(error) if error.is::<Interrupted>() => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(INTERRUPTED)
        }
        Err(error) if !is_closed_pipe(&error) => {
            // Where stderr is closed too, the exit code still tells.
            let shown = match error.chain().find_map(|cause| cause.downcast_ref()) {
                Some(in_file) => spaces::render(in_file),
                None => format!("error: {}", describe(&error)),
            };
            let _ = writeln!(io::stderr(), "{shown}");
            ExitCode::from(if is_wrong_usage(&error) { 2 } else { 1 })
        }
        _ => ExitCode::SUCCESS,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(closed))
}

/// Is something wrong with what was asked, rather than with the work?
fn is_wrong_usage(error: &anyhow::Error) -> bool {
    error.is::<Part>()
        || error.chain().any(|cause| {
            cause.is::<WrongUsage>()
                || cause.is::<UnknownName>()
                || cause.is::<ConstraintError>()
                || cause.is::<ArchError>()
                || cause.is::<ConfigError>()
                || cause.is::<SpaceFileError>()
                || matches!(
                    cause.downcast_ref(),
                    Some(
                        BenchError::Name(_)
                            | BenchError::Arch(_)
                            | BenchError::Query(_)
                            | BenchError::CompiledIn { .. }
                    )
                )
                || matches!(
                    cause.downcast_ref(),
                    Some(
                        StudyError::NoBudget
                            | StudyError::BudgetTooLarge { .. }
                            | StudyError::TooManyWorkers { .. }
                            | StudyError::TimeBudget { .. }
                    )
                )
                || matches!(cause.downcast_ref(), Some(ExecError::Setting { .. }))
                || matches!(
                    cause.downcast_ref(),
                    Some(
                        StoreError::Exists { .. }
                            | StoreError::Leftovers { .. }
                            | StoreError::Missing { .. }
                    )
                )
        })
}

/// The error and its causes in one line; a cause that an error's own text ends with is not repeated.
pub(crate) fn describe(error: &anyhow::Error) -> String {
    // What a part is called says nothing that the error does not.
    let is_part = |text: &String| error.downcast_ref().map(Part::to_string).as_ref() == Some(text);
    let mut causes = error.chain().map(ToString::to_string).skip_while(is_part);
    let mut text = causes.next().unwrap_or_default();
    for cause in causes {
        if !text.ends_with(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;
    use ganas_bench::QuerySettings;

    use super::*;

    #[test]
    fn wrong_usage_is_told_from_failure() {
        let unknown = UnknownName { what: "space", found: "x".into(), valid: vec!["y".into()] };
        assert!(is_wrong_usage(&BenchError::Name(unknown.clone()).into()));
        assert!(is_wrong_usage(&anyhow::Error::new(unknown).context("opening")));
        let query = "repeat=x".parse::<QuerySettings>().unwrap_err();
        assert!(is_wrong_usage(&BenchError::from(query).into()));
        assert!(is_wrong_usage(&StudyError::NoBudget.into()));
        let nothing = StudyError::NothingFeasible { rejections: Vec::new() };
        assert!(!is_wrong_usage(&nothing.into()));
    }

    #[test]
    fn causes_are_said_once() {
        let error = anyhow!("disk full").context("writing a: disk full").context("saving");
        assert_eq!(describe(&error), "saving: writing a: disk full");
    }

    #[test]
    fn a_closed_pipe_is_recognised_below_its_context() {
        let closed = anyhow::Error::new(io::Error::from(ErrorKind::BrokenPipe)).context("writing");
        assert!(is_closed_pipe(&closed));
        assert!(!is_closed_pipe(&anyhow!("broken pipe")));
    }
}
