//! Parameters: what is tuned beside the network, or all that there is to tune.
//!
//! A [`ParameterDescription`] is one of a space file's `[[parameters]]`; [`Parameters`] are all of them,
//! checked. Each is decided after the network, in the order of the file, unless its condition does not hold.
//! Forbidden combinations stay in the space and break a limit of its own, which every strategy keeps to as
//! it keeps to limits on costs.

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

/// Name of the parameters among cells and the chain.
pub(super) const PARAMETERS: &str = "parameters";
