//! System functions for the process group of a command. The group contains the command and all
//! processes that it starts, unless they leave the group.

use std::io;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

#[cfg(unix)]
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, getpgid, kill_process_group, test_kill_process_group,
    waitid,
};

/// Makes the command run in a process group of its own.
#[cfg(unix)]
pub(crate) fn lead(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Returns true if the command's own process has ended. The process is not reaped, so that its
/// number, which is also the number of its group, stays reserved.
#[cfg(unix)]
pub(crate) fn has_ended(child: &mut Child) -> io::Result<bool> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(Pid::from_child(child)), options)?.is_some())
}

/// Waits for the end of a process, if the system supports such waiting.
#[derive(Debug)]
pub(crate) struct ProcessExit {
    #[cfg(target_os = "linux")]
    process: Option<std::os::fd::OwnedFd>,
}

#[cfg(target_os = "linux")]
impl ProcessExit {
    pub(crate) fn new(child: &Child) -> Self {
        let flags = rustix::process::PidfdFlags::empty();
        Self { process: rustix::process::pidfd_open(Pid::from_child(child), flags).ok() }
    }

    /// Waits until the process ends, but no longer than `time`.
    pub(crate) fn wait(&self, time: Duration) {
        use rustix::event::{PollFd, PollFlags, poll};
        let waited = self.process.as_ref().and_then(|process| {
            let time = time.try_into().ok()?;
            poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&time)).ok()
        });
        if waited.is_none() {
            thread::sleep(time);
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl ProcessExit {
    pub(crate) fn new(_child: &Child) -> Self {
        Self {}
    }

    /// Waits for `time`.
    pub(crate) fn wait(&self, time: Duration) {
        thread::sleep(time);
    }
}

/// Sends `SIGTERM` to all processes of the group.
#[cfg(unix)]
pub(crate) fn ask_to_end(group: u32) {
    signal(group, Signal::TERM);
}

/// Kills all processes of the group.
#[cfg(unix)]
pub(crate) fn kill(group: u32) {
    signal(group, Signal::KILL);
}

/// Returns true if the group contains a process.
#[cfg(unix)]
pub(crate) fn exists(group: u32) -> bool {
    pid(group).is_some_and(|pid| test_kill_process_group(pid).is_ok())
}

/// Returns the process group of a process that has the file as its stdin, if the system reports
/// such a process.
#[cfg(unix)]
pub(crate) fn of_stdin(file: &Path) -> Option<u32> {
    let processes = std::fs::read_dir("/proc").ok()?;
    let mut numbers =
        processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let has_it = |number: &u32| {
        std::fs::read_link(format!("/proc/{number}/fd/0")).is_ok_and(|stdin| stdin == file)
    };
    let group = getpgid(pid(numbers.find(has_it)?)).ok()?.as_raw_nonzero().get();
    // Our own group is no command's.
    u32::try_from(group).ok().filter(|_| Some(group) != own_group())
}

#[cfg(unix)]
fn own_group() -> Option<i32> {
    getpgid(None).ok().map(|group| group.as_raw_nonzero().get())
}

#[cfg(unix)]
fn signal(group: u32, signal: Signal) {
    if let Some(pid) = pid(group) {
        // Fails if the group has already ended, which is the goal.
        let _ = kill_process_group(pid, signal);
    }
}

/// Returns the ID of a process group, or `None` for 0 and 1: a signal to group 0 would reach ganas
/// itself, and a signal to group 1 would reach every process.
#[cfg(unix)]
fn pid(group: u32) -> Option<Pid> {
    i32::try_from(group).ok().filter(|group| *group > 1).and_then(Pid::from_raw)
}

#[cfg(not(unix))]
pub(crate) fn lead(_command: &mut Command) {}

#[cfg(not(unix))]
pub(crate) fn has_ended(child: &mut Child) -> io::Result<bool> {
    Ok(child.try_wait()?.is_some())
}

#[cfg(not(unix))]
pub(crate) fn ask_to_end(_group: u32) {}

#[cfg(not(unix))]
pub(crate) fn kill(_group: u32) {}

#[cfg(not(unix))]
pub(crate) fn of_stdin(_file: &Path) -> Option<u32> {
    None
}

#[cfg(not(unix))]
pub(crate) fn exists(_group: u32) -> bool {
    false
}
