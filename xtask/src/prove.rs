//! `cargo xtask regress --prove`: breaks GA-NAS on purpose and checks that the regression checks fail.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::process::{Ganas, root, tracked_files};
use crate::regress;

/// Mutations of GA-NAS that the checks must detect.
const MUTATIONS: [Mutation; 2] = [
    Mutation {
        name: "the reward's sign is swapped",
        file: "crates/ganas-trainer/src/train.rs",
        from: "self.generator.learn(&rollout, &rewards)?;",
        to: "self.generator.learn(&rollout, &rewards.iter().map(|reward| -reward).collect::<Vec<_>>())?;",
    },
    Mutation {
        name: "the ranking loss is dropped",
        file: "crates/ganas-trainer/src/guide/discriminator.rs",
        from: "member.step(graphs, rankings(&values), config.ranking_weight)?;",
        to: "member.step(graphs, rankings(&values), 0.0)?;",
    },
];

/// A text in a file, and its replacement that breaks GA-NAS.
#[derive(Debug)]
struct Mutation {
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

/// Builds broken copies of the workspace and requires that the checks fail on each, and pass on the
/// unmodified copy.
pub(crate) fn run() -> Result<()> {
    let copy = root().join("target/prove/workspace");
    let target = root().join("target/prove/target");
    copy_workspace(&copy)?;
    let problems = regress::check(&Ganas::build(&copy, &target)?)?;
    ensure!(problems.is_empty(), "the checks fail without a mutation: {}", problems.join("; "));
    println!("prove: passes as it is");
    for mutation in &MUTATIONS {
        let broken = Broken::new(&copy, mutation)?;
        let problems = regress::check(&Ganas::build(&copy, &target)?)?;
        drop(broken);
        ensure!(!problems.is_empty(), "the checks pass although {}", mutation.name);
        println!("prove: fails when {}:", mutation.name);
        for problem in &problems {
            println!("  {problem}");
        }
    }
    Ok(())
}

/// Copies every tracked file in its current state, committed or not.
fn copy_workspace(copy: &Path) -> Result<()> {
    if copy.exists() {
        fs::remove_dir_all(copy).with_context(|| format!("clearing {}", copy.display()))?;
    }
    for file in tracked_files()? {
        let (from, to) = (root().join(&file), copy.join(&file));
        let folder = to.parent().expect("a file's path has a folder");
        fs::create_dir_all(folder)
            .and_then(|()| fs::copy(&from, &to))
            .with_context(|| format!("copying {}", from.display()))?;
    }
    Ok(())
}

/// A broken file of the copy, until dropped.
#[derive(Debug)]
struct Broken {
    path: PathBuf,
    whole: String,
}

impl Broken {
    fn new(copy: &Path, mutation: &Mutation) -> Result<Self> {
        let path = copy.join(mutation.file);
        let whole =
            fs::read_to_string(&path).with_context(|| format!("reading {}", mutation.file))?;
        let broken = replace_once(&whole, mutation)?;
        fs::write(&path, broken).with_context(|| format!("writing {}", path.display()))?;
        Ok(Self { path, whole })
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        // Every run makes a new copy.
        let _ = fs::write(&self.path, &self.whole);
    }
}

fn replace_once(whole: &str, mutation: &Mutation) -> Result<String> {
    let Mutation { file, from, to, .. } = mutation;
    let found = whole.matches(from).count();
    ensure!(found == 1, "{file}: expected `{from}` once, found it {found} times");
    Ok(whole.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutation_fits() {
        for mutation in &MUTATIONS {
            let whole = fs::read_to_string(root().join(mutation.file)).unwrap();
            replace_once(&whole, mutation).unwrap();
        }
    }

    #[test]
    fn a_mutation_must_fit_once() {
        let mutation = Mutation { name: "n", file: "f.rs", from: "1.0", to: "-1.0" };
        assert_eq!(replace_once("x = 1.0;", &mutation).unwrap(), "x = -1.0;");
        let error = replace_once("x = 2.0;", &mutation).unwrap_err();
        assert_eq!(error.to_string(), "f.rs: expected `1.0` once, found it 0 times");
        assert!(replace_once("1.0 1.0", &mutation).is_err());
    }
}
