//! The built-in search spaces, each of which has its own file or folder, and search spaces
//! described by users.

pub mod chain;
pub mod darts;
pub mod described;
mod literal;
pub mod nasbench101;
mod nasbench201;

pub use chain::Chain;
pub use darts::Darts;
pub use described::DescribedSpace;
pub use nasbench101::NasBench101;
pub use nasbench201::{Head, NasBench201};
