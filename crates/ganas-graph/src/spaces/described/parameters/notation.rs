//! The notation of parameters: one `name=value` for each parameter, in any order and separated by
//! commas.

use std::collections::BTreeMap;

use super::super::notation::Wrong;
use super::conditions::Network;
use super::set::{Domain, Parameters, Setting, Settings, number_value};
use crate::ChoiceValue;
use crate::number::PARTS;

/// A value as written, with its position.
struct Written {
    position: usize,
    text: String,
    is_quoted: bool,
}

impl Parameters {
    /// Returns the notation of the parameters that exist, without constants.
    pub(in super::super) fn display(&self, settings: &Settings) -> String {
        let decided = self.all.iter().zip(&settings.all).filter_map(|(parameter, &setting)| {
            let Setting::Chosen(..) = setting else { return None };
            Some(format!("{}={}", parameter.name, parameter.domain.value(setting)?))
        });
        decided.collect::<Vec<_>>().join(",")
    }

    /// Parses the parameters' choices, each with its exact number if the parameter is a range. A
    /// parameter that `text` omits gets its default.
    pub(in super::super) fn read(
        &self,
        text: &str,
        network: &Network,
    ) -> Result<Vec<(u8, Option<f64>)>, Wrong> {
        let mut written = self.written(text)?;
        let mut answers: Vec<(u8, Option<f64>)> = Vec::new();
        let mut settings = self.settings(&[], &[], network);
        for place in 0..self.all.len() {
            let parameter = &self.all[place];
            let own = written.remove(&place);
            let is_there = parameter
                .when
                .as_ref()
                .is_none_or(|when| when.holds(&self.values(&settings, network, f64::NAN)));
            settings.all[place] = match (is_there, &own, &parameter.domain) {
                (false, None, _) => Setting::Absent,
                (false, Some(own), _) => {
                    let expected =
                        format!("no `{}`, because its condition does not hold", parameter.name);
                    return Err(own.wrong(expected));
                }
                (true, None, Domain::Constant(_)) => Setting::Constant,
                (true, Some(own), Domain::Constant(value)) if own.is(value) => Setting::Constant,
                (true, Some(own), Domain::Constant(value)) => {
                    return Err(own.wrong(format!("`{value}`, because this parameter is constant")));
                }
                (true, Some(own), domain) => {
                    let (choice, number) = own.choice(domain).map_err(|it| own.wrong(it))?;
                    Setting::Chosen(choice, number)
                }
                (true, None, domain) => {
                    let default = parameter.default.as_ref();
                    let found = default.and_then(|default| value_of(domain, default).ok());
                    let (choice, number) = found.ok_or_else(|| Wrong {
                        position: text.len(),
                        expected: format!(
                            "`{}=…`, because this parameter has no default",
                            parameter.name
                        ),
                        found: "the end".into(),
                    })?;
                    Setting::Chosen(choice, number)
                }
            };
            if let Setting::Chosen(choice, number) = settings.all[place] {
                answers.push((choice, number));
            }
        }
        Ok(answers)
    }

    /// Returns the written values, each by the index of its parameter.
    fn written(&self, text: &str) -> Result<BTreeMap<usize, Written>, Wrong> {
        let mut found = BTreeMap::new();
        let mut position = 0;
        while !text[position..].trim().is_empty() {
            if !found.is_empty() {
                position = pass(text, position, ',')?;
            }
            position += text[position..].len() - text[position..].trim_start().len();
            let rest = &text[position..];
            let name = &rest[..rest.find(['=', ',']).unwrap_or(rest.len())];
            let wrong = |position: usize, expected: String, found: &str| Wrong {
                position,
                expected,
                found: if found.is_empty() { "the end".into() } else { format!("`{found}`") },
            };
            let place = self.all.iter().position(|it| it.name == name.trim_end());
            let place = place.filter(|place| !found.contains_key(place)).ok_or_else(|| {
                let open = (0..self.all.len()).filter(|place| !found.contains_key(place));
                let names: Vec<_> = open.map(|place| self.all[place].name.as_str()).collect();
                let expected = match names.len() {
                    0 => "the end".into(),
                    _ => format!("`name=value`, with one of the names {}", names.join(", ")),
                };
                wrong(position, expected, name)
            })?;
            position = pass(text, position + name.len(), '=')?;
            position += text[position..].len() - text[position..].trim_start().len();
            let (own, end) = Written::read(text, position)?;
            found.insert(place, own);
            position = end;
        }
        Ok(found)
    }
}

/// Returns the position after `sign`, which must come next in `text`.
fn pass(text: &str, position: usize, sign: char) -> Result<usize, Wrong> {
    let rest = text[position..].trim_start();
    let start = text.len() - rest.len();
    if rest.starts_with(sign) {
        return Ok(start + sign.len_utf8());
    }
    let found = rest.chars().next().map_or_else(|| "the end".into(), |next| format!("`{next}`"));
    Err(Wrong { position: start, expected: format!("`{sign}`"), found })
}

impl Written {
    /// Parses the value at `position`; returns the value and the position after it.
    fn read(text: &str, position: usize) -> Result<(Self, usize), Wrong> {
        let rest = &text[position..];
        if rest.starts_with('"') {
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            let Some(Ok(value)) = values.next() else {
                let expected = "a string in quotes, as in JSON".into();
                return Err(Wrong { position, expected, found: format!("`{rest}`") });
            };
            let end = position + values.byte_offset();
            return Ok((Self { position, text: value, is_quoted: true }, end));
        }
        let length = rest.find(',').unwrap_or(rest.len());
        let value = rest[..length].trim_end().to_owned();
        Ok((Self { position, text: value, is_quoted: false }, position + length))
    }

    fn is(&self, value: &ChoiceValue) -> bool {
        match value {
            ChoiceValue::Text(text) => *text == self.text,
            _ if self.is_quoted => false,
            ChoiceValue::Boolean(value) => self.text == value.to_string(),
            value => self.text.parse().ok().is_some_and(|it: f64| value.number() == Some(it)),
        }
    }

    /// Returns the choice that the value stands for and, if the parameter is a range, the exact
    /// number.
    fn choice(&self, domain: &Domain) -> Result<(u8, Option<f64>), String> {
        match domain {
            Domain::Number { range, integer } => {
                let number = self.text.parse().ok().filter(|it: &f64| it.is_finite());
                let number = number.filter(|_| !self.is_quoted);
                let value = number.map(|number| number_or_text(number, *integer));
                value_of(domain, &value.ok_or_else(|| range.describe())?)
            }
            Domain::Category { values, .. } => {
                let found = (0..64).zip(values).find(|(_, value)| self.is(value));
                found.map(|(choice, _)| (choice, None)).ok_or_else(|| one_of(values))
            }
            Domain::Constant(_) => Err("nothing, because this parameter is constant".into()),
        }
    }

    fn wrong(&self, expected: String) -> Wrong {
        let found = match self.text.as_str() {
            "" => "nothing".into(),
            text => format!("`{text}`"),
        };
        Wrong { position: self.position, expected, found }
    }
}

/// Returns a number as an integer if its parameter is an integer and the number is whole.
fn number_or_text(number: f64, integer: bool) -> ChoiceValue {
    let is_whole = number.fract().abs() <= 0.0;
    number_value(number, integer && is_whole)
}

fn one_of(values: &[ChoiceValue]) -> String {
    let names: Vec<_> = values.iter().map(ToString::to_string).collect();
    format!("one of {}", names.join(", "))
}

/// Returns the choice that `value` stands for and, if the parameter is a range, the exact number.
///
/// # Errors
/// A description of the values that were expected.
pub(super) fn value_of(domain: &Domain, value: &ChoiceValue) -> Result<(u8, Option<f64>), String> {
    match domain {
        Domain::Constant(constant) => Err(format!("`{constant}`")),
        Domain::Category { values, .. } => {
            let found = (0..64).zip(values).find(|(_, known)| known.is_same(value));
            found.map(|(choice, _)| (choice, None)).ok_or_else(|| one_of(values))
        }
        Domain::Number { range, .. } => {
            let number = match value {
                ChoiceValue::Integer(_) | ChoiceValue::Number(_) => value.number(),
                ChoiceValue::Boolean(_) | ChoiceValue::Text(_) => None,
            };
            let number = number.and_then(|number| range.accept(number));
            let number = number.ok_or_else(|| range.describe())?;
            Ok((range.part_of(number, PARTS), Some(number)))
        }
    }
}
