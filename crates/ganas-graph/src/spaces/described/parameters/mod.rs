//! Parameters to tune, alone or with the network.
//!
//! A [`ParameterDescription`] is one of a space file's `[[parameters]]`; [`Parameters`] are all of them
//! after checking. Each is decided after the network, in the order of the file, unless its condition is
//! false. Forbidden combinations stay in the space but violate a limit, which every strategy respects
//! like limits on costs.

mod checks;
mod conditions;
mod counts;
mod description;
mod drawing;
mod notation;
mod outline;
mod set;
#[cfg(test)]
mod tests;

pub(super) use checks::check_is_word;
pub(super) use conditions::{Decidable, Network};
pub use description::{ForbiddenDescription, ParameterDescription};
pub(super) use set::{Parameters, Settings};

/// Name of the metric that counts an architecture's forbidden combinations.
pub(super) const FORBIDDEN: &str = "forbidden";

/// Name of the parameters among the parts of a space.
pub(super) const PARAMETERS: &str = "parameters";
