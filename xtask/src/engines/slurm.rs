//! Slurm on loopback: one node with two slots.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::lab::{Lab, until};
use crate::environments;
use crate::process::{output, run};

/// A cluster on this machine, until dropped.
#[derive(Debug)]
pub(super) struct Cluster {
    variables: Vec<(&'static str, String)>,
    munge: Child,
    controller: Option<Child>,
    node: Option<Child>,
}

const PACKAGES: [&str; 2] = ["slurm-wlm", "munge"];

/// The configuration: a node that does not answer for some seconds counts as lost.
const CONFIGURATION: &str = "\
ClusterName=loopback
AuthType=auth/munge
AuthInfo=socket=FOLDER/munge.socket
SlurmUser=root
SlurmdUser=root
SlurmctldHost=HOST(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=FOLDER/state
SlurmdSpoolDir=FOLDER/spool
SlurmctldPidFile=FOLDER/slurmctld.pid
SlurmdPidFile=FOLDER/slurmd.pid
SlurmctldLogFile=FOLDER/slurmctld.log
SlurmdLogFile=FOLDER/slurmd.log
SlurmdTimeout=6
SlurmctldTimeout=30
KillWait=2
MessageTimeout=10
MaxJobCount=20000
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
NodeName=HOST NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=HOST Default=YES MaxTime=INFINITE State=UP
";

impl Cluster {
    /// Starts the cluster, installing Slurm first if missing.
    pub(super) fn start(lab: &mut Lab) -> Result<Self> {
        install()?;
        let path = |name: &str| lab.path(name);
        for name in ["state", "spool"] {
            fs::create_dir(path(name)).context("making a folder for Slurm")?;
        }
        let mut host = Command::new("hostname");
        host.arg("-s");
        let configuration = CONFIGURATION
            .replace("FOLDER", &lab.folder.path().display().to_string())
            .replace("HOST", output(host)?.trim());
        fs::write(path("slurm.conf"), configuration).context("writing slurm.conf")?;
        let munge = munge(lab.folder.path())?;
        lab.variables = vec![("SLURM_CONF", path("slurm.conf").display().to_string())];
        lab.table = "[evaluator.slurm]\n".into();
        let variables = lab.variables.clone();
        let mut cluster = Self { variables, munge, controller: None, node: None };
        cluster.start_controller()?;
        cluster.start_node()?;
        cluster.wait_for_node()?;
        Ok(cluster)
    }

    /// Returns a command for one of Slurm's programs.
    fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(name);
        command.args(arguments).envs(self.variables.iter().map(|(name, value)| (*name, value)));
        command
    }

    pub(super) fn start_controller(&mut self) -> Result<()> {
        self.controller = Some(self.daemon("slurmctld", &["-D"])?);
        Ok(())
    }

    pub(super) fn start_node(&mut self) -> Result<()> {
        self.node = Some(self.daemon("slurmd", &["-D"])?);
        Ok(())
    }

    pub(super) fn kill_controller(&mut self) -> Result<()> {
        kill(&mut self.controller)
    }

    pub(super) fn kill_node(&mut self) -> Result<()> {
        kill(&mut self.node)
    }

    /// Waits until the node accepts jobs; resumes a node that Slurm has drained, as its
    /// administrator would.
    pub(super) fn wait_for_node(&self) -> Result<()> {
        let is_up = || {
            let state = self.node_state();
            if state.starts_with("drain") {
                let resume = ["update", "NodeName=ALL", "State=RESUME"];
                let _ = self.program("scontrol", &resume).output();
            }
            ["idle", "mixed", "allocated"].contains(&state.as_str())
        };
        until("the node takes jobs", Duration::from_mins(1), is_up)
    }

    /// Returns the node's state as reported by `sinfo`; empty if there is no answer.
    pub(super) fn node_state(&self) -> String {
        let said = self.program("sinfo", &["--noheader", "--format=%T"]).output();
        said.map_or(String::new(), |it| String::from_utf8_lossy(&it.stdout).trim().to_owned())
    }

    fn daemon(&self, name: &str, arguments: &[&str]) -> Result<Child> {
        let mut command = self.program(name, arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().with_context(|| format!("starting {name}"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A failure here leaves processes behind, and cannot be reported.
        let _ = self.program("scancel", &["--user=root"]).status();
        thread::sleep(Duration::from_secs(3));
        let _ = kill(&mut self.node);
        let _ = kill(&mut self.controller);
        let _ = self.munge.kill();
        let _ = self.munge.wait();
    }
}

fn kill(daemon: &mut Option<Child>) -> Result<()> {
    if let Some(mut daemon) = daemon.take() {
        daemon.kill().context("killing a daemon")?;
        daemon.wait().context("waiting for a daemon")?;
    }
    Ok(())
}

fn install() -> Result<()> {
    let has = |name: &str| Command::new(name).arg("-V").output().is_ok();
    if has("slurmctld") && has("slurmd") && has("sbatch") && has("munged") {
        return Ok(());
    }
    environments::install(&PACKAGES)
}

/// Starts Slurm's authentication with a separate key.
fn munge(folder: &Path) -> Result<Child> {
    let path = |name: &str| folder.join(name).display().to_string();
    let mut key = Command::new("dd");
    let key_file = format!("of={}", path("munge.key"));
    key.args(["if=/dev/urandom", &key_file, "bs=1024", "count=1", "status=none"]);
    run(key)?;
    let mut mode = Command::new("chmod");
    mode.args(["600", &path("munge.key")]);
    run(mode)?;
    let mut command = Command::new("munged");
    command.args(["--foreground", "--force"]);
    for (option, name) in [
        ("key-file", "munge.key"),
        ("socket", "munge.socket"),
        ("pid-file", "munge.pid"),
        ("log-file", "munge.log"),
        ("seed-file", "munge.seed"),
    ] {
        command.arg(format!("--{option}={}", path(name)));
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().context("starting munged")?;
    let socket = folder.join("munge.socket");
    until("munged listens", Duration::from_secs(20), || socket.exists())?;
    Ok(child)
}
