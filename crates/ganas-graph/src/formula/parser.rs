//! A Pratt parser: each operator has a strength on either side, and takes all that binds tighter.

use super::lexer::{Kind, Token, tokens, wrong};
use super::{FormulaError, Function, MAX_DEPTH, MAX_LENGTH, Name, Node, Operator};

/// How strongly a sign before a term binds: less than `^`, more than all others.
const SIGN: u8 = 5;

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
    /// What binds at least as strongly as `strength`.
    fn expression(&mut self, strength: u8) -> Result<Node, FormulaError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong(&format!("at most {MAX_DEPTH} levels")));
        }
        let mut left = self.term()?;
        while let Some((operator, before, after)) = binary(&self.peek().kind) {
            if before < strength {
                break;
            }
            self.position += 1;
            let right = self.expression(after)?;
            left = Node::Binary(operator, Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn term(&mut self) -> Result<Node, FormulaError> {
        let token = self.peek().clone();
        match token.kind {
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
        (self.resolve)(name)
            .map(Node::Variable)
            .map_err(|expected| wrong(self.text, token.range.clone(), &expected))
    }

    fn quoted(&mut self) -> Result<&'t str, FormulaError> {
        match self.peek().kind {
            Kind::Text(text) => {
                self.position += 1;
                Ok(text)
            }
            _ => Err(self.wrong("a text in quotes")),
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

/// An operator between terms, and how strongly it binds what is before and after it.
fn binary(kind: &Kind<'_>) -> Option<(Operator, u8, u8)> {
    let Kind::Sign(sign) = kind else { return None };
    match sign {
        '+' => Some((Operator::Add, 1, 2)),
        '-' => Some((Operator::Subtract, 1, 2)),
        '*' => Some((Operator::Multiply, 3, 4)),
        '/' => Some((Operator::Divide, 3, 4)),
        '^' => Some((Operator::Power, 7, 6)),
        _ => None,
    }
}
