//! Programs that chores run: cargo, git and the release build of `ganas`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("xtask is a folder of the workspace").to_owned()
}

/// A cargo command in `folder`, by the cargo that runs us.
pub(crate) fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(folder);
    command
}

/// Runs a command to its end; its output goes where ours goes.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {}", text(&command)))?;
    ensure!(status.success(), "{}: {status}", text(&command));
    Ok(())
}

/// The standard output of a command that succeeds; its standard error goes where ours goes.
pub(crate) fn output(mut command: Command) -> Result<String> {
    command.stderr(Stdio::inherit());
    let output = command.output().with_context(|| format!("starting {}", text(&command)))?;
    ensure!(output.status.success(), "{}: {}", text(&command), output.status);
    String::from_utf8(output.stdout).with_context(|| format!("output of {}", text(&command)))
}

/// The files that git tracks, relative to the root.
pub(crate) fn tracked_files() -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z"]).current_dir(root());
    Ok(output(git)?.split_terminator('\0').map(PathBuf::from).collect())
}

/// A release build of `ganas`.
#[derive(Debug)]
pub(crate) struct Ganas {
    binary: PathBuf,
}

impl Ganas {
    /// Builds the workspace in `folder` into `target`.
    pub(crate) fn build(folder: &Path, target: &Path) -> Result<Self> {
        let mut build =
            cargo(folder, &["build", "--quiet", "--release", "--locked", "--package", "ganas-cli"]);
        build.arg("--target-dir").arg(target);
        run(build)?;
        let name = format!("ganas{}", std::env::consts::EXE_SUFFIX);
        Ok(Self { binary: target.join("release").join(name) })
    }

    /// What a command prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.binary);
        command.args(arguments);
        output(command)
    }

    /// The object that a command prints with `--json`.
    pub(crate) fn json(&self, arguments: &str) -> Result<Value> {
        let mut command = Command::new(&self.binary);
        command.args(arguments.split_whitespace()).arg("--json");
        let printed = output(command)?;
        serde_json::from_str(&printed).with_context(|| format!("JSON of ganas {arguments}"))
    }

    /// Starts a command in the workspace's root, with pipes to and from it.
    pub(crate) fn piped(&self, arguments: &str) -> Result<Child> {
        let mut command = Command::new(&self.binary);
        command.args(arguments.split_whitespace()).current_dir(root());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.spawn().with_context(|| format!("starting {}", text(&command)))
    }

    /// The program's bytes.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let path = &self.binary;
        std::fs::read(path).with_context(|| format!("reading {}", path.display()))
    }
}

fn text(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
