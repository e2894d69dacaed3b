//! Cross-crate tests, one binary.

mod shared_data;
