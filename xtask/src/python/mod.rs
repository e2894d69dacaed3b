//! `cargo xtask python`: makes the wheel, and checks the package that is installed from it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::environments::{environment, environment_with_torch};
use crate::process::{Ganas, output, root, run as run_command};

/// What makes wheels.
const MAKES: [&str; 1] = ["maturin>=1.9,<2"];

/// What checks them; what tests import beside PyTorch is no dependency of ours.
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

/// Makes the Python wheel with the command in it, installs it and checks what is installed: pytest, mypy,
/// and the stubs against the module
#[derive(Debug, Args)]
pub(crate) struct PythonArgs {
    /// Measure how fast it is, too, and fail where a figure is missed
    #[arg(long)]
    measure: bool,
    /// Only make the wheel, in `target/python/wheels`
    #[arg(long, conflicts_with = "measure")]
    wheel: bool,
}

impl PythonArgs {
    /// The checks, without the figures, which depend on the machine.
    pub(crate) const fn checks() -> Self {
        Self { measure: false, wheel: false }
    }
}

/// Runs `cargo xtask python`.
pub(crate) fn run(args: &PythonArgs) -> Result<()> {
    let folder = root().join("target/python");
    let wheel = make(&folder)?;
    println!("{}", wheel.display());
    if args.wheel {
        return Ok(());
    }
    let fresh = folder.join("fresh");
    fs::remove_dir_all(&fresh).ok();
    let fresh = installed(environment(&fresh, &[])?, &wheel)?;
    println!("a first search: {}", said(&fresh, &["-c", FIRST])?.trim());
    let python = installed(environment_with_torch(&folder.join("checks"), &CHECKS)?, &wheel)?;
    check(&python)?;
    if args.measure {
        let measure = root().join("xtask/src/python/measure.py");
        run_command(in_python(&fresh, &[text(&measure)?]))?;
    }
    Ok(())
}

/// The wheel of this machine, from the release build that all else uses.
fn make(folder: &Path) -> Result<PathBuf> {
    let maturin = environment(&folder.join("tools"), &MAKES)?;
    let target = root().join("target");
    let package = root().join("crates/ganas-python");
    let scripts = package.join("ganas.data/scripts");
    fs::create_dir_all(&scripts).with_context(|| format!("making {}", scripts.display()))?;
    let command = scripts.join(format!("ganas{}", std::env::consts::EXE_SUFFIX));
    strip(&Ganas::build(&root(), &target)?.copy_to(&command)?)?;
    let wheels = folder.join("wheels");
    // One of another version would be found beside it.
    fs::remove_dir_all(&wheels).ok();
    let mut build = in_python(&maturin, &["-m", "maturin", "build", "--release", "--locked"]);
    build.arg("--manifest-path").arg(package.join("Cargo.toml")).arg("--out").arg(&wheels);
    build.arg("--target-dir").arg(&target);
    run_command(build)?;
    let entries = fs::read_dir(&wheels).with_context(|| format!("reading {}", wheels.display()))?;
    let mut paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    paths
        .find(|path| path.extension().is_some_and(|it| it == "whl"))
        .context("maturin made no wheel")
}

/// Leaves out of the command what only debuggers read, which is most of it.
fn strip(ganas: &Ganas) -> Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    let mut strip = Command::new("strip");
    strip.arg(ganas.path());
    run_command(strip)
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
