//! Architectures under construction, decision by decision.

use crate::{Arch, ArchError, ArchGraph, Decision, DecisionKind, Number, NumberRange, SearchSpace};

/// An architecture under construction: a valid prefix of choices and the decision that comes next.
#[derive(Debug, Clone)]
pub struct Builder<'s> {
    space: &'s dyn SearchSpace,
    choices: Vec<u8>,
    numbers: Vec<Number>,
    next: Option<Decision>,
}

impl<'s> Builder<'s> {
    /// Starts with no choice made.
    pub fn new(space: &'s dyn SearchSpace) -> Self {
        Self { space, choices: Vec::new(), numbers: Vec::new(), next: space.next(&[]) }
    }

    /// The decision to answer next; `None` when the architecture is complete.
    pub fn decision(&self) -> Option<&Decision> {
        self.next.as_ref()
    }

    /// The kind of the decision to answer next.
    pub fn kind(&self) -> Option<&'s DecisionKind> {
        Some(&self.space.kinds()[self.next?.kind])
    }

    /// The choices made so far.
    pub fn choices(&self) -> &[u8] {
        &self.choices
    }

    /// The numbers so far, one for each decision that is answered by one.
    pub fn numbers(&self) -> &[Number] {
        &self.numbers
    }

    /// Graph of what has been built so far.
    pub fn graph(&self) -> ArchGraph {
        self.space.graph(&self.choices)
    }

    /// Answers the decision that comes next. One that is answered by a number gets the middle of the
    /// part of its range that `choice` is.
    ///
    /// # Errors
    /// [`ArchError::Forbidden`] if the mask excludes the choice, [`ArchError::TooLong`] if nothing
    /// is left to decide; the prefix is unchanged then.
    pub fn choose(&mut self, choice: u8) -> Result<(), ArchError> {
        let kind = self.check(choice)?;
        let middle = kind.range.map(|range| range.middle(choice, kind.choices.len()));
        self.push(choice, middle);
        Ok(())
    }

    /// Answers the decision that comes next by a number.
    ///
    /// # Errors
    /// [`ArchError::Number`] if the decision is not answered by a number or its range does not hold
    /// `value`, and those of [`Builder::choose`] for the part in which it lies.
    pub fn choose_number(&mut self, value: f64) -> Result<(), ArchError> {
        let kind = self.open()?;
        let part = |range: NumberRange| range.part_of(range.round(value), kind.choices.len());
        let part = kind.range.map_or(0, part);
        self.choose_with(part, value)
    }

    /// Answers the decision that comes next by a choice and a number in the part that the choice is.
    ///
    /// # Errors
    /// As [`Builder::choose_number`], and [`ArchError::Number`] if `value` is of another part.
    pub fn choose_with(&mut self, choice: u8, value: f64) -> Result<(), ArchError> {
        let kind = self.open()?;
        let Some(range) = kind.range else {
            return Err(self.wrong_number("a choice without a number", value));
        };
        let Some(rounded) = range.accept(value) else {
            return Err(self.wrong_number(&range.describe(), value));
        };
        self.check(choice)?;
        if !range.fits(rounded, choice, kind.choices.len()) {
            let (from, to) = range.part(choice, kind.choices.len());
            let expected = format!("a number from {from} to {to}, which is choice {choice}");
            return Err(self.wrong_number(&expected, value));
        }
        self.push(choice, Some(rounded));
        Ok(())
    }

    /// The finished architecture.
    ///
    /// # Errors
    /// [`ArchError::TooShort`] if a decision is still open.
    pub fn finish(self) -> Result<Arch, ArchError> {
        match self.next {
            None => Ok(Arch { choices: self.choices.into(), numbers: self.numbers.into() }),
            Some(decision) => Err(ArchError::TooShort {
                space: self.space.name().into(),
                position: self.choices.len(),
                kind: self.space.kinds()[decision.kind].name.clone(),
            }),
        }
    }

    /// The kind of the decision that comes next, which is there.
    fn open(&self) -> Result<&'s DecisionKind, ArchError> {
        self.kind().ok_or_else(|| ArchError::TooLong {
            space: self.space.name().into(),
            expected: self.choices.len(),
            found: self.choices.len() + 1,
        })
    }

    /// The kind of the decision that comes next, which allows `choice`.
    fn check(&self, choice: u8) -> Result<&'s DecisionKind, ArchError> {
        let kind = self.open()?;
        match self.next {
            Some(decision) if !decision.allowed.contains(choice) => Err(ArchError::Forbidden {
                space: self.space.name().into(),
                position: self.choices.len(),
                kind: kind.name.clone(),
                allowed: decision.allowed.iter().collect(),
                choice,
            }),
            _ => Ok(kind),
        }
    }

    fn push(&mut self, choice: u8, number: Option<f64>) {
        self.choices.push(choice);
        self.numbers.extend(number.and_then(Number::new));
        self.next = self.space.next(&self.choices);
    }

    fn wrong_number(&self, expected: &str, found: f64) -> ArchError {
        ArchError::Number {
            space: self.space.name().into(),
            position: self.choices.len(),
            kind: self.kind().map_or_else(String::new, |kind| kind.name.clone()),
            expected: expected.into(),
            found: found.to_string(),
        }
    }
}
