//! What a space lets be decided, part by part, for people who check a description.

use serde::Serialize;

/// A part of a space, such as a stage or a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutlinePart {
    /// What the part is, such as `stage1: residual, stride 2`.
    pub title: String,
    /// What is decided in it, and what is fixed.
    pub entries: Vec<OutlineEntry>,
}

/// A decision, or something fixed that could be one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutlineEntry {
    /// The name that [`SearchSpace::named_choices`](crate::SearchSpace::named_choices) has for it.
    pub name: String,
    /// What it may be; what is one value only is fixed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The same in words, where it is no list of values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// What the notation may leave out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The condition under which there is such a thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

impl OutlineEntry {
    /// What is one of these values.
    pub(crate) fn of_values(name: String, values: Vec<String>) -> Self {
        Self { name, values, ..Self::default() }
    }

    /// What words say.
    pub(crate) fn of_words(name: impl Into<String>, words: impl Into<String>) -> Self {
        Self { name: name.into(), words: Some(words.into()), ..Self::default() }
    }
}
