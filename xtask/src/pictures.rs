//! `cargo xtask pictures`: creates the pictures of the README and the crates' pages with `ganas`,
//! as any user could.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process::{Ganas, root};

/// The best cell of NAS-Bench-201 shown in the README.
const CELL: &str = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|";

/// The commands, in order; `OUT` stands for the output folder, `ROOT` for the workspace's.
const COMMANDS: [&[&str]; 4] = [
    &["report", "ROOT/benchmarks-data/results/nasbench201.json", "--figures", "OUT"],
    &[
        "export",
        "--space",
        "nasbench201",
        "--arch",
        CELL,
        "--format",
        "svg",
        "--out",
        "OUT/cell.svg",
    ],
    &[
        "search",
        "nasbench201",
        "--strategy",
        "evolution",
        "--budget",
        "100",
        "--quiet",
        "--dir",
        "OUT/study",
    ],
    &["report", "OUT/study", "--figures", "OUT"],
];

/// The created files and their destinations: rustdoc shows a crate's pictures from the crate's own
/// folder, which is all that docs.rs has.
const KEPT: [(&str, &str); 4] = [
    ("nasbench201-cifar10-means.svg", "benchmarks-data/results/nasbench201.svg"),
    ("nasbench201-cifar10-means.svg", "crates/ganas-report/pictures/means.svg"),
    ("cell.svg", "crates/ganas-graph/pictures/cell.svg"),
    ("trials.svg", "crates/ganas-search/pictures/trials.svg"),
];

/// Creates the pictures again. A test of the crate `ganas` fails if one of them is out of date.
pub(crate) fn run() -> Result<()> {
    let folder = root().join("target/pictures");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("clearing target/pictures")?;
    }
    fs::create_dir_all(&folder).context("making target/pictures")?;
    let ganas = Ganas::build(&root(), &root().join("target"))?;
    let (out, root_folder) = (folder.to_string_lossy(), root());
    let root_folder = root_folder.to_string_lossy();
    for command in COMMANDS {
        let whole = |it: &&str| it.replace("OUT", &out).replace("ROOT", &root_folder);
        let arguments: Vec<String> = command.iter().map(whole).collect();
        ganas.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    for (made, kept) in KEPT {
        keep(&folder.join(made), &root().join(kept))?;
    }
    Ok(())
}

/// Copies a picture without its XML declaration, since pages embed it in their markup.
fn keep(made: &Path, kept: &Path) -> Result<()> {
    let picture =
        fs::read_to_string(made).with_context(|| format!("reading {}", made.display()))?;
    let begin = picture.find("<svg").with_context(|| format!("{} is not SVG", made.display()))?;
    let folder = kept.parent().context("a picture without a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    fs::write(kept, &picture[begin..]).with_context(|| format!("writing {}", kept.display()))
}
