//! The form in which architectures are saved in stores and checkpoints.

use serde::{Deserialize, Serialize};

use crate::{Arch, ArchError, SearchSpace};

/// The choices of an architecture and the number chosen in each of its numeric decisions, if there
/// are any. In JSON, an architecture without numeric decisions is a list of its choices. Any other
/// architecture is an object with the keys `choices` and `numbers`.
///
/// ```
/// use ganas_graph::{Arch, ArchRecord, spaces::NasBench201};
/// let space = NasBench201::default();
/// let arch = Arch::from_choices(&space, &[3, 0, 0, 1, 0, 2])?;
/// let text = serde_json::to_string(&ArchRecord::from(&arch)).unwrap();
/// assert_eq!(text, "[3,0,0,1,0,2]");
/// let record: ArchRecord = serde_json::from_str(&text).unwrap();
/// assert_eq!(record.read(&space)?, arch);
/// # Ok::<(), ganas_graph::ArchError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ArchRecord {
    /// An architecture without numeric decisions.
    Choices(Vec<u8>),
    /// An architecture with numeric decisions.
    WithNumbers {
        /// The choices, one per decision.
        choices: Vec<u8>,
        /// The numbers, one per numeric decision, in the order of the decisions.
        numbers: Vec<f64>,
    },
}

impl ArchRecord {
    /// Returns the architecture, after checking the record against `space`.
    ///
    /// # Errors
    /// See [`Arch::from_parts`].
    pub fn read(self, space: &dyn SearchSpace) -> Result<Arch, ArchError> {
        match self {
            Self::Choices(choices) => Arch::from_parts(space, &choices, &[]),
            Self::WithNumbers { choices, numbers } => Arch::from_parts(space, &choices, &numbers),
        }
    }
}

impl From<&Arch> for ArchRecord {
    fn from(arch: &Arch) -> Self {
        let choices = arch.choices().to_vec();
        if arch.numbers().is_empty() {
            return Self::Choices(choices);
        }
        let numbers = arch.numbers().iter().map(|number| number.get()).collect();
        Self::WithNumbers { choices, numbers }
    }
}

impl ArchRecord {
    /// Creates a record of choices and numbers without checking them. [`ArchRecord::read`] checks
    /// them.
    pub fn new(choices: Vec<u8>, numbers: Vec<f64>) -> Self {
        if numbers.is_empty() {
            Self::Choices(choices)
        } else {
            Self::WithNumbers { choices, numbers }
        }
    }

    /// Returns the choices, one per decision.
    pub fn choices(&self) -> &[u8] {
        match self {
            Self::Choices(choices) | Self::WithNumbers { choices, .. } => choices,
        }
    }

    /// Returns the number chosen in each numeric decision, in the order of the decisions. The slice
    /// is empty if the architecture has no numeric decisions.
    pub fn numbers(&self) -> &[f64] {
        match self {
            Self::Choices(_) => &[],
            Self::WithNumbers { numbers, .. } => numbers,
        }
    }
}
