//! Checks the descriptions of parameters, and builds the parameters from them.

use super::super::cost_checks::{at, check_variable};
use super::super::error::wrong;
use super::conditions::{Decidable, Scope};
use super::description::{ForbiddenDescription, ParameterDescription};
use super::notation::value_of;
use super::set::{Domain, Parameter, Parameters};
use crate::error::quoted;
use crate::formula::{Formula, Name};
use crate::space::MAX_CHOICES;
use crate::{ChoiceValue, DescriptionError, NumberRange};

/// Reserved words, which formulas do not read as names.
const WORDS: [&str; 6] = ["and", "or", "not", "true", "false", "choice"];

/// Maximum number of `[[forbidden]]` rules.
const MAX_RULES: usize = 1_000;

/// Maximum number of combinations that are tried for all rules together, so that a description is
/// read in bounded time.
const MAX_TRIED: usize = 400_000;

impl Parameters {
    /// Creates the parameters and forbidden combinations after all checks. `network` holds the
    /// decisions that conditions can name, `taken` the names that formulas already use.
    pub(in super::super) fn new(
        descriptions: &[ParameterDescription],
        forbidden: &[ForbiddenDescription],
        network: &[Decidable],
        taken: &[&str],
    ) -> Result<Self, DescriptionError> {
        let mut parameters = Self::default();
        let mut kinds = 0;
        for (place, description) in descriptions.iter().enumerate() {
            let path = format!("parameters[{place}]");
            let new = Checker { description, path: &path };
            new.name(&parameters.all, taken)?;
            let domain = new.domain()?;
            let default = new.default(&domain)?;
            let when = match &description.when {
                None => None,
                Some(text) => Some(parameters.condition(text, network, true, || new.key("when"))?),
            };
            let kind = (!matches!(domain, Domain::Constant(_))).then_some(kinds);
            kinds += usize::from(kind.is_some());
            let name = description.name.clone();
            parameters.all.push(Parameter { name, domain, default, when, kind });
        }
        parameters.settle_names();
        let mut left = MAX_TRIED;
        if forbidden.len() > MAX_RULES {
            let (expected, found) = (format!("at most {MAX_RULES} rules"), forbidden.len());
            return Err(wrong("forbidden", &expected, found.to_string()));
        }
        for (place, rule) in forbidden.iter().enumerate() {
            let path = || format!("forbidden[{place}].when");
            let rule = parameters.condition(&rule.when, network, false, path)?;
            parameters.forbidden.push(rule);
            if let Some(tried) = parameters.tried_in_vain(&mut left) {
                let found = format!("a rule that allows none of the {tried} combinations tried");
                return Err(wrong(path(), "a rule that allows some combinations", found));
            }
        }
        Ok(parameters)
    }

    fn condition(
        &mut self,
        text: &str,
        network: &[Decidable],
        choices_only: bool,
        path: impl Fn() -> String,
    ) -> Result<Formula, DescriptionError> {
        let scope = Scope { parameters: &self.all, network, choices_only };
        let variables = &mut self.variables;
        let mut resolve = |name: Name<'_>| {
            let nothing = "a number rather than a name, because no decision comes before this one";
            let say =
                |expected: String| if expected.is_empty() { nothing.into() } else { expected };
            variables.resolve(name, scope).map_err(say)
        };
        Formula::parse(text, &mut resolve).map_err(|error| at(error, path()))
    }

    /// Returns the index of the variable that `name` stands for in a cost's formula.
    pub(in super::super) fn resolve(
        &mut self,
        name: Name<'_>,
        network: &[Decidable],
    ) -> Result<usize, String> {
        let scope = Scope { parameters: &self.all, network, choices_only: false };
        self.variables.resolve(name, scope)
    }
}

struct Checker<'d> {
    description: &'d ParameterDescription,
    path: &'d str,
}

impl Checker<'_> {
    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    fn wrong(
        &self,
        key: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> DescriptionError {
        wrong(self.key(key), expected, found)
    }

    fn name(&self, before: &[Parameter], taken: &[&str]) -> Result<(), DescriptionError> {
        let name = self.description.name.as_str();
        let path = self.key("name");
        check_variable(name, &path)?;
        check_is_word(name, &path)?;
        if taken.contains(&name) {
            let expected = format!("a name other than {}", taken.join(", "));
            return Err(wrong(path, expected, quoted(name)));
        }
        if before.iter().any(|other| other.name == name) {
            return Err(wrong(path, "each parameter once", format!("{} again", quoted(name))));
        }
        Ok(())
    }

    fn domain(&self) -> Result<Domain, DescriptionError> {
        let it = self.description;
        let ranged = it.low.is_some() || it.high.is_some();
        let ways = [ranged, !it.values.is_empty(), it.value.is_some()];
        if ways.iter().filter(|way| **way).count() != 1 {
            let expected = "either `low` and `high` together, or `values`, or `value`";
            let found = if ways.contains(&true) { "several of them" } else { "none of them" };
            return Err(wrong(self.path, expected, found));
        }
        if !ranged {
            let numeric = [("log", it.log), ("integer", it.integer), ("step", it.step.is_some())];
            if let Some((key, _)) = numeric.iter().find(|(_, is_there)| *is_there) {
                return Err(self.wrong(
                    key,
                    "this key to be used only with `low` and `high`",
                    "neither",
                ));
            }
        }
        if let (Some(_), true) = (it.ordered, it.values.is_empty()) {
            return Err(self.wrong(
                "ordered",
                "this key to be used only with `values`",
                "no values",
            ));
        }
        match &it.value {
            Some(value) => Ok(Domain::Constant(value.clone())),
            None if ranged => self.range(),
            None => self.category(),
        }
    }

    fn category(&self) -> Result<Domain, DescriptionError> {
        let values = &self.description.values;
        if values.len() > MAX_CHOICES {
            let expected = format!("at most {MAX_CHOICES} values, or `low` and `high`");
            return Err(self.wrong("values", expected, values.len().to_string()));
        }
        for (place, value) in values.iter().enumerate() {
            let key = format!("values[{place}]");
            if let ChoiceValue::Text(text) = value
                && (text.is_empty() || text.len() > 256)
            {
                let found = format!("{} bytes", text.len());
                return Err(self.wrong(&key, "a string of 1 to 256 bytes", found));
            }
            if values[..place].iter().any(|other| other.is_same(value)) {
                return Err(self.wrong(&key, "each value once", format!("`{value}` again")));
            }
        }
        let numbers: Vec<_> = values
            .iter()
            .map_while(|value| match value {
                ChoiceValue::Integer(_) | ChoiceValue::Number(_) => value.number(),
                ChoiceValue::Boolean(_) | ChoiceValue::Text(_) => None,
            })
            .collect();
        let rises = numbers.is_sorted() || numbers.iter().rev().is_sorted();
        let is_series = numbers.len() == values.len() && numbers.len() > 2 && rises;
        let ordered = self.description.ordered.unwrap_or(is_series);
        Ok(Domain::Category { values: values.clone(), ordered })
    }

    fn range(&self) -> Result<Domain, DescriptionError> {
        let it = self.description;
        let (Some(low), Some(high)) = (it.low, it.high) else {
            let missing = if it.low.is_some() { "high" } else { "low" };
            return Err(wrong(
                self.path,
                format!("`{missing}` as well"),
                "only the other end of the range",
            ));
        };
        let step = match (it.integer, it.step) {
            (true, None) => Some(1.0),
            (_, step) => step,
        };
        if it.integer {
            for (key, value) in [("low", Some(low)), ("high", Some(high)), ("step", step)] {
                let is_whole = |value: f64| value.fract().abs() <= 0.0 && value.abs() <= 9e15;
                if let Some(value) = value.filter(|value| !is_whole(*value)) {
                    return Err(self.wrong(key, "an integer", value.to_string()));
                }
            }
        }
        let range = NumberRange::new(low, high, it.log, step).map_err(|error| {
            let key = match step {
                Some(step) if low < high && !(step > 0.0 && step <= high - low) => "step",
                _ => "low",
            };
            self.wrong(key, error.expected, error.found)
        })?;
        let few = range.numbers().filter(|_| !it.log).filter(|count| *count <= MAX_CHOICES as u128);
        Ok(match few {
            // Each value is then its own choice, which conditions can name.
            Some(_) => Domain::Category {
                values: range
                    .list()
                    .map(|number| super::set::number_value(number, it.integer))
                    .collect(),
                ordered: true,
            },
            None => Domain::Number { range, integer: it.integer },
        })
    }

    fn default(&self, domain: &Domain) -> Result<Option<ChoiceValue>, DescriptionError> {
        let Some(default) = &self.description.default else { return Ok(None) };
        if let Domain::Constant(_) = domain {
            return Err(self.wrong(
                "default",
                "no `default`, because `value` is given",
                default.to_string(),
            ));
        }
        match value_of(domain, default) {
            Ok(_) => Ok(Some(default.clone())),
            Err(expected) => Err(self.wrong("default", expected, default.to_string())),
        }
    }
}

/// Checks that `name` is not a word that formulas reserve.
pub(in super::super) fn check_is_word(name: &str, path: &str) -> Result<(), DescriptionError> {
    if WORDS.contains(&name) {
        let expected = format!("a name other than {}", WORDS.join(", "));
        return Err(wrong(path, expected, quoted(name)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spaces::described::parse;

    #[test]
    fn many_rules_are_read_in_bounded_time() {
        let values: Vec<_> = (0..64).collect();
        let parameter =
            |name: &str| format!("[[parameters]]\nname = \"{name}\"\nvalues = {values:?}\n");
        let parameters = ["a", "b", "c"].map(parameter).concat();
        let rule = |text: &str| format!("[[forbidden]]\nwhen = \"{text}\"\n");
        let with = |count: usize| {
            let rules = rule("a < 63") + &rule("a + b + c < 0").repeat(count - 1);
            parse(&format!("name = \"x\"\n{parameters}{rules}"))
        };
        assert!(with(MAX_RULES).is_ok());
        let error = with(MAX_RULES + 1).unwrap_err().to_string();
        assert!(error.contains("expected at most 1000 rules, found 1001"), "{error}");
    }
}
