//! `cargo xtask fuzz`: runs the fuzz targets, each for its number of executions or time.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::files::{read, write_json};
use crate::process::{output, root, run as run_command};

/// Run the fuzz targets, each for ten million executions or an hour
///
/// Requires a nightly compiler. The progress is kept in target/fuzz/state.json, with the corpus
/// beside it, so that an interrupted run resumes. A failing input is left in target/fuzz/TARGET.
#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// Targets [default: all]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Executions per target, over all runs
    #[arg(long, value_name = "N", default_value = "10000000")]
    executions: u64,
    /// Seconds per target, over all runs
    #[arg(long, value_name = "N", default_value = "3600")]
    seconds: u64,
    /// Forget the progress of earlier runs
    #[arg(long)]
    afresh: bool,
}

/// Compiler flags for libFuzzer's coverage and for detecting memory errors.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Zsanitizer=address";

/// Longest run of a target before its progress is saved, in seconds.
const STRETCH: u64 = 60;

/// Runs `cargo xtask fuzz`.
pub(crate) fn run(args: &FuzzArgs) -> Result<()> {
    let all = targets()?;
    let targets = if args.targets.is_empty() { &all } else { &args.targets };
    if let Some(unknown) = targets.iter().find(|target| !all.contains(target)) {
        bail!("expected one of {}, found `{unknown}`", all.join(", "));
    }
    let program_folder = build()?;
    let path = root().join("target/fuzz/state.json");
    let goes_on = fs::exists(&path).unwrap_or(false) && !args.afresh;
    let mut state: Value = if goes_on { serde_json::from_str(&read(&path)?)? } else { json!({}) };
    for target in targets {
        let count = |state: &Value, what: &str| state[target][what].as_u64().unwrap_or(0);
        let (mut executions, mut seconds) = (count(&state, "executions"), count(&state, "seconds"));
        while executions < args.executions && seconds < args.seconds {
            let runs = args.executions - executions;
            let time = STRETCH.min(args.seconds - seconds);
            let (more, took) = stretch(&program_folder, target, runs, time)?;
            executions += more;
            // A run of less than a second counts too.
            seconds += took.max(1);
            state[target] = json!({ "executions": executions, "seconds": seconds });
            write_json(&path, &state)?;
        }
        println!("{target}: {executions} executions in {seconds} s, nothing found");
    }
    Ok(())
}

/// Returns the names of the existing targets.
fn targets() -> Result<Vec<String>> {
    let folder = root().join("crates/ganas-bench/fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("listing {}", folder.display()))? {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|name| name.to_str()).map(ToOwned::to_owned));
    }
    names.sort();
    Ok(names)
}

/// Builds all targets; returns the folder of their programs.
fn build() -> Result<String> {
    let mut rustc = Command::new("rustc");
    rustc.args(["+nightly", "-vV"]);
    let rustc =
        output(rustc).context("a nightly compiler is needed: rustup toolchain install nightly")?;
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("no host in the output of `rustc -vV`")?;
    let target = root().join("target/fuzz/build");
    let mut build = Command::new("cargo");
    build.args(["+nightly", "build", "--release", "--quiet", "--target", host, "--target-dir"]);
    build.arg(&target).current_dir(root().join("crates/ganas-bench/fuzz")).env("RUSTFLAGS", FLAGS);
    // The variables of the cargo that runs us belong to another compiler.
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO") || name == "RUSTUP_TOOLCHAIN" {
            build.env_remove(name);
        }
    }
    if let Some(home) = env::var_os("CARGO_HOME") {
        build.env("CARGO_HOME", home);
    }
    run_command(build)?;
    Ok(target.join(host).join("release").to_string_lossy().into_owned())
}

/// Runs a target for `runs` executions or `seconds`; returns the executions made and the time taken.
fn stretch(folder: &str, target: &str, runs: u64, seconds: u64) -> Result<(u64, u64)> {
    let place = root().join("target/fuzz").join(target);
    let corpus = place.join("corpus");
    fs::create_dir_all(&corpus).with_context(|| format!("making {}", corpus.display()))?;
    let mut command = Command::new(format!("{folder}/{target}"));
    command.arg(&corpus).current_dir(&place).stdout(Stdio::null()).stderr(Stdio::piped());
    command.args(["-rss_limit_mb=1024", "-timeout=5", "-print_final_stats=1"]);
    command.args([format!("-runs={runs}"), format!("-max_total_time={seconds}")]);
    let mut child = command.spawn().with_context(|| format!("starting {target}"))?;
    let said = BufReader::new(child.stderr.take().context("no pipe from the target")?);
    let (mut done, mut last) = (None, Vec::new());
    for line in said.lines() {
        let line = line?;
        // "Done 123456 runs in 61 second(s)"
        let words: Vec<_> = line.split(' ').collect();
        if let ["Done", runs, "runs", "in", seconds, _] = words[..] {
            done = Some((runs.parse()?, seconds.parse()?));
        }
        last.push(line);
        if last.len() > 40 {
            last.remove(0);
        }
    }
    let status = child.wait()?;
    ensure!(
        status.success(),
        "{target} failed ({status}); its input is in {}\n{}",
        place.display(),
        last.join("\n")
    );
    done.with_context(|| {
        format!("no number of runs in the output of {target}: {}", last.join("\n"))
    })
}
