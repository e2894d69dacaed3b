//! The benchmarks. Each reads published files, answers queries and has an entry in the registry.

pub mod chains;
pub mod nasbench101;
pub mod nasbench201;
pub mod nasbench301;
