//! Studies that are begun, or resumed where they are there already.

use std::path::Path;

use ganas_search::{StoreError, StudyReader};

use crate::open_space::OpenSpace;
use crate::options::StudyOptions;
use crate::plan::Plan;
use crate::{Error, Session};

impl Session {
    /// Begins a study in a folder, or resumes the one that is there; then `options` may give nothing that
    /// it was not begun with, but for budget, workers and limit of failures, and need not name the space.
    ///
    /// # Errors
    /// As [`StudyOptions::begin`] and [`Session::resume`]; [`Error::Usage`] if the study there is
    /// another one.
    pub fn begin_or_resume(
        options: StudyOptions,
        origin: &Path,
        folder: &Path,
    ) -> Result<Self, Error> {
        Self::begin_or_resume_within(options, origin, None, folder)
    }

    /// The same of a space that is open, which no file has to describe. What the options name is relative to
    /// the working directory.
    ///
    /// # Errors
    /// As [`Session::begin_or_resume`].
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
