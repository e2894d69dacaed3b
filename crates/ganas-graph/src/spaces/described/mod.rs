//! Search spaces described by users, in TOML or as Rust values.
//!
//! [`SpaceDescription`] is the description, for which there is a JSON Schema ([`schema`]).
//! [`DescribedSpace`] is the search space created from a valid description. [`read`] creates the
//! space from a string. If the string contains a mistake, [`read`] reports where the mistake is.
//!
//! A space consists of cells, a chain of stages ([`chain`](crate::spaces::chain)), parameters, or
//! several of these. They are decided in this order, and the graph of an architecture shows them
//! side by side. A cell's decisions depend on the key that describes its edges. In the following
//! table, "that many" means the number given by the key:
//!
//! | key | edges | decisions |
//! |---|---|---|
//! | none | every earlier node to every node | operators |
//! | `edges` | those listed | operators |
//! | `inputs_per_node` | that many different earlier nodes to every node | inputs and operators |
//! | `max_edges`, operators on nodes | at most that many, using every node | edges and operators |
//! | `max_edges`, operators on edges | all possible; at most that many carry data | operators |
//!
//! If the description defines the operators ([`OperatorDescription`]) and a `network`
//! ([`NetworkDescription`]), the exact costs are known without formulas, and architectures can be
//! exported.
//!
//! Three things cannot be described. The first is an operator cost that depends on more than the
//! operator's own place in the cell. An example is the cost of a vertex in NAS-Bench-101, whose
//! number of channels depends on the vertex's neighbours. The second is a cell in which different
//! edges or nodes have different lists of operators. The third is a free choice of edges in a cell
//! with operators on edges. In such a cell, an edge can instead have an operator that passes
//! nothing on.

#![doc = include_str!("keys.md")]

mod building;
mod by_name;
mod cell;
mod checks;
mod classes;
mod cost_checks;
mod costs;
mod counts;
mod description;
mod drawing;
mod edges;
mod error;
mod names;
mod network;
mod notation;
mod outline;
mod parameters;
mod parts;
mod progress;
mod read;
mod space;
mod structure;

pub(in crate::spaces) use classes::{Roles, expression};
pub use description::{
    CellDescription, Classes, CostDescription, Join, OperatorsOn, Output, SpaceDescription,
};
pub use error::SpaceFileError;
pub use network::{NetworkDescription, OperatorDescription, OperatorKind};
pub use parameters::{ForbiddenDescription, ParameterDescription};
pub use read::{MAX_BYTES, describes_space, parse, read, schema};
pub use space::DescribedSpace;

/// All keys of a space file, with their meanings and with examples, as Markdown text.
pub const KEYS: &str = include_str!("keys.md");

#[cfg(test)]
mod tests;
