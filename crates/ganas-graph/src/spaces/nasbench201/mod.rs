//! NAS-Bench-201: a search space of cells with six edges, 15,625 architectures.

mod notation;
mod order;
mod space;

pub use space::{Head, NasBench201};
