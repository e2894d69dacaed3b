//! Outlines of search spaces. An outline lists the decisions of a space, grouped by its parts, such
//! as stages or cells. It helps authors of space descriptions to check their work.

use serde::Serialize;

/// A part of a space, such as a stage or a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutlinePart {
    /// Title of the part, such as `stage1: residual, stride 2`.
    pub title: String,
    /// The decisions and the fixed properties of the part.
    pub entries: Vec<OutlineEntry>,
}

/// A decision, or a fixed property that would become a decision if the space's description listed
/// several values for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutlineEntry {
    /// Name of the decision or property, as in
    /// [`SearchSpace::named_choices`](crate::SearchSpace::named_choices).
    pub name: String,
    /// The possible values. If there is only one, the property is fixed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Text that replaces the list of values, such as a description in words or a condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// The default value, which the notation may omit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The condition under which the decision exists.
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
