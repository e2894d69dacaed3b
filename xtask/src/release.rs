//! `cargo xtask release`: the checks before a release. It publishes nothing.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::ci::run_steps;
use crate::process::{cargo, root, run as run_command, tool};
use crate::python::{self, PythonArgs};

/// What checks licences and advisories of dependencies.
const DENY: &str = "0.20.2";

/// What compares the libraries' interfaces with those of a release before.
const SEMVER_CHECKS: &str = "0.51.0";

/// Run all checks that precede a release, and build the wheel; publishes nothing
#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    /// Previous release, as a tag or another revision, to check for undeclared breaking changes
    #[arg(long, value_name = "REVISION")]
    since: Option<String>,
}

/// A step's name, and what it does.
type Step = (&'static str, fn(&ReleaseArgs) -> Result<()>);

/// The cheapest first.
const STEPS: [Step; 6] = [
    ("licences and sources", |_| deny(&["check", "licenses", "bans", "sources"])),
    ("advisories", |_| advisories()),
    ("oldest Rust", |_| oldest_rust()),
    ("interfaces", interfaces),
    ("packages", |_| run_command(cargo(&root(), &["publish", "--workspace", "--dry-run"]))),
    ("wheel", |_| python::run(&PythonArgs::published())),
];

/// Runs every step up to the first that fails.
pub(crate) fn run(args: &ReleaseArgs) -> Result<()> {
    run_steps(STEPS.map(|(name, step)| (name, move || step(args))))
}

fn deny(arguments: &[&str]) -> Result<()> {
    let mut deny = Command::new(tool("cargo-deny", DENY, &[])?);
    deny.args(arguments).current_dir(root());
    run_command(deny)
}

/// Known faults of dependencies; a machine that does not reach the list of them says so.
fn advisories() -> Result<()> {
    if let Err(error) = deny(&["fetch", "db"]) {
        println!("NOT CHECKED, because the database of advisories could not be reached: {error:#}");
        return Ok(());
    }
    deny(&["check", "advisories"])
}

/// The workspace, with the oldest Rust that the packages say they build with.
fn oldest_rust() -> Result<()> {
    let version = format!("{}.0", env!("CARGO_PKG_RUST_VERSION"));
    let mut check = Command::new("rustup");
    check.args(["run", "--install", &version, "cargo", "check", "--quiet", "--locked"]);
    check.arg("--workspace").current_dir(root());
    run_command(check)
}

/// What the libraries offer, against what they offered; the version has to allow each difference.
fn interfaces(args: &ReleaseArgs) -> Result<()> {
    let Some(since) = &args.since else {
        println!("skipped because no release to compare with was given; use `--since REVISION`");
        return Ok(());
    };
    let mut checks = Command::new(tool("cargo-semver-checks", SEMVER_CHECKS, &[])?);
    checks.args(["semver-checks", "--workspace", "--baseline-rev", since]).current_dir(root());
    run_command(checks)
}
