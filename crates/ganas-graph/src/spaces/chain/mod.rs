//! Chains: networks whose layers follow one another from a stem to a classifier. The layers are
//! grouped into stages.
//!
//! [`Chain`] is a search space created from a [`ChainDescription`]. [`Chain::built_in`] returns the
//! built-in chains, whose descriptions are TOML files in the source folder of this module.
//! [`Network`] is the network of an architecture. Its layers and their shapes determine the
//! architecture's costs, isomorphism class and exports.

mod answers;
mod assembly;
mod block_kind;
mod built_in;
mod checks;
mod cost;
mod counts;
mod description;
mod drawing;
mod network;
mod notation;
mod outline;
mod plan;
mod progress;
mod questions;
mod space;
mod stage_checks;
mod subnet;

pub use block_kind::BlockKind;
pub use built_in::BUILT_IN;
pub use description::{
    Activation, ChainDescription, Choose, Gate, HeadDescription, MixDescription, Notation,
    OperationDescription, SqueezeDescription, SqueezeOf, StageDescription, StemDescription,
};
pub use network::{Block, Layer, Network, Squeeze};
pub use space::Chain;

#[cfg(test)]
mod block_mistakes;
#[cfg(test)]
mod block_tests;
#[cfg(test)]
mod tests;
