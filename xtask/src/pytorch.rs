//! `cargo xtask pytorch`: builds exported networks with PyTorch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

use crate::environments::environment_with_torch;
use crate::process::{Ganas, output, root};

/// Spaces whose networks are built.
const SPACES: [&str; 14] = [
    "nasbench201",
    "nasbench101",
    "darts",
    "darts-none",
    "efficientnet",
    "proxylessnas",
    "mnasnet",
    "ofa-mbv3",
    "nasbench-macro",
    "crates/ganas-graph/examples/spaces/mobile.toml",
    "crates/ganas-graph/examples/spaces/digits.toml",
    "crates/ganas-graph/examples/spaces/vit.toml",
    "crates/ganas-graph/examples/spaces/tabular.toml",
    "crates/ganas-graph/examples/spaces/built_cells.toml",
];

/// Build exported networks with PyTorch: count parameters and multiply-adds in a forward pass
///
/// Each file must have as many parameters as it states, which must equal the space's costs; the
/// same applies to multiply-adds, if it states them. A virtual environment with torch is created
/// unless one is given.
#[derive(Debug, Args)]
pub(crate) struct PytorchArgs {
    /// Number of architectures in each space
    #[arg(long, value_name = "N", default_value_t = 5)]
    samples: u32,
    /// Python with torch, instead of a virtual environment in `target/pytorch`
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
}

/// Runs `cargo xtask pytorch`.
pub(crate) fn run_chore(args: &PytorchArgs) -> Result<()> {
    let target = root().join("target");
    let python = match &args.python {
        Some(python) => python.clone(),
        None => environment_with_torch(&target.join("pytorch"), &[])?,
    };
    let ganas = Ganas::build(&root(), &target)?;
    let folder = target.join("pytorch-exports");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    for space in SPACES {
        let sampled = ganas.json(&format!("space sample {space} --count {}", args.samples))?;
        let archs = sampled["archs"].as_array().context("space sample: no architectures")?;
        for (place, arch) in archs.iter().enumerate() {
            let arch = arch.as_str().context("space sample: an architecture is not a string")?;
            let name = Path::new(space).file_stem().context("a space without a name")?;
            let file = folder.join(format!("{}-{place}.py", name.display()));
            check(&ganas, &python, space, arch, &file)?;
        }
        println!("pytorch: {space}: {} networks have the stated costs", archs.len());
    }
    Ok(())
}

/// Exports one network, runs its file, and compares the stated numbers with the space's costs.
fn check(ganas: &Ganas, python: &Path, space: &str, arch: &str, file: &Path) -> Result<()> {
    let path = file.to_str().context("the target folder's name is not Unicode")?;
    ganas
        .run(&["export", "--space", space, "--arch", arch, "--format", "pytorch", "--out", path])?;
    let mut program = Command::new(python);
    program.arg(file);
    let said = output(program).with_context(|| format!("{space}: {arch}"))?;
    let counted: u64 = said.split(' ').next().unwrap_or_default().parse().context(said.clone())?;
    let export = ["export", "--space", space, "--arch", arch, "--format", "json"];
    let described: Value = serde_json::from_str(&ganas.run(&export)?)?;
    let millions =
        described["costs"]["params"]["value"].as_f64().context("no params in the costs")?;
    let difference = (millions * 1e6 - counted as f64).abs();
    ensure!(
        difference < 0.5,
        "{space}: {arch}: expected {millions} M parameters, found {counted} in PyTorch"
    );
    Ok(())
}
