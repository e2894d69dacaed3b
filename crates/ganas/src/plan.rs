//! The stored form of a study: its options, with the contents of all files that they name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ganas_bench::{Benchmark, QuerySettings};
use ganas_exec::{CommandEvaluator, CommandSettings};
use ganas_graph::SearchSpace;
use ganas_search::{Direction, StudyRecord, TestOracle as _};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use crate::amend::{Change, StudyFile};
use crate::error::About;
use crate::open_space::{Description, OpenSpace};
use crate::option_part::Part;
use crate::options::{BenchmarkOptions, EvaluatorOptions, StudyOptions};
use crate::related::Related;
use crate::subject::{Evaluation, Subject};
use crate::trials_csv::{self, Known};
use crate::{Error, version_1};

/// The stored form of a study: its options, with the contents of all files that they name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this format.
    version: u32,
    /// The user's options. The field `from` contains only architectures, not files or folders.
    pub options: StudyOptions,
    /// The description of the space, if it was in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Description>,
    /// The folder that a command's paths are relative to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<PathBuf>,
    /// The findings of finished studies of the same space, whose folders were in `from`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) related: Vec<Related>,
    /// The study file as it was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<StudyFile>,
    /// The changes made to the options since the study began, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

const VERSION: u32 = 2;

impl Plan {
    /// Reads the files that the options name. Paths are relative to `origin`. Returns the plan and
    /// the architectures in the CSV files, whose values are known before the study.
    ///
    /// # Errors
    /// If a file cannot be read, or if options contradict each other.
    pub fn new(options: StudyOptions, origin: &Path) -> Result<(Self, Vec<Known>), Error> {
        Self::within(options, origin, None)
    }

    /// Like [`Plan::new`], but uses `space` if it is given. The options then need not name a space.
    ///
    /// # Errors
    /// As for [`Plan::new`].
    pub fn within(
        mut options: StudyOptions,
        origin: &Path,
        space: Option<&OpenSpace>,
    ) -> Result<(Self, Vec<Known>), Error> {
        let From { known, given, related } = From::read(&options.from, origin)?;
        options.from = given;
        if let Some(space) = space {
            options.space = Some(space.name().into());
        }
        let mut plan = Self { related, ..Self::restored(options, None, None) };
        plan.description = match (space, plan.described_space(origin)) {
            (Some(space), _) => space.description().cloned(),
            (None, Some(name)) => Some(Description::of_file(&origin.join(name))?),
            (None, None) => None,
        };
        if let Some(EvaluatorOptions::Command(settings)) = &plan.options.evaluator {
            plan.origin = Some(check_command(settings, origin)?);
            let of_benchmarks = [
                ("dataset", plan.options.dataset.is_some()),
                ("query", plan.options.query.is_some()),
            ];
            if let Some((key, _)) = of_benchmarks.iter().find(|(_, given)| *given) {
                let message = format!(
                    "`{key}` applies to benchmarks only, but the study's evaluator is a command"
                );
                return Err(Error::Usage(message)).about(|| Part::of(key));
            }
        }
        plan.check()?;
        Ok((plan, known))
    }

    /// Returns the plan from a study's record, which may be from an earlier version of ganas.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the record cannot be read.
    pub fn of(record: &StudyRecord) -> Result<Self, Error> {
        let wrong = |source| Error::Configuration { source };
        let value: serde_json::Value =
            serde_json::from_str(&record.configuration).map_err(wrong)?;
        match value.get("version") {
            Some(found) if *found == VERSION => serde_json::from_value(value).map_err(wrong),
            Some(found) => {
                Err(wrong(serde_json::Error::custom(format!("expected {VERSION}, found {found}"))))
            }
            None => version_1::read(value).map_err(wrong),
        }
    }

    /// Returns the study's record, as the store keeps it.
    ///
    /// # Errors
    /// [`Error::Configuration`] if an option cannot be written as JSON.
    pub fn record(&self, subject: &Subject) -> Result<StudyRecord, Error> {
        let strategy = self.options.strategy().to_string();
        Ok(StudyRecord {
            seed: self.options.seed.unwrap_or(0),
            budget: self.options.budget(),
            direction: self.options.direction(),
            ..StudyRecord::new(&*subject.space, &strategy, self.text()?)
        })
    }

    /// Returns the plan as JSON, for the study's store.
    ///
    /// # Errors
    /// [`Error::Configuration`] if an option cannot be written as JSON.
    pub fn text(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|source| Error::Configuration { source })
    }

    /// Opens the search space and the evaluator. If the evaluator is a command, `folder` must be
    /// the study's folder.
    ///
    /// # Errors
    /// If the space, the benchmark or the command cannot be opened.
    pub fn open(&self, folder: Option<&Path>) -> Result<Subject, Error> {
        let evaluation = match &self.options.evaluator {
            Some(EvaluatorOptions::Command(settings)) => {
                let message = "a study with a command needs a folder; pass one with `--dir DIR`";
                let folder = folder.ok_or_else(|| Error::Usage(message.into()))?;
                let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
                let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let origin = self.origin.as_deref().unwrap_or(Path::new(""));
                Evaluation::Command(Box::new(CommandEvaluator::new(
                    settings.clone(),
                    &name,
                    folder,
                    origin,
                )?))
            }
            Some(EvaluatorOptions::Elsewhere(_)) => Evaluation::Elsewhere,
            Some(EvaluatorOptions::Benchmark(_)) | None => {
                let (name, dataset, query) = self.benchmark()?;
                let benchmark = Benchmark::open(&name, dataset.as_deref(), query)?;
                self.check_space(&benchmark)?;
                self.check_direction(&benchmark)?;
                let benchmark = match &self.options.fidelity {
                    Some(it) => benchmark.with_rungs(&it.rungs).about(|| Part::of("fidelity"))?,
                    None => benchmark,
                };
                return Ok(Subject::benchmark(benchmark));
            }
        };
        Ok(Subject { space: self.space_alone()?, evaluation })
    }

    /// Opens the search space. The evaluator is opened only if it is a benchmark.
    ///
    /// # Errors
    /// If the space or the benchmark cannot be opened.
    pub fn open_space(&self) -> Result<Arc<dyn SearchSpace>, Error> {
        match &self.options.evaluator {
            Some(EvaluatorOptions::Benchmark(_)) | None => {
                let (name, dataset, query) = self.benchmark()?;
                Ok(Benchmark::open(&name, dataset.as_deref(), query)?.space)
            }
            _ => self.space_alone(),
        }
    }

    /// Returns the space of a study without a benchmark, with the data needed to open it again.
    ///
    /// # Errors
    /// If the space cannot be opened, or if the options name no space.
    pub fn kept_space(&self) -> Result<OpenSpace, Error> {
        match (&self.description, &self.options.space) {
            (Some(Description { file, text }), _) => OpenSpace::read(text, file),
            (None, Some(name)) => OpenSpace::open(name).about(|| Part::of("space")),
            (None, None) => Err(Error::Usage("expected a `space` to search, found none".into())),
        }
    }

    fn space_alone(&self) -> Result<Arc<dyn SearchSpace>, Error> {
        Ok(self.kept_space()?.space().clone())
    }

    /// Returns the name, data set and query of the benchmark.
    fn benchmark(&self) -> Result<(String, Option<String>, QuerySettings), Error> {
        let StudyOptions { space, benchmark, dataset, query, evaluator, .. } = &self.options;
        let table = match evaluator {
            Some(EvaluatorOptions::Benchmark(table)) => table.clone(),
            _ => BenchmarkOptions::default(),
        };
        let named = Some(table.benchmark).filter(|name| !name.is_empty());
        let name = named.as_ref().or(benchmark.as_ref()).or(space.as_ref());
        let message = "expected either a `benchmark`, or an `[evaluator]` table with a `command` or a `benchmark`, found neither";
        let name = name.ok_or_else(|| Error::Usage(message.into()))?;
        if named.is_none() && Path::new(name).extension().is_some() {
            let message = format!(
                "expected an `[evaluator]` with a `command` that measures the architectures of {name}"
            );
            return Err(Error::Usage(message)).about(|| Part::of("space"));
        }
        let query = query.or(table.query).unwrap_or_default();
        Ok((name.clone(), dataset.clone().or(table.dataset), query))
    }

    /// Rejects a space that is not the benchmark's.
    fn check_space(&self, benchmark: &Benchmark) -> Result<(), Error> {
        match &self.options.space {
            Some(found) if found != benchmark.space.name() && *found != benchmark.name => {
                let expected = benchmark.space.name();
                let message = format!("expected the benchmark's space ({expected}), found {found}");
                Err(Error::Usage(message)).about(|| Part::of("space"))
            }
            _ => Ok(()),
        }
    }

    /// Rejects maximising a table in which lower values are better.
    fn check_direction(&self, benchmark: &Benchmark) -> Result<(), Error> {
        if self.options.minimise || benchmark.direction() == Direction::Maximise {
            return Ok(());
        }
        let message = format!(
            "lower values of {} are better: add `--minimise`, or `minimise = true` in a study file",
            benchmark.name
        );
        Err(Error::Usage(message)).about(|| Part::of("minimise"))
    }

    /// Returns the file that describes the space, if any.
    fn described_space(&self, origin: &Path) -> Option<String> {
        let name = self.options.space.clone()?;
        let is_searched = matches!(
            self.options.evaluator,
            Some(EvaluatorOptions::Command(_) | EvaluatorOptions::Elsewhere(_))
        );
        let path = origin.join(&name);
        let is_file = path.extension().is_some() || path.is_file() || name.contains('/');
        (is_searched && is_file).then_some(name)
    }

    /// Rejects options that are invalid in any search space.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let StudyOptions { workers, max_failures, benchmark, evaluator, .. } = &self.options;
        let wrong =
            |key: &str, message: &str| Err(Error::Usage(message.into())).about(|| Part::of(key));
        if *workers == Some(0) {
            return wrong("workers", "expected at least 1 worker, found 0");
        }
        if *max_failures == Some(0) {
            return wrong("max_failures", "expected a limit of at least 1 failure, found 0");
        }
        if benchmark.is_some() && evaluator.is_some() {
            return wrong("benchmark", "expected a `benchmark` or an `evaluator`, found both");
        }
        if let (Some(EvaluatorOptions::Command(settings)), workers) =
            (evaluator, workers.unwrap_or(1))
            && !settings.devices.is_empty()
            && workers > settings.devices.len()
        {
            let devices = settings.devices.len();
            let message = format!(
                "expected a device for each of {workers} workers, found {devices}; list a device twice to share it between two workers"
            );
            return wrong("evaluator.devices", &message);
        }
        Ok(())
    }

    /// Returns true if another program evaluates the architectures and reports the results.
    pub fn is_told_from_elsewhere(&self) -> bool {
        matches!(self.options.evaluator, Some(EvaluatorOptions::Elsewhere(_)))
    }

    /// Returns a plan with these options and without related studies, a study file or changes.
    pub(crate) fn restored(
        options: StudyOptions,
        description: Option<Description>,
        origin: Option<PathBuf>,
    ) -> Self {
        let (related, file, changes) = (Vec::new(), None, Vec::new());
        Self { version: VERSION, options, description, origin, related, file, changes }
    }
}

/// The entries of `from`.
#[derive(Debug, Default)]
struct From {
    /// Known architectures, from CSV files.
    known: Vec<Known>,
    /// Architectures to evaluate first.
    given: Vec<String>,
    /// The findings of other studies, from their folders.
    related: Vec<Related>,
}

impl From {
    /// Separates the CSV files and study folders, relative to `folder`, from the architectures.
    fn read(texts: &[String], folder: &Path) -> Result<Self, Error> {
        let mut all = Self::default();
        for text in texts {
            let path = folder.join(text);
            let part = || Part::entry("from", text);
            let is_csv = path.extension().is_some_and(|extension| extension == "csv");
            if path.is_dir() {
                all.related.push(Related::read(&path).about(part)?);
            } else if is_csv || path.is_file() {
                all.known.extend(trials_csv::read(&path).about(part)?);
            } else {
                all.given.push(text.clone());
            }
        }
        Ok(all)
    }
}

/// Checks a command's settings, and returns the folder that their paths are relative to.
pub(crate) fn check_command(settings: &CommandSettings, origin: &Path) -> Result<PathBuf, Error> {
    settings.check()?;
    let here = |source| Error::file("open", origin, source);
    let origin = origin.canonicalize().or_else(|_| std::env::current_dir()).map_err(here)?;
    let directory = origin.join(&settings.directory);
    std::fs::read_dir(&directory)
        .map_err(|source| Error::file("open", &directory, source))
        .about(|| Part::of("evaluator.directory"))?;
    Ok(origin)
}
