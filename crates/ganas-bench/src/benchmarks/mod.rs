//! The benchmarks: each reads what was published, answers queries and has its line in the registry.

pub mod chains;
pub mod nasbench101;
pub mod nasbench201;
pub mod nasbench301;
