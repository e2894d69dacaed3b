//! Reads the configuration of a study that was stored in version 1 of the format.

use std::path::PathBuf;

use ganas_exec::CommandSettings;
use ganas_search::{Direction, Distinct, Objective};
use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny};
use serde_json::Value;

use crate::open_space::Description;
use crate::options::{BenchmarkOptions, EvaluatorOptions, StudyOptions};
use crate::plan::Plan;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    subject: Subject,
    strategy: String,
    budget: usize,
    seed: u64,
    distinct: Distinct,
    direction: Direction,
    max: Vec<String>,
    min: Vec<String>,
    objectives: Vec<Objective>,
    target: Option<f64>,
    until_optimum: bool,
    max_train_seconds: Option<f64>,
    max_failures: Option<usize>,
    workers: usize,
    asynchronous: bool,
    /// Ignored, because the store's trials contain the known architectures.
    #[serde(rename = "known")]
    _known: IgnoredAny,
    first: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Subject {
    Benchmark { name: String, dataset: Option<String>, query: String },
    Command { space: Space, settings: Box<CommandSettings>, origin: PathBuf },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Space {
    Named(String),
    Described { file: String, text: String },
}

/// Reads the configuration as a plan of this version.
pub(crate) fn read(value: Value) -> Result<Plan, serde_json::Error> {
    let old: Configuration = serde_json::from_value(value)?;
    let wrong = |error: &dyn std::fmt::Display| serde_json::Error::custom(error.to_string());
    let mut options = StudyOptions {
        strategy: Some(old.strategy.parse().map_err(|error: crate::Error| wrong(&error))?),
        budget: Some(old.budget),
        seed: Some(old.seed),
        distinct: Some(old.distinct),
        minimise: old.direction == Direction::Minimise,
        max: old.max,
        min: old.min,
        objectives: old.objectives,
        target: old.target,
        until_optimum: old.until_optimum,
        max_train_seconds: old.max_train_seconds,
        max_failures: old.max_failures,
        workers: Some(old.workers),
        asynchronous: old.asynchronous,
        from: old.first,
        ..StudyOptions::default()
    };
    let (mut description, mut origin) = (None, None);
    options.evaluator = Some(match old.subject {
        Subject::Benchmark { name, dataset, query } => {
            let query = query.parse().map_err(|error: ganas_bench::QueryError| wrong(&error))?;
            let query = Some(query);
            EvaluatorOptions::Benchmark(BenchmarkOptions { benchmark: name, dataset, query })
        }
        Subject::Command { space, settings, origin: folder } => {
            match space {
                Space::Named(name) => options.space = Some(name),
                Space::Described { file, text } => {
                    options.space = Some(file.clone());
                    description = Some(Description { file, text });
                }
            }
            origin = Some(folder);
            EvaluatorOptions::Command(*settings)
        }
    });
    Ok(Plan::restored(options, description, origin))
}
