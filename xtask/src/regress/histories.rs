//! Seeded histories: the first queries of every strategy in several spaces.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::served::serve;
use crate::listed::Strategy;
use crate::parallel::{in_parallel, processors};
use crate::process::Ganas;

/// Seeds of the histories.
const SEEDS: [u64; 2] = [0, 1];

/// The subjects with stored histories.
const SUBJECTS: [Subject; 5] = [
    Subject::Benchmark { name: "nasbench201", dataset: "cifar10" },
    Subject::Space("darts"),
    Subject::Space("nasbench101"),
    Subject::Space("mnasnet"),
    Subject::Space("crates/ganas-graph/examples/spaces/cells_and_stages.toml"),
];

/// Strategies without histories: this one begins with 100 random architectures, and is
/// `ganas-paper` with other numbers.
const LEFT_OUT: [&str; 1] = ["ganas-paper-2"];

/// The subject of a search.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    /// A benchmark's table.
    Benchmark { name: &'static str, dataset: &'static str },
    /// A space, by name or by the file that describes it, with values computed here.
    Space(&'static str),
}

/// The histories of one strategy in one space.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) subject: Subject,
    pub(super) strategy: String,
}

impl Subject {
    /// Returns the prefix of its file names.
    pub(super) fn name(self) -> String {
        match self {
            Self::Benchmark { name, dataset } => format!("{name}-{dataset}"),
            Self::Space(space) => {
                let name = Path::new(space).file_stem().unwrap_or_default();
                name.to_string_lossy().replace('_', "-")
            }
        }
    }
}

impl Case {
    /// Returns every subject with every strategy.
    pub(super) fn all(strategies: &[Strategy]) -> Vec<Self> {
        let names = strategies.iter().map(|strategy| &strategy.name);
        let kept = names.filter(|name| !LEFT_OUT.contains(&name.as_str()));
        let all = SUBJECTS.into_iter().flat_map(|subject| {
            kept.clone().map(move |strategy| Self { subject, strategy: strategy.clone() })
        });
        all.collect()
    }

    /// Returns the command, without the seed.
    fn command(&self) -> String {
        let Self { subject, strategy } = self;
        let budget = self.budget();
        match subject {
            Subject::Benchmark { name, dataset } => {
                format!("search {name} --dataset {dataset} --strategy {strategy} --budget {budget}")
            }
            Subject::Space(space) => {
                format!("serve {space} --strategy {strategy} --budget {budget}")
            }
        }
    }

    /// Returns the number of queries in a history: more than the random ones with which the
    /// strategy begins.
    fn budget(&self) -> u32 {
        match (self.subject, self.strategy.as_str()) {
            (Subject::Benchmark { .. }, _) => 100,
            // 50 random architectures, followed by others.
            (Subject::Space(_), "ganas-paper" | "evolution") => 60,
            // 15 from GA-NAS, 10 from local search.
            (Subject::Space(_), _) => 30,
        }
    }

    /// Returns one line per query, with the value in full precision.
    fn history(&self, ganas: &Ganas, seed: u64) -> Result<Vec<String>> {
        let command = format!("{} --seed {seed}", self.command());
        let Subject::Benchmark { .. } = self.subject else {
            return serve(ganas, &command).with_context(|| format!("ganas {command}"));
        };
        let found = ganas.json(&format!("{command} --history"))?;
        let queries = found["history"].as_array().context("no history in the JSON")?;
        let line = |query: &Value| match &query["arch"] {
            Value::String(arch) => Ok(format!("{} {arch}", query["validation"])),
            other => bail!("an architecture in the history is {other}"),
        };
        queries.iter().map(line).collect()
    }
}

/// Returns the stored record of each case.
pub(super) fn histories(ganas: &Ganas, cases: &[Case]) -> Result<Vec<Value>> {
    let searches: Vec<_> = cases.iter().flat_map(|case| SEEDS.map(|seed| (case, seed))).collect();
    let found = in_parallel(&searches, processors(), |(case, seed)| case.history(ganas, *seed));
    let mut found = found.into_iter();
    let record = |case: &Case| {
        let mut histories = Map::new();
        for (seed, history) in SEEDS.into_iter().zip(found.by_ref()) {
            histories.insert(format!("seed {seed}"), history?.into());
        }
        Ok(json!({ "command": format!("ganas {}", case.command()), "histories": histories }))
    };
    cases.iter().map(record).collect()
}

/// Returns the first query in which two records of histories differ.
pub(super) fn difference(path: &Path, expected: &Value, found: &Value) -> Option<String> {
    if expected == found {
        return None;
    }
    let file = path.display();
    for seed in SEEDS {
        let line = |record: &Value, query: usize| {
            record["histories"][format!("seed {seed}")][query].as_str().map(str::to_owned)
        };
        let lines = (0..).map(|query| (line(expected, query), line(found, query)));
        let mut lines = lines.zip(1..).take_while(|(both, _)| *both != (None, None));
        if let Some(((expected, found), query)) = lines.find(|((a, b), _)| a != b) {
            let [expected, found] = [expected, found].map(|it| it.unwrap_or("nothing".into()));
            return Some(format!(
                "{file}: seed {seed}, query {query}: expected {expected}, found {found}"
            ));
        }
    }
    Some(format!("{file}: expected a history of the same command, found one of another"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        let record = |lines: &[&str]| json!({ "histories": { "seed 0": lines } });
        let path = Path::new("kept.json");
        assert_eq!(difference(path, &record(&["1 a", "2 b"]), &record(&["1 a", "2 b"])), None);
        assert_eq!(
            difference(path, &record(&["1 a", "2 b"]), &record(&["1 a", "3 c"])).as_deref(),
            Some("kept.json: seed 0, query 2: expected 2 b, found 3 c")
        );
        assert_eq!(
            difference(path, &record(&["1 a", "2 b"]), &record(&["1 a"])).as_deref(),
            Some("kept.json: seed 0, query 2: expected 2 b, found nothing")
        );
    }

    #[test]
    fn every_strategy_is_kept_in_every_space() {
        let strategies = ["random", "ganas-paper-2", "new"]
            .map(|name| Strategy { name: name.into(), has_settings: false });
        let cases = Case::all(&strategies);
        assert_eq!(cases.len(), 2 * SUBJECTS.len());
        assert!(
            cases.iter().any(|case| {
                case.subject.name() == "cells-and-stages" && case.strategy == "new"
            })
        );
        assert_eq!(
            cases[0].command(),
            "search nasbench201 --dataset cifar10 --strategy random --budget 100"
        );
    }
}
