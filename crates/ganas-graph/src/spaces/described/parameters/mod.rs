//! Parameters to tune, with or without a network.
//!
//! A [`ParameterDescription`] is one entry of `[[parameters]]` in a space file. [`Parameters`]
//! holds all entries after they have been checked. The parameters are decided after the network, in
//! the order of the file. A parameter whose condition is false is not decided. An architecture that
//! contains a forbidden combination of choices still belongs to the space, but it violates a limit.
//! Every strategy respects this limit in the same way as limits on costs.

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

/// Name of the parameters as a part of a space.
pub(super) const PARAMETERS: &str = "parameters";
