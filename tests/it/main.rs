//! Cross-crate tests, one binary.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(clippy::print_stdout, reason = "a test says what it skips")]

mod conformance;
mod nasbench101;
mod nasbench201;
mod peers;
mod shared_data;
mod study;
mod toy;
