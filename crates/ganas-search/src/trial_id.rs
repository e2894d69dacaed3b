//! The number of a trial.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The number of a trial in its study. Trials are numbered 0, 1 and so on, in the order in which
/// the study creates them. Trials whose values were known without an evaluation are numbered -1, -2
/// and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrialId(pub i64);

impl TrialId {
    /// Returns true if the trial holds a value that the study was given without an evaluation.
    pub const fn is_known(self) -> bool {
        self.0 < 0
    }
}

impl fmt::Display for TrialId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for TrialId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
