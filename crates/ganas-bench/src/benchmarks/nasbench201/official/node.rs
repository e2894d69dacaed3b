//! Navigates the values of a record, and keeps track of each value's path for error messages.

use crate::BenchError;
use crate::formats::pickle::{Id, Value, Values};

/// A value of a record, with its path for errors.
pub(super) struct Node<'a> {
    values: &'a Values,
    id: Id,
    file: &'a str,
    record: &'a str,
    way: String,
}

impl<'a> Node<'a> {
    /// Creates the root of a record. Error messages name `file` and `record` as its source.
    pub(super) const fn root(values: &'a Values, id: Id, file: &'a str, record: &'a str) -> Self {
        Self { values, id, file, record, way: String::new() }
    }

    /// Returns the dictionary's value for a string key.
    pub(super) fn field(&self, name: &str) -> Result<Self, BenchError> {
        match self.find(name)? {
            Some(field) => Ok(field),
            None => Err(self.wrong(&format!("a field `{name}`"), "none".into())),
        }
    }

    /// Returns the dictionary's value for the first of two string keys that exists.
    pub(super) fn either(&self, names: [&str; 2]) -> Result<Self, BenchError> {
        for name in names {
            if let Some(field) = self.find(name)? {
                return Ok(field);
            }
        }
        let [first, second] = names;
        Err(self.wrong(&format!("a field `{first}` or `{second}`"), "none".into()))
    }

    /// Returns the dictionary's value for a string key, if it exists; for a repeated key, the last
    /// value.
    pub(super) fn find(&self, name: &str) -> Result<Option<Self>, BenchError> {
        let is_it =
            |key: &Id| matches!(self.values.value(*key), Value::Text(key) if **key == *name);
        let found = self.dictionary()?.iter().rev().find(|(key, _)| is_it(key));
        Ok(found.map(|&(_, value)| self.below(value, name)))
    }

    /// Returns the keys and values of the dictionary.
    pub(super) fn entries(&self) -> Result<impl Iterator<Item = (Self, Self)>, BenchError> {
        let entry =
            |&(key, value): &(Id, Id)| (self.below(key, "a key"), self.below(value, "value"));
        Ok(self.dictionary()?.iter().map(entry))
    }

    /// Returns the items of a list or a tuple.
    pub(super) fn items(&self) -> Result<impl Iterator<Item = Self>, BenchError> {
        match self.values.value(self.id) {
            Value::List(items) | Value::Tuple(items) => {
                Ok(items.iter().map(|&item| self.below(item, "item")))
            }
            _ => Err(self.other("a list")),
        }
    }

    pub(super) fn is_none(&self) -> bool {
        *self.values.value(self.id) == Value::None
    }

    pub(super) fn text(&self) -> Result<&'a str, BenchError> {
        match self.values.value(self.id) {
            Value::Text(text) => Ok(text),
            _ => Err(self.other("a string")),
        }
    }

    pub(super) fn integer(&self) -> Result<i64, BenchError> {
        match self.values.value(self.id) {
            Value::Integer(number) => Ok(*number),
            _ => Err(self.other("a whole number")),
        }
    }

    pub(super) fn number(&self) -> Result<f64, BenchError> {
        match *self.values.value(self.id) {
            Value::Float(number) if number.is_finite() => Ok(number),
            Value::Integer(number) => Ok(number as f64),
            _ => Err(self.other("a number")),
        }
    }

    /// Returns the same value under another name.
    pub(super) fn named(mut self, name: String) -> Self {
        self.way = name;
        self
    }

    pub(super) fn wrong(&self, expected: &str, found: String) -> BenchError {
        BenchError::Record {
            file: self.file.into(),
            record: self.record.into(),
            field: if self.way.is_empty() { "the whole record".into() } else { self.way.clone() },
            expected: expected.into(),
            found,
        }
    }

    fn dictionary(&self) -> Result<&'a [(Id, Id)], BenchError> {
        match self.values.value(self.id) {
            Value::Dict(entries) => Ok(entries),
            _ => Err(self.other("a dictionary")),
        }
    }

    fn other(&self, expected: &str) -> BenchError {
        let found = match self.values.value(self.id) {
            Value::None => "nothing".into(),
            Value::Bool(flag) => flag.to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Text(text) => format!("`{}`", text.chars().take(80).collect::<String>()),
            Value::List(_) => "a list".into(),
            Value::Tuple(_) => "a tuple".into(),
            Value::Dict(_) => "a dictionary".into(),
            Value::Dropped => "a part of an earlier record".into(),
            _ => "another value".into(),
        };
        self.wrong(expected, found)
    }

    fn below(&self, id: Id, name: &str) -> Self {
        let way = match self.way.as_str() {
            "" => format!("`{name}`"),
            way => format!("{way}, `{name}`"),
        };
        Self { id, way, ..*self }
    }
}
