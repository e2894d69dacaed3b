//! Begins a study, or resumes it if it already exists.

use std::path::Path;

use ganas_search::{StoreError, StudyReader};

use crate::open_space::OpenSpace;
use crate::options::{Elsewhere, EvaluatorOptions, StudyOptions};
use crate::plan::Plan;
use crate::{Error, Session};

impl Session {
    /// Begins a study in a folder, or resumes the study that the folder already contains. If the
    /// study is resumed, `options` must agree with the stored options. Only the budget, the number
    /// of workers, the limit on failures, and the CSV files and study folders in `from` may differ,
    /// and the space may be omitted. If another program evaluates the architectures, all other
    /// options may be omitted together. A resumed study adds the values in the CSV files and ignores
    /// the study folders.
    ///
    /// # Errors
    /// As for [`StudyOptions::begin`] and [`Session::resume`]; [`Error::Usage`] if the folder
    /// contains another study.
    pub fn begin_or_resume(
        options: StudyOptions,
        origin: &Path,
        folder: &Path,
    ) -> Result<Self, Error> {
        Self::begin_or_resume_within(options, origin, None, folder)
    }

    /// Like [`Session::begin_or_resume`], but with a search space that is already open. No space
    /// file is needed. Paths in the options are relative to the working directory.
    ///
    /// # Errors
    /// As for [`Session::begin_or_resume`].
    pub fn begin_or_resume_in(
        space: &OpenSpace,
        options: StudyOptions,
        folder: &Path,
    ) -> Result<Self, Error> {
        Self::begin_or_resume_within(options, Path::new(""), Some(space), folder)
    }

    fn begin_or_resume_within(
        options: StudyOptions,
        origin: &Path,
        space: Option<&OpenSpace>,
        folder: &Path,
    ) -> Result<Self, Error> {
        match StudyReader::open(folder) {
            Err(StoreError::Missing { .. }) => {
                let (plan, known) = Plan::within(options, origin, space)?;
                Self::begin(plan, &known, Some(folder))
            }
            Err(error) => Err(error.into()),
            Ok(reader) => {
                let stored = Plan::of(&reader.study()?)?;
                drop(reader);
                if space.is_none() && stored.takes_only_changes(&options) {
                    return Self::resume(folder, &options);
                }
                let (mut plan, known) = Plan::within(options.clone(), origin, space)?;
                plan.take_space_of(&stored);
                stored.check_same(&plan, folder)?;
                let mut session = Self::resume(folder, &options)?;
                session.add_known(&known)?;
                Ok(session)
            }
        }
    }
}

impl Plan {
    /// Adopts the space of the stored study if the options name neither a space nor a benchmark.
    fn take_space_of(&mut self, stored: &Self) {
        if self.options.space.is_none() && self.options.benchmark.is_none() {
            self.options.space.clone_from(&stored.options.space);
            self.description.clone_from(&stored.description);
        }
    }

    /// Returns true if another program evaluates the study's architectures, and `options` set
    /// nothing but that and what may change when a study is resumed.
    fn takes_only_changes(&self, options: &StudyOptions) -> bool {
        let changes = StudyOptions {
            budget: options.budget,
            workers: options.workers,
            max_failures: options.max_failures,
            evaluator: Some(EvaluatorOptions::Elsewhere(Elsewhere::Elsewhere)),
            ..StudyOptions::default()
        };
        self.is_told_from_elsewhere() && *options == changes
    }

    /// Rejects `other` if it is not the plan of this study, which is in `folder`.
    fn check_same(&self, other: &Self, folder: &Path) -> Result<(), Error> {
        let wrong = |message| Err(Error::Usage(format!("{}: {message}", folder.display())));
        if self.is_told_from_elsewhere() != other.is_told_from_elsewhere() {
            let kind = |plan: &Self| {
                if plan.is_told_from_elsewhere() {
                    "results from another program (`ganas serve` or Python)"
                } else {
                    "results from a benchmark or a command"
                }
            };
            let (expected, found) = (kind(other), kind(self));
            return wrong(format!("expected a study with {expected}, found one with {found}"));
        }
        let description = |plan: &Self| plan.description.as_ref().map(|it| it.text.clone());
        if description(self) != description(other) {
            let found = "found one with another description";
            return wrong(format!("expected the space with which the study was started, {found}"));
        }
        let fields = |plan: &Self| {
            let options = &plan.options;
            let same = StudyOptions {
                strategy: Some(options.strategy()),
                seed: Some(options.seed.unwrap_or(0)),
                distinct: Some(options.distinct.unwrap_or_default()),
                budget: None,
                workers: None,
                max_failures: None,
                // A described space is compared by its text.
                space: options.space.clone().filter(|_| plan.description.is_none()),
                ..options.clone()
            };
            serde_json::to_value(same).map_err(|source| Error::Configuration { source })
        };
        let (ours, theirs) = (fields(self)?, fields(other)?);
        let names = [&ours, &theirs].into_iter().filter_map(serde_json::Value::as_object);
        let mut names = names.flat_map(serde_json::Map::keys);
        let Some(name) = names.find(|name| ours.get(name) != theirs.get(name)) else {
            return Ok(());
        };
        let shown = |value: &serde_json::Value| {
            value.get(name).map_or_else(|| "not set".into(), serde_json::Value::to_string)
        };
        let (ours, theirs) = (shown(&ours), shown(&theirs));
        wrong(format!("`{name}` differs: it is {ours} in the existing study, and {theirs} here"))
    }
}

#[cfg(test)]
mod tests {
    use ganas_search::{Evaluation, Measurement};

    use super::*;

    fn options(space: Option<&str>) -> StudyOptions {
        StudyOptions {
            space: space.map(Into::into),
            strategy: Some("random".parse().unwrap()),
            budget: Some(4),
            evaluator: Some(EvaluatorOptions::Elsewhere(Elsewhere::Elsewhere)),
            ..StudyOptions::default()
        }
    }

    fn described(operators: &[&str]) -> OpenSpace {
        let cell = serde_json::json!({
            "name": "cell", "nodes": 2, "operators": operators, "operators_on": "nodes",
        });
        OpenSpace::of("mine", &serde_json::json!({ "name": "mine", "cells": [cell] })).unwrap()
    }

    #[test]
    fn a_space_that_no_file_describes_is_kept() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("study");
        let begin = |operators: &[&str]| {
            Session::begin_or_resume_in(&described(operators), options(None), &folder)
        };
        let mut session = begin(&["a", "b"]).unwrap();
        let asked = session.study.ask(1).unwrap();
        let value = Evaluation::Measured(Measurement::new(1.0));
        session.study.tell(asked[0].trial, value).unwrap();
        drop(session);
        let session = begin(&["a", "b"]).unwrap();
        assert_eq!(session.study.history().queries(), 1);
        assert_eq!(session.plan.kept_space().unwrap().space().name(), "mine");
        drop(session);
        let error = begin(&["a", "c"]).unwrap_err().to_string();
        assert!(error.contains("found one with another description"), "{error}");
        // Without a space in the options, the stored one is used.
        let session = Session::begin_or_resume(options(None), "".as_ref(), &folder).unwrap();
        assert_eq!(session.study.space().name(), "mine");
        drop(session);
        // Without any option, the stored ones are used; a part of them is not enough.
        let omitted = StudyOptions { strategy: None, ..options(None) };
        let session = Session::begin_or_resume(omitted.clone(), "".as_ref(), &folder).unwrap();
        assert_eq!(session.plan.options.strategy().to_string(), "random");
        drop(session);
        let partly = StudyOptions { seed: Some(0), ..omitted };
        let error = Session::begin_or_resume(partly, "".as_ref(), &folder).unwrap_err();
        assert!(error.to_string().contains("`strategy` differs"), "{error}");
        let other = Session::begin_or_resume(options(Some("darts")), "".as_ref(), &folder);
        assert!(other.unwrap_err().to_string().contains("another description"));
    }

    #[test]
    fn a_study_that_nobody_opens_again_is_read_as_ever() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("study");
        let space = OpenSpace::open("nasbench201").unwrap();
        let mut session = Session::begin_or_resume_in(&space, options(None), &folder).unwrap();
        session.study.disable_resume();
        session.study.set_workers(2).unwrap();
        assert!(session.study.set_workers(1_000_000).is_err());
        for asked in session.study.ask(3).unwrap() {
            let value = Evaluation::Measured(Measurement::new(1.0));
            session.study.tell(asked.trial, value).unwrap();
        }
        assert_eq!(StudyReader::open(&folder).unwrap().trials().unwrap().len(), 4);
        assert_eq!(session.study.settings().workers, 2);
    }
}
