//! Processes that an earlier life of the study left running.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::{alive, group};
use crate::attempt::{Attempt, read_plain, write};
use crate::error::ExecError;

/// How long a process may take to end after the final signal, or to become known.
const PATIENCE: Duration = Duration::from_secs(1);

/// Time between two looks at a process.
const LOOK: Duration = Duration::from_millis(5);

/// Records the process group of an attempt, for a later life to find.
pub(crate) fn record_group(attempt: &Attempt, group: u32) -> Result<(), ExecError> {
    write(&group_file(attempt), &group.to_string())
}

/// Ends what an earlier process of ours left running: its output is lost, so it is of no use, and a
/// second one beside it would be in its way.
///
/// # Errors
/// [`ExecError::StillRunning`] if that is not possible.
pub(crate) fn end_leftovers(attempt: &Attempt, grace: Duration) -> Result<(), ExecError> {
    let started = Instant::now();
    let mut group = find_group(attempt);
    while is_alive(attempt, group)? {
        if group.is_some() || started.elapsed() >= grace.max(PATIENCE) {
            break;
        }
        thread::sleep(LOOK);
        group = find_group(attempt);
    }
    if !is_alive(attempt, group)? {
        return Ok(());
    }
    // Without a lock the number may be somebody else's by now.
    if let (Some(group), Some(true)) = (group, alive::is_locked(attempt)?) {
        group::ask_to_end(group);
        if ends_within(attempt, grace, group)? {
            return Ok(());
        }
        group::kill(group);
        if ends_within(attempt, PATIENCE, group)? {
            return Ok(());
        }
    }
    Err(ExecError::StillRunning {
        trial: attempt.trial,
        attempt: attempt.number,
        process: group.map_or("process group unknown".into(), |g| format!("process group {g}")),
    })
}

/// Where the number of an attempt's process group is recorded.
fn group_file(attempt: &Attempt) -> PathBuf {
    attempt.folder.join("group")
}

/// Its process group: as it was recorded, or, if we were killed before that, that of whoever has its
/// stdin.
fn find_group(attempt: &Attempt) -> Option<u32> {
    let recorded = read_plain(&group_file(attempt)).ok().flatten();
    recorded.and_then(|text| text.trim().parse().ok()).or_else(|| group::of_stdin(&attempt.alive()))
}

fn ends_within(attempt: &Attempt, time: Duration, group: u32) -> Result<bool, ExecError> {
    let started = Instant::now();
    while is_alive(attempt, Some(group))? {
        if started.elapsed() >= time {
            return Ok(false);
        }
        thread::sleep(LOOK);
    }
    Ok(true)
}

/// Does a process of the attempt still run?
fn is_alive(attempt: &Attempt, group: Option<u32>) -> Result<bool, ExecError> {
    Ok(alive::is_locked(attempt)?.unwrap_or_else(|| group.is_some_and(group::exists)))
}
