//! A Pratt parser for formulas: each operator has one binding strength on its left and one on its
//! right.

use super::lexer::{Kind, Token, tokens, wrong};
use super::{FormulaError, Function, MAX_DEPTH, MAX_LENGTH, Name, Node, Operator};
use crate::wording;

/// Binding strength of `not`: lower than that of comparisons, higher than that of `and`.
const NOT: u8 = 5;

/// Binding strength of comparisons.
const COMPARISON: u8 = 6;

/// Binding strength of a unary sign: lower than that of `^`, higher than that of all other
/// operators.
const SIGN: u8 = 12;

pub(super) fn parse(
    text: &str,
    resolve: &mut dyn FnMut(Name<'_>) -> Result<usize, String>,
) -> Result<Node, FormulaError> {
    if text.len() > MAX_LENGTH {
        let expected = format!("at most {MAX_LENGTH} bytes");
        let found = format!("{} bytes", text.len());
        return Err(FormulaError { range: 0..text.len(), expected, found });
    }
    let mut parser = Parser { text, tokens: tokens(text)?, position: 0, depth: 0, resolve };
    let node = parser.expression(0)?;
    match parser.peek().kind {
        Kind::End => Ok(node),
        _ => Err(parser.wrong("an operator or the end")),
    }
}

struct Parser<'t, 'r> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    position: usize,
    depth: usize,
    resolve: &'r mut dyn FnMut(Name<'_>) -> Result<usize, String>,
}

impl<'t> Parser<'t, '_> {
    /// Parses the longest expression whose operators bind at least as tightly as `strength`.
    fn expression(&mut self, strength: u8) -> Result<Node, FormulaError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong(&format!("at most {MAX_DEPTH} levels of nesting")));
        }
        let of_text = if strength <= COMPARISON { self.text_comparison()? } else { None };
        let (is_text, mut is_comparison) = (of_text.is_some(), of_text.is_some());
        let mut left = match of_text {
            Some(comparison) => comparison,
            None => self.term()?,
        };
        while let Some((operator, before, after)) = binary(&self.peek().kind) {
            if before < strength {
                break;
            }
            if is_text && before > COMPARISON {
                return Err(self.wrong("no arithmetic with a string, which can only be compared"));
            }
            let compares = matches!(operator, Operator::Compare(_));
            if compares && is_comparison {
                return Err(self.wrong("only one comparison (join several with `and`)"));
            }
            self.position += 1;
            let right = self.expression(after)?;
            left = Node::Binary(operator, Box::new(left), Box::new(right));
            is_comparison = compares;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// Parses a comparison of a name with a string; `None` if something else comes next.
    fn text_comparison(&mut self) -> Result<Option<Node>, FormulaError> {
        use Kind::{Comparison, Name as Word, Sign, Text};
        let kinds: Vec<_> =
            self.tokens[self.position..].iter().take(6).map(|token| token.kind).collect();
        let (name, comparison, text, length) = match kinds[..] {
            [Word(name), Comparison(sign), Text(text), ..]
            | [Text(text), Comparison(sign), Word(name), ..] => (name, sign, text, 3),
            [Word("choice"), Sign('('), Text(name), Sign(')'), Comparison(sign), Text(text)] => {
                (name, sign, text, 6)
            }
            _ => return Ok(None),
        };
        let first = self.position;
        self.position += length;
        let range = self.tokens[first].range.start..self.tokens[self.position - 1].range.end;
        let refuse = |expected: &str| wrong(self.text, range.clone(), expected);
        let opposite = match comparison {
            super::Comparison::Equal => super::Comparison::Unequal,
            super::Comparison::Unequal => super::Comparison::Equal,
            _ => return Err(refuse("`==` or `!=` between a name and a string")),
        };
        let variable = (self.resolve)(Name::Is(name, text)).map_err(|expected| {
            let expected = with_nearest(name, expected);
            refuse(&expected)
        })?;
        // The variable is 1 if the name equals the string.
        let (left, right) = (Box::new(Node::Variable(variable)), Box::new(Node::Number(0.0)));
        Ok(Some(Node::Binary(Operator::Compare(opposite), left, right)))
    }

    fn term(&mut self) -> Result<Node, FormulaError> {
        let token = self.peek().clone();
        match token.kind {
            Kind::Name("not") => {
                self.position += 1;
                Ok(Node::Not(Box::new(self.expression(NOT)?)))
            }
            Kind::Name(name @ ("true" | "false")) => {
                self.position += 1;
                Ok(Node::Number(f64::from(u8::from(name == "true"))))
            }
            Kind::Number(number) => {
                self.position += 1;
                Ok(Node::Number(number))
            }
            Kind::Sign('-') => {
                self.position += 1;
                Ok(Node::Negative(Box::new(self.expression(SIGN)?)))
            }
            Kind::Sign('(') => {
                self.position += 1;
                let inner = self.expression(0)?;
                self.expect(')')?;
                Ok(inner)
            }
            Kind::Name(name) => {
                self.position += 1;
                self.named(name, &token)
            }
            _ => Err(self.wrong("a number, a name or `(`")),
        }
    }

    fn named(&mut self, name: &'t str, token: &Token<'t>) -> Result<Node, FormulaError> {
        if !self.accept('(') {
            return self.variable(Name::Variable(name), token);
        }
        if let Some(function) = Function::named(name) {
            let mut arguments = vec![self.expression(0)?];
            while !function.is_unary() && self.accept(',') {
                arguments.push(self.expression(0)?);
            }
            self.expect(')')?;
            return Ok(Node::Call(function, arguments));
        }
        let mut texts = vec![self.quoted()?];
        while self.accept(',') {
            texts.push(self.quoted()?);
        }
        if !self.accept(')') {
            return Err(self.wrong("`,` or `)`"));
        }
        let end = self.tokens[self.position - 1].range.end;
        let whole = Token { kind: token.kind, range: token.range.start..end };
        self.variable(Name::Call(name, &texts), &whole)
    }

    fn variable(&mut self, name: Name<'_>, token: &Token<'t>) -> Result<Node, FormulaError> {
        (self.resolve)(name).map(Node::Variable).map_err(|expected| {
            let expected = match name {
                Name::Variable(name) => with_nearest(name, expected),
                Name::Call(..) | Name::Is(..) => expected,
            };
            wrong(self.text, token.range.clone(), &expected)
        })
    }

    fn quoted(&mut self) -> Result<&'t str, FormulaError> {
        match self.peek().kind {
            Kind::Text(text) => {
                self.position += 1;
                Ok(text)
            }
            _ => Err(self.wrong("a string in quotes")),
        }
    }

    fn peek(&self) -> &Token<'t> {
        &self.tokens[self.position]
    }

    fn accept(&mut self, sign: char) -> bool {
        let found = self.peek().kind == Kind::Sign(sign);
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, sign: char) -> Result<(), FormulaError> {
        if self.accept(sign) { Ok(()) } else { Err(self.wrong(&format!("`{sign}`"))) }
    }

    fn wrong(&self, expected: &str) -> FormulaError {
        wrong(self.text, self.peek().range.clone(), expected)
    }
}

/// Appends the expected name that is most similar to `found`, if any is similar, to the message
/// `expected`.
fn with_nearest(found: &str, expected: String) -> String {
    let quoted = expected.split('`').skip(1).step_by(2);
    let listed = expected.strip_prefix("one of ").into_iter().flat_map(|list| list.split(", "));
    let names: Vec<_> = quoted.chain(listed).collect();
    match wording::nearest(found, &names) {
        Some(name) if name != found && names.len() > 1 => {
            format!("{expected} (did you mean `{name}`?)")
        }
        _ => expected,
    }
}

/// Returns a binary operator and its binding strengths to its left and to its right.
fn binary(kind: &Kind<'_>) -> Option<(Operator, u8, u8)> {
    match kind {
        Kind::Name("or") => Some((Operator::Or, 1, 2)),
        Kind::Name("and") => Some((Operator::And, 3, 4)),
        Kind::Comparison(comparison) => {
            Some((Operator::Compare(*comparison), COMPARISON, COMPARISON + 1))
        }
        Kind::Sign('+') => Some((Operator::Add, 8, 9)),
        Kind::Sign('-') => Some((Operator::Subtract, 8, 9)),
        Kind::Sign('*') => Some((Operator::Multiply, 10, 11)),
        Kind::Sign('/') => Some((Operator::Divide, 10, 11)),
        Kind::Sign('^') => Some((Operator::Power, 14, 13)),
        _ => None,
    }
}
