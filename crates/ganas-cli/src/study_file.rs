//! A study as its user writes it down.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ganas_bench::QuerySettings;
use ganas_exec::CommandSettings;
use ganas_graph::spaces::described::{self, SpaceFileError};
use ganas_search::{Direction, Objective};
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use crate::known;
use crate::part::Part;
use crate::plan::{Known, SpacePlan, StudyPlan, SubjectPlan};
use crate::search::DistinctName;
use crate::spaces;
use crate::strategies::StrategySpec;

/// The file; `E` is what its evaluator is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StudyFile<E> {
    /// Name of a space or benchmark, or a file beside this one that describes a space.
    space: Option<Spanned<String>>,
    evaluator: Option<E>,
    strategy: Option<Spanned<String>>,
    budget: Option<usize>,
    seed: Option<u64>,
    distinct: Option<DistinctName>,
    minimise: Option<bool>,
    #[serde(default)]
    max: Vec<String>,
    #[serde(default)]
    min: Vec<String>,
    #[serde(default)]
    objectives: Vec<Objective>,
    target: Option<f64>,
    #[serde(default)]
    until_optimum: bool,
    max_train_seconds: Option<f64>,
    max_failures: Option<usize>,
    workers: Option<Spanned<usize>>,
    #[serde(default)]
    asynchronous: bool,
    /// Architectures, or CSV files beside this one.
    #[serde(default)]
    from: Vec<String>,
}

/// A benchmark that measures.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BenchmarkTable {
    benchmark: String,
    dataset: Option<String>,
    query: Option<Spanned<String>>,
}

/// As much of the file as tells which kind of evaluator it has.
#[derive(Debug, Deserialize)]
struct Kind {
    evaluator: Option<EvaluatorKind>,
}

#[derive(Debug, Deserialize)]
struct EvaluatorKind {
    command: Option<IgnoredAny>,
}

/// Failed evaluations that end a study of a command, unless its file says something else.
const MAX_FAILURES: usize = 10;

/// Most bytes that a study file may have.
const MAX_BYTES: u64 = 1 << 20;

/// Reads a study file.
///
/// # Errors
/// With file, line and column of what is wrong.
pub(crate) fn read(path: &Path) -> anyhow::Result<StudyPlan> {
    let reading = || format!("reading {}", path.display());
    let size = fs::metadata(path).with_context(reading)?.len();
    anyhow::ensure!(size <= MAX_BYTES, "{}: expected at most {MAX_BYTES} bytes", path.display());
    let text = fs::read_to_string(path).with_context(reading)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let source = Source { name: path.display().to_string(), text, folder };
    let kind: Kind = source.parse()?;
    if kind.evaluator.is_some_and(|evaluator| evaluator.command.is_some()) {
        let file: StudyFile<CommandSettings> = source.parse()?;
        source.command(file)
    } else {
        let file: StudyFile<BenchmarkTable> = source.parse()?;
        source.benchmark(file)
    }
}

/// The text, for errors that point into it.
struct Source {
    name: String,
    text: String,
    folder: PathBuf,
}

impl Source {
    fn parse<T: for<'d> Deserialize<'d>>(&self) -> Result<T, SpaceFileError> {
        toml::from_str(&self.text).map_err(|error| {
            let place = error.span().unwrap_or(0..0);
            self.wrong(place, error.message().to_owned())
        })
    }

    fn wrong(&self, place: Range<usize>, message: String) -> SpaceFileError {
        SpaceFileError::new(&self.name, &self.text, place, message)
    }

    fn command(&self, file: StudyFile<CommandSettings>) -> anyhow::Result<StudyPlan> {
        let settings = file.evaluator.as_ref().expect("it has a command").clone();
        settings.check()?;
        let Some(space) = &file.space else {
            let message = "expected a `space` for the command to measure, found none".into();
            return Err(self.wrong(0..0, message).into());
        };
        let origin = self.folder.canonicalize().or_else(|_| std::env::current_dir())?;
        let directory = origin.join(&settings.directory);
        fs::read_dir(&directory)
            .with_context(|| format!("opening {}", directory.display()))
            .context(Part::of("evaluator.directory"))?;
        let space = self.space(space)?;
        let subject = SubjectPlan::Command { space, settings, origin };
        let plan = self.plan(subject, file)?;
        Ok(StudyPlan { max_failures: plan.max_failures.or(Some(MAX_FAILURES)), ..plan })
    }

    fn benchmark(&self, mut file: StudyFile<BenchmarkTable>) -> anyhow::Result<StudyPlan> {
        let evaluator = file.evaluator.take();
        let name = match (&evaluator, &file.space) {
            (Some(evaluator), _) => evaluator.benchmark.clone(),
            (None, Some(space)) => space.get_ref().clone(),
            (None, None) => {
                let message = "expected an `[evaluator]` with a `command` or a `benchmark`".into();
                return Err(self.wrong(0..0, message).into());
            }
        };
        let evaluator = evaluator.unwrap_or_default();
        let query = match &evaluator.query {
            Some(query) => self.checked(query)?,
            None => QuerySettings::default(),
        };
        let (dataset, query) = (evaluator.dataset, query.to_string());
        let subject = SubjectPlan::Benchmark { name, dataset, query };
        if let (Some(space), Ok(opened)) = (&file.space, subject.open(None)) {
            let found = space.get_ref();
            let benchmark = opened.benchmark().map(|benchmark| benchmark.name.clone());
            if *found != opened.space().name() && Some(found) != benchmark.as_ref() {
                let message = format!("expected the benchmark's space, {}", opened.space().name());
                return Err(self.wrong(space.span(), message).into());
            }
        }
        self.plan(subject, file)
    }

    fn space(&self, space: &Spanned<String>) -> anyhow::Result<SpacePlan> {
        let name = space.get_ref();
        let path = self.folder.join(name);
        if path.extension().is_some() || path.is_file() {
            let text = spaces::read(&path)?;
            described::read(&text, &path.display().to_string())?;
            return Ok(SpacePlan::Described { file: path.display().to_string(), text });
        }
        spaces::open(name).map_err(|error| self.wrong(space.span(), error.to_string()))?;
        Ok(SpacePlan::Named(name.clone()))
    }

    fn plan<E>(&self, subject: SubjectPlan, file: StudyFile<E>) -> anyhow::Result<StudyPlan> {
        let usual = StudyPlan::new(subject);
        let workers = match &file.workers {
            Some(workers) if *workers.get_ref() == 0 => {
                let message = "expected at least 1 worker, found 0".into();
                return Err(self.wrong(workers.span(), message).into());
            }
            workers => workers.as_ref().map_or(usual.workers, |workers| *workers.get_ref()),
        };
        let strategy: StrategySpec = match &file.strategy {
            Some(strategy) => self.checked(strategy)?,
            None => usual.strategy.clone(),
        };
        let minimise = file.minimise.unwrap_or(false);
        let (known, first) = from(&file.from, &self.folder)?;
        Ok(StudyPlan {
            strategy,
            budget: file.budget.unwrap_or(usual.budget),
            seed: file.seed.unwrap_or(usual.seed),
            distinct: file.distinct.unwrap_or(usual.distinct),
            direction: if minimise { Direction::Minimise } else { Direction::Maximise },
            max: file.max,
            min: file.min,
            objectives: file.objectives,
            target: file.target,
            until_optimum: file.until_optimum,
            max_train_seconds: file.max_train_seconds,
            max_failures: file.max_failures,
            workers,
            asynchronous: file.asynchronous,
            known,
            first,
            ..usual
        })
    }

    /// A value that is written as text.
    fn checked<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        text: &Spanned<String>,
    ) -> Result<T, SpaceFileError> {
        text.get_ref().parse().map_err(|error: T::Err| self.wrong(text.span(), error.to_string()))
    }
}

/// Tells CSV files, relative to `folder`, from architectures: what is known, what is to be evaluated
/// first.
pub(crate) fn from(texts: &[String], folder: &Path) -> anyhow::Result<(Vec<Known>, Vec<String>)> {
    let (mut known_ones, mut first) = (Vec::new(), Vec::new());
    for text in texts {
        let path = folder.join(text);
        let is_csv = path.extension().is_some_and(|extension| extension == "csv");
        if is_csv || path.is_file() {
            known_ones.extend(known::read(&path).with_context(|| Part::entry("from", text))?);
        } else {
            first.push(text.clone());
        }
    }
    Ok((known_ones, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readmes_study_file_is_one() {
        let readme = include_str!("../../../README.md");
        let text = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.toml");
        fs::write(&path, text).unwrap();
        fs::write(folder.path().join("known.csv"), "arch,value\na,1\n").unwrap();
        let plan = read(&path).unwrap();
        assert!(matches!(plan.subject, SubjectPlan::Command { .. }));
        assert_eq!((plan.budget, plan.workers, plan.known.len()), (200, 4, 1));
        assert_eq!(plan.objectives[0].direction, Direction::Minimise);
        let again: StudyPlan = serde_json::from_str(&plan.text().unwrap()).unwrap();
        assert_eq!(again, plan, "a store gives it back");
    }
}
