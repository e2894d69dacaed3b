//! The built-in search spaces, one file each.

mod nasbench201;

pub use nasbench201::{Head, NasBench201};
