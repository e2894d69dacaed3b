//! Architectures as code and data for other tools: text out, no files.

mod cells;
mod chain;
mod describe;

pub(crate) use cells::CellFile;
pub use chain::pytorch;
pub use describe::describe;
