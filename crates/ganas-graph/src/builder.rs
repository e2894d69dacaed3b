//! Architectures that are built decision by decision.

use crate::{Arch, ArchError, ArchGraph, Decision, DecisionKind, Number, NumberRange, SearchSpace};

/// An architecture under construction: the valid choices made so far, and the next decision.
#[derive(Debug, Clone)]
pub struct Builder<'s> {
    space: &'s dyn SearchSpace,
    choices: Vec<u8>,
    numbers: Vec<Number>,
    next: Option<Decision>,
}

impl<'s> Builder<'s> {
    /// Creates a builder for an architecture of `space`, without any choices yet.
    pub fn new(space: &'s dyn SearchSpace) -> Self {
        Self { space, choices: Vec::new(), numbers: Vec::new(), next: space.next(&[]) }
    }

    /// Returns the next decision, or `None` if the architecture is complete.
    pub fn decision(&self) -> Option<&Decision> {
        self.next.as_ref()
    }

    /// Returns the kind of the next decision, or `None` if the architecture is complete.
    pub fn kind(&self) -> Option<&'s DecisionKind> {
        Some(&self.space.kinds()[self.next?.kind])
    }

    /// Returns the choices made so far.
    pub fn choices(&self) -> &[u8] {
        &self.choices
    }

    /// Returns the numbers chosen so far, one per numeric decision that has been made.
    pub fn numbers(&self) -> &[Number] {
        &self.numbers
    }

    /// Returns the graph that the choices so far describe, with the node that the next decision is
    /// about.
    pub fn graph(&self) -> ArchGraph {
        self.space.graph(&self.choices)
    }

    /// Makes the next decision by choosing `choice`. If the decision is numeric, `choice` selects a
    /// part of its range by index, and the decision's number becomes the middle of that part.
    ///
    /// # Errors
    /// [`ArchError::Forbidden`] if the decision does not allow `choice`. [`ArchError::TooLong`] if
    /// the architecture is already complete. After an error, the builder is unchanged.
    pub fn choose(&mut self, choice: u8) -> Result<(), ArchError> {
        let kind = self.check(choice)?;
        let middle = kind.range.map(|range| range.middle(choice, kind.choices.len()));
        self.push(choice, middle);
        Ok(())
    }

    /// Makes the next decision, which must be numeric, by choosing the number `value`.
    ///
    /// # Errors
    /// [`ArchError::Number`] if the decision is not numeric or its range does not contain `value`.
    /// [`ArchError::Forbidden`] if the decision does not allow the part of the range that contains
    /// `value`. [`ArchError::TooLong`] if the architecture is already complete.
    pub fn choose_number(&mut self, value: f64) -> Result<(), ArchError> {
        let kind = self.open()?;
        let part = |range: NumberRange| range.part_of(range.round(value), kind.choices.len());
        let part = kind.range.map_or(0, part);
        self.choose_with(part, value)
    }

    /// Makes the next decision, which must be numeric. `choice` is the index of a part of its
    /// range, and `value` is a number from that part.
    ///
    /// # Errors
    /// The errors of [`Builder::choose_number`]. [`ArchError::Number`] is also returned if `value`
    /// belongs to another part of the range.
    pub fn choose_with(&mut self, choice: u8, value: f64) -> Result<(), ArchError> {
        let kind = self.open()?;
        let Some(range) = kind.range else {
            return Err(self.wrong_number("a choice, because this decision takes no number", value));
        };
        let Some(rounded) = range.accept(value) else {
            return Err(self.wrong_number(&range.describe(), value));
        };
        self.check(choice)?;
        if !range.fits(rounded, choice, kind.choices.len()) {
            let (from, to) = range.part(choice, kind.choices.len());
            let expected = format!(
                "a number from {from} to {to} (the range of choice {choice}, counted from 0)"
            );
            return Err(self.wrong_number(&expected, value));
        }
        self.push(choice, Some(rounded));
        Ok(())
    }

    /// Returns the complete architecture.
    ///
    /// # Errors
    /// [`ArchError::TooShort`] if there are decisions that have not been made yet.
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

    /// Returns the kind of the next decision, or an error if there is none.
    fn open(&self) -> Result<&'s DecisionKind, ArchError> {
        self.kind().ok_or_else(|| ArchError::TooLong {
            space: self.space.name().into(),
            expected: self.choices.len(),
            found: self.choices.len() + 1,
        })
    }

    /// Returns the kind of the next decision, or an error if the decision does not allow `choice`.
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
