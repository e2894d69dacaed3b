//! Cross-crate tests, one binary.

#![expect(clippy::unwrap_used, reason = "a test panics on what it does not expect")]

mod nasbench101;
mod shared_data;
