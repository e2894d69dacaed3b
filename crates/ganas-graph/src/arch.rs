//! Architectures (sequences of choices and numbers), and the hashes that identify classes of
//! isomorphic architectures.

use std::fmt;
use std::str::FromStr;

use md5::{Digest, Md5};

use crate::{ArchError, Builder, Number, SearchSpace};

/// An architecture: one choice for each of its decisions, in order, and the exact number for each
/// numeric decision.
///
/// Every `Arch` is created for a search space ([`Arch::from_choices`], [`Builder`],
/// [`SearchSpace::parse`]). The space checks the architecture, so an `Arch` is always valid in its
/// space. Two architectures are equal if their choices and their numbers are equal. Unequal
/// architectures may still describe the same network. In that case, [`SearchSpace::canonical`]
/// returns the same hash for them.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arch {
    pub(crate) choices: Box<[u8]>,
    pub(crate) numbers: Box<[Number]>,
}

impl Arch {
    /// Creates an architecture from `choices`, after checking them against the decisions of
    /// `space`. In a numeric decision, a choice selects a part of the decision's range, and the
    /// number becomes the middle of that part.
    ///
    /// # Errors
    /// [`ArchError::TooShort`] if there are fewer choices than decisions. [`ArchError::TooLong`] if
    /// there are more choices than decisions. [`ArchError::Forbidden`] if a decision does not allow
    /// its choice, with the position of the first such choice.
    pub fn from_choices(space: &dyn SearchSpace, choices: &[u8]) -> Result<Self, ArchError> {
        build(space, choices, Builder::choose)
    }

    /// Creates an architecture from `choices`, one per decision, and `numbers`, one per numeric
    /// decision, after checking both against the decisions of `space`.
    ///
    /// # Errors
    /// The errors of [`Arch::from_choices`]. [`ArchError::Number`] if a number is not in the chosen
    /// part of its decision's range, with the position of the first such decision.
    /// [`ArchError::Numbers`] if `numbers` has more or fewer values than there are numeric
    /// decisions.
    pub fn from_parts(
        space: &dyn SearchSpace,
        choices: &[u8],
        numbers: &[f64],
    ) -> Result<Self, ArchError> {
        let mut rest = numbers.iter();
        let arch = build(space, choices, |builder, choice| {
            let range = builder.kind().and_then(|kind| kind.range);
            match range.and_then(|_| rest.next()) {
                Some(&number) => builder.choose_with(choice, number),
                None => builder.choose(choice),
            }
        })?;
        if arch.numbers.len() == numbers.len() {
            return Ok(arch);
        }
        Err(ArchError::Numbers {
            space: space.name().into(),
            expected: arch.numbers.len(),
            found: numbers.len(),
        })
    }

    /// Returns the choices, one per decision.
    pub fn choices(&self) -> &[u8] {
        &self.choices
    }

    /// Returns the numbers, one per numeric decision, in the order of the decisions.
    pub fn numbers(&self) -> &[Number] {
        &self.numbers
    }
}

/// Builds an architecture by calling `choose` once for each of `choices`.
fn build<'s>(
    space: &'s dyn SearchSpace,
    choices: &[u8],
    mut choose: impl FnMut(&mut Builder<'s>, u8) -> Result<(), ArchError>,
) -> Result<Arch, ArchError> {
    let mut builder = Builder::new(space);
    for &choice in choices {
        if builder.decision().is_none() {
            return Err(ArchError::TooLong {
                space: space.name().into(),
                expected: builder.choices().len(),
                found: choices.len(),
            });
        }
        choose(&mut builder, choice)?;
    }
    builder.finish()
}

impl fmt::Debug for Arch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Arch{:?}", self.choices)?;
        if self.numbers.is_empty() { Ok(()) } else { write!(formatter, "{:?}", self.numbers) }
    }
}

/// The hash that identifies a class of isomorphic architectures (those that describe the same
/// network). It has 128 bits and is printed as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchHash([u8; 16]);

impl ArchHash {
    /// Returns the MD5 digest of `bytes`. MD5 is used because its digests are short, and because
    /// the cell hashes published with NAS-Bench-101 are MD5 digests. The digests identify classes
    /// of isomorphic architectures. They offer no protection against deliberate collisions.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Md5::digest(bytes).into())
    }

    /// Creates a hash from its 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the 16 bytes.
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

    /// Parses 32 hexadecimal digits.
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
        let value = u128::from_str_radix(text, 16).map_err(|_| wrong(0, "an invalid number"))?;
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
            "nasbench201: decision 1, counted from 0 (operator): expected one of [0, 1, 2, 3, 4], found 5"
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
