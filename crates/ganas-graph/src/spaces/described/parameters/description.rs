//! The descriptions that a space file gives of parameters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ChoiceValue;

/// A parameter: a number from a range, one of a few values, or a constant.
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
    /// Name of the parameter. It consists of letters, digits and `_`.
    pub name: String,
    /// The lowest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The highest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Whether the range has a logarithmic scale. If so, `low` must be above 0.
    #[serde(default, skip_serializing_if = "is_false")]
    pub log: bool,
    /// Whether only integers are allowed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub integer: bool,
    /// Distance between neighbouring allowed numbers, the lowest of which is `low`. The default
    /// distance for integers is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
    /// The values to choose from, if the parameter has no range (`low` and `high`). There may be at
    /// most 64 values, which are numbers, strings or booleans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ChoiceValue>,
    /// Whether adjacent `values` are similar. The default is true for three or more numbers in
    /// ascending or descending order, and false otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered: Option<bool>,
    /// The value, if the parameter is a constant. No decision is made for a constant, but
    /// evaluation requests and formulas can use its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ChoiceValue>,
    /// The value that the parameter has if an architecture's notation does not mention it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<ChoiceValue>,
    /// The condition under which the parameter exists. It can name earlier parameters and the
    /// network's decisions. A parameter that it names must have `values`, a constant `value`, or a
    /// range that is not logarithmic and contains at most 64 numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A forbidden combination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForbiddenDescription {
    /// The condition that architectures must not fulfil. It can name parameters and the network's
    /// decisions.
    pub when: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
