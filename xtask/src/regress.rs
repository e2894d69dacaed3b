use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::process::{Ganas, root};
use crate::{changelog, prove};

/// Strategies whose seeded histories are kept.
const STRATEGIES: [&str; 6] =
    ["ganas", "ganas-paper", "random", "evolution", "local-search", "reinforce"];

/// Where they search.
const SUBJECTS: [Subject; 1] = [Subject { space: "nasbench201", dataset: "cifar10" }];

/// Seeds of the histories.
const SEEDS: [u64; 2] = [0, 1];

/// Queries of a history: past the 50 random ones with which GA-NAS as published begins.
const BUDGET: usize = 100;

/// How few queries a search must get by with.
const BOUNDS: [Bound; 1] = [Bound {
    subject: Subject { space: "nasbench201", dataset: "cifar10" },
    strategy: "ganas",
    seeds: 20,
    budget: 150,
    may_miss: 1,
    median_at_most: 90.0,
}];

/// A benchmark and one of its data sets.
#[derive(Debug, Clone, Copy)]
struct Subject {
    space: &'static str,
    dataset: &'static str,
}

/// An upper bound on the queries that a strategy needs to find the optimum.
#[derive(Debug)]
struct Bound {
    subject: Subject,
    strategy: &'static str,
    seeds: u64,
    budget: usize,
    may_miss: u64,
    median_at_most: f64,
}

/// Check seeded histories and the number of queries that searches need
#[derive(Debug, Default, Args)]
pub(crate) struct RegressArgs {
    /// Write the histories anew; one that changes must be declared in the changelog first
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

/// Everything in which `ganas` falls short of what is committed.
pub(crate) fn check(ganas: &Ganas) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for (subject, strategy) in kept() {
        let found = histories(ganas, subject, strategy)?;
        let path = path(subject, strategy);
        match read(&path)? {
            Some(expected) => problems.extend(difference(&path, &expected, &found)),
            None => problems.push(format!("{}: not there", path.display())),
        }
    }
    if !problems.is_empty() {
        problems.push(
            "if a history is meant to change: declare it under \"Results changed\" in CHANGELOG.md, then `cargo xtask regress --update`"
                .into(),
        );
    }
    for bound in &BOUNDS {
        problems.extend(bound.check(ganas)?);
    }
    Ok(problems)
}

fn update(ganas: &Ganas) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for (subject, strategy) in kept() {
        let found = histories(ganas, subject, strategy)?;
        let path = path(subject, strategy);
        let changed = read(&path)?.is_some_and(|expected| expected != found);
        if changed && !changelog::declares(strategy)? {
            problems.push(format!(
                "{}: changed, but \"Results changed\" in CHANGELOG.md does not name `{strategy}`",
                path.display()
            ));
        } else {
            write(&path, &found)?;
        }
    }
    Ok(problems)
}

fn kept() -> impl Iterator<Item = (Subject, &'static str)> {
    SUBJECTS.into_iter().flat_map(|subject| STRATEGIES.map(|strategy| (subject, strategy)))
}

/// Relative to the workspace's root.
fn path(subject: Subject, strategy: &str) -> PathBuf {
    let Subject { space, dataset } = subject;
    format!("benchmarks-data/regress/{space}-{dataset}-{strategy}.json").into()
}

/// The histories with each of the seeds: a line a query, the value in full precision.
fn histories(ganas: &Ganas, subject: Subject, strategy: &str) -> Result<Value> {
    let Subject { space, dataset } = subject;
    let command =
        format!("search {space} --dataset {dataset} --strategy {strategy} --budget {BUDGET}");
    let mut histories = Map::new();
    for seed in SEEDS {
        let found = ganas.json(&format!("{command} --seed {seed} --history"))?;
        let queries = found["history"].as_array().context("no history in the JSON")?;
        let line = |query: &Value| match &query["arch"] {
            Value::String(arch) => Ok(Value::from(format!("{} {arch}", query["validation"]))),
            other => Err(anyhow::anyhow!("an architecture in the history is {other}")),
        };
        histories.insert(format!("seed {seed}"), queries.iter().map(line).collect::<Result<_>>()?);
    }
    Ok(json!({ "command": format!("ganas {command}"), "histories": histories }))
}

fn read(path: &Path) -> Result<Option<Value>> {
    let file = root().join(path);
    if !file.exists() {
        return Ok(None);
    }
    let text = fs::read(file).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display())).map(Some)
}

/// Writes JSON with a line break at the end, and the folder where it is missing; a relative path starts
/// at the workspace's root.
pub(crate) fn write(path: &Path, value: &Value) -> Result<()> {
    let file = root().join(path);
    let folder = file.parent().expect("a file's path has a folder");
    let text = serde_json::to_string_pretty(value)? + "\n";
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&file, text))
        .with_context(|| format!("writing {}", path.display()))
}

/// The first query in which two records of histories differ.
fn difference(path: &Path, expected: &Value, found: &Value) -> Option<String> {
    if expected == found {
        return None;
    }
    let line = |value: &Value, seed: u64, query: usize| {
        value["histories"][format!("seed {seed}")][query].as_str().unwrap_or("nothing").to_owned()
    };
    let file = path.display();
    for seed in SEEDS {
        for query in 0..BUDGET {
            let (expected, found) = (line(expected, seed, query), line(found, seed, query));
            if expected != found {
                return Some(format!(
                    "{file}: seed {seed}, query {}: expected {expected}, found {found}",
                    query + 1
                ));
            }
        }
    }
    Some(format!("{file}: made by another command"))
}

impl Bound {
    fn check(&self, ganas: &Ganas) -> Result<Option<String>> {
        let Self { subject: Subject { space, dataset }, strategy, seeds, budget, .. } = self;
        let command = format!(
            "compare {space} --dataset {dataset} --strategies {strategy} --seeds {seeds} --budgets {budget}"
        );
        let queries = &ganas.json(&command)?["queries_to_optimum"][strategy];
        let missed = queries["missed"].as_u64().context("no count of misses in the JSON")?;
        Ok(self.verdict(&command, missed, queries["median"].as_f64()))
    }

    fn verdict(&self, command: &str, missed: u64, median: Option<f64>) -> Option<String> {
        let Self { seeds, may_miss, median_at_most, .. } = self;
        let median_holds = median.is_some_and(|median| median <= *median_at_most);
        let median = median.map_or("none".into(), |median| median.to_string());
        println!("ganas {command}: {missed} of {seeds} missed the optimum, median {median}");
        (missed > *may_miss || !median_holds).then(|| {
            format!(
                "{command}: expected at most {may_miss} of {seeds} seeds to miss and a median of at most {median_at_most} queries, found {missed} and {median}"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        let record = |second: &str| json!({ "histories": { "seed 0": ["1 a", second] } });
        let path = PathBuf::from("kept.json");
        assert_eq!(difference(&path, &record("2 b"), &record("2 b")), None);
        assert_eq!(
            difference(&path, &record("2 b"), &record("3 c")).as_deref(),
            Some("kept.json: seed 0, query 2: expected 2 b, found 3 c")
        );
    }

    #[test]
    fn bounds_bind() {
        let verdict = |missed, median| BOUNDS[0].verdict("compare", missed, median);
        assert_eq!(verdict(1, Some(90.0)), None);
        assert!(verdict(2, Some(70.0)).is_some());
        assert!(verdict(0, Some(90.5)).is_some());
        assert!(verdict(0, None).is_some());
    }
}
