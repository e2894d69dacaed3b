//! A search space, with the data needed to open it again.

use std::path::Path;
use std::sync::Arc;

use ganas_graph::SearchSpace;
use ganas_graph::spaces::described;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::About;
use crate::option_part::Part;
use crate::spaces::{built_in, read_description};

/// A search space, with the name or the description from which a study can open it again.
///
/// ```
/// use ganas::OpenSpace;
/// let cell = serde_json::json!({
///     "name": "cell", "nodes": 3, "operators": ["conv", "pool"], "operators_on": "nodes", "inputs_per_node": 1,
/// });
/// let space = OpenSpace::of("mine", &serde_json::json!({ "name": "mine", "cells": [cell] }))?;
/// assert_eq!(space.space().name(), "mine");
/// let again = OpenSpace::read(space.text().expect("it is described"), "mine")?;
/// assert_eq!(again.space().size(), space.space().size());
/// # Ok::<(), ganas::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OpenSpace {
    space: Arc<dyn SearchSpace>,
    name: String,
    description: Option<Description>,
}

impl OpenSpace {
    /// Opens the built-in space named `name_or_file`, or the space that the file `name_or_file`
    /// describes.
    ///
    /// # Errors
    /// As for [`open_space`](crate::open_space).
    pub fn open(name_or_file: &str) -> Result<Self, Error> {
        match built_in(name_or_file)? {
            Some(space) => Ok(Self { space, name: name_or_file.into(), description: None }),
            None => Self::read(&read_description(Path::new(name_or_file))?, name_or_file),
        }
    }

    /// Reads a search space from its description in TOML. Error messages use `name` as the name of
    /// the description.
    ///
    /// # Errors
    /// [`Error::Description`] if the description is invalid, with the position of the error in the
    /// text.
    pub fn read(text: &str, name: &str) -> Result<Self, Error> {
        let space = Arc::new(described::read(text, name)?);
        let description = Some(Description { file: name.into(), text: text.into() });
        Ok(Self { space, name: name.into(), description })
    }

    /// Creates a search space from a value that serialises to the keys of a space file. Error
    /// messages show the value as TOML and use `name` as the name of the description.
    ///
    /// # Errors
    /// [`Error::Usage`] if TOML cannot express the value; [`Error::Description`] if the value is
    /// not a valid description of a space.
    pub fn of(name: &str, description: &impl Serialize) -> Result<Self, Error> {
        let text = toml::to_string(description).map_err(|error| {
            let message = "expected the keys of a space file (`ganas space keys`), found a value that TOML cannot represent";
            Error::Usage(format!("{name}: {message}: {error}"))
        })?;
        Self::read(&text, name)
    }

    /// Returns the space.
    pub fn space(&self) -> &Arc<dyn SearchSpace> {
        &self.space
    }

    /// Returns the name of the space if it is built in. Otherwise, returns the name that error
    /// messages use for the description from which the space was read.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the description in TOML; `None` for a built-in space.
    pub fn text(&self) -> Option<&str> {
        self.description.as_ref().map(|it| it.text.as_str())
    }

    pub(crate) fn description(&self) -> Option<&Description> {
        self.description.as_ref()
    }
}

/// The text that describes a space, and the name by which errors refer to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    pub(crate) file: String,
    pub(crate) text: String,
}

impl Description {
    /// Reads a file and checks that it describes a space.
    pub(crate) fn of_file(path: &Path) -> Result<Self, Error> {
        let text = read_description(path).about(|| Part::of("space"))?;
        let file = path.display().to_string();
        described::read(&text, &file)?;
        Ok(Self { file, text })
    }
}
