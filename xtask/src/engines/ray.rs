//! Ray on loopback: one node with two slots.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::lab::{Lab, signal, until};
use crate::environments::environment;
use crate::process::root;

/// A Ray head on this machine, until dropped.
#[derive(Debug)]
pub(super) struct Head {
    program: PathBuf,
    place: PathBuf,
    process: Option<Child>,
}

/// Its address.
const ADDRESS: &str = "127.0.0.1:8266";

impl Head {
    /// Starts it, installing Ray first if missing.
    pub(super) fn start(lab: &mut Lab) -> Result<Self> {
        let folder = root().join("target/engines/ray");
        fs::create_dir_all(folder.parent().unwrap_or(&folder)).context("making a folder")?;
        let program = folder.join("bin/ray");
        if !program.exists() {
            environment(&folder, &["ray[default]"])?;
        }
        lab.table = format!("[evaluator.ray]\naddress = \"http://{ADDRESS}\"\nnum_cpus = 1\n");
        let mut head = Self { program, place: lab.path("r"), process: None };
        head.begin()?;
        Ok(head)
    }

    /// Starts its processes, which form one group.
    pub(super) fn begin(&mut self) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.args(["start", "--head", "--block", "--num-cpus=2", "--node-ip-address=127.0.0.1"]);
        command.args(["--port=26379", "--dashboard-host=127.0.0.1", "--dashboard-port=8266"]);
        command.args(["--disable-usage-stats", "--object-store-memory=100000000"]);
        command.arg(format!("--temp-dir={}", self.place.display()));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        self.process = Some(command.spawn().context("starting Ray")?);
        let version = format!("http://{ADDRESS}/api/version");
        let answers = || {
            let mut ask = Command::new("curl");
            ask.args(["--silent", "--fail", "--max-time", "3", &version]).stdout(Stdio::null());
            ask.status().is_ok_and(|status| status.success())
        };
        until("Ray answers", Duration::from_mins(2), answers)?;
        // Its agent, which starts jobs, becomes ready a moment later.
        thread::sleep(Duration::from_secs(3));
        Ok(())
    }

    /// Kills all of its processes; those of its jobs may survive.
    pub(super) fn kill(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            signal("KILL", &format!("-{}", process.id()))?;
            process.wait().context("waiting for Ray")?;
        }
        Ok(())
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It ends everything that it started.
            let _ = signal("TERM", &process.id().to_string());
            let _ = process.wait();
        }
    }
}
