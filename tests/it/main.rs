//! Cross-crate tests, one binary.

mod nasbench101;
mod shared_data;
