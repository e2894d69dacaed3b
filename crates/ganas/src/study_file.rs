//! Reads study files, which are in TOML.

use std::ops::Range;
use std::path::Path;

use ganas_exec::CommandSettings;
use ganas_graph::spaces::described::{self, SpaceFileError};
use ganas_graph::wording;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::option_part::Part;
use crate::options::{BenchmarkOptions, EvaluatorOptions, StudyOptions};
use crate::text_file::{MAX_STUDY_BYTES, read_text};
use crate::{Error, open_space};

/// The part of the file that identifies its kind of evaluator.
#[derive(Debug, Deserialize)]
struct Kind {
    evaluator: Option<EvaluatorKind>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum EvaluatorKind {
    Table { command: Option<IgnoredAny>, benchmark: Option<IgnoredAny> },
    Word(IgnoredAny),
}

/// Only the evaluator, read as the kind that it claims to be, for precise errors.
#[derive(Debug, Deserialize)]
struct Only<E> {
    #[expect(dead_code, reason = "it is read for what is wrong with it")]
    evaluator: E,
}

/// Returns the options in a study file.
///
/// # Errors
/// [`Error::File`] if the file cannot be read; [`Error::Usage`] if it is too large;
/// [`Error::Description`], with the file, line and column, if its contents are invalid.
pub fn read_study_file(path: &Path) -> Result<StudyOptions, Error> {
    let (name, text) = (path.display().to_string(), read_text(path, MAX_STUDY_BYTES)?);
    if text.len() as u64 > MAX_STUDY_BYTES {
        return Err(Error::Usage(format!("{name}: expected at most {MAX_STUDY_BYTES} bytes")));
    }
    let source = Source { name, text };
    match source.parse::<Kind>()?.evaluator {
        Some(EvaluatorKind::Table { command: None, benchmark: None }) => {
            let place = Part::of("evaluator").place(&source.text).unwrap_or(0..0);
            let message = "expected a `command` or a `benchmark` in `[evaluator]`, found neither";
            return Err(source.wrong(place, message).into());
        }
        Some(EvaluatorKind::Table { command: Some(_), .. }) => {
            source.parse::<Only<CommandSettings>>().map(drop)?;
        }
        Some(EvaluatorKind::Table { command: None, .. }) => {
            source.parse::<Only<BenchmarkOptions>>().map(drop)?;
        }
        Some(EvaluatorKind::Word(_)) | None => {}
    }
    let options: StudyOptions = source.parse()?;
    source.check(&options, path.parent().unwrap_or(Path::new("")))?;
    Ok(options)
}

/// The text, for errors that point into it.
struct Source {
    name: String,
    text: String,
}

impl Source {
    fn parse<T: for<'d> Deserialize<'d>>(&self) -> Result<T, SpaceFileError> {
        toml::from_str(&self.text).map_err(|error| {
            let place = error.span().unwrap_or(0..0);
            let message = wording::reword_serde_error_at(error.message(), &self.text, place.clone());
            if wording::is_of_another_kind(&self.text, &self.name) {
                return self.wrong(place, &format!(
                    "expected a study file in TOML, such as study.toml, found another format: {message}"
                ));
            }
            if described::describes_space(&self.text) {
                return self.wrong(place, &format!(
                    "expected a study file, found a search space; check it with `ganas space check`, or \
                     name it in a study file by `space = \"{}\"`; {message}",
                    self.name
                ));
            }
            self.wrong(place, &message)
        })
    }

    fn wrong(&self, place: Range<usize>, message: &str) -> SpaceFileError {
        SpaceFileError::new(&self.name, &self.text, place, message)
    }

    /// Rejects a file that lacks an evaluator or a space that it needs, or that contains keys that
    /// exclude each other. Options from outside the file cannot correct these errors.
    fn check(&self, options: &StudyOptions, folder: &Path) -> Result<(), Error> {
        let needs_space = matches!(
            options.evaluator,
            Some(EvaluatorOptions::Command(_) | EvaluatorOptions::Elsewhere(_))
        );
        let missing = |message| Err(self.wrong(0..0, message).into());
        if options.until_optimum && options.target.is_some() {
            let place = Part::of("until_optimum").place(&self.text).unwrap_or(0..0);
            let message = "expected either `target` or `until_optimum`, found both";
            return Err(self.wrong(place, message).into());
        }
        if options.benchmark.is_some() && options.evaluator.is_some() {
            let place = Part::of("benchmark").place(&self.text).unwrap_or(0..0);
            let message = "expected either a `benchmark` or an `[evaluator]`, found both";
            return Err(self.wrong(place, message).into());
        }
        match &options.space {
            None if needs_space => missing("expected a `space` to search, found none"),
            None if options.evaluator.is_none() && options.benchmark.is_none() => {
                missing("expected either a `benchmark`, or an `[evaluator]` table with a `command` or a `benchmark`, found neither")
            }
            Some(name) if needs_space => {
                let path = folder.join(name);
                let is_file = path.extension().is_some() || path.is_file();
                if is_file { Ok(()) } else { open_space(name).map(drop) }
            }
            _ => Ok(()),
        }
        .map_err(|error: Error| {
            crate::option_part::locate_in(&self.name, &self.text, "space", error)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ganas_search::Direction;

    use super::*;
    use crate::Plan;

    #[test]
    fn the_readmes_study_file_is_one() {
        let readme = include_str!("../../../README.md");
        let text = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.toml");
        fs::write(&path, text).unwrap();
        fs::write(folder.path().join("known.csv"), "arch,value\na,1\n").unwrap();
        let options = read_study_file(&path).unwrap();
        let (plan, known) = Plan::new(options, folder.path()).unwrap();
        assert!(matches!(plan.options.evaluator, Some(EvaluatorOptions::Command(_))));
        assert_eq!(
            (plan.options.budget, plan.options.workers, known.len()),
            (Some(200), Some(4), 1)
        );
        assert_eq!(plan.options.objectives[0].direction, Direction::Minimise);
        let again: Plan = serde_json::from_str(&plan.text().unwrap()).unwrap();
        assert_eq!(again, plan, "a store gives it back");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_waited_for() {
        let error = read_study_file(Path::new("/dev/zero")).unwrap_err().to_string();
        assert!(error.contains("expected a regular file"), "{error}");
    }

    #[test]
    fn a_benchmark_measures_in_either_form() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.toml");
        for text in [
            "benchmark = 'nasbench201'\ndataset = 'cifar100'\nquery = 'repeat=1'\n",
            "[evaluator]\nbenchmark = 'nasbench201'\ndataset = 'cifar100'\nquery = 'repeat=1'\n",
            "space = 'nasbench201'\ndataset = 'cifar100'\nquery = 'repeat=1'\n",
        ] {
            fs::write(&path, text).unwrap();
            let options = read_study_file(&path).unwrap();
            let subject = Plan::new(options, folder.path()).unwrap().0.open(None).unwrap();
            let benchmark = subject.as_benchmark().unwrap();
            assert_eq!((&*benchmark.name, &*benchmark.dataset), ("nasbench201", "cifar100"));
            assert_eq!(benchmark.query.to_string(), "repeat=1");
        }
    }
}
