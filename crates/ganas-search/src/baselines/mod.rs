//! Baseline strategies, with which GA-NAS is compared. They use only the decisions and choices that
//! a search space defines, so they work in every space.

mod checkpoint;
mod evolution;
#[cfg(test)]
mod fixture;
mod local_search;
mod nsga2;
mod policy;
mod random;
mod reinforce;

pub use evolution::{Evolution, EvolutionSettings};
pub use local_search::{LocalSearch, LocalSearchSettings};
pub use nsga2::{Nsga2, Nsga2Settings};
pub use random::{RandomDecisions, RandomSearch};
pub use reinforce::{Reinforce, ReinforceSettings};
