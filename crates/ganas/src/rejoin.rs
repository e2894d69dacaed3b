//! Begins a study, or resumes it if it already exists.

use std::path::Path;

use ganas_search::{StoreError, StudyReader};

use crate::open_space::OpenSpace;
use crate::options::StudyOptions;
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

#[cfg(test)]
mod tests {
    use ganas_search::{Evaluation, Measurement};

    use super::*;
    use crate::{Elsewhere, EvaluatorOptions};

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
