//! The parameters of a space, and their settings in an architecture.

use super::conditions::{Network, Variables};
use crate::formula::Formula;
use crate::number::PARTS;
use crate::{ChoiceValue, DecisionKind, Mask, Number, NumberRange};

/// The parameters of a space, after all checks.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Parameters {
    pub(super) all: Vec<Parameter>,
    /// The variables of the formulas.
    pub(in super::super) variables: Variables,
    /// The conditions of forbidden combinations.
    pub(super) forbidden: Vec<Formula>,
    /// Indices of the parameters that conditions of other parameters name.
    pub(super) named: Vec<usize>,
    /// Whether conditions of parameters name decisions of the network.
    pub(super) follow_network: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) domain: Domain,
    pub(super) default: Option<ChoiceValue>,
    pub(super) when: Option<Formula>,
    /// Index of the parameter's kind of decision among those of all parameters; `None` for a
    /// constant.
    pub(super) kind: Option<usize>,
}

/// The possible values of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Domain {
    Constant(ChoiceValue),
    Category { values: Vec<ChoiceValue>, ordered: bool },
    Number { range: NumberRange, integer: bool },
}

/// The setting of a parameter in an architecture or a prefix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Setting {
    /// The parameter does not exist, because its condition is false.
    Absent,
    Open,
    Constant,
    /// The parameter's choice. The first field is the index of the choice. If the parameter has a
    /// range and the exact number is known, the second field is that number.
    Chosen(u8, Option<f64>),
}

/// The settings of all parameters, and the index of the parameter to decide next.
#[derive(Debug, Clone)]
pub(in super::super) struct Settings {
    pub(super) all: Vec<Setting>,
    pub(in super::super) open: Option<usize>,
}

impl Domain {
    /// Returns the number of choices; the choices of a range are its parts.
    pub(super) fn choices(&self) -> usize {
        match self {
            Self::Constant(_) => 0,
            Self::Category { values, .. } => values.len(),
            Self::Number { .. } => PARTS,
        }
    }

    /// Returns the choices that are allowed if the parameter is decided.
    fn allowed(&self) -> Mask {
        match self {
            Self::Number { range, .. } => range.filled(PARTS),
            _ => Mask::all(self.choices()),
        }
    }

    /// Returns the value of a setting; `None` if the parameter is absent or open.
    pub(super) fn value(&self, setting: Setting) -> Option<ChoiceValue> {
        match (self, setting) {
            (_, Setting::Absent | Setting::Open) => None,
            (Self::Constant(value), _) => Some(value.clone()),
            (Self::Category { values, .. }, Setting::Chosen(choice, _)) => {
                values.get(usize::from(choice)).cloned()
            }
            (Self::Number { range, integer }, Setting::Chosen(choice, number)) => {
                let number = number.unwrap_or_else(|| range.middle(choice, PARTS));
                Some(number_value(number, *integer))
            }
            (_, Setting::Constant) => None,
        }
    }
}

/// Returns a number as an integer if its parameter is an integer, else as a real number.
#[expect(clippy::cast_possible_truncation, reason = "integers are at most 2⁵³")]
pub(super) fn number_value(number: f64, integer: bool) -> ChoiceValue {
    if integer { ChoiceValue::Integer(number as i64) } else { ChoiceValue::Number(number) }
}

impl Parameters {
    pub(in super::super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Returns the kinds of decision, one for each parameter that is not a constant.
    pub(in super::super) fn kinds(&self) -> Vec<DecisionKind> {
        let kind = |parameter: &Parameter| match &parameter.domain {
            Domain::Constant(_) => None,
            Domain::Category { values, ordered } => {
                let names = values.iter().map(ToString::to_string).collect();
                let kind = DecisionKind::choice(parameter.name.clone(), names);
                Some(DecisionKind { ordered: *ordered, ..kind })
            }
            Domain::Number { range, .. } => Some(DecisionKind {
                range: Some(*range),
                ..DecisionKind::choice(parameter.name.clone(), range.part_names(PARTS))
            }),
        };
        self.all.iter().filter_map(kind).collect()
    }

    /// Returns the settings that result from `choices`, the choices made after the network's. A
    /// range without an exact number in `numbers` has the middle of the chosen part as its value.
    pub(in super::super) fn settings(
        &self,
        choices: &[u8],
        numbers: &[Number],
        network: &Network,
    ) -> Settings {
        let (mut choices, mut numbers) = (choices.iter(), numbers.iter());
        let all = vec![Setting::Open; self.all.len()];
        let mut settings = Settings { all, open: None };
        for (place, parameter) in self.all.iter().enumerate() {
            let is_there = parameter
                .when
                .as_ref()
                .is_none_or(|when| when.holds(&self.values(&settings, network, f64::NAN)));
            settings.all[place] = match parameter.domain {
                _ if !is_there => Setting::Absent,
                Domain::Constant(_) => Setting::Constant,
                _ => {
                    let Some(&choice) = choices.next() else {
                        settings.open = Some(place);
                        break;
                    };
                    let number = match parameter.domain {
                        Domain::Number { .. } => numbers.next().map(|number| number.get()),
                        _ => None,
                    };
                    Setting::Chosen(choice, number)
                }
            };
        }
        settings
    }

    /// Returns the name of a parameter.
    pub(in super::super) fn name(&self, place: usize) -> Option<&str> {
        self.all.get(place).map(|parameter| parameter.name.as_str())
    }

    /// Returns the kind and the allowed choices of the decision on a parameter; `None` for a
    /// constant.
    pub(in super::super) fn decision(&self, place: usize) -> Option<(usize, Mask)> {
        let parameter = self.all.get(place)?;
        Some((parameter.kind?, parameter.domain.allowed()))
    }

    /// Returns the value of each parameter that exists, including constants.
    pub(in super::super) fn named_values<'p>(
        &'p self,
        settings: &'p Settings,
    ) -> impl Iterator<Item = (&'p str, ChoiceValue)> {
        self.all.iter().zip(&settings.all).filter_map(|(parameter, &setting)| {
            Some((parameter.name.as_str(), parameter.domain.value(setting)?))
        })
    }

    /// Returns the value of each variable of formulas; `absent` for a variable without a value.
    pub(in super::super) fn values(
        &self,
        settings: &Settings,
        network: &Network,
        absent: f64,
    ) -> Vec<f64> {
        let value = |place: usize| self.all[place].domain.value(settings.all[place]);
        self.variables.values(value, network, absent)
    }

    /// Returns the number of forbidden combinations that the settings and the network's choices
    /// contain.
    pub(in super::super) fn broken(&self, settings: &Settings, network: &Network) -> usize {
        if self.forbidden.is_empty() {
            return 0;
        }
        let values = self.values(settings, network, f64::NAN);
        self.forbidden.iter().filter(|rule| rule.holds(&values)).count()
    }

    pub(in super::super) fn forbids(&self) -> bool {
        !self.forbidden.is_empty()
    }

    pub(in super::super) fn has_conditions(&self) -> bool {
        self.all.iter().any(|parameter| parameter.when.is_some())
    }

    /// Returns the part of the settings on which later decisions depend: the index of the next
    /// parameter, and the choices of all parameters that conditions name. Returns `None` if
    /// conditions name the network's decisions.
    pub(in super::super) fn state(&self, settings: &Settings) -> Option<Vec<u64>> {
        if self.follow_network {
            return None;
        }
        let next = settings.open.map_or(0, |place| place as u64 + 1);
        let choice = |place: &usize| match settings.all[*place] {
            Setting::Chosen(choice, _) => u64::from(choice) + 1,
            _ => 0,
        };
        let named = if next == 0 { &[][..] } else { &self.named[..] };
        Some(std::iter::once(next).chain(named.iter().map(choice)).collect())
    }

    /// Records which parameters conditions name, and whether they name decisions of the network.
    /// Must be called after all parameters are added.
    pub(super) fn settle_names(&mut self) {
        let conditions: Vec<_> = self.all.iter().filter_map(|it| it.when.as_ref()).collect();
        let is_named =
            |place: &usize| conditions.iter().any(|when| self.variables.names(when, *place));
        let named = (0..self.all.len()).filter(is_named).collect();
        let follow_network = conditions.iter().any(|when| self.variables.names_network(when));
        (self.named, self.follow_network) = (named, follow_network);
    }
}

impl Settings {
    /// Returns bytes that are equal only for equal settings.
    pub(in super::super) fn identity(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for setting in &self.all {
            match *setting {
                Setting::Absent | Setting::Open => bytes.push(0),
                Setting::Constant => bytes.push(1),
                Setting::Chosen(choice, None) => bytes.extend([2, choice]),
                Setting::Chosen(_, Some(number)) => {
                    bytes.push(3);
                    bytes.extend(number.to_le_bytes());
                }
            }
        }
        bytes
    }
}
