//! `cargo xtask regress`: checks that seeded searches find the same as before, with as few queries.

mod bounds;
mod histories;
mod served;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

use self::histories::{Case, difference, histories};
use crate::files::write_json;
use crate::listed::Strategy;
use crate::process::{Ganas, root};
use crate::{changelog, prove};

/// The folder of the histories, relative to the workspace's root.
const FOLDER: &str = "benchmarks-data/regress";

/// Check seeded histories and the number of queries that searches need
#[derive(Debug, Default, Args)]
pub(crate) struct RegressArgs {
    /// Rewrite the histories; a changed one must first be declared in the changelog
    #[arg(long)]
    update: bool,
    /// Show that the checks fail when GA-NAS is broken on purpose
    #[arg(long, conflicts_with = "update")]
    prove: bool,
}

/// Runs `cargo xtask regress`.
pub(crate) fn run(args: &RegressArgs) -> Result<()> {
    if args.prove {
        return prove::run();
    }
    let ganas = Ganas::build(&root(), &root().join("target"))?;
    let problems = if args.update { update(&ganas)? } else { check(&ganas)? };
    for problem in &problems {
        println!("regress: {problem}");
    }
    ensure!(problems.is_empty(), "found {} problem(s)", problems.len());
    Ok(())
}

/// Returns every deviation of `ganas` from the committed histories and bounds.
pub(crate) fn check(ganas: &Ganas) -> Result<Vec<String>> {
    let cases = Case::all(&Strategy::all(ganas)?);
    let mut problems = forgotten(&cases)?;
    for (case, found) in cases.iter().zip(histories(ganas, &cases)?) {
        let path = path(case);
        match read(&path)? {
            Some(expected) => problems.extend(difference(&path, &expected, &found)),
            None => problems.push(format!("{}: the file is missing", path.display())),
        }
    }
    if !problems.is_empty() {
        problems.push(
            "if a history is meant to change: declare it under \"Results changed\" in CHANGELOG.md, then `cargo xtask regress --update`"
                .into(),
        );
    }
    problems.extend(bounds::check(ganas)?);
    Ok(problems)
}

fn update(ganas: &Ganas) -> Result<Vec<String>> {
    let cases = Case::all(&Strategy::all(ganas)?);
    let mut problems = forgotten(&cases)?;
    for (case, found) in cases.iter().zip(histories(ganas, &cases)?) {
        let path = path(case);
        let changed = read(&path)?.is_some_and(|expected| expected != found);
        if changed && !changelog::declares(&case.strategy)? {
            problems.push(format!(
                "{}: changed, but \"Results changed\" in CHANGELOG.md does not name `{}`",
                path.display(),
                case.strategy
            ));
        } else {
            write_json(&path, &found)?;
        }
    }
    Ok(problems)
}

/// Returns the files of histories that belong to no case.
fn forgotten(cases: &[Case]) -> Result<Vec<String>> {
    let made: BTreeSet<_> = cases.iter().map(path).collect();
    let entries = fs::read_dir(root().join(FOLDER)).with_context(|| format!("listing {FOLDER}"))?;
    let mut forgotten = Vec::new();
    for entry in entries {
        let path =
            Path::new(FOLDER).join(entry.with_context(|| format!("listing {FOLDER}"))?.file_name());
        if !made.contains(&path) {
            forgotten.push(format!("{}: no search produces this file any more", path.display()));
        }
    }
    forgotten.sort();
    Ok(forgotten)
}

/// Returns the path of its file, relative to the workspace's root.
fn path(case: &Case) -> PathBuf {
    Path::new(FOLDER).join(format!("{}-{}.json", case.subject.name(), case.strategy))
}

fn read(path: &Path) -> Result<Option<Value>> {
    let file = root().join(path);
    if !file.exists() {
        return Ok(None);
    }
    let text = fs::read(file).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display())).map(Some)
}
