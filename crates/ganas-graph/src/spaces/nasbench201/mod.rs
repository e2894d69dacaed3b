//! NAS-Bench-201: a search space of 15,625 cells, each with six edges.

mod notation;
mod order;
mod space;

pub use space::{Head, NasBench201};
