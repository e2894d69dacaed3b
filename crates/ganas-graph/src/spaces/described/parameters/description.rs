//! Parameters as a space file has them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ChoiceValue;

/// A parameter: a number between two ends, one of a few values, or a constant.
///
/// ```
/// use ganas_graph::{SearchSpace, spaces::described};
/// let space = described::parse(
///     r#"
///     name = "training"
///     [[parameters]]
///     name = "learning_rate"
///     low = 1e-4
///     high = 1e-1
///     log = true
///     [[parameters]]
///     name = "optimiser"
///     values = ["sgd", "adam"]
///     [[parameters]]
///     name = "momentum"
///     low = 0.0
///     high = 0.99
///     default = 0.9
///     when = "optimiser == 'sgd'"
///     [[forbidden]]
///     when = "optimiser == 'adam' and learning_rate > 0.01"
///     "#,
/// )?;
/// let arch = space.parse("learning_rate=0.05,optimiser=sgd")?;
/// assert_eq!(space.display(&arch), "learning_rate=0.05,optimiser=sgd,momentum=0.9");
/// assert_eq!(space.cost_metrics()[0].name, "forbidden");
/// assert_eq!(space.cost(&arch), [0.0]);
/// assert_eq!(space.cost(&space.parse("learning_rate=0.05,optimiser=adam")?), [1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterDescription {
    /// Name: letters, digits and `_`.
    pub name: String,
    /// The lowest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The highest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Is the scale logarithmic? `low` is above 0 then.
    #[serde(default, skip_serializing_if = "is_false")]
    pub log: bool,
    /// Only integers?
    #[serde(default, skip_serializing_if = "is_false")]
    pub integer: bool,
    /// Only `low` and the numbers that are whole steps above it; 1 for integers unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
    /// Values to choose from, at most 64, instead of `low` and `high`: numbers, strings and booleans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ChoiceValue>,
    /// Are neighbouring `values` alike? Unless said, they are if they are three or more numbers that rise or
    /// fall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered: Option<bool>,
    /// A constant: nothing is decided, but requests and formulas have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ChoiceValue>,
    /// What the notation of an architecture may leave out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<ChoiceValue>,
    /// The condition under which there is such a parameter, on those before it and on the network's
    /// decisions. In it only a category, or an integer with at most 64 values, can be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A combination that must not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForbiddenDescription {
    /// What must not hold: a condition on parameters and the network's decisions.
    pub when: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
