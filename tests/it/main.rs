//! Cross-crate tests, one binary.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod chain_export;
mod chains;
mod conformance;
mod deep;
mod evaluating;
mod hidden_limits;
mod nasbench101;
mod nasbench101_tables;
mod nasbench201;
mod nasbench301;
mod numbers;
mod official201;
mod peers;
mod python_pickle;
mod shared_data;
mod store;
mod study;
mod toy;
