//! Changes to a study that has begun. [`Session::resume_amended`](crate::Session::resume_amended)
//! reads the study file again. Changes in the file are adopted, unless they would alter results
//! that the study already has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;
use crate::error::About;
use crate::option_part::{Part, locate};
use crate::options::{EvaluatorOptions, StudyOptions};
use crate::plan::{Plan, check_command};
use crate::spaces::read_description;
use crate::study_file::read_study_file;

/// A study file as it was last read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyFile {
    /// The path of the file.
    pub path: PathBuf,
    /// The options in the file.
    pub options: StudyOptions,
}

/// A change to an option of a study, made after the study had begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The option's key in study files.
    pub key: String,
    /// The old value; `None` if the option was not set. If the option is a command's environment,
    /// both the old and the new value contain only the names of the variables, because reports show
    /// both values.
    pub before: Option<Value>,
    /// The new value; `None` if the option is no longer set.
    pub now: Option<Value>,
    /// Number of queries made before the change.
    pub queries: usize,
}

/// Keys whose changes alter no existing result. They set the amount of work, the end of the study,
/// the number of workers and the objectives.
const MAY_CHANGE: [&str; 7] = [
    "budget",
    "workers",
    "max_failures",
    "max_train_seconds",
    "target",
    "until_optimum",
    "objectives",
];

/// The keys of limits, which may change until the first measurement.
const UNTIL_MEASURED: [&str; 2] = ["max", "min"];

/// Keys that define what a value means. If one of them changes, earlier results no longer apply.
const OF_VALUES: [&str; 5] = ["space", "benchmark", "dataset", "query", "minimise"];

impl StudyFile {
    /// Reads a study file.
    ///
    /// # Errors
    /// As for [`read_study_file`].
    pub(crate) fn read(file: &Path) -> Result<Self, Error> {
        let options = read_study_file(file)?;
        let path = std::path::absolute(file).map_err(|source| Error::file("find", file, source))?;
        Ok(Self { path, options })
    }
}

impl Plan {
    /// Adopts the changes made to the study file since it was last read. The file is `file` or, if
    /// that is `None`, the study's own file; if that no longer exists, nothing changes. The study
    /// is in `folder` and has made `made` queries.
    ///
    /// # Errors
    /// If the file cannot be read, is invalid or describes another study.
    pub(crate) fn adopt_file(
        &mut self,
        file: Option<&Path>,
        folder: &Path,
        made: usize,
    ) -> Result<(), Error> {
        let own = self.file.as_ref().map(|written| written.path.clone());
        let own = own.filter(|path| path.is_file());
        let Some(file) = file.map(ToOwned::to_owned).or(own) else { return Ok(()) };
        let amended = StudyFile::read(&file).and_then(|now| self.take_over(now, folder, made));
        amended.map_err(|error| locate(&file, |_| false, error))
    }

    /// Adopts the budget, the number of workers and the limit on failures from options that were
    /// given in addition to the study file.
    pub(crate) fn change(&mut self, given: &StudyOptions, made: usize) {
        let before = self.options.clone();
        let options = &mut self.options;
        options.budget = given.budget.or(options.budget);
        options.workers = given.workers.or(options.workers);
        options.max_failures = given.max_failures.or(options.max_failures);
        let (before, now) = (Keys::of(&before), Keys::of(options));
        self.changes.extend(before.changes(&now, made));
    }

    fn take_over(&mut self, now: StudyFile, folder: &Path, made: usize) -> Result<(), Error> {
        now.options.check_runs_here()?;
        let origin = now.path.parent().unwrap_or(Path::new("")).to_owned();
        let before =
            self.file.take().map_or_else(|| self.as_written(&now.options), |it| it.options);
        let (old, new) = (Keys::of(&before), Keys::of(&now.options));
        let changes = old.changes(&new, made);
        let other = |change: &&Change| !change.is_possible();
        if let Some(change) = changes.iter().find(other) {
            let message = change.refusal(&now.path, folder);
            return Err(Error::Usage(message)).about(|| Part::of(&change.key));
        }
        self.check_description(&origin, &now.path)?;
        for change in &changes {
            self.options.take(&change.key, &before, &now.options);
        }
        if let Some(EvaluatorOptions::Command(settings)) = &self.options.evaluator {
            self.origin = Some(check_command(settings, &origin)?);
        }
        self.changes.extend(changes);
        self.file = Some(now);
        self.check()
    }

    /// Returns the options that a study file is assumed to have had if its former contents were not
    /// kept: those of the study. `from` and, if a file describes the space, `space` are taken from
    /// `now`, because the study stores them in another form.
    fn as_written(&self, now: &StudyOptions) -> StudyOptions {
        let space = self.description.as_ref().map_or(&self.options.space, |_| &now.space);
        StudyOptions { from: now.from.clone(), space: space.clone(), ..self.options.clone() }
    }

    /// Rejects a change to the file that describes the space.
    fn check_description(&self, origin: &Path, file: &Path) -> Result<(), Error> {
        let (Some(kept), Some(name)) = (&self.description, &self.options.space) else {
            return Ok(());
        };
        let path = origin.join(name);
        if !path.is_file() || read_description(&path)? == kept.text {
            return Ok(());
        }
        let (path, file) = (path.display(), file.display());
        let message = format!(
            "expected {path} to be unchanged since the study began, found a changed file, which may describe other architectures. Restore the original file, or start another study: `ganas search {file} --dir DIR`"
        );
        Err(Error::Usage(message)).about(|| Part::of("space"))
    }
}

impl StudyOptions {
    /// Adopts the value of a key from the new contents of a file. For limits, which are joined
    /// lists, keeps the entries that did not come from the old file.
    fn take(&mut self, key: &str, before: &Self, now: &Self) {
        let joined = |own: &[String], before: &[String], now: &[String]| {
            let given = own.iter().skip(before.len());
            now.iter().chain(given).cloned().collect::<Vec<_>>()
        };
        match key {
            "budget" => self.budget = now.budget,
            "workers" => self.workers = now.workers,
            "max_failures" => self.max_failures = now.max_failures,
            "max_train_seconds" => self.max_train_seconds = now.max_train_seconds,
            "target" => self.target = now.target,
            "until_optimum" => self.until_optimum = now.until_optimum,
            "objectives" => self.objectives.clone_from(&now.objectives),
            "max" => self.max = joined(&self.max, &before.max, &now.max),
            "min" => self.min = joined(&self.min, &before.min, &now.min),
            _ => self.evaluator.clone_from(&now.evaluator),
        }
    }
}

impl Change {
    /// Returns true if the change leaves the study's existing results unchanged.
    fn is_possible(&self) -> bool {
        let key = self.key.as_str();
        let is_replaced = self.before.is_some() && self.now.is_some();
        match key.strip_prefix("evaluator.") {
            Some("fidelity") => false,
            Some("command") => is_replaced,
            // Only commands have other settings, and then both are commands.
            Some(setting) => !["benchmark", "dataset", "query"].contains(&setting),
            None if UNTIL_MEASURED.contains(&key) => self.queries == 0,
            None => MAY_CHANGE.contains(&key),
        }
    }

    fn refusal(&self, file: &Path, folder: &Path) -> String {
        let Self { key, before, now, .. } = self;
        let given = |value: &Option<Value>| value.clone().filter(|it| !it.is_null());
        let (was, undo) = match given(before) {
            None => ("was not set".into(), "Remove it"),
            Some(value) => (format!("was {value}"), "Restore the old value"),
        };
        let is = given(now).map_or("is no longer set".into(), |value| format!("is now {value}"));
        let (file, folder) = (file.display(), folder.display());
        let another = format!(
            "`{key}` cannot be changed, because the results in the folder `{folder}` depend on it: it {was}, and {is}. {undo} to continue, or start another study: `ganas search {file} --dir DIR`"
        );
        if key == "from" {
            return format!(
                "{another}; `ganas import-trials {folder} CSV` adds known values to this study"
            );
        }
        if OF_VALUES.contains(&key.as_str()) || key.starts_with("evaluator") {
            return another;
        }
        format!(
            "{another}. To reuse the measured values at no cost, first export them with `ganas trials {folder} --csv > known.csv`, then add `--from known.csv` to the `ganas search` command"
        )
    }
}

/// The given options by their keys in study files, with the defaults of `strategy`, `seed` and
/// `distinct`.
struct Keys(BTreeMap<String, Value>);

impl Keys {
    fn of(options: &StudyOptions) -> Self {
        let options = StudyOptions {
            strategy: Some(options.strategy()),
            seed: Some(options.seed.unwrap_or(0)),
            distinct: Some(options.distinct.unwrap_or_default()),
            ..options.clone()
        };
        // A value that cannot be written was not in the file either.
        let value = serde_json::to_value(options).unwrap_or_default();
        let mut keys = BTreeMap::new();
        for (key, value) in value.as_object().into_iter().flatten() {
            match value.as_object().filter(|_| key == "evaluator") {
                Some(table) => keys.extend(
                    table.iter().map(|(name, value)| (format!("{key}.{name}"), value.clone())),
                ),
                None => drop(keys.insert(key.clone(), value.clone())),
            }
        }
        Self(keys)
    }

    /// Returns a change for each key whose value in `now` differs; `queries` counts the queries
    /// before it.
    fn changes(&self, now: &Self, queries: usize) -> Vec<Change> {
        let keys: BTreeSet<_> = self.0.keys().chain(now.0.keys()).collect();
        let change = |key: &String| {
            let (before, now) = (self.0.get(key).cloned(), now.0.get(key).cloned());
            let shown = |value: Option<Value>| value.map(|value| without_secrets(key, value));
            (before != now).then(|| {
                let (before, now) = (shown(before), shown(now));
                Change { key: key.clone(), before, now, queries }
            })
        };
        keys.into_iter().filter_map(change).collect()
    }
}

/// Reduces an environment to the names of its variables, because the values may be secrets.
fn without_secrets(key: &str, value: Value) -> Value {
    match value {
        Value::Object(variables) if key == "evaluator.environment" => {
            variables.into_iter().map(|(name, _)| Value::String(name)).collect()
        }
        value => value,
    }
}
