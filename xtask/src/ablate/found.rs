//! Results of searches, and the file that stores them: one line of JSON per search, in any order.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::files::sha256;

/// The result of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Found {
    /// The key, which identifies the command and the program.
    pub(super) key: String,
    command: String,
    /// Number of queries made.
    pub(super) queries: u64,
    /// The queries that found a new best, with the values.
    best: Vec<(u64, f64)>,
    /// The best value in the benchmark, if known.
    pub(super) optimum: Option<f64>,
    /// Duration of the search in seconds.
    pub(super) seconds: f64,
}

/// Returns the key of the result of a command by a program with this checksum.
pub(super) fn key(command: &str, program: &str) -> String {
    sha256(format!("{program} {command}").as_bytes())
}

impl Found {
    /// Reads the output of `ganas search --json`.
    pub(super) fn new(key: String, command: &str, report: &Value) -> Option<Self> {
        let improvement = |it: &Value| Some((it["query"].as_u64()?, it["validation"].as_f64()?));
        let optimum = &report.get("optimum")?["validation"];
        Some(Self {
            key,
            command: format!("ganas {command}"),
            queries: report["queries"].as_u64()?,
            best: report["improvements"]
                .as_array()?
                .iter()
                .map(improvement)
                .collect::<Option<_>>()?,
            optimum: optimum.as_f64(),
            seconds: report["seconds"].as_f64()?,
        })
    }

    /// Returns the best value within a budget; `None` if none was valid.
    pub(super) fn best_within(&self, budget: u64) -> Option<f64> {
        let within = self.best.iter().take_while(|(query, _)| *query <= budget);
        within.last().map(|(_, value)| *value)
    }

    /// Returns the number of queries after which the optimum was found.
    pub(super) fn queries_to_optimum(&self) -> Option<u64> {
        self.queries_to(self.optimum?)
    }

    /// Returns the number of queries after which a value of at least `alpha` was found.
    pub(super) fn queries_to(&self, alpha: f64) -> Option<u64> {
        self.best.iter().find(|(_, value)| *value >= alpha).map(|(query, _)| *query)
    }
}

/// Results by key.
#[derive(Debug, Default)]
pub(super) struct Kept(BTreeMap<String, Found>);

impl Kept {
    /// Reads a file of results, if it exists. Invalid lines are skipped, such as one that was cut
    /// off when its writer was killed.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let mut kept = Self::default();
        if path.exists() {
            let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
            let lines = bytes.split(|byte| *byte == b'\n');
            kept.extend(lines.filter_map(|line| serde_json::from_slice(line).ok()));
        }
        Ok(kept)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Found> {
        self.0.get(key)
    }

    pub(super) fn extend(&mut self, found: impl IntoIterator<Item = Found>) {
        self.0.extend(found.into_iter().map(|found| (found.key.clone(), found)));
    }
}

/// Appends results to a file.
#[derive(Debug)]
pub(super) struct Writer(Mutex<File>);

impl Writer {
    /// Opens the file; creates it if missing.
    ///
    /// # Errors
    /// If it cannot be written, or another process is writing to it.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let place = || format!("opening {}", path.display());
        fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).with_context(place)?;
        let mut options = File::options();
        let mut file =
            options.append(true).read(true).create(true).open(path).with_context(place)?;
        let other = || format!("{}: expected no other writer", path.display());
        file.try_lock().with_context(other)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(place)?;
        if bytes.last().is_some_and(|byte| *byte != b'\n') {
            file.write_all(b"\n").with_context(place)?;
        }
        Ok(Self(Mutex::new(file)))
    }

    pub(super) fn append(&self, found: &Found) -> Result<()> {
        let line = serde_json::to_string(found)? + "\n";
        let mut file = self.0.lock().expect("no thread panics with the file");
        file.write_all(line.as_bytes()).context("writing a result")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// Returns the result of a search with these new bests.
    pub(in crate::ablate) fn found(key: &str, best: &[(u64, f64)], optimum: Option<f64>) -> Found {
        let best = best.to_vec();
        let command = String::from("ganas search");
        Found { key: key.into(), command, queries: 100, best, optimum, seconds: 0.5 }
    }

    #[test]
    fn numbers_are_read_off_the_improvements() {
        let report = json!({
            "queries": 50, "seconds": 1.5, "optimum": { "validation": 92.0 },
            "improvements": [{ "query": 3, "validation": 90.0 }, { "query": 20, "validation": 92.0 }],
        });
        let found = Found::new("k".into(), "search x", &report).unwrap();
        assert_eq!(found.best_within(2), None);
        assert_eq!(found.best_within(19), Some(90.0));
        assert_eq!(found.best_within(20), Some(92.0));
        assert_eq!(found.queries_to_optimum(), Some(20));
        let reached = [89.0, 90.0, 90.5, 92.0, 92.5].map(|alpha| found.queries_to(alpha));
        assert_eq!(reached, [Some(3), Some(3), Some(20), Some(20), None]);
        assert_eq!(self::found("k", &[(1, 9.0)], None).queries_to_optimum(), None);
        assert!(Found::new("k".into(), "search x", &json!({ "queries": 50 })).is_none());
    }

    #[test]
    fn a_line_cut_in_half_is_lost_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/x.jsonl");
        let all: Vec<_> = ["a", "b", "c"].map(|key| found(key, &[(1, 0.1)], None)).into();
        let writer = Writer::open(&path).unwrap();
        writer.append(&all[0]).unwrap();
        writer.append(&all[1]).unwrap();
        drop(writer);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
        Writer::open(&path).unwrap().append(&all[2]).unwrap();
        let kept = Kept::read(&path).unwrap();
        let found = ["a", "b", "c"].map(|key| kept.get(key));
        assert_eq!(found, [Some(&all[0]), None, Some(&all[2])]);
    }

    #[test]
    fn there_is_one_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.jsonl");
        assert!(Kept::read(&path).unwrap().get("a").is_none());
        let _first = Writer::open(&path).unwrap();
        assert!(Writer::open(&path).unwrap_err().to_string().contains("no other writer"));
    }

    #[test]
    fn keys_tell_commands_and_programs_apart() {
        assert_eq!(key("a", "p"), key("a", "p"));
        assert_ne!(key("a", "p"), key("b", "p"));
        assert_ne!(key("a", "p"), key("a", "q"));
    }
}
