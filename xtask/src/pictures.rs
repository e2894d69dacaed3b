//! `cargo xtask pictures`: the README's picture, made by `ganas report` of committed results.

use std::fs;

use anyhow::{Context, Result};

use crate::process::{cargo, root, run as run_command};

/// The results, the figure of them that is shown, and where it is kept.
const RESULTS: &str = "benchmarks-data/results/nasbench201.json";
const FIGURE: &str = "nasbench201-cifar10-means.svg";
const PICTURE: &str = "benchmarks-data/results/nasbench201.svg";

/// Makes the picture again. A test of the crate `ganas` fails while it is not what the code makes.
pub(crate) fn run() -> Result<()> {
    let folder = root().join("target/pictures");
    let out = folder.to_string_lossy().into_owned();
    let report = ["run", "--release", "--package", "ganas-cli", "--", "report", RESULTS];
    run_command(cargo(&root(), &[&report[..], &["--figures", &out]].concat()))?;
    let made = folder.join(FIGURE);
    fs::copy(&made, root().join(PICTURE)).with_context(|| format!("copying {}", made.display()))?;
    Ok(())
}
