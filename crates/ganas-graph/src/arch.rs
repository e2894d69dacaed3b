use std::fmt;
use std::str::FromStr;

use md5::{Digest, Md5};

use crate::{ArchError, ArchGraph, Decision, SearchSpace};

/// An architecture: the choices that answer its search space's decisions, in order.
///
/// An `Arch` is made by its space ([`Arch::from_choices`], [`Builder`], [`SearchSpace::parse`]) and
/// is valid in that space ever after. Equality is equality of choices; two different vectors may
/// still be the same network, see [`SearchSpace::canonical`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arch(Box<[u8]>);

impl Arch {
    /// Checks `choices` against `space`'s decisions.
    ///
    /// # Errors
    /// [`ArchError::TooShort`], [`ArchError::TooLong`] or [`ArchError::Forbidden`], each with the
    /// position of the first decision that is not answered.
    pub fn from_choices(space: &dyn SearchSpace, choices: &[u8]) -> Result<Self, ArchError> {
        let mut builder = Builder::new(space);
        for &choice in choices {
            if builder.decision().is_none() {
                return Err(ArchError::TooLong {
                    space: space.name().into(),
                    expected: builder.choices().len(),
                    found: choices.len(),
                });
            }
            builder.choose(choice)?;
        }
        builder.finish()
    }

    /// The choices, one a decision.
    pub fn choices(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Arch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Arch{:?}", self.0)
    }
}

/// An architecture under construction: a valid prefix of choices and the decision that comes next.
#[derive(Debug, Clone)]
pub struct Builder<'s> {
    space: &'s dyn SearchSpace,
    choices: Vec<u8>,
    next: Option<Decision>,
}

impl<'s> Builder<'s> {
    /// Starts with no choice made.
    pub fn new(space: &'s dyn SearchSpace) -> Self {
        Self { space, choices: Vec::new(), next: space.next(&[]) }
    }

    /// The decision to answer next; `None` when the architecture is complete.
    pub fn decision(&self) -> Option<&Decision> {
        self.next.as_ref()
    }

    /// The choices made so far.
    pub fn choices(&self) -> &[u8] {
        &self.choices
    }

    /// Graph of what has been built so far.
    pub fn graph(&self) -> ArchGraph {
        self.space.graph(&self.choices)
    }

    /// Answers the decision that comes next.
    ///
    /// # Errors
    /// [`ArchError::Forbidden`] if the mask excludes the choice, [`ArchError::TooLong`] if nothing
    /// is left to decide; the prefix is unchanged then.
    pub fn choose(&mut self, choice: u8) -> Result<(), ArchError> {
        let position = self.choices.len();
        let Some(decision) = self.next.as_ref() else {
            return Err(ArchError::TooLong {
                space: self.space.name().into(),
                expected: position,
                found: position + 1,
            });
        };
        if !decision.allowed.contains(choice) {
            return Err(ArchError::Forbidden {
                space: self.space.name().into(),
                position,
                kind: self.space.kinds()[decision.kind].name.clone(),
                allowed: decision.allowed.iter().collect(),
                choice,
            });
        }
        self.choices.push(choice);
        self.next = self.space.next(&self.choices);
        Ok(())
    }

    /// The finished architecture.
    ///
    /// # Errors
    /// [`ArchError::TooShort`] if a decision is still open.
    pub fn finish(self) -> Result<Arch, ArchError> {
        match self.next {
            None => Ok(Arch(self.choices.into())),
            Some(decision) => Err(ArchError::TooShort {
                space: self.space.name().into(),
                position: self.choices.len(),
                kind: self.space.kinds()[decision.kind].name.clone(),
            }),
        }
    }
}

/// Identity of an architecture's isomorphism class: 128 bits, printed as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchHash([u8; 16]);

impl ArchHash {
    /// MD5 of `bytes`: short, and what the field's own module hash is. It names classes; it does
    /// not defend against anybody.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Md5::digest(bytes).into())
    }

    /// From the 16 bytes themselves.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for ArchHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for ArchHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ArchHash({self})")
    }
}

impl FromStr for ArchHash {
    type Err = ArchError;

    /// Reads 32 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, ArchError> {
        let wrong = |position: usize, found: &str| ArchError::Parse {
            space: "architecture hash".into(),
            text: text.into(),
            position,
            expected: "32 hexadecimal digits".into(),
            found: found.into(),
        };
        if let Some((position, digit)) = text.char_indices().find(|(_, c)| !c.is_ascii_hexdigit()) {
            return Err(wrong(position, &format!("`{digit}`")));
        }
        if text.len() != 32 {
            return Err(wrong(text.len().min(32), &format!("{} digits", text.len())));
        }
        let value = u128::from_str_radix(text, 16).map_err(|_| wrong(0, "no number"))?;
        Ok(Self(value.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spaces::NasBench201;

    #[test]
    fn choices_are_checked() {
        let space = NasBench201::default();
        let short = Arch::from_choices(&space, &[0, 1, 2]).unwrap_err();
        assert!(matches!(short, ArchError::TooShort { position: 3, .. }), "{short}");
        let long = Arch::from_choices(&space, &[0; 7]).unwrap_err();
        assert!(matches!(long, ArchError::TooLong { expected: 6, found: 7, .. }), "{long}");
        let wrong = Arch::from_choices(&space, &[0, 5, 0, 0, 0, 0]).unwrap_err();
        assert!(matches!(wrong, ArchError::Forbidden { position: 1, choice: 5, .. }), "{wrong}");
        assert_eq!(
            wrong.to_string(),
            "nasbench201: decision 1 (operator): expected one of [0, 1, 2, 3, 4], found 5"
        );
    }

    #[test]
    fn hash_text_round_trips() {
        let hash = ArchHash::of(b"cell");
        assert_eq!(hash.to_string().parse::<ArchHash>(), Ok(hash));
        assert!("28cf".parse::<ArchHash>().is_err());
        assert!("zz".parse::<ArchHash>().is_err());
    }
}
