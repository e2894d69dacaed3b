//! Programs used by chores: cargo, git and the release build of `ganas`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::files::sha256;

/// Returns the workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("xtask is a folder of the workspace").to_owned()
}

/// Returns a cargo command in `folder`, using the cargo that runs us.
pub(crate) fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(folder);
    command
}

/// Runs a command to its end; its output goes to ours.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {}", text(&command)))?;
    ensure!(status.success(), "{}: {status}", text(&command));
    Ok(())
}

/// Returns the standard output of a command that succeeds; its standard error goes to ours.
pub(crate) fn output(mut command: Command) -> Result<String> {
    command.stderr(Stdio::inherit());
    let output = command.output().with_context(|| format!("starting {}", text(&command)))?;
    ensure!(output.status.success(), "{}: {}", text(&command), output.status);
    String::from_utf8(output.stdout)
        .with_context(|| format!("reading the output of {}", text(&command)))
}

/// Returns the files that git tracks, relative to the root.
pub(crate) fn tracked_files() -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z"]).current_dir(root());
    Ok(output(git)?.split_terminator('\0').map(PathBuf::from).collect())
}

/// Returns the commit about to be built, marked if files other than those written by experiments
/// differ from it.
pub(crate) fn commit() -> Result<String> {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(root());
        output(git)
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let sources = [".", ":!README.md", ":!benchmarks-data/results"];
    let changed = git(&[&["status", "--porcelain", "--"], &sources[..]].concat())?;
    let mark = if changed.is_empty() { "" } else { "-dirty" };
    Ok(format!("{}{mark}", commit.trim()))
}

/// A program that cargo compiles of a package on crates.io, in a folder of `target`, unless it is there.
pub(crate) fn tool(package: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
    let folder = root().join("target").join(package);
    let program = folder.join("bin").join(format!("{package}{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        let arguments = ["install", "--quiet", "--locked", package, "--version", version];
        let mut install = cargo(&root(), &[&arguments[..], options].concat());
        install.arg("--root").arg(folder);
        run(install)?;
    }
    Ok(program)
}

/// A release build of `ganas`.
#[derive(Debug)]
pub(crate) struct Ganas {
    binary: PathBuf,
}

impl Ganas {
    /// Builds the workspace in `folder` into `target`.
    pub(crate) fn build(folder: &Path, target: &Path) -> Result<Self> {
        let mut build = cargo(folder, &["build", "--quiet", "--release", "--locked"]);
        build.args(["--package", "ganas-cli", "--features", "figures", "--target-dir"]).arg(target);
        run(build)?;
        let name = format!("ganas{}", std::env::consts::EXE_SUFFIX);
        Ok(Self { binary: target.join("release").join(name) })
    }

    /// Uses an existing build.
    pub(crate) fn at(binary: &Path) -> Self {
        Self { binary: binary.to_owned() }
    }

    /// Copies the program to `path`, unless it is already there.
    pub(crate) fn copy_to(&self, path: &Path) -> Result<Self> {
        let place = || format!("copying {} to {}", self.binary.display(), path.display());
        let there = Self::at(path).checksum().ok();
        if there != Some(self.checksum()?) {
            std::fs::copy(&self.binary, path).with_context(place)?;
        }
        Ok(Self { binary: path.canonicalize().with_context(place)? })
    }

    /// Returns the path of the program.
    pub(crate) fn path(&self) -> &Path {
        &self.binary
    }

    /// Removes the program.
    pub(crate) fn remove(self) -> Result<()> {
        let path = self.binary;
        std::fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))
    }

    /// Runs a command and returns its output.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.binary);
        command.args(arguments);
        output(command)
    }

    /// Runs a command with `--json` and returns the object that it prints.
    pub(crate) fn json(&self, arguments: &str) -> Result<Value> {
        let mut command = Command::new(&self.binary);
        command.args(arguments.split_whitespace()).arg("--json");
        let printed = output(command)?;
        serde_json::from_str(&printed)
            .with_context(|| format!("reading the JSON output of ganas {arguments}"))
    }

    /// Runs a command like [`Self::json`], but shows its standard error only if it fails.
    pub(crate) fn quiet_json(&self, arguments: &str) -> Result<Value> {
        let mut command = Command::new(&self.binary);
        command.args(arguments.split_whitespace()).arg("--json").stdin(Stdio::null());
        let output = command.output().with_context(|| format!("starting {}", text(&command)))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "ganas {arguments}: {}\n{said}", output.status);
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("reading the JSON output of ganas {arguments}"))
    }

    /// Starts a command in the workspace's root, with pipes to and from it.
    pub(crate) fn piped(&self, arguments: &str) -> Result<Child> {
        let mut command = Command::new(&self.binary);
        command.args(arguments.split_whitespace()).current_dir(root());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.spawn().with_context(|| format!("starting {}", text(&command)))
    }

    /// Returns the SHA-256 of the program.
    pub(crate) fn checksum(&self) -> Result<String> {
        let path = &self.binary;
        let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        Ok(sha256(&bytes))
    }
}

fn text(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
