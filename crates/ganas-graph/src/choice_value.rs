//! The values that choices in a search space stand for: numbers, strings and booleans.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};

/// Largest magnitude up to which floats represent every integer exactly.
const MAX_EXACT_INTEGER: i64 = 1 << 53;

/// The value that a choice stands for, such as a kernel size, with the type that the value has in
/// TOML, JSON and Python.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ChoiceValue {
    /// A boolean.
    Boolean(bool),
    /// An integer, at most 2⁵³ in magnitude.
    Integer(i64),
    /// A finite number.
    Number(f64),
    /// A string.
    Text(String),
}

impl ChoiceValue {
    /// Returns the value as a number: 1 for true, 0 for false, and `None` for a string.
    #[expect(clippy::cast_precision_loss, reason = "at most 2⁵³")]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Boolean(value) => Some(f64::from(u8::from(*value))),
            Self::Integer(value) => Some(*value as f64),
            Self::Number(value) => Some(*value),
            Self::Text(_) => None,
        }
    }

    /// Returns the value that the name of a choice stands for: a number if the name reads as one,
    /// otherwise the name itself.
    pub(crate) fn named(name: &str) -> Self {
        let integer =
            name.parse().ok().filter(|it: &i64| it.unsigned_abs() <= MAX_EXACT_INTEGER as u64);
        let number = || name.parse().ok().filter(|it: &f64| it.is_finite()).map(Self::Number);
        integer.map(Self::Integer).or_else(number).unwrap_or_else(|| Self::Text(name.into()))
    }

    /// Returns true if the values are equal. An integer equals another number of the same value; a
    /// string never equals a number.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(_) | Self::Number(_), Self::Integer(_) | Self::Number(_)) => {
                self.number() == other.number()
            }
            _ => self == other,
        }
    }
}

/// Formats the value as in the notation of architectures. Quotes a string if it is empty or
/// contains anything but ASCII letters, digits and `_-.+/:`.
impl fmt::Display for ChoiceValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(formatter),
            Self::Integer(value) => value.fmt(formatter),
            Self::Number(value) => formatter.write_str(&written(*value)),
            Self::Text(text) if is_plain(text) => formatter.write_str(text),
            Self::Text(text) => {
                formatter.write_str(&serde_json::Value::from(text.as_str()).to_string())
            }
        }
    }
}

impl From<ChoiceValue> for serde_json::Value {
    fn from(value: ChoiceValue) -> Self {
        match value {
            ChoiceValue::Boolean(value) => value.into(),
            ChoiceValue::Integer(value) => value.into(),
            ChoiceValue::Number(value) => value.into(),
            ChoiceValue::Text(text) => text.into(),
        }
    }
}

/// Returns true if the text needs no quotes in the notation.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.+/:".contains(c))
}

/// Formats a number with the fewest digits that identify it. Uses an exponent if the result is
/// shorter.
pub(crate) fn written(value: f64) -> String {
    let (plain, exponent) = (value.to_string(), format!("{value:e}"));
    if exponent.len() < plain.len() { exponent } else { plain }
}

impl<'de> Deserialize<'de> for ChoiceValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;

        impl Visitor<'_> for AnyValue {
            type Value = ChoiceValue;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a finite number, a string or a boolean")
            }

            fn visit_bool<E>(self, value: bool) -> Result<ChoiceValue, E> {
                Ok(ChoiceValue::Boolean(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<ChoiceValue, E> {
                if value.unsigned_abs() > MAX_EXACT_INTEGER as u64 {
                    let found = serde::de::Unexpected::Signed(value);
                    return Err(E::invalid_value(found, &"an integer from -2^53 to 2^53"));
                }
                Ok(ChoiceValue::Integer(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<ChoiceValue, E> {
                self.visit_i64(i64::try_from(value).unwrap_or(i64::MAX))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<ChoiceValue, E> {
                if !value.is_finite() {
                    return Err(E::invalid_value(serde::de::Unexpected::Float(value), &self));
                }
                Ok(ChoiceValue::Number(value + 0.0))
            }

            fn visit_str<E>(self, value: &str) -> Result<ChoiceValue, E> {
                Ok(ChoiceValue::Text(value.into()))
            }
        }

        deserializer.deserialize_any(AnyValue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_type() {
        let json = r#"[true, 32, 0.5, "a b", 1e-7]"#;
        let values: Vec<ChoiceValue> = serde_json::from_str(json).unwrap();
        let text: Vec<_> = values.iter().map(ToString::to_string).collect();
        assert_eq!(text, ["true", "32", "0.5", "\"a b\"", "1e-7"]);
        let back: Vec<serde_json::Value> = values.into_iter().map(Into::into).collect();
        assert_eq!(serde_json::to_string(&back).unwrap(), r#"[true,32,0.5,"a b",1e-7]"#);
    }

    #[test]
    fn what_floats_cannot_hold_is_refused() {
        let error = serde_json::from_str::<ChoiceValue>("9007199254740993").unwrap_err();
        assert!(error.to_string().contains("an integer from -2^53 to 2^53"), "{error}");
        let error = serde_json::from_str::<ChoiceValue>("[1]").unwrap_err();
        assert!(error.to_string().contains("a finite number, a string or a boolean"), "{error}");
    }
}
