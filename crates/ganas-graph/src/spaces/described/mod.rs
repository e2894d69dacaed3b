//! Search spaces described by users, in TOML or as values.
//!
//! [`SpaceDescription`] is the description, with a JSON Schema; [`DescribedSpace`] is the space created
//! from it after all checks; [`read`] does both for a string and locates mistakes in it.
//!
//! A space consists of cells, a chain of stages ([`chain`](crate::spaces::chain)) and parameters, or
//! some of these, which are drawn side by side and decided in this order. A cell's decisions depend on
//! how its edges are given:
//!
//! | key | edges | decisions |
//! |---|---|---|
//! | none | every earlier node to every node | operators |
//! | `edges` | those listed | operators |
//! | `inputs_per_node` | that many different earlier nodes to every node | inputs and operators |
//! | `max_edges`, operators on nodes | up to that many, no node unused | each edge, and operators |
//! | `max_edges`, operators on edges | as with none or `edges`, at most that many carry data | operators |
//!
//! If operators are defined ([`OperatorDescription`]) and the file has a `network`
//! ([`NetworkDescription`]), the cell's costs are exact without formulas, and architectures can be
//! exported.
//!
//! Three things cannot be described: costs that depend on more than an operator's own position, such as
//! the channels of NAS-Bench-101's vertices, which depend on neighbours; different lists of operators
//! for different edges or nodes; and chosen edges with operators on edges, other than by the operator
//! that carries nothing.

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

/// All keys of a space file with their meaning and examples, as Markdown.
pub const KEYS: &str = include_str!("keys.md");

#[cfg(test)]
mod tests;
