//! The names that formulas can use: parameters and the network's decisions.

use super::set::{Domain, Parameter};
use crate::ChoiceValue;
use crate::formula::{Formula, Name};

/// The names of the network's decisions, each with its chosen value.
pub(in super::super) type Network = Vec<(String, ChoiceValue)>;

/// The name and the choices of a network decision that a formula can use.
pub(in super::super) type Decidable = (String, Vec<String>);

/// The distinct variables of a space's formulas.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Variables {
    all: Vec<Variable>,
}

#[derive(Debug, Clone, PartialEq)]
enum Variable {
    /// The numeric value of the parameter with this index.
    Number(usize),
    /// Whether the parameter with this index has this string as its value.
    Is(usize, String),
    /// The numeric value chosen in the decision with this name. The decision belongs to the
    /// network.
    Decision(String),
    /// Whether the second string is the value chosen in the decision that the first string names.
    /// The decision belongs to the network.
    DecisionIs(String, String),
}

/// The names that a formula can use.
#[derive(Clone, Copy)]
pub(in super::super) struct Scope<'s> {
    /// The available parameters.
    pub(super) parameters: &'s [Parameter],
    pub(super) network: &'s [Decidable],
    /// Whether to exclude parameters with a range of numbers ([`Domain::Number`]), whose choices
    /// are parts of the range instead of single values.
    pub(super) choices_only: bool,
}

impl Scope<'_> {
    /// Lists the available names in a message; empty if there are none.
    fn known(&self) -> String {
        let parameters = self.parameters.iter().filter(|it| self.is_open_to(&it.domain));
        let mut names: Vec<_> = parameters.map(|it| format!("`{}`", it.name)).collect();
        names.extend(self.network.iter().take(3).map(|(name, _)| format!("`{name}`")));
        if self.network.len() > 3 {
            names.push("another decision of the network".into());
        }
        names.join(", ")
    }

    fn is_open_to(&self, domain: &Domain) -> bool {
        !self.choices_only || !matches!(domain, Domain::Number { .. })
    }
}

impl Variables {
    /// Returns the index of the variable that `name` stands for; adds the variable if it is new.
    ///
    /// # Errors
    /// A description of what was expected instead of `name`.
    pub(in super::super) fn resolve(
        &mut self,
        name: Name<'_>,
        scope: Scope<'_>,
    ) -> Result<usize, String> {
        let variable = match name {
            Name::Variable(name) | Name::Call("choice", &[name]) => Self::number(name, scope)?,
            Name::Is(name, text) => Self::text(name, text, scope)?,
            Name::Call(..) => return Err("`choice('NAME')` or a numeric function".into()),
        };
        let place = self.all.iter().position(|known| *known == variable);
        Ok(place.unwrap_or_else(|| {
            self.all.push(variable);
            self.all.len() - 1
        }))
    }

    fn number(name: &str, scope: Scope<'_>) -> Result<Variable, String> {
        if let Some(place) = scope.parameters.iter().position(|it| it.name == name) {
            let domain = &scope.parameters[place].domain;
            let values: &[ChoiceValue] = match domain {
                Domain::Category { values, .. } => values,
                Domain::Constant(value) => std::slice::from_ref(value),
                Domain::Number { .. } if scope.choices_only => {
                    return Err(format!(
                        "a category or an integer with at most 64 values (`{name}` has more, so \
                         only `[[forbidden]]` and costs can name it)"
                    ));
                }
                Domain::Number { .. } => &[],
            };
            return match values.iter().find(|value| value.number().is_none()) {
                Some(value) => Err(format!("a number, or `{name} == '{}'`", text_of(value))),
                None => Ok(Variable::Number(place)),
            };
        }
        let Some((name, choices)) = scope.network.iter().find(|(known, _)| known == name) else {
            return Err(scope.known());
        };
        let is_number = |choice: &String| ChoiceValue::named(choice).number().is_some();
        match choices.iter().find(|choice| !is_number(choice)) {
            Some(choice) => Err(format!("a number, or `{name} == '{choice}'`")),
            None => Ok(Variable::Decision(name.clone())),
        }
    }

    fn text(name: &str, text: &str, scope: Scope<'_>) -> Result<Variable, String> {
        if let Some(place) = scope.parameters.iter().position(|it| it.name == name) {
            let values: &[ChoiceValue] = match &scope.parameters[place].domain {
                Domain::Category { values, .. } => values,
                Domain::Constant(value) => std::slice::from_ref(value),
                Domain::Number { .. } => {
                    return Err(format!("`{name}` to be compared with a number"));
                }
            };
            let texts: Vec<_> = values.iter().map(text_of).collect();
            let is_text =
                |value: &ChoiceValue| matches!(value, ChoiceValue::Text(it) if it == text);
            if values.iter().any(is_text) {
                return Ok(Variable::Is(place, text.into()));
            }
            return Err(format!("one of the values of `{name}` ({})", texts.join(", ")));
        }
        match scope.network.iter().find(|(known, _)| known == name) {
            None => Err(scope.known()),
            Some((name, choices)) if choices.iter().any(|choice| choice == text) => {
                Ok(Variable::DecisionIs(name.clone(), text.into()))
            }
            Some((name, choices)) => {
                Err(format!("one of the choices of `{name}` ({})", choices.join(", ")))
            }
        }
    }

    /// Returns the value of each variable, given the values of parameters and the network's
    /// choices; `absent` for a variable without a value.
    pub(super) fn values(
        &self,
        parameter: impl Fn(usize) -> Option<ChoiceValue>,
        network: &Network,
        absent: f64,
    ) -> Vec<f64> {
        let decision = |name: &str| {
            network.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let is = |value: ChoiceValue, text: &str| match value {
            ChoiceValue::Text(value) => f64::from(u8::from(value == *text)),
            value => f64::from(u8::from(value.to_string() == *text)),
        };
        let value = |variable: &Variable| match variable {
            Variable::Number(place) => parameter(*place)?.number(),
            Variable::Is(place, text) => Some(is(parameter(*place)?, text)),
            Variable::Decision(name) => decision(name)?.number(),
            Variable::DecisionIs(name, text) => Some(is(decision(name)?, text)),
        };
        self.all.iter().map(|variable| value(variable).unwrap_or(absent)).collect()
    }

    pub(in super::super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Returns true if any formula names a decision of the network.
    pub(in super::super) fn need_network(&self) -> bool {
        self.all.iter().any(Variable::is_of_network)
    }

    pub(super) fn names_network(&self, formula: &Formula) -> bool {
        formula.variables().iter().any(|place| self.all[*place].is_of_network())
    }

    /// Returns true if `formula` names the parameter with index `parameter`.
    pub(super) fn names(&self, formula: &Formula, parameter: usize) -> bool {
        formula.variables().iter().any(|place| match self.all[*place] {
            Variable::Number(named) | Variable::Is(named, _) => named == parameter,
            Variable::Decision(_) | Variable::DecisionIs(..) => false,
        })
    }
}

impl Variable {
    const fn is_of_network(&self) -> bool {
        matches!(self, Self::Decision(_) | Self::DecisionIs(..))
    }
}

/// Returns a value as text without quotes, as conditions compare it.
pub(super) fn text_of(value: &ChoiceValue) -> String {
    match value {
        ChoiceValue::Text(text) => text.clone(),
        value => value.to_string(),
    }
}
