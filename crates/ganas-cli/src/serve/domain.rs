//! The domains of kurobako's problems as search spaces.

use ganas::graph::spaces::Parameters;
use ganas::graph::{DecisionKind, NumberRange};
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
    /// From `low` up to `high`; without a bound it has none.
    Continuous {
        low: Option<f64>,
        high: Option<f64>,
    },
    /// From `low` up to `high - 1`.
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

/// How far an evaluation can be taken.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Steps {
    Max(u64),
    List(Vec<u64>),
}

impl Problem {
    /// The search space, and the values of each parameter's choices: numbers are searched at `steps`
    /// values.
    ///
    /// # Errors
    /// With the parameter whose range holds nothing.
    pub(super) fn space(&self, steps: usize) -> Result<(Parameters, Vec<Vec<f64>>), String> {
        let values = self.params_domain.iter().map(|variable| variable.values(steps));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let kind = |(variable, values): (&Variable, &Vec<f64>)| {
            let choices = match &variable.range {
                Range::Categorical { choices } => choices.clone(),
                _ => values.iter().map(ToString::to_string).collect(),
            };
            DecisionKind::choice(variable.name.clone(), choices)
        };
        let kinds = self.params_domain.iter().zip(&values).map(kind).collect();
        let wrong = || format!("{}: expected 1 to 64 parameters of 1 to 64 values", self.name);
        Ok((Parameters::new(&self.name, kinds).ok_or_else(wrong)?, values))
    }
}

impl Variable {
    /// The values at which the parameter is searched, at most `steps` unless it is categorical.
    fn values(&self, steps: usize) -> Result<Vec<f64>, String> {
        let low = match self.range {
            Range::Continuous { low, .. } => low,
            #[expect(clippy::cast_precision_loss, reason = "only its sign matters")]
            Range::Discrete { low, .. } => Some(low as f64),
            Range::Categorical { .. } => None,
        };
        if let (Distribution::LogUniform, Some(low)) =
            (self.distribution, low.filter(|it| *it <= 0.0))
        {
            return Err(format!(
                "{}: expected a range above 0 for LOG_UNIFORM, found one from {low}",
                self.name
            ));
        }
        match &self.range {
            Range::Categorical { choices } => Ok((0..choices.len()).map(|at| at as f64).collect()),
            Range::Discrete { low, high } if low >= high => Err(format!(
                "{}: expected a range from a low end to a higher one, found {low} to {high}",
                self.name
            )),
            &Range::Discrete { low, high } => {
                let count = usize::try_from(high.abs_diff(low)).unwrap_or(usize::MAX);
                #[expect(clippy::cast_precision_loss, reason = "kurobako's own values are floats")]
                let (low, high) = (low as f64, high as f64);
                let mut values = self.grid(low, high, count.min(steps))?;
                for value in &mut values {
                    *value = value.floor();
                }
                values.dedup_by(|one, other| one.to_bits() == other.to_bits());
                Ok(values)
            }
            &Range::Continuous { low: Some(low), high: Some(high) } if low < high => {
                self.grid(low, high, steps)
            }
            Range::Continuous { low, high } => Err(format!(
                "{}: expected a range with two bounds, found {low:?} to {high:?}",
                self.name
            )),
        }
    }

    /// The middles of `count` equal parts, equal in the parameter's distribution; finite for any finite
    /// bounds.
    fn grid(&self, low: f64, high: f64, count: usize) -> Result<Vec<f64>, String> {
        let logarithmic = self.distribution == Distribution::LogUniform;
        let range = NumberRange::new(low, high, logarithmic, None);
        let range = range.map_err(|error| format!("{}: {error}", self.name))?;
        let parts = u8::try_from(count).unwrap_or(u8::MAX);
        Ok((0..parts).map(|part| range.middle(part, count)).collect())
    }
}

impl Steps {
    /// The furthest step.
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

    fn values(range: &str, distribution: &str, steps: usize) -> Result<Vec<f64>, String> {
        let text =
            format!(r#"{{"name": "x", "range": {range}, "distribution": "{distribution}"}}"#);
        serde_json::from_str::<Variable>(&text).unwrap().values(steps)
    }

    fn close(found: Result<Vec<f64>, String>, expected: &[f64]) {
        let found = found.unwrap();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        let close = |(one, other): (&f64, &f64)| (one - other).abs() < 1e-9;
        assert!(found.iter().zip(expected).all(close), "{found:?}");
    }

    #[test]
    fn numbers_are_searched_at_a_few_values() {
        let continuous = r#"{"type": "CONTINUOUS", "low": -1, "high": 1}"#;
        close(values(continuous, "UNIFORM", 4), &[-0.75, -0.25, 0.25, 0.75]);
        let wide = r#"{"type": "CONTINUOUS", "low": 1, "high": 10000}"#;
        close(values(wide, "LOG_UNIFORM", 2), &[10.0, 1000.0]);
        let discrete = r#"{"type": "DISCRETE", "low": -1, "high": 3}"#;
        close(values(discrete, "UNIFORM", 9), &[-1.0, 0.0, 1.0, 2.0]);
        close(values(discrete, "UNIFORM", 2), &[0.0, 2.0]);
        let few = r#"{"type": "DISCRETE", "low": 1, "high": 4}"#;
        close(values(few, "LOG_UNIFORM", 9), &[1.0, 2.0, 3.0]);
        let categorical = r#"{"type": "CATEGORICAL", "choices": ["a", "b", "c"]}"#;
        close(values(categorical, "UNIFORM", 2), &[0.0, 1.0, 2.0]);
        let endless = r#"{"type": "CONTINUOUS", "low": 0}"#;
        assert!(values(endless, "UNIFORM", 4).unwrap_err().contains("two bounds"));
    }

    #[test]
    fn wide_ranges_give_finite_values() {
        for (range, distribution) in [
            (r#"{"type": "CONTINUOUS", "low": 1e-300, "high": 1e300}"#, "LOG_UNIFORM"),
            (r#"{"type": "CONTINUOUS", "low": -1e308, "high": 1e308}"#, "UNIFORM"),
        ] {
            let found = values(range, distribution, 32).unwrap();
            assert_eq!(found.len(), 32);
            assert!(found.windows(2).all(|two| two[0] < two[1]) && found[31].is_finite());
            assert!(found[0].is_finite() && found[0] > -1e308);
        }
    }

    #[test]
    fn ranges_that_hold_nothing_are_refused() {
        let error = |range, distribution| values(range, distribution, 4).unwrap_err();
        let from_zero = r#"{"type": "CONTINUOUS", "low": 0, "high": 1}"#;
        let expected = "x: expected a range above 0 for LOG_UNIFORM, found one from 0";
        assert_eq!(error(from_zero, "LOG_UNIFORM"), expected);
        assert_eq!(error(r#"{"type": "DISCRETE", "low": 0, "high": 9}"#, "LOG_UNIFORM"), expected);
        let expected = "x: expected a range from a low end to a higher one, found 3 to 1";
        assert_eq!(error(r#"{"type": "DISCRETE", "low": 3, "high": 1}"#, "UNIFORM"), expected);
        assert!(
            error(r#"{"type": "DISCRETE", "low": 3, "high": 3}"#, "UNIFORM").contains("3 to 3")
        );
    }
}
