//! Cross-crate tests, one binary.

#![expect(clippy::unwrap_used, reason = "a test panics on what it does not expect")]

mod conformance;
mod peers;
mod shared_data;
mod toy;
