//! `cargo xtask python`: makes the wheel, and checks the package that is installed from it.

mod notices;
mod wheel;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::environments::{environment, environment_with_torch};
use crate::process::{output, root, run as run_command};

/// What checks wheels; what tests import beside PyTorch is no dependency of ours.
const CHECKS: [&str; 8] =
    ["pytest", "mypy", "optuna", "pandas", "pandas-stubs", "onnx", "onnxruntime", "scipy"];

/// Installing it and a first search, as a user would.
const FIRST: &str = "\
import ganas
table = ganas.Benchmark('nasbench201')
study = ganas.Study(table, budget=30)
study.optimize()
print(study.best.arch, study.best.value)
";

/// Build the Python wheel, which includes the command, install it and check it with pytest, mypy and
/// stubtest
#[derive(Debug, Args)]
pub(crate) struct PythonArgs {
    /// Also measure its speed, and fail if a target is missed
    #[arg(long)]
    measure: bool,
    /// Only build the wheel, in `target/python/wheels`
    #[arg(long, conflicts_with = "measure")]
    wheel: bool,
    /// Build it with zig for every Linux with glibc 2.17 or later, not only for this machine's or later
    #[arg(long)]
    manylinux: bool,
}

impl PythonArgs {
    /// The checks, without the figures, which depend on the machine.
    pub(crate) const fn checks() -> Self {
        Self { measure: false, wheel: false, manylinux: false }
    }

    /// The checks of the wheel that is published, which on Linux is for older ones too.
    pub(crate) const fn published() -> Self {
        Self { manylinux: cfg!(target_os = "linux"), ..Self::checks() }
    }
}

/// Runs `cargo xtask python`.
pub(crate) fn run(args: &PythonArgs) -> Result<()> {
    let folder = root().join("target/python");
    let wheel = wheel::make(&folder, args.manylinux)?;
    println!("{}", wheel.display());
    if args.wheel {
        return Ok(());
    }
    let fresh = folder.join("fresh");
    fs::remove_dir_all(&fresh).ok();
    let fresh = installed(environment(&fresh, &[])?, &wheel)?;
    println!("a first search: {}", said(&fresh, &["-c", FIRST])?.trim());
    let python = installed(environment_with_torch(&folder.join("with-torch"), &CHECKS)?, &wheel)?;
    check(&python)?;
    if args.measure {
        let measure = root().join("xtask/src/python/measure.py");
        run_command(in_python(&fresh, &[text(&measure)?]))?;
    }
    Ok(())
}

/// The Python of an environment, which is given the wheel and has nothing of an earlier one.
fn installed(python: PathBuf, wheel: &Path) -> Result<PathBuf> {
    let install = ["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"];
    let mut command = in_python(&python, &install);
    command.arg(wheel);
    run_command(command)?;
    let requires = said(&python, &["-m", "pip", "show", "ganas"])?;
    let requires = requires.lines().find_map(|line| line.strip_prefix("Requires:"));
    ensure!(requires.map(str::trim) == Some(""), "expected no dependencies, found {requires:?}");
    Ok(python)
}

/// Checks what is installed; the folder of the tests has no sources of the package in it.
fn check(python: &Path) -> Result<()> {
    let checks: [&[&str]; 4] = [
        &["-m", "pytest", "--quiet", "-p", "no:cacheprovider", "."],
        &["-m", "mypy", "--strict", "."],
        &["-m", "mypy", "--strict", "--package", "ganas"],
        &["-m", "mypy.stubtest", "ganas"],
    ];
    checks.iter().try_for_each(|check| run_command(in_python(python, check)))
}

/// A command of Python in the folder of the tests.
fn in_python(python: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(python);
    command.args(arguments).current_dir(root().join("crates/ganas-python/tests"));
    command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("MYPY_CACHE_DIR", root().join("target/python/mypy"));
    // Another package by the name would be in its place.
    command.env_remove("PYTHONPATH");
    command
}

fn said(python: &Path, arguments: &[&str]) -> Result<String> {
    output(in_python(python, arguments))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{}: the name is not Unicode", path.display()))
}
