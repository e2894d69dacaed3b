//! Processes left running by an earlier run of the study.

use std::thread;
use std::time::{Duration, Instant};

use super::group;
use crate::attempt::{Attempt, is_locked};
use crate::error::ExecError;

/// Time allowed for a process to end after `SIGKILL`. Also the shortest time limit for finding the
/// process group of a running process; the limit is the grace time if that is longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Interval for polling a process.
const LOOK: Duration = Duration::from_millis(5);

/// Ends the processes of an attempt that an earlier run left running. Their output is lost, and
/// they would interfere with a new attempt.
///
/// # Errors
/// [`ExecError::StillRunning`] if the processes cannot be ended.
pub(crate) fn end_orphans(attempt: &Attempt, grace: Duration) -> Result<(), ExecError> {
    let started = Instant::now();
    let mut group = find_group(attempt)?;
    while is_alive(attempt, group)? {
        if group.is_some() || started.elapsed() >= grace.max(PATIENCE) {
            break;
        }
        thread::sleep(LOOK);
        group = find_group(attempt)?;
    }
    if !is_alive(attempt, group)? {
        return Ok(());
    }
    // Without a lock, the number may belong to another process by now.
    if let (Some(group), Some(true)) = (group, is_locked(&attempt.record)?) {
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

/// Returns an attempt's process group: the recorded one or, if the study was killed before
/// recording the group, the group of the process that has the attempt's record as stdin.
fn find_group(attempt: &Attempt) -> Result<Option<u32>, ExecError> {
    let kept = attempt.recorded()?;
    Ok(kept.and_then(|kept| kept.group).or_else(|| group::of_stdin(&attempt.record)))
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

/// Returns true if a process of the attempt is still running.
fn is_alive(attempt: &Attempt, group: Option<u32>) -> Result<bool, ExecError> {
    Ok(is_locked(&attempt.record)?.unwrap_or_else(|| group.is_some_and(group::exists)))
}
