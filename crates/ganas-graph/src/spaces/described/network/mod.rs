//! The network that a cell is built into, where operators say what they are.

mod checks;
mod costs;
mod description;
mod export;

pub(super) use checks::CellNetwork;
pub use description::{NetworkDescription, OperatorDescription, OperatorKind};
