//! The folder and environment of studies on an engine.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::process::{Ganas, run};

/// A folder available on every node, since all of them are this machine.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) folder: TempDir,
    pub(super) ganas: Ganas,
    /// Environment variables of ganas and the engine's programs.
    pub(super) variables: Vec<(&'static str, String)>,
    /// The engine's table in study files, without the parts that differ between studies.
    pub(super) table: String,
}

impl Lab {
    /// Creates an empty lab for an engine that has not been started.
    pub(super) fn new(ganas: Ganas) -> Result<Self> {
        let folder = tempfile::tempdir().context("making a temporary folder")?;
        Ok(Self { folder, ganas, variables: Vec::new(), table: String::new() })
    }

    /// Creates a folder.
    pub(super) fn place(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(path)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns a command with the environment that reaches the engine.
    pub(super) fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(name);
        command.args(arguments).envs(self.variables.iter().map(|(name, value)| (*name, value)));
        command
    }
}

/// Waits until a condition holds.
pub(super) fn until(what: &str, time: Duration, holds: impl Fn() -> bool) -> Result<()> {
    let started = Instant::now();
    while !holds() {
        ensure!(started.elapsed() < time, "waited {time:?} in vain for this condition: {what}");
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Sends a signal to a process, or to a group if its number is prefixed by `-`.
pub(super) fn signal(name: &str, process: &str) -> Result<()> {
    let mut kill = Command::new("kill");
    kill.args(["-s", name, "--", process]);
    run(kill)
}
