//! `cargo xtask tidy`: the workspace's own rules, which no compiler checks.

mod circles;
mod code_lines;
mod dependencies;
mod files;
mod imports;
mod named_files;
mod packages;
mod sources;
mod tokens;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use self::dependencies::check_dependencies;
use self::sources::read_sources;
use crate::files::read;
use crate::process::{cargo, output, root, tracked_files};

/// Checks the workspace's own rules, and prints how much code there is.
pub(crate) fn run() -> Result<()> {
    let mut problems = Vec::new();
    let mut lines = Vec::new();
    for package in packages()? {
        problems.extend(packages::check(&package)?);
        let member = member(&package).context("cargo metadata: a package without a name")?;
        problems.extend(check_dependencies(&member)?);
        problems.extend(check_lints(&member)?);
        let sources = read_sources(&member.folder.join("src"))?;
        problems.extend(packages::check_included(&package, &sources));
        lines.push((member.name.clone(), code_lines::count(&sources)));
        problems.extend(circles::check(&member.name, &sources));
    }
    problems.extend(dependencies::check_without_sqlite()?);
    problems.extend(packages::check_copies()?);
    let files = tracked_files()?;
    problems.extend(files::check(&files)?);
    problems.extend(named_files::check(&files)?);
    print!("{}", code_lines::table(&lines));
    for problem in &problems {
        println!("tidy: {problem}");
    }
    ensure!(problems.is_empty(), "found {} problem(s)", problems.len());
    Ok(())
}

/// A package of the workspace.
#[derive(Debug)]
struct Member {
    name: String,
    folder: PathBuf,
    /// Names of the packages that its manifest lists.
    dependencies: Vec<String>,
}

/// The workspace's packages.
fn packages() -> Result<Vec<Value>> {
    let command = cargo(&root(), &["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&output(command)?).context("cargo metadata")?;
    metadata["packages"].as_array().cloned().context("cargo metadata: no packages")
}

fn member(package: &Value) -> Option<Member> {
    let name = |value: &Value| value["name"].as_str().map(str::to_owned);
    Some(Member {
        name: name(package)?,
        folder: Path::new(package["manifest_path"].as_str()?).parent()?.into(),
        dependencies: package["dependencies"]
            .as_array()?
            .iter()
            .map(name)
            .collect::<Option<_>>()?,
    })
}

fn check_lints(member: &Member) -> Result<Option<String>> {
    let inherited = inherits_lints(&read(&member.folder.join("Cargo.toml"))?);
    let problem = || format!("{}: expected `[lints]` with `workspace = true`", member.name);
    Ok((!inherited).then(problem))
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.find(|line| !line.is_empty() && !line.starts_with('#')) == Some("workspace = true")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lints_must_be_inherited() {
        assert!(inherits_lints("[package]\n\n[lints]\nworkspace = true\n"));
        assert!(!inherits_lints("[package]\nworkspace = true\n"));
        assert!(!inherits_lints("[lints]\n\n[dependencies]\nworkspace = true\n"));
    }

    #[test]
    fn packages_are_read() {
        let package = json!({
            "name": "a", "manifest_path": "/w/a/Cargo.toml",
            "dependencies": [{ "name": "b", "kind": null }, { "name": "c", "kind": "dev" }],
        });
        let member = member(&package).unwrap();
        assert_eq!((member.name.as_str(), member.folder), ("a", PathBuf::from("/w/a")));
        assert_eq!(member.dependencies, ["b", "c"]);
    }
}
