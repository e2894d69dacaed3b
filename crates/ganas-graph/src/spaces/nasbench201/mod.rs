//! NAS-Bench-201: one cell of six edges, 15,625 architectures.

mod notation;
mod order;
mod space;

pub use space::{Head, NasBench201};
