use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::process::{cargo, output, root, tracked_files};

/// What a crate may depend on.
#[derive(Debug)]
struct Rule {
    package: &'static str,
    /// Packages of this workspace.
    may_use: &'static [&'static str],
    /// Tensors: candle costs a minute of build.
    may_use_candle: bool,
}

const ALL: &[&str] =
    &["ganas-graph", "ganas-search", "ganas-bench", "ganas-gnn", "ganas-trainer", "ganas-exec"];

/// Who may know whom; the reasons are in ARCHITECTURE.md.
const RULES: [Rule; 9] = [
    Rule { package: "ganas-graph", may_use: &[], may_use_candle: false },
    Rule { package: "ganas-search", may_use: &["ganas-graph"], may_use_candle: false },
    Rule {
        package: "ganas-bench",
        may_use: &["ganas-graph", "ganas-search"],
        may_use_candle: false,
    },
    Rule { package: "ganas-gnn", may_use: &["ganas-graph"], may_use_candle: true },
    Rule {
        package: "ganas-trainer",
        may_use: &["ganas-graph", "ganas-search", "ganas-gnn"],
        may_use_candle: true,
    },
    Rule {
        package: "ganas-exec",
        may_use: &["ganas-graph", "ganas-search"],
        may_use_candle: false,
    },
    Rule { package: "ganas-cli", may_use: ALL, may_use_candle: true },
    Rule { package: "xtask", may_use: &[], may_use_candle: false },
    Rule { package: "ganas-tests", may_use: ALL, may_use_candle: true },
];

/// All that may stand at the top level.
const TOP_LEVEL: [&str; 18] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "crates",
    "xtask",
    "benchmarks-data",
    "tests",
    ".ci",
    ".cargo",
    ".gitignore",
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml",
];

/// Lines that a source file may have without saying why it is so long.
const LINES: usize = 400;

/// What a longer file's head must say, with the reason after it.
const LONG: &str = "Long because";

/// Bytes that a tracked file may have.
const BYTES: u64 = 1_000_000;

/// Checks the workspace's own rules.
pub(crate) fn run() -> Result<()> {
    let files = tracked_files()?;
    let mut problems = Vec::new();
    for (package, manifest) in members()? {
        check_dependencies(&package, &mut problems)?;
        check_lints(&package, &manifest, &mut problems)?;
    }
    check_top_level(&files, &mut problems);
    check_sizes(&files, &mut problems)?;
    for problem in &problems {
        println!("tidy: {problem}");
    }
    ensure!(problems.is_empty(), "found {} problem(s)", problems.len());
    Ok(())
}

/// Names and manifests of the workspace's packages.
fn members() -> Result<Vec<(String, PathBuf)>> {
    let command = cargo(&root(), &["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&output(command)?).context("cargo metadata")?;
    let packages = metadata["packages"].as_array().context("cargo metadata: no packages")?;
    let member = |package: &Value| -> Option<_> {
        Some((package["name"].as_str()?.into(), package["manifest_path"].as_str()?.into()))
    };
    packages.iter().map(member).collect::<Option<_>>().context("cargo metadata: a package's name")
}

fn check_dependencies(package: &str, problems: &mut Vec<String>) -> Result<()> {
    let Some(rule) = RULES.iter().find(|rule| rule.package == package) else {
        problems.push(format!("{package}: no rule in xtask/src/tidy.rs says what it may use"));
        return Ok(());
    };
    let arguments =
        ["tree", "--package", package, "--prefix", "none", "--edges", "normal,build,dev"];
    let tree = output(cargo(&root(), &arguments))?;
    problems.extend(forbidden(rule, &tree));
    Ok(())
}

/// What `tree`, the lines of `cargo tree`, holds against the rule.
fn forbidden(rule: &Rule, tree: &str) -> Vec<String> {
    let used: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let ours = |name: &&&str| RULES.iter().any(|rule| rule.package == **name);
    let allowed = |name: &str| name == rule.package || rule.may_use.contains(&name);
    let candle = |name: &&&str| name.starts_with("candle-") && !rule.may_use_candle;
    used.iter()
        .filter(|name| (ours(name) && !allowed(name)) || candle(name))
        .map(|name| format!("{} must not depend on {name}", rule.package))
        .collect()
}

fn check_lints(package: &str, manifest: &Path, problems: &mut Vec<String>) -> Result<()> {
    if !inherits_lints(&read(manifest)?) {
        problems.push(format!("{package}: expected `[lints]` with `workspace = true`"));
    }
    Ok(())
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.find(|line| !line.is_empty() && !line.starts_with('#')) == Some("workspace = true")
}

fn check_top_level(files: &[PathBuf], problems: &mut Vec<String>) {
    let first = |file: &PathBuf| -> Option<String> {
        Some(file.components().next()?.as_os_str().to_string_lossy().into_owned())
    };
    let entries: BTreeSet<_> = files.iter().filter_map(first).collect();
    let stray = entries.iter().filter(|entry| !TOP_LEVEL.contains(&entry.as_str()));
    problems.extend(stray.map(|entry| format!("{entry}: not an entry of the top level")));
}

/// A file that is too large is a problem; a long one gets a word only.
fn check_sizes(files: &[PathBuf], problems: &mut Vec<String>) -> Result<()> {
    for file in files {
        let path = root().join(file);
        // A deletion that is not committed yet.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.len() > BYTES {
            problems.push(format!("{}: {} bytes, above {BYTES}", file.display(), metadata.len()));
        }
        if file.extension().is_some_and(|extension| extension == "rs") {
            let text = read(&path)?;
            if is_long(&text) {
                let lines = text.lines().count();
                println!(
                    "tidy: {}: {lines} lines, above {LINES}, and its head does not say `{LONG} …`",
                    file.display()
                );
            }
        }
    }
    Ok(())
}

fn is_long(text: &str) -> bool {
    text.lines().count() > LINES && !text.lines().take(20).any(|line| line.contains(LONG))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(package: &str) -> &'static Rule {
        RULES.iter().find(|rule| rule.package == package).unwrap()
    }

    #[test]
    fn forbidden_dependencies_are_found() {
        let tree = "ganas-bench v0.1.0 (/x)\nganas-search v0.1.0 (/y)\nganas-graph v0.1.0 (/z) (*)\nserde v1.0.0";
        assert!(forbidden(rule("ganas-bench"), tree).is_empty());
        assert_eq!(
            forbidden(rule("ganas-graph"), tree),
            [
                "ganas-graph must not depend on ganas-bench",
                "ganas-graph must not depend on ganas-search"
            ]
        );
        let candle = "ganas-bench v0.1.0 (/x)\ncandle-core v0.11.1\nganas-gnn v0.1.0 (/g)";
        assert_eq!(
            forbidden(rule("ganas-bench"), candle),
            [
                "ganas-bench must not depend on candle-core",
                "ganas-bench must not depend on ganas-gnn"
            ]
        );
        assert!(forbidden(rule("ganas-cli"), candle).is_empty());
    }

    #[test]
    fn lints_must_be_inherited() {
        assert!(inherits_lints("[package]\n\n[lints]\nworkspace = true\n"));
        assert!(!inherits_lints("[package]\nworkspace = true\n"));
        assert!(!inherits_lints("[lints]\n\n[dependencies]\nworkspace = true\n"));
    }

    #[test]
    fn a_long_file_gives_its_reason() {
        let long = "line\n".repeat(LINES + 1);
        assert!(is_long(&long));
        assert!(!is_long(&format!("//! Long because it is a table.\n{long}")));
        assert!(!is_long(&"line\n".repeat(LINES)));
    }

    #[test]
    fn strays_at_the_top_level_are_found() {
        let mut problems = Vec::new();
        check_top_level(&["crates/a/b.rs".into(), "notes.txt".into()], &mut problems);
        assert_eq!(problems, ["notes.txt: not an entry of the top level"]);
    }
}
