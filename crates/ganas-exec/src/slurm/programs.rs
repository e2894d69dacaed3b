//! Runs Slurm's programs and reads their output.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::error::{EngineError, ExecError};
use crate::settings::CommandSettings;

/// Slurm's programs, and the environment variables that these programs and their jobs get.
#[derive(Debug)]
pub(super) struct Programs {
    sbatch: PathBuf,
    squeue: PathBuf,
    scancel: PathBuf,
    sacct: Option<PathBuf>,
    variables: Vec<(OsString, OsString)>,
}

/// The output of a program.
#[derive(Debug, Clone)]
pub(super) struct ProgramOutput {
    pub(super) succeeded: bool,
    /// Whether the program exited by itself, so that its output is complete.
    pub(super) is_whole: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// The environment variable with the path of Slurm's configuration. Slurm's programs inherit it
/// from ganas, even if the user's command does not.
const CONFIGURATION: &str = "SLURM_CONF";

/// Prefixes of environment variables that change the behaviour or output of Slurm's programs. Such
/// variables, except [`CONFIGURATION`], are passed on only if the study file sets them.
const STRAY: [&str; 5] = ["SLURM_", "SBATCH_", "SQUEUE_", "SACCT_", "SCANCEL_"];

impl Programs {
    /// Finds Slurm's programs in the command's `PATH` or, if the command has none, in that of this
    /// process.
    ///
    /// # Errors
    /// [`EngineError`] if a program is missing, except for `sacct`, which is optional.
    pub(super) fn find(settings: &CommandSettings) -> Result<Self, ExecError> {
        let path = settings.variables().filter(|(name, _)| name == "PATH").last();
        let path = path.map(|(_, path)| path).or_else(|| std::env::var_os("PATH"));
        let find = |name: &str| which::which_in(name, path.as_ref(), "/");
        let needed = |name: &str| {
            find(name).map_err(|error| EngineError {
                doing: format!("looking for `{name}`"),
                expected: "the Slurm commands in PATH, as [evaluator.slurm] requires".into(),
                found: error.to_string(),
                advice: "Run ganas on a machine that can submit jobs, then resume".into(),
            })
        };
        let is_stray =
            |name: &str| STRAY.iter().any(|start| name.starts_with(start)) && name != CONFIGURATION;
        let is_set = |name: &str| settings.environment.contains_key(name);
        let variables = settings.variables().filter(|(name, _)| {
            let name = name.to_string_lossy();
            is_set(&name) || !is_stray(&name)
        });
        let configuration = std::env::var_os(CONFIGURATION).map(|it| (CONFIGURATION.into(), it));
        Ok(Self {
            sbatch: needed("sbatch")?,
            squeue: needed("squeue")?,
            scancel: needed("scancel")?,
            sacct: find("sacct").ok(),
            variables: configuration.into_iter().chain(variables).collect(),
        })
    }

    /// Runs `sbatch` with the arguments `words`.
    pub(super) fn sbatch(&self, words: &[String]) -> ProgramOutput {
        self.run(&self.sbatch, words)
    }

    /// Runs `squeue` to list the user's jobs and tasks, one per line, including those that have
    /// just ended.
    pub(super) fn squeue(&self) -> ProgramOutput {
        let user = user();
        let words = ["--noheader", "--array", "--states=all", "--format=%F|%K|%T|%j", &user];
        self.run(&self.squeue, &words)
    }

    /// Runs `scancel` to end these jobs.
    pub(super) fn scancel(&self, jobs: &[String]) -> ProgramOutput {
        self.run(&self.scancel, jobs)
    }

    /// Returns what Slurm's accounting says about all tasks of the job named `name`, or `None` if
    /// there is no accounting.
    pub(super) fn sacct(&self, name: &str) -> Option<ProgramOutput> {
        let name = format!("--name={name}");
        let words = [
            "--noheader",
            "--parsable2",
            "--allocations",
            "--format=JobID,State",
            "--starttime=now-30days",
            name.as_str(),
        ];
        let output = self.run(self.sacct.as_ref()?, &words);
        output.succeeded.then_some(output)
    }

    fn run(&self, program: &PathBuf, words: &[impl AsRef<std::ffi::OsStr>]) -> ProgramOutput {
        let mut command = Command::new(program);
        command.args(words).env_clear().envs(self.variables.iter().cloned());
        // Keep Ctrl-C from the program: an interrupted submission would be in doubt.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        match command.stdin(Stdio::null()).output() {
            Ok(output) => ProgramOutput {
                succeeded: output.status.success(),
                is_whole: output.status.code().is_some(),
                stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
                stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            },
            Err(error) => {
                let stderr = format!("could not start {}: {error}", program.display());
                ProgramOutput { succeeded: false, is_whole: true, stdout: String::new(), stderr }
            }
        }
    }
}

/// Maximum number of characters of an answer quoted in a message.
const SHOWN: usize = 300;

impl ProgramOutput {
    /// Returns the output of the program, shortened for a message.
    pub(super) fn shown(&self) -> String {
        let text = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let text: Vec<_> = text.split_whitespace().collect();
        let text: String = text.join(" ").chars().take(SHOWN).collect();
        let end = if self.succeeded { "" } else { " (the program failed)" };
        if text.is_empty() { format!("nothing{end}") } else { format!("`{text}`{end}") }
    }
}

#[cfg(unix)]
fn user() -> String {
    format!("--user={}", rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn user() -> String {
    "--me".into()
}
