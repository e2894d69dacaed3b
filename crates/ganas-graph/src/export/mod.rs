//! Architectures as code and data for other tools: text out, no files.

mod chain;

pub use chain::{json, pytorch};
