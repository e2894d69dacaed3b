//! The licences of the crates compiled into the wheel, which their terms require to be distributed
//! with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process::{cargo, output, root};

/// The crates whose code is in the wheel, with all their dependencies.
const COMPILED: [&str; 2] = ["ganas-cli", "ganas-python"];

/// Beginnings of the names of files with licences, in lower case.
const NAMES: [&str; 5] = ["licen", "unlicen", "copying", "copyright", "notice"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A package of the workspace or a dependency, as `cargo metadata` describes it.
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    repository: Option<String>,
    /// `None` for a package of the workspace.
    source: Option<String>,
    manifest_path: PathBuf,
}

/// Writes the licences of all foreign crates in the wheel to a file.
pub(super) fn write(path: &Path) -> Result<()> {
    let compiled = compiled()?;
    let metadata = cargo(&root(), &["metadata", "--format-version", "1", "--locked"]);
    let Metadata { packages } = serde_json::from_str(&output(metadata)?)?;
    let is_compiled = |it: &Package| {
        it.source.is_some() && compiled.contains(&format!("{} v{}", it.name, it.version))
    };
    let packages: BTreeSet<_> = packages.into_iter().filter(is_compiled).collect();
    fs::write(path, listed(&packages)?).with_context(|| format!("writing {}", path.display()))
}

/// Names and versions, separated by ` v`, of the crates in the wheel.
fn compiled() -> Result<BTreeSet<String>> {
    let mut tree = cargo(&root(), &["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
    for name in COMPILED {
        tree.args(["--package", name]);
    }
    tree.args(["--features", "ganas-cli/figures"]);
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(output(tree)?.lines().map(name).collect())
}

/// The texts of a package's licences.
fn licences(package: &Package) -> Result<BTreeSet<String>> {
    let folder = package.manifest_path.parent().context("a manifest is in a folder")?;
    let mut texts = BTreeSet::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_file() && NAMES.iter().any(|it| name.starts_with(it)) {
            let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            texts.insert(String::from_utf8_lossy(&text).trim().replace("\r\n", "\n"));
        }
    }
    Ok(texts)
}

/// A list of the packages, and each text once with the packages that it covers.
fn listed(packages: &BTreeSet<Package>) -> Result<String> {
    let mut list = "ganas contains the Rust standard library (MIT OR Apache-2.0, https://github.com/rust-lang/rust) and these crates:\n\n".to_owned();
    let mut covered: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let Package { name, version, license, repository, .. } = package;
        let [license, repository] = [license, repository].map(|it| it.as_deref().unwrap_or("-"));
        writeln!(list, "{name} {version}: {license}, {repository}")?;
        for text in licences(package)? {
            covered.entry(text).or_default().push(name);
        }
    }
    for (text, names) in covered {
        write!(list, "\n{}\n{}:\n\n{text}\n", "-".repeat(80), names.join(", "))?;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_listed_once_with_all_its_packages() {
        let folder = tempfile::tempdir().unwrap();
        let package = |name: &str, text: &str| {
            let folder = folder.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("LICENSE-MIT"), text).unwrap();
            fs::write(folder.join("lib.rs"), "no licence").unwrap();
            Package {
                name: name.into(),
                version: "1.0.0".into(),
                license: Some("MIT".into()),
                repository: None,
                source: Some("registry".into()),
                manifest_path: folder.join("Cargo.toml"),
            }
        };
        let packages =
            [package("one", "same\r\n"), package("two", "same"), package("three", "other")];
        let list = listed(&BTreeSet::from(packages)).unwrap();
        assert!(list.contains("one 1.0.0: MIT, -\n"), "{list}");
        assert_eq!(list.matches("same").count(), 1, "{list}");
        assert!(
            list.contains("one, two:\n\nsame\n") && list.contains("three:\n\nother\n"),
            "{list}"
        );
        assert!(!list.contains("no licence"), "{list}");
    }

    #[test]
    fn what_the_wheel_contains_is_known() {
        let compiled = compiled().unwrap();
        let has = |name: &str| compiled.iter().any(|it| it.starts_with(&format!("{name} v")));
        assert!(["candle-core", "rusqlite", "pyo3", "clap"].into_iter().all(has));
        assert!(!has("insta") && !has("maturin"));
    }
}
