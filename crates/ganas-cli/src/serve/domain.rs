//! The domains of kurobako's problems, as search spaces.

use ganas::graph::spaces::DescribedSpace;
use ganas::graph::spaces::described::{ParameterDescription, SpaceDescription};
use ganas::graph::{Arch, ChoiceValue, SearchSpace};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    pub(super) name: String,
    params_domain: Vec<Variable>,
    pub(super) steps: Steps,
}

#[derive(Debug, Deserialize)]
struct Variable {
    name: String,
    range: Range,
    distribution: Distribution,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
enum Range {
    /// The real numbers from `low` to `high`. If a bound is missing, the range is unbounded on that
    /// side.
    Continuous {
        low: Option<f64>,
        high: Option<f64>,
    },
    /// The integers from `low` to `high - 1`.
    Discrete {
        low: i64,
        high: i64,
    },
    Categorical {
        choices: Vec<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Distribution {
    Uniform,
    LogUniform,
}

/// The steps of an evaluation: the number of the last step, or the numbers of all steps.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Steps {
    Max(u64),
    List(Vec<u64>),
}

impl Problem {
    /// Returns the search space of the problem, with a parameter for each variable.
    ///
    /// # Errors
    /// If the range of a variable is empty or unbounded, or if a logarithmic range does not lie
    /// above 0. The error names the variable.
    pub(super) fn space(&self) -> Result<DescribedSpace, String> {
        let of = |(place, variable): (usize, &Variable)| variable.parameter(place);
        let parameters = self.params_domain.iter().enumerate().map(of);
        let description = SpaceDescription {
            name: "kurobako".into(),
            parameters: parameters.collect::<Result<_, _>>()?,
            ..SpaceDescription::default()
        };
        DescribedSpace::new(description).map_err(|error| format!("{}: {error}", self.name))
    }

    /// Returns the values of all variables for an architecture, in kurobako's order. For a
    /// categorical variable, the value is the index of the choice.
    pub(super) fn values(&self, space: &DescribedSpace, arch: &Arch) -> Vec<f64> {
        let chosen = space.named_choices(arch);
        let value =
            |(variable, (_, value)): (&Variable, &(String, ChoiceValue))| match &variable.range {
                Range::Categorical { choices } => {
                    let place = choices.iter().position(|choice| *choice == text(value));
                    place.unwrap_or_default() as f64
                }
                _ => value.number().unwrap_or_default(),
            };
        self.params_domain.iter().zip(&chosen).map(value).collect()
    }
}

fn text(value: &ChoiceValue) -> String {
    match value {
        ChoiceValue::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Variable {
    /// Returns the variable as a parameter of the search space. The parameter is named after
    /// `place`, because the name of the variable may be invalid in formulas.
    fn parameter(&self, place: usize) -> Result<ParameterDescription, String> {
        let none =
            ParameterDescription { name: format!("x{place}"), ..ParameterDescription::default() };
        let log = self.distribution == Distribution::LogUniform;
        let number = |low: f64, high: f64, integer: bool| {
            if log && low <= 0.0 {
                return Err(format!(
                    "{}: expected a range above 0 for LOG_UNIFORM, found one that starts at {low}",
                    self.name
                ));
            }
            let (low, high) = (Some(low), Some(high));
            Ok(ParameterDescription { low, high, log, integer, ..none.clone() })
        };
        match &self.range {
            Range::Categorical { choices } => {
                let values = choices.iter().cloned().map(ChoiceValue::Text).collect();
                Ok(ParameterDescription { values, ..none })
            }
            Range::Discrete { low, high } if low >= high => Err(format!(
                "{}: expected a range whose low end is below its high end, found {low} to {high}",
                self.name
            )),
            Range::Discrete { low, high } if high - low == 1 => {
                let value = Some(ChoiceValue::Integer(*low));
                Ok(ParameterDescription { value, ..none })
            }
            #[expect(clippy::cast_precision_loss, reason = "kurobako's own values are floats")]
            Range::Discrete { low, high } => number(*low as f64, (high - 1) as f64, true),
            &Range::Continuous { low: Some(low), high: Some(high) } if low < high => {
                number(low, high, false)
            }
            Range::Continuous { low, high } => {
                let [low, high] = [low, high]
                    .map(|bound| bound.map_or("no bound".into(), |bound| bound.to_string()));
                Err(format!(
                    "{}: expected a range with two bounds, the lower one first, found {low} to {high}",
                    self.name
                ))
            }
        }
    }
}

impl Steps {
    /// Returns the number of the last step.
    pub(super) fn last(&self) -> u64 {
        match self {
            Self::Max(last) => *last,
            Self::List(steps) => steps.last().copied().unwrap_or(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(range: &str, distribution: &str) -> Result<DescribedSpace, String> {
        let text = format!(
            r#"{{"name": "p", "params_domain": [{{"name": "x", "range": {range},
            "distribution": "{distribution}"}}], "steps": 1}}"#
        );
        serde_json::from_str::<Problem>(&text).unwrap().space()
    }

    #[test]
    fn variables_are_searched_at_full_resolution() {
        let shown = |range: &str, distribution: &str, text: &str| {
            let space = space(range, distribution).unwrap();
            space.parse(text).map(|arch| space.display(&arch)).map_err(|error| error.to_string())
        };
        let continuous = r#"{"type": "CONTINUOUS", "low": -1, "high": 1}"#;
        assert_eq!(shown(continuous, "UNIFORM", "x0=0.123457").unwrap(), "x0=0.123457");
        let discrete = r#"{"type": "DISCRETE", "low": -1, "high": 3}"#;
        assert_eq!(shown(discrete, "UNIFORM", "x0=2").unwrap(), "x0=2");
        assert!(shown(discrete, "UNIFORM", "x0=3").unwrap_err().contains("one of -1, 0, 1, 2"));
        let wide = r#"{"type": "DISCRETE", "low": 1, "high": 10001}"#;
        assert_eq!(shown(wide, "LOG_UNIFORM", "x0=777").unwrap(), "x0=777");
        let one = r#"{"type": "DISCRETE", "low": 4, "high": 5}"#;
        assert_eq!(shown(one, "UNIFORM", "").unwrap(), "");
    }

    #[test]
    fn values_are_those_of_kurobako() {
        let text = r#"{"name": "p", "params_domain": [
            {"name": "a b", "range": {"type": "CATEGORICAL", "choices": ["1", "x y", "true"]},
             "distribution": "UNIFORM"},
            {"name": "n", "range": {"type": "DISCRETE", "low": 4, "high": 5},
             "distribution": "UNIFORM"},
            {"name": "r", "range": {"type": "CONTINUOUS", "low": 0.1, "high": 10},
             "distribution": "LOG_UNIFORM"}], "steps": 1}"#;
        let problem: Problem = serde_json::from_str(text).unwrap();
        let space = problem.space().unwrap();
        for (text, expected) in
            [("x0=\"x y\",x2=0.5", [1.0, 4.0, 0.5]), ("x0=true,x2=1", [2.0, 4.0, 1.0])]
        {
            let values = problem.values(&space, &space.parse(text).unwrap());
            assert!(values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{values:?}");
        }
    }

    #[test]
    fn ranges_that_hold_nothing_are_refused() {
        let error = |range, distribution| space(range, distribution).unwrap_err();
        let from_zero = r#"{"type": "CONTINUOUS", "low": 0, "high": 1}"#;
        let expected = "x: expected a range above 0 for LOG_UNIFORM, found one that starts at 0";
        assert_eq!(error(from_zero, "LOG_UNIFORM"), expected);
        assert_eq!(error(r#"{"type": "DISCRETE", "low": 0, "high": 9}"#, "LOG_UNIFORM"), expected);
        let expected = "x: expected a range whose low end is below its high end, found 3 to 1";
        assert_eq!(error(r#"{"type": "DISCRETE", "low": 3, "high": 1}"#, "UNIFORM"), expected);
        assert!(
            error(r#"{"type": "DISCRETE", "low": 3, "high": 3}"#, "UNIFORM").contains("3 to 3")
        );
        let endless = r#"{"type": "CONTINUOUS", "low": 0}"#;
        assert!(error(endless, "UNIFORM").contains("two bounds"));
    }

    #[test]
    fn wide_ranges_are_searched() {
        for (range, distribution) in [
            (r#"{"type": "CONTINUOUS", "low": 1e-300, "high": 1e300}"#, "LOG_UNIFORM"),
            (r#"{"type": "CONTINUOUS", "low": -1e308, "high": 1e308}"#, "UNIFORM"),
        ] {
            assert!(space(range, distribution).is_ok());
        }
    }
}
