//! A running command, from its start until it exits or is terminated.

use std::io;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus};
use std::time::{Duration, Instant};

use ganas_search::Cancel;

use super::group::{self, ProcessExit};
use super::guard::Guard;
use crate::settings::CommandSettings;

/// A running command in its own process group.
#[derive(Debug)]
pub(crate) struct Process<'g> {
    child: Child,
    end: ProcessExit,
    guard: Option<&'g Guard>,
    started: Instant,
    running: bool,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The command exited by itself.
    Exited(ExitStatus),
    /// The command exceeded its time limit and was terminated.
    TimedOut,
    /// The command was terminated because it was still running long after it wrote a final result.
    Finished,
    /// The command was terminated because its evaluation was cancelled.
    Cancelled,
    /// The command was terminated because the study stopped the trial early.
    Stopped,
}

/// The conditions for terminating a command, and the grace periods between `SIGTERM` and `SIGKILL`.
#[derive(Debug)]
pub(crate) struct Limits<'a> {
    timeout: Option<Duration>,
    grace: Duration,
    final_grace: Duration,
    cancel: &'a Cancel,
    cancel_grace: Duration,
}

impl<'a> Limits<'a> {
    /// Returns the limits according to the settings.
    pub(crate) fn new(settings: &CommandSettings, cancel: &'a Cancel) -> Self {
        let (timeout, grace) = (settings.timeout(), settings.grace());
        let final_grace = settings.final_grace();
        Self { timeout, grace, final_grace, cancel, cancel_grace: settings.cancel_grace() }
    }
}

/// Interval for checking for a final result.
const LOOK_FOR_RESULT: Duration = Duration::from_secs(1);

/// Shortest and longest interval for polling a command. Between these limits, the interval is a
/// twentieth of the time since the command started.
const LOOKS: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));

impl<'g> Process<'g> {
    /// Starts the command.
    ///
    /// # Errors
    /// If the system fails to start the command.
    pub(crate) fn start(mut command: Command, guard: Option<&'g Guard>) -> io::Result<Self> {
        group::lead(&mut command);
        let child = command.spawn()?;
        if let Some(guard) = guard {
            guard.add(child.id());
        }
        let end = ProcessExit::new(&child);
        Ok(Self { child, end, guard, started: Instant::now(), running: true })
    }

    /// Returns the number of the command's process group.
    pub(crate) fn group(&self) -> u32 {
        self.child.id()
    }

    /// Takes the command's stdout and stderr, if they are pipes. They can be taken only once.
    pub(crate) fn streams(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Waits until the command exits or must be terminated, and then terminates its whole process
    /// group. `has_final` returns true if there is a final result, and `is_stopped` returns true if
    /// the study wants the command stopped.
    ///
    /// # Errors
    /// If the status of the command cannot be read.
    pub(crate) fn wait(
        &mut self,
        limits: &Limits<'_>,
        has_final: impl Fn() -> bool,
        mut is_stopped: impl FnMut() -> bool,
    ) -> io::Result<Ended> {
        let (mut look, mut final_since) = (LOOK_FOR_RESULT, None);
        loop {
            if group::has_ended(&mut self.child)? {
                return Ok(Ended::Exited(self.end(Duration::ZERO)?));
            }
            if limits.cancel.is_set() {
                self.end(limits.cancel_grace)?;
                return Ok(Ended::Cancelled);
            }
            if is_stopped() {
                self.end(limits.grace)?;
                return Ok(Ended::Stopped);
            }
            let age = self.started.elapsed();
            if limits.timeout.is_some_and(|timeout| age >= timeout) {
                self.end(limits.grace)?;
                return Ok(Ended::TimedOut);
            }
            if age >= look {
                look = age + LOOK_FOR_RESULT;
                final_since = final_since.or_else(|| has_final().then_some(age));
            }
            if final_since.is_some_and(|since| age >= since + limits.final_grace) {
                self.end(limits.grace)?;
                return Ok(Ended::Finished);
            }
            let left = limits.timeout.map_or(LOOKS.1, |timeout| timeout.saturating_sub(age));
            self.end.wait((age / 20).clamp(LOOKS.0, LOOKS.1).min(left));
        }
    }

    /// Ends the whole process group: first with `SIGTERM` and, after `grace`, with `SIGKILL`. The
    /// command's own process is reaped last, so that its number stays reserved until then.
    fn end(&mut self, grace: Duration) -> io::Result<ExitStatus> {
        let asked = Instant::now();
        if !group::has_ended(&mut self.child)? {
            group::ask_to_end(self.group());
            while !group::has_ended(&mut self.child)? && asked.elapsed() < grace {
                self.end.wait(LOOKS.0);
            }
        }
        self.running = false;
        group::kill(self.group());
        #[cfg(not(unix))]
        self.child.kill()?;
        let status = self.child.wait()?;
        if let Some(guard) = self.guard {
            guard.drop(self.group());
        }
        Ok(status)
    }
}

impl Drop for Process<'_> {
    fn drop(&mut self) {
        if self.running {
            // An error is already being returned.
            let _ = self.end(Duration::ZERO);
        }
    }
}
