//! Search spaces with what opens them again.

use std::path::Path;
use std::sync::Arc;

use ganas_graph::SearchSpace;
use ganas_graph::spaces::described;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::About;
use crate::part::Part;
use crate::spaces::{built_in, read_description};

/// A search space, and what a study keeps of it to open it again: its name or its description.
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
    /// The space of that name, or the one that the file describes.
    ///
    /// # Errors
    /// As [`open_space`](crate::open_space).
    pub fn open(name_or_file: &str) -> Result<Self, Error> {
        match built_in(name_or_file)? {
            Some(space) => Ok(Self { space, name: name_or_file.into(), description: None }),
            None => Self::read(&read_description(Path::new(name_or_file))?, name_or_file),
        }
    }

    /// The space that a text in TOML describes; errors call the text `name`.
    ///
    /// # Errors
    /// [`Error::Description`] with the place in the text.
    pub fn read(text: &str, name: &str) -> Result<Self, Error> {
        let space = Arc::new(described::read(text, name)?);
        let description = Some(Description { file: name.into(), text: text.into() });
        Ok(Self { space, name: name.into(), description })
    }

    /// The space of a description that a program made, which has the keys of a space file; errors show it
    /// in TOML and call it `name`.
    ///
    /// # Errors
    /// [`Error::Usage`] for what TOML cannot say; [`Error::Description`].
    pub fn of(name: &str, description: &impl Serialize) -> Result<Self, Error> {
        let text = toml::to_string(description).map_err(|error| {
            let message = "expected the keys of a space file (`ganas space keys`), found what TOML cannot say";
            Error::Usage(format!("{name}: {message}: {error}"))
        })?;
        Self::read(&text, name)
    }

    /// The space.
    pub fn space(&self) -> &Arc<dyn SearchSpace> {
        &self.space
    }

    /// The name of a built-in space; what errors call the description of another.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The description in TOML; `None` of a built-in space.
    pub fn text(&self) -> Option<&str> {
        self.description.as_ref().map(|it| it.text.as_str())
    }

    pub(crate) fn description(&self) -> Option<&Description> {
        self.description.as_ref()
    }
}

/// The text that describes a space, and what errors call it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    pub(crate) file: String,
    pub(crate) text: String,
}

impl Description {
    /// What a file says, once it is clear that it describes a space.
    pub(crate) fn of_file(path: &Path) -> Result<Self, Error> {
        let text = read_description(path).about(|| Part::of("space"))?;
        let file = path.display().to_string();
        described::read(&text, &file)?;
        Ok(Self { file, text })
    }
}
