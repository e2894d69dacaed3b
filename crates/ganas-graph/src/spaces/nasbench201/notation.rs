//! The three notations of a cell: the published string, the published index, and the list of
//! operator numbers that `NASLib` uses.

use super::order::published_order;
use super::space::{NasBench201, OPERATORS};
use crate::spaces::literal::{Literal, Source, Value};
use crate::{Arch, ArchError, Builder, SearchSpace as _};

/// For each of `NASLib`'s operator numbers (skip, none, 3 × 3, 1 × 1, pooling), the choice that
/// selects this operator.
const NASLIB_OPERATORS: [u8; 5] = [1, 0, 3, 2, 4];

/// For each edge of the published string (0→1, 0→2, 1→2, 0→3, 1→3, 2→3), its index in `NASLib`,
/// which sorts edges by their first node.
const NASLIB_EDGES: [usize; 6] = [0, 1, 3, 2, 4, 5];

pub(super) fn read(space: &NasBench201, text: &str) -> Result<Arch, ArchError> {
    if !text.trim_start().starts_with(|first: char| matches!(first, '(' | '[' | '-' | '0'..='9')) {
        return Notation { space, text, position: 0 }.read();
    }
    let source = Source { space: space.name(), text };
    let literal = source.read(None)?;
    let choices = match &literal.value {
        Value::Sequence(operators) => naslib(source, &literal, operators)?,
        Value::Number(index) => published(*index).ok_or_else(|| {
            source.wrong(&literal, &format!("an index below {}", published_order().len()))
        })?,
        _ => return Err(source.wrong(&literal, "an index, or the operators of six edges")),
    };
    Arch::from_choices(space, &choices)
}

/// Returns the choices of the cell at an index of the published files; `None` if no cell has that
/// index.
fn published(index: i64) -> Option<[u8; 6]> {
    let mut rank = *published_order().get(usize::try_from(index).ok()?)?;
    let mut choices = [0; 6];
    for choice in choices.iter_mut().rev() {
        let digit = rank % 5;
        (*choice, rank) = (u8::try_from(digit).ok()?, rank / 5);
    }
    Some(choices)
}

/// Parses the operators of the six edges in the form of `NASLib`.
///
/// Source: `naslib/search_spaces/nasbench201/conversions.py` of automl/NASLib.
fn naslib(
    source: Source<'_>,
    whole: &Literal,
    operators: &[Literal],
) -> Result<[u8; 6], ArchError> {
    if operators.len() != NASLIB_EDGES.len() {
        return Err(source.wrong(whole, "the operators of six edges"));
    }
    let mut choices = [0; 6];
    for (choice, edge) in choices.iter_mut().zip(NASLIB_EDGES) {
        let operator = &operators[edge];
        let number = match operator.value {
            Value::Number(number) => usize::try_from(number).ok(),
            _ => None,
        };
        let known = number.and_then(|number| NASLIB_OPERATORS.get(number));
        *choice = *known.ok_or_else(|| {
            let names = NASLIB_OPERATORS.map(|choice| OPERATORS[usize::from(choice)]).join(", ");
            source.wrong(operator, &format!("an operator's number from 0 to 4 ({names})"))
        })?;
    }
    Ok(choices)
}

/// A parser of `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.
struct Notation<'a> {
    space: &'a NasBench201,
    text: &'a str,
    position: usize,
}

impl Notation<'_> {
    fn read(mut self) -> Result<Arch, ArchError> {
        let mut builder = Builder::new(self.space);
        for node in 1..=3 {
            self.expect(if node > 1 { "+|" } else { "|" })?;
            for from in 0..node {
                builder.choose(self.operator()?)?;
                self.expect(&format!("~{from}|"))?;
            }
        }
        match self.rest() {
            "" => builder.finish(),
            _ => Err(self.wrong("the end".into())),
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.position..]
    }

    fn expect(&mut self, token: &str) -> Result<(), ArchError> {
        if !self.rest().starts_with(token) {
            return Err(self.wrong(format!("`{token}`")));
        }
        self.position += token.len();
        Ok(())
    }

    fn operator(&mut self) -> Result<u8, ArchError> {
        let end = self.rest().find(['~', '|', '+']).unwrap_or(self.rest().len());
        let name = &self.rest()[..end];
        let choice = (0..)
            .zip(OPERATORS)
            .find_map(|(choice, operator)| (operator == name).then_some(choice))
            .ok_or_else(|| self.wrong(format!("an operator ({})", OPERATORS.join(", "))))?;
        self.position += end;
        Ok(choice)
    }

    fn wrong(&self, expected: String) -> ArchError {
        let end = self.rest().find(['~', '|', '+']).unwrap_or(self.rest().len());
        let end = end.max(self.rest().chars().next().map_or(0, char::len_utf8));
        ArchError::Parse {
            space: self.space.name().into(),
            text: self.text.into(),
            position: self.position,
            expected,
            found: match &self.rest()[..end] {
                "" => "the end".into(),
                found => format!("`{found}`"),
            },
        }
    }
}
