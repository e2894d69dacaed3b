//! The rule that decides whether two architectures count as the same.

use ganas_graph::{Arch, ArchHash, SearchSpace};
use serde::{Deserialize, Serialize};

use crate::UnknownName;

/// The rule that decides whether two architectures count as the same. If two architectures count as
/// the same, only the one that is proposed first costs a query.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distinct {
    /// Two architectures count as the same if they belong to the same isomorphism class.
    #[default]
    Isomorphism,
    /// Two architectures count as the same only if every decision is the same in both. This makes
    /// results comparable with those of tools that distinguish architectures by their string
    /// notation.
    String,
}

impl std::fmt::Display for Distinct {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Isomorphism => "isomorphism",
            Self::String => "string",
        })
    }
}

impl std::str::FromStr for Distinct {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let all = [Self::Isomorphism, Self::String];
        all.into_iter().find(|distinct| distinct.to_string() == text).ok_or_else(|| UnknownName {
            what: "rule for distinct architectures",
            found: text.into(),
            valid: all.iter().map(ToString::to_string).collect(),
        })
    }
}

impl Distinct {
    /// Returns the key by which a study recognises repeated architectures. Two architectures have
    /// the same key if and only if they count as the same.
    pub fn key(self, space: &dyn SearchSpace, arch: &Arch) -> ArchHash {
        match self {
            Self::Isomorphism => space.canonical(arch),
            Self::String => {
                let numbers = arch.numbers().iter().flat_map(|number| number.get().to_le_bytes());
                let bytes: Vec<u8> = arch.choices().iter().copied().chain(numbers).collect();
                ArchHash::of(&bytes)
            }
        }
    }
}
