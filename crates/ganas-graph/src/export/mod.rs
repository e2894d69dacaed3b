//! Exports architectures as code and data for other tools. All functions return values, and none
//! writes a file.

mod cells;
mod chain;
mod describe;

pub(crate) use cells::{CellFile, STAGED_CELLS};
#[cfg(test)]
pub(crate) use chain::grouped;
pub use chain::pytorch;
pub use describe::{describe, dot, shown_costs, svg};
