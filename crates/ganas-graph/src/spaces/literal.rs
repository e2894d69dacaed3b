//! Parses published architectures that are written as Python or JSON literals.

use crate::ArchError;

/// Maximum nesting depth of containers; a genotype has four levels.
const MAX_DEPTH: usize = 8;

/// Maximum end of a `range`, which limits the length of the list that the range stands for.
const MAX_RANGE: i64 = 64;

/// A value and its position.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Literal {
    /// Byte offset of the literal's first character.
    pub(super) position: usize,
    /// Byte offset after the literal's last character.
    pub(super) end: usize,
    pub(super) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Python's `None` and JSON's `null`.
    Nothing,
    Number(i64),
    Text(String),
    /// A list, a tuple or a range.
    Sequence(Vec<Literal>),
    /// A JSON object, or the named arguments of a call.
    Fields(Vec<(Name, Literal)>),
}

impl Value {
    /// Returns the numbers in a sequence; `None` if the value is not a sequence of numbers alone.
    pub(super) fn numbers(&self) -> Option<Vec<i64>> {
        let Self::Sequence(items) = self else { return None };
        let number = |item: &Literal| match item.value {
            Self::Number(number) => Some(number),
            _ => None,
        };
        items.iter().map(number).collect()
    }
}

/// A field's name and its position.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Name {
    pub(super) position: usize,
    pub(super) text: String,
}

/// A string that should describe an architecture of a space.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) space: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// Parses the whole text as one literal, in which a call of `constructor` is allowed.
    pub(super) fn read(self, constructor: Option<&str>) -> Result<Literal, ArchError> {
        let mut reader = Reader { source: self, constructor, position: 0 };
        let literal = reader.literal(0)?;
        reader.skip_spaces();
        match reader.rest() {
            "" => Ok(literal),
            _ => Err(reader.wrong("the end")),
        }
    }

    /// Returns the fields called `names`, in the order of `names`; any other field is an error.
    pub(super) fn fields<'f, const N: usize>(
        self,
        fields: &'f [(Name, Literal)],
        names: [&str; N],
    ) -> Result<[Option<&'f Literal>; N], ArchError> {
        let mut found = [None; N];
        for (name, literal) in fields {
            let Some(at) = names.iter().position(|known| *known == name.text) else {
                let expected = format!("one of `{}`", names.join("`, `"));
                return Err(self.error(name.position, &expected, format!("`{}`", name.text)));
            };
            found[at] = Some(literal);
        }
        Ok(found)
    }

    /// Creates an error that names `literal` as found in place of what was expected.
    pub(super) fn wrong(self, literal: &Literal, expected: &str) -> ArchError {
        let found = format!("`{}`", &self.text[literal.position..literal.end]);
        self.error(literal.position, expected, found)
    }

    /// Creates an error about the text at byte `position`.
    pub(super) fn error(self, position: usize, expected: &str, found: String) -> ArchError {
        let (space, text) = (self.space.into(), self.text.into());
        ArchError::Parse { space, text, position, expected: expected.into(), found }
    }
}

struct Reader<'a> {
    source: Source<'a>,
    constructor: Option<&'a str>,
    position: usize,
}

impl<'a> Reader<'a> {
    fn literal(&mut self, depth: usize) -> Result<Literal, ArchError> {
        self.skip_spaces();
        let position = self.position;
        if depth > MAX_DEPTH {
            return Err(self.wrong(&format!("at most {MAX_DEPTH} nested brackets")));
        }
        let value = match self.rest().chars().next() {
            Some('[') => self.sequence(']', depth)?,
            Some('(') => self.sequence(')', depth)?,
            Some('{') => self.fields('}', ':', depth)?,
            Some('\'' | '"') => Value::Text(self.quoted()?),
            Some('-' | '0'..='9') => Value::Number(self.number()?),
            Some(letter) if letter.is_ascii_alphabetic() => self.word(depth)?,
            _ => return Err(self.wrong("a list, a string, a number or named values")),
        };
        Ok(Literal { position, end: self.position, value })
    }

    /// Parses `None`, `null`, `range(first, end)`, or a call of the constructor with positional or
    /// named values.
    fn word(&mut self, depth: usize) -> Result<Value, ArchError> {
        let position = self.position;
        let word = self.identifier()?;
        match &*word {
            "None" | "null" => Ok(Value::Nothing),
            "range" => self.range(depth),
            _ if self.constructor == Some(&*word) => {
                let values = self.rest().trim_start().trim_start_matches('(').trim_start();
                if values.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
                    self.fields(')', '=', depth)
                } else {
                    self.sequence(')', depth)
                }
            }
            _ => {
                self.position = position;
                let words = self.constructor.into_iter().chain(["range"]);
                let words: Vec<_> = words.map(|word| format!("`{word}`")).collect();
                Err(self.wrong(&words.join(" or ")))
            }
        }
    }

    fn range(&mut self, depth: usize) -> Result<Value, ArchError> {
        let position = self.position;
        let bounds = self.sequence(')', depth)?;
        match bounds.numbers().as_deref() {
            Some(&[first, end]) if first >= 0 && end <= MAX_RANGE => {
                let literal = |value| Literal { position, end: self.position, value };
                let numbers = (first..end).map(|number| literal(Value::Number(number)));
                Ok(Value::Sequence(numbers.collect()))
            }
            _ => Err(self.wrong_at(position, &format!("two bounds from 0 to {MAX_RANGE}"))),
        }
    }

    fn sequence(&mut self, close: char, depth: usize) -> Result<Value, ArchError> {
        self.expect(if close == ')' { '(' } else { '[' })?;
        let mut items = Vec::new();
        while !self.closes(close, items.is_empty())? {
            items.push(self.literal(depth + 1)?);
        }
        Ok(Value::Sequence(items))
    }

    /// Parses named values and checks that their names are distinct.
    fn fields(&mut self, close: char, between: char, depth: usize) -> Result<Value, ArchError> {
        self.expect(if close == ')' { '(' } else { '{' })?;
        let mut fields = Vec::new();
        while !self.closes(close, fields.is_empty())? {
            self.skip_spaces();
            let position = self.position;
            let text = if close == ')' { self.identifier()? } else { self.quoted()? };
            if fields.iter().any(|(earlier, _): &(Name, _)| earlier.text == text) {
                let found = format!("`{text}` again");
                return Err(self.source.error(position, "each name once", found));
            }
            self.expect(between)?;
            fields.push((Name { position, text }, self.literal(depth + 1)?));
        }
        Ok(Value::Fields(fields))
    }

    /// Consumes the end of the container and returns true, or consumes the comma before the next
    /// item and returns false. No comma is needed before the first item.
    fn closes(&mut self, close: char, is_first: bool) -> Result<bool, ArchError> {
        self.skip_spaces();
        let has_comma = !is_first && self.take(",");
        self.skip_spaces();
        if self.rest().starts_with(close) {
            self.position += 1;
            return Ok(true);
        }
        if is_first || has_comma {
            return Ok(false);
        }
        Err(self.wrong(&format!("`,` or `{close}`")))
    }

    fn identifier(&mut self) -> Result<String, ArchError> {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let length = self.rest().find(|letter| !is_part(letter)).unwrap_or(self.rest().len());
        if length == 0 {
            return Err(self.wrong("a name"));
        }
        let name = self.rest()[..length].to_owned();
        self.position += length;
        Ok(name)
    }

    fn quoted(&mut self) -> Result<String, ArchError> {
        let Some(quote) = self.rest().chars().next().filter(|quote| matches!(quote, '\'' | '"'))
        else {
            return Err(self.wrong("a string in quotes"));
        };
        let Some(length) = self.rest()[1..].find(quote) else {
            return Err(self.wrong(&format!("a string that ends with {quote}")));
        };
        let text = self.rest()[1..=length].to_owned();
        self.position += length + 2;
        Ok(text)
    }

    fn number(&mut self) -> Result<i64, ArchError> {
        let sign = usize::from(self.rest().starts_with('-'));
        let digits = &self.rest()[sign..];
        let length = digits.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(digits.len());
        match self.rest()[..sign + length].parse() {
            Ok(number) => {
                self.position += sign + length;
                Ok(number)
            }
            Err(_) => Err(self.wrong("a whole number that fits in 64 bits")),
        }
    }

    fn expect(&mut self, token: char) -> Result<(), ArchError> {
        self.skip_spaces();
        if !self.rest().starts_with(token) {
            return Err(self.wrong(&format!("`{token}`")));
        }
        self.position += token.len_utf8();
        Ok(())
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.position += if found { token.len() } else { 0 };
        found
    }

    fn skip_spaces(&mut self) {
        self.position = self.source.text.len() - self.rest().trim_start().len();
    }

    fn rest(&self) -> &'a str {
        &self.source.text[self.position..]
    }

    fn wrong(&self, expected: &str) -> ArchError {
        self.wrong_at(self.position, expected)
    }

    fn wrong_at(&self, position: usize, expected: &str) -> ArchError {
        let rest = &self.source.text[position..];
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let is_end =
            |letter: char| matches!(letter, ',' | '(' | ')' | '[' | ']' | '{' | '}' | '=' | ':');
        let end = rest.find(is_end).unwrap_or(rest.len()).max(first);
        let found = match rest[..end].trim_end() {
            "" => "the end".into(),
            found => format!("`{found}`"),
        };
        self.source.error(position, expected, found)
    }
}
