//! Parameters in a space file.

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
    /// Whether the scale is logarithmic; `low` must then be above 0.
    #[serde(default, skip_serializing_if = "is_false")]
    pub log: bool,
    /// Whether only integers are allowed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub integer: bool,
    /// Allow only `low` and the numbers that are whole steps above it; default 1 for integers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
    /// Values to choose from, at most 64, instead of `low` and `high`: numbers, strings and booleans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ChoiceValue>,
    /// Whether adjacent `values` are similar. By default, true for three or more ascending or
    /// descending numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered: Option<bool>,
    /// A constant: not decided, but available to requests and formulas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ChoiceValue>,
    /// The value that applies if the notation of an architecture omits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<ChoiceValue>,
    /// The condition under which the parameter exists, on earlier parameters and the network's
    /// decisions. It can only name categories, and integers with at most 64 values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A forbidden combination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForbiddenDescription {
    /// The forbidden condition, on parameters and the network's decisions.
    pub when: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
