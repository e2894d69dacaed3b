//! Outlines of a space's decisions, part by part, for people who check a description.

use serde::Serialize;

/// A part of a space, such as a stage or a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutlinePart {
    /// Title of the part, such as `stage1: residual, stride 2`.
    pub title: String,
    /// The decisions in the part, and what is fixed.
    pub entries: Vec<OutlineEntry>,
}

/// A decision, or a fixed property that could be one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutlineEntry {
    /// Its name in [`SearchSpace::named_choices`](crate::SearchSpace::named_choices).
    pub name: String,
    /// Its values; a single value is fixed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// A description in words, if it has no list of values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// The default that the notation may omit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The condition under which it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

impl OutlineEntry {
    /// Creates an entry with a list of values.
    pub(crate) fn of_values(name: String, values: Vec<String>) -> Self {
        Self { name, values, ..Self::default() }
    }

    /// Creates an entry described in words.
    pub(crate) fn of_words(name: impl Into<String>, words: impl Into<String>) -> Self {
        Self { name: name.into(), words: Some(words.into()), ..Self::default() }
    }
}
