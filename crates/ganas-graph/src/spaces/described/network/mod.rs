//! The network built around a cell whose operators are defined.

mod checks;
mod costs;
mod description;
mod export;

pub(super) use checks::CellNetwork;
pub use description::{NetworkDescription, OperatorDescription, OperatorKind};
