//! Splits formulas into tokens.

use std::ops::Range;

use super::{Comparison, FormulaError};

/// A token and the range of its bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind<'t> {
    Number(f64),
    Name(&'t str),
    /// The contents of a string in quotes.
    Text(&'t str),
    /// One of `+ - * / ^ ( ) ,`.
    Sign(char),
    /// One of `== != < <= > >=`.
    Comparison(Comparison),
    End,
}

/// Returns the tokens of `text`; the last one is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, FormulaError> {
    let mut tokens = Vec::new();
    let mut position = 0;
    while let Some(first) = text[position..].chars().next() {
        if first.is_whitespace() {
            position += first.len_utf8();
            continue;
        }
        let token = token(text, position, first)?;
        position = token.range.end;
        tokens.push(token);
    }
    tokens.push(Token { kind: Kind::End, range: text.len()..text.len() });
    Ok(tokens)
}

fn token(text: &str, start: usize, first: char) -> Result<Token<'_>, FormulaError> {
    let rest = &text[start..];
    let (kind, length) = match first {
        '+' | '-' | '*' | '/' | '^' | '(' | ')' | ',' => (Kind::Sign(first), 1),
        '0'..='9' | '.' => number(rest).map_err(|length| {
            wrong(text, start..start + length, "a number such as 12, 0.5 or 4.6e6")
        })?,
        '\'' | '"' => {
            let length = rest[1..].find(first).ok_or_else(|| {
                let expected = format!("a string that ends with `{first}`");
                wrong(text, start..text.len(), &expected)
            })?;
            (Kind::Text(&rest[1..=length]), length + 2)
        }
        '=' | '!' | '<' | '>' => {
            let (sign, comparison) =
                Comparison::ALL.into_iter().find(|(sign, _)| rest.starts_with(sign)).ok_or_else(
                    || wrong(text, start..start + 1, "one of `==`, `!=`, `<`, `<=`, `>`, `>=`"),
                )?;
            (Kind::Comparison(comparison), sign.len())
        }
        _ if first.is_ascii_alphabetic() || first == '_' => {
            let end = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.');
            let length = rest.find(end).unwrap_or(rest.len());
            (Kind::Name(&rest[..length]), length)
        }
        _ => {
            let range = start..start + first.len_utf8();
            return Err(wrong(text, range, "a number, a name or an operator"));
        }
    };
    Ok(Token { kind, range: start..start + length })
}

/// Returns the number at the start of `rest` and its length. If the number is malformed, the error
/// is the length of the malformed text.
fn number(rest: &str) -> Result<(Kind<'_>, usize), usize> {
    let digits = |from: usize| {
        let end = |c: char| !c.is_ascii_digit();
        rest[from..].find(end).map_or(rest.len(), |length| from + length)
    };
    let mut end = digits(0);
    if rest[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if rest[end..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
        end = digits(end + 1 + sign);
    }
    let value = rest[..end].parse().ok().filter(|value: &f64| value.is_finite());
    value.map(|value| (Kind::Number(value), end)).ok_or(end)
}

pub(super) fn wrong(text: &str, range: Range<usize>, expected: &str) -> FormulaError {
    let found = match &text[range.clone()] {
        "" => "the end".into(),
        found => format!("`{found}`"),
    };
    FormulaError { range, expected: expected.into(), found }
}
