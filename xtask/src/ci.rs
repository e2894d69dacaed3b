//! `cargo xtask ci`: all checks, as in continuous integration.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::engines::EnginesArgs;
use crate::process::{cargo, root, run as run_command};
use crate::python::PythonArgs;
use crate::regress::RegressArgs;
use crate::{book, engines, python, regress, tidy};

/// The name of a step, and its function.
type Step = (&'static str, fn() -> Result<()>);

/// The cheapest first, so that errors that are easy to fix are reported early.
const STEPS: [Step; 12] = [
    ("format", || run_command(cargo(&root(), &["fmt", "--all", "--check"]))),
    ("tidy", tidy::run),
    ("without features", without_features),
    ("clippy", clippy),
    ("docs", docs),
    ("tests", tests),
    ("doc tests", || {
        run_command(cargo(&root(), &["test", "--release", "--quiet", "--workspace", "--doc"]))
    }),
    ("benches", benches),
    ("regress", || regress::run(&RegressArgs::default())),
    ("book", book),
    ("python", python),
    ("slurm", slurm),
];

/// Runs every step up to the first failure.
pub(crate) fn run() -> Result<()> {
    run_steps(STEPS)
}

/// Runs steps up to the first that fails, and prints how long each took.
pub(crate) fn run_steps<F: Fn() -> Result<()>>(
    steps: impl IntoIterator<Item = (&'static str, F)>,
) -> Result<()> {
    let started = Instant::now();
    for (name, step) in steps {
        println!("== {name}");
        let started = Instant::now();
        step().with_context(|| format!("step {name}"))?;
        println!("== {name}: {:.0} s", started.elapsed().as_secs_f64());
    }
    println!("== all steps passed in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Checks that searches build without SQLite, for programs that store no studies.
fn without_features() -> Result<()> {
    let arguments = ["clippy", "--quiet", "--locked", "--package", "ganas-search"];
    let warnings = ["--no-default-features", "--", "-D", "warnings"];
    run_command(cargo(&root(), &[&arguments[..], &warnings].concat()))
}

fn clippy() -> Result<()> {
    let arguments =
        ["clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    run_command(cargo(&root(), &arguments))
}

fn docs() -> Result<()> {
    let mut command = cargo(&root(), &["doc", "--quiet", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    run_command(command)
}

/// Runs the tests in the release profile, which the benches and `regress` need anyway, so that
/// candle is built once. Uses nextest if installed, which runs the tests of all crates
/// concurrently.
fn tests() -> Result<()> {
    let found: Result<_, _> = Command::new("cargo-nextest")
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let arguments: &[&str] = if found.is_ok_and(|status| status.success()) {
        &["nextest", "run", "--release", "--workspace"]
    } else {
        &["test", "--release", "--quiet", "--workspace", "--lib", "--bins", "--tests"]
    };
    let mut command = cargo(&root(), arguments);
    // Snapshots are reviewed by hand; a run of all checks accepts none.
    command.env("INSTA_UPDATE", "no");
    run_command(command)
}

/// Builds the book if mdBook may be compiled for it.
fn book() -> Result<()> {
    if std::env::var_os("CI").is_none() {
        println!("skipped because it may compile mdBook; set `CI=true` or run `cargo xtask book`");
        return Ok(());
    }
    book::run()
}

/// Runs studies on a real Slurm, only in continuous integration.
fn slurm() -> Result<()> {
    if std::env::var_os("CI").is_none() {
        println!(
            "skipped because it may install Slurm; set `CI=true` or run `cargo xtask engines slurm --brief`"
        );
        return Ok(());
    }
    engines::run(&EnginesArgs::brief_slurm())
}

/// Tests the Python package, only in continuous integration, since it installs packages from PyPI.
fn python() -> Result<()> {
    if std::env::var_os("CI").is_none() {
        println!(
            "skipped because it installs packages from PyPI; set `CI=true` or run `cargo xtask python`"
        );
        return Ok(());
    }
    python::run(&PythonArgs::checks())
}

fn benches() -> Result<()> {
    run_command(cargo(&root(), &["bench", "--quiet", "--workspace", "--no-run", "--bench", "*"]))
}
