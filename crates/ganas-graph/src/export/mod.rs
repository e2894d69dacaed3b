//! Architectures as code and data for other tools: text out, no files.

mod cells;
mod chain;

pub(crate) use cells::{darts, nasbench101, nasbench201};
pub use chain::{json, pytorch};
